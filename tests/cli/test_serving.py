import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from checker.cli import serve as verb
from checker.cli import serving
from checker.cli.exits import Role
from checker.cli.serving import FLAGS, OPTIONS, ROLES, Given, understood
from checker.cli.verbs import app
from tests.cli.conftest import Invoke
from tests.integration.processes import unmeasured

SERVE = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]

PLAIN = [
    ("", Given()),
    ("checks.yaml", Given("checks.yaml")),
    ("-", Given("-")),
    ("-c env:CHECKS", Given("env:CHECKS")),
    ("--config=a.yaml --role=sidecar", Given("a.yaml", "sidecar")),
    ("--listen :9 a.yaml --stay-up", Given("a.yaml", listen=":9", stay_up=True)),
    ("--web-config w.yaml", Given(web_config="w.yaml")),
    ("--web.config.file=w=1.yaml --log-outcomes", Given(web_config="w=1.yaml", log_outcomes=True)),
]
OTHERS = [
    *("--help", "-h", "--lisen :9", "--listen", "--listen --stay-up", "--role nobody", "--stay-up=true"),
    *("a.yaml b.yaml", "a.yaml -c a.yaml", "-ca.yaml", "-c=a.yaml", "-- a.yaml", "--listen= a.yaml"),
]


@pytest.mark.parametrize(("arguments", "given"), PLAIN)
def test_what_is_understood_is_what_the_command_line_makes_of_it(
    arguments: str, given: Given, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Given] = []
    monkeypatch.setattr(verb, "start", told.append)
    monkeypatch.delenv("CHECKER_CONFIG", raising=False)
    assert 0 == invoke("serve", *arguments.split()).exit_code
    assert given == understood(arguments.split())
    assert [Given(given.config or "checks.yaml", *_rest(given))] == told


def _rest(given: Given) -> tuple[str, str | None, str | None, bool, bool]:
    return given.role, given.listen, given.web_config, given.stay_up, given.log_outcomes


@pytest.mark.parametrize("arguments", OTHERS)
def test_anything_else_is_left_to_the_command_line(arguments: str) -> None:
    assert understood(arguments.split()) is None


def test_an_empty_name_is_left_to_the_command_line() -> None:
    assert understood([""]) is None


def test_all_options_are_known() -> None:
    named = {name for option in SERVE.params if option.param_type_name == "option" for name in option.opts}
    assert named - {"--help", "-h"} == OPTIONS.keys() | FLAGS.keys()
    assert set(ROLES) == set(Role)


def test_serves_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Given] = []
    monkeypatch.setattr(serving, "start", told.append)
    assert (0, None) == (serving.main(["a.yaml"]), serving.main(["--help"]))
    assert [Given("a.yaml")] == told


def test_a_configuration_that_cannot_be_served_is_a_message(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "checker", "serve", "missing.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (2, "", "missing.yaml: there is no such file\n") == (done.returncode, done.stdout, done.stderr)


LEFT_OUT = {"typer", "rich", "http.server", "logging.config", "pickle", "regex", "uvicorn.main"}
"""What libraries bring that nothing here asks for (docs/decisions/007)."""


def test_what_nobody_asks_for_stays_out() -> None:
    program = "import sys, checker.cli.output, checker.cli.serving, checker.app.serve; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
    assert set() == LEFT_OUT & set(done.stdout.split())
