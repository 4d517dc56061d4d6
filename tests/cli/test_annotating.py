from pathlib import Path

import pytest

from checker.cli.annotating import Repository, repository
from checker.config.load import load
from checker.surfaces.report.github import Spot
from tests.surfaces.samples import outcome

CHECKS = """\
version: 1
templates:
  page:
    steps:
      - step: open
        http: {url: "http://127.0.0.1:9/"}
probes:
  a:
    use: page
  b:
    http: {url: "http://127.0.0.1:9/"}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "checks.yaml").write_text(CHECKS)
    monkeypatch.chdir(tmp_path / "ops")
    return tmp_path


def found(source: str, environment: dict[str, str]) -> Repository:
    place = repository({"GITHUB_ACTIONS": "true", **environment}, load(source, environment))
    assert place
    return place


def test_a_step_is_found_where_somebody_wrote_it(root: Path) -> None:
    place = found("checks.yaml", {"GITHUB_WORKSPACE": str(root)})
    assert Spot("ops/checks.yaml", 5) == place.locate(outcome("a", step="open"))
    assert Spot("ops/checks.yaml", 11) == place.locate(outcome("b", step="http"))


def test_what_is_about_no_step_is_about_the_probe(root: Path) -> None:
    assert Spot("ops/checks.yaml", 9) == found("checks.yaml", {"GITHUB_WORKSPACE": str(root)}).locate(
        outcome("a")
    )


def test_without_a_workspace_names_are_relative_to_the_folder(root: Path) -> None:
    assert Spot("checks.yaml", 9) == found("checks.yaml", {}).locate(outcome("a"))


def test_a_file_that_is_not_in_the_repository_keeps_its_whole_name(root: Path) -> None:
    place = found("checks.yaml", {"GITHUB_WORKSPACE": str(root / "elsewhere")})
    assert Spot(str(root / "ops" / "checks.yaml"), 9) == place.locate(outcome("a"))


def test_what_comes_from_no_file_has_no_line(root: Path) -> None:
    assert found("env:CHECKS", {"CHECKS": CHECKS}).locate(outcome("a")) is None


@pytest.mark.parametrize("value", ["", "false", "1"])
def test_nothing_is_annotated_elsewhere(root: Path, value: str) -> None:
    assert repository({"GITHUB_ACTIONS": value}, load("checks.yaml", {})) is None
