import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.e2e import grafana


def labels(text: str) -> list[str]:
    names = [one["name"] for one in json.loads(text)["templating"]["list"]]
    return names[1 : names.index("owner")]


def test_the_overview_is_printed_and_the_other_one_named(invoke: Invoke) -> None:
    done = invoke("dashboard")
    assert (0, (grafana.FOLDER / "checker-overview.json").read_text()) == (done.exit_code, done.stdout)
    assert "--name probe" in done.stderr


def test_one_is_printed_by_its_name(invoke: Invoke) -> None:
    done = invoke("dashboard", "--name", "probe")
    assert (0, "") == (done.exit_code, done.stderr)
    assert (grafana.FOLDER / "checker-probe.json").read_text() == done.stdout


def test_all_are_written_to_a_folder_that_need_not_be_there(invoke: Invoke, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "dashboards"
    done = invoke("dashboard", "--output", folder)
    assert (0, "", "") == (done.exit_code, done.stdout, done.stderr)
    assert [f"{name}.json" for name in grafana.names()] == sorted(path.name for path in folder.iterdir())
    for path in folder.iterdir():
        assert (grafana.FOLDER / path.name).read_text() == path.read_text()


def test_one_is_written_to_a_folder(invoke: Invoke, tmp_path: Path) -> None:
    invoke("dashboard", "--output", tmp_path / "one", "--name", "probe")
    assert ["checker-probe.json"] == [path.name for path in (tmp_path / "one").iterdir()]


def test_a_folder_that_cannot_be_made_is_told(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = invoke("dashboard", "--output", tmp_path / "file" / "folder")
    assert (2, "") == (done.exit_code, done.stdout)
    assert "cannot make the folder" in done.stderr


def test_a_configuration_brings_its_labels_and_its_status_page(invoke: Invoke, checks: Path) -> None:
    checks.write_text(checks.read_text() + 'server: {external_url: "https://checks.example/"}\n')
    for arguments in ([], [checks], ["-c", checks]):
        done = invoke("dashboard", *arguments, "--name", "probe")
        assert (0, ["env", "team"]) == (done.exit_code, labels(done.stdout))
        assert '"query": "https://checks.example"' in done.stdout


def test_labels_that_are_named_take_the_place_of_those_of_the_configuration(
    invoke: Invoke, checks: Path
) -> None:
    done = invoke("dashboard", checks, "--label", "cluster", "--label", "env", "--label", "env")
    assert ["cluster", "env"] == labels(done.stdout)


def test_a_label_that_is_called_like_a_variable_of_the_dashboards_has_none(
    invoke: Invoke, checks: Path
) -> None:
    checks.write_text(checks.read_text().replace("team: a", "datasource: a"))
    assert ["env"] == labels(invoke("dashboard", checks).stdout)


@pytest.mark.parametrize(
    ("label", "complaint"), [("a-b", "not the name of a label"), ("probe", "leave it out")]
)
def test_what_cannot_be_a_label_is_refused(invoke: Invoke, label: str, complaint: str) -> None:
    done = invoke("dashboard", "--label", label)
    assert (2, "") == (done.exit_code, done.stdout)
    assert complaint in done.stderr


def test_a_configuration_with_mistakes_is_not_passed_over(invoke: Invoke, checks: Path) -> None:
    checks.write_text("version: 1\nprobez: {}\n")
    done = invoke("dashboard")
    assert (2, "") == (done.exit_code, done.stdout)
    assert "probez" in done.stderr
    assert 2 == invoke("dashboard", "nowhere.yaml").exit_code
