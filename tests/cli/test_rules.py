from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Invoke


def names(text: str) -> list[str]:
    return [group["name"] for group in yaml.safe_load(text)["groups"]]


STATIC = ["checker-probes", "checker-slo-recorded", "checker-slo", "checker"]


def test_rules_need_no_configuration(invoke: Invoke) -> None:
    done = invoke("rules")
    assert (0, "", STATIC) == (done.exit_code, done.stderr, names(done.stdout))
    assert "$externalURL" in done.stdout


def test_the_configuration_says_where_the_status_page_is(invoke: Invoke, checks: Path) -> None:
    checks.write_text(checks.read_text() + 'server: {external_url: "https://checks.example"}\n')
    for arguments in ([], [checks], ["-c", checks]):
        done = invoke("rules", *arguments)
        assert STATIC == names(done.stdout)
        assert "https://checks.example/probes/{{ $labels.probe }}" in done.stdout


def test_the_dashboard_is_preferred(invoke: Invoke) -> None:
    done = invoke("rules", "--dashboard", "https://g.example/d/x", "--runbooks", "https://docs.example/a")
    assert "https://g.example/d/x?var-probe=" in done.stdout
    assert "https://docs.example/a#checkerprobedown" in done.stdout


def test_rules_for_each_probe(invoke: Invoke, checks: Path) -> None:
    done = invoke("rules", checks, "--per-probe")
    own = [name for name in names(done.stdout) if "/" in name]
    assert ["checker/good", "checker/broken", "checker/slow", "checker/untellable", "checker/posts"] == own
    assert 1 == done.stdout.count("CheckerProbeMasked\n")  # one has a shallow check


@pytest.mark.parametrize("arguments", [["--per-probe"], ["nowhere.yaml"]])
def test_a_configuration_that_is_needed_is_missed(invoke: Invoke, arguments: list[str]) -> None:
    done = invoke("rules", *arguments)
    assert (2, "") == (done.exit_code, done.stdout)
    assert ".yaml" in done.stderr


def test_a_configuration_that_lies_here_is_not_passed_over(invoke: Invoke, checks: Path) -> None:
    checks.write_text("version: 1\nprobez: {}\n")
    done = invoke("rules")
    assert (2, "") == (done.exit_code, done.stdout)
    assert "probez" in done.stderr


def test_tests_name_the_rules_that_they_test(invoke: Invoke) -> None:
    assert ["checker.rules.yaml"] == yaml.safe_load(invoke("rules", "--tests").stdout)["rule_files"]
    named = invoke("rules", "--tests", "--rules-file", "../a.yaml")
    assert ["../a.yaml"] == yaml.safe_load(named.stdout)["rule_files"]


def test_tests_are_those_of_the_rules_for_all_probes(invoke: Invoke, checks: Path) -> None:
    done = invoke("rules", checks, "--tests", "--per-probe")
    assert 2 == done.exit_code
    assert "--per-probe" in done.stderr


def test_a_file_takes_the_place_of_standard_output(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "checker.rules.yaml"
    done = invoke("rules", "--output", path)
    assert (0, "", STATIC) == (done.exit_code, done.stdout, names(path.read_text()))
    assert 2 == invoke("rules", "--output", tmp_path / "nowhere" / "rules.yaml").exit_code


def test_copies_can_be_told_apart_by_another_label(invoke: Invoke) -> None:
    assert (
        "without (instance, pod, container_id, task_arn, slot"
        in invoke("rules", "--copy-label", "slot").stdout
    )
    assert 2 == invoke("rules", "--copy-label", "a) or (b").exit_code
