from pathlib import Path

import pytest

from checker.cli.configured import configuration_if_any
from checker.core.errors import ConfigurationError

TEXT = 'version: 1\nprobes: {a: {http: {url: "http://127.0.0.1:9"}}}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_none_is_needed() -> None:
    assert configuration_if_any(None, None) is None


def test_what_lies_here_is_taken(folder: Path) -> None:
    (folder / "checks.yaml").write_text(TEXT)
    assert configuration_if_any(None, None)


def test_what_the_environment_names_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_CONFIG", "env:CHECKS")
    monkeypatch.setenv("CHECKS", TEXT)
    assert configuration_if_any(None, None)


@pytest.mark.parametrize(("argument", "option"), [("a.yaml", None), (None, "a.yaml")])
def test_what_is_named_has_to_be_there(argument: str | None, option: str | None) -> None:
    with pytest.raises(ConfigurationError):
        configuration_if_any(argument, option)


def test_what_is_needed_has_to_be_there() -> None:
    with pytest.raises(ConfigurationError):
        configuration_if_any(None, None, needed=True)
