import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from checker import __version__
from tests.cli.conftest import Invoke

BAD = "version: 1\nprobes:\n  search:\n    http: {ulr: 'http://a.example/'}\n    intervall: 5s\n"


def test_validate_counts_the_probes(invoke: Invoke, checks: Path) -> None:
    done = invoke("validate", checks)
    assert (0, f"{checks} is valid: 5 probes\n") == (done.exit_code, done.stdout)


def test_validate_shows_all_problems_with_their_places(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    done = invoke("validate", path)
    assert (2, "") == (done.exit_code, done.stdout)
    for words in (f"{path}:4:", f"{path}:5:", "did you mean 'url'", "did you mean 'interval'", "^"):
        assert words in done.stderr


def test_validate_shows_warnings(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    path.write_text(
        "version: 1\nprobes: {a: {interval: 1h, slo: {availability: 99.9%}, http: {url: 'http://a.example/'}}}\n"
    )
    done = invoke("validate", path)
    assert 0 == done.exit_code
    assert "slo" in done.stderr


@pytest.mark.parametrize("verb", ["validate", "list"])
def test_the_configuration_may_be_an_argument_an_option_or_a_variable(
    invoke: Invoke, checks: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    for arguments in ([checks], ["-c", checks], ["--config", checks], [checks, "-c", checks], []):
        assert 0 == invoke(verb, *arguments).exit_code  # the last finds checks.yaml in its folder
    checks.rename(checks.with_name("other.yaml"))
    assert 2 == invoke(verb).exit_code
    monkeypatch.setenv("CHECKER_CONFIG", str(checks.with_name("other.yaml")))
    assert 0 == invoke(verb).exit_code
    monkeypatch.setenv("IN_A_VARIABLE", checks.with_name("other.yaml").read_text())
    assert 0 == invoke(verb, "env:IN_A_VARIABLE").exit_code
    assert 0 == invoke(verb, "-", input=checks.with_name("other.yaml").read_text()).exit_code


def test_two_configurations_are_one_too_many(invoke: Invoke, checks: Path) -> None:
    done = invoke("validate", checks, "-c", "other.yaml")
    assert 2 == done.exit_code
    assert "name one" in done.stderr


@pytest.mark.parametrize("arguments", [("",), ("--config", "")])
def test_an_empty_name_is_not_taken_for_the_default(
    invoke: Invoke, checks: Path, arguments: tuple[str, ...]
) -> None:
    done = invoke("validate", *arguments)
    assert (2, "") == (done.exit_code, done.stdout)
    assert "the name of the configuration is empty" in done.stderr


def test_list_has_a_line_for_each_probe(invoke: Invoke, checks: Path) -> None:
    lines = invoke("list", checks).stdout.splitlines()
    assert ["PROBE", "good", "broken", "slow", "untellable", "posts"] == [line.split()[0] for line in lines]
    assert "env=test,team=a" in lines[2]
    assert not any("left out" in line for line in lines)


def test_list_says_what_a_role_leaves_out(invoke: Invoke, checks: Path) -> None:
    lines = invoke("list", checks, "--role", "sidecar").stdout.splitlines()
    assert ["posts"] == [line.split()[0] for line in lines if "left out: writes" in line]


def test_show_has_everything_in_place_and_no_secret(
    invoke: Invoke, checks: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("TEST_KEY", "s3cr3t-value")
    checks.write_text(
        checks.read_text().replace('/good", auth', '/good", headers: {X-Key: "${env.TEST_KEY}"}, auth')
    )
    done = invoke("show", "untellable", "-c", checks)
    assert 0 == done.exit_code
    assert "s3cr3t" not in done.stdout
    shown = yaml.safe_load(done.stdout)["untellable"]
    assert ("30s", "10s", {"env": "test"}) == (shown["interval"], shown["timeout"], shown["labels"])
    (step,) = shown["steps"]
    assert "http" == step["step"]
    expected = {"url": f"{url}/good", "headers": {"X-Key": "***"}, "auth": {"bearer": "${secret.key}"}}
    assert expected == step["http"]


def test_show_says_that_there_is_no_such_probe(invoke: Invoke, checks: Path) -> None:
    done = invoke("show", "goood", "-c", checks)
    assert 2 == done.exit_code
    assert "did you mean good?" in done.stderr


def test_schema_accepts_what_validate_accepts(invoke: Invoke, checks: Path) -> None:
    schema = json.loads(invoke("schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    assert [] == list(validator.iter_errors(yaml.safe_load(checks.read_text())))
    assert [] != list(validator.iter_errors(yaml.safe_load(BAD)))


def test_version(invoke: Invoke) -> None:
    assert f"checker {__version__}\n" == invoke("--version").stdout


def test_healthcheck_is_one_of_the_verbs(invoke: Invoke) -> None:
    assert "healthcheck" in invoke("--help").stdout
    assert 1 == invoke("healthcheck", "--url", "http://127.0.0.1:9/-/healthy").exit_code
    assert 2 == invoke("healthcheck", "--url", "nowhere").exit_code


def test_serve_refuses_a_bad_configuration_and_a_taken_address(
    invoke: Invoke, checks: Path, url: str
) -> None:
    checks.with_name("bad.yaml").write_text(BAD)
    assert 2 == invoke("serve", checks.with_name("bad.yaml")).exit_code
    done = invoke("serve", checks, "--listen", url.removeprefix("http://"))
    assert 2 == done.exit_code
    assert "cannot listen on" in done.stderr


def test_a_credential_in_the_file_is_warned_of_and_not_shown(invoke: Invoke, checks: Path) -> None:
    checks.write_text(checks.read_text().replace('"${secret.key}"', "t0ken-value"))
    done = invoke("validate", checks)
    assert 0 == done.exit_code
    assert "a credential is written here literally" in done.stderr
    assert "put it under secrets" in done.stderr
    shown = invoke("show", "untellable", "-c", checks).stdout
    assert "bearer: '***'" in shown
    assert "t0ken-value" not in done.stderr + done.stdout + shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--format", "xml"), "'--format': 'xml' is not one of 'console', 'json', 'junit', 'har'."),
        (("serve", "--role", "guard"), "'--role': 'guard' is not one of 'sidecar', 'sentinel'."),
        (("lab", "run", "--format", "xml"), "'--format': 'xml' is not one of 'console', 'json'."),
    ],
)
def test_a_choice_that_there_is_not_is_told_with_those_that_there_are(
    invoke: Invoke, arguments: tuple[str, ...], message: str
) -> None:
    done = invoke(*arguments)
    assert 2 == done.exit_code
    assert f"Invalid value for {message}" in done.stderr
