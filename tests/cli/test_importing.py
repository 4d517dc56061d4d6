"""`checker import`: from a file or a pipe to a checks.yaml that `checker validate` accepts."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke

COMMAND = "curl -H 'Authorization: Bearer tok-HIDDEN' https://api.example.org/works --ntlm\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.sh"
    path.write_text(COMMAND)
    return path


def test_what_is_written_validates(invoke: Invoke, script: Path, tmp_path: Path) -> None:
    output = tmp_path / "made.yaml"
    done = invoke("import", "curl", script, "--output", output)
    assert (0, "") == (done.exit_code, done.stdout)
    assert [
        "1 probe written",
        "set in the environment: API_EXAMPLE_ORG_TOKEN",
        "not carried over, and said so in the file: 1",
        "  api.example.org-works: --ntlm",
    ] == done.stderr.splitlines()
    assert output.read_text().startswith("# Imported from script.sh (curl)\nversion: 1\n")
    assert "HIDDEN" not in output.read_text() + done.stderr
    assert 0 == invoke("validate", output).exit_code


def test_standard_input_and_output(invoke: Invoke) -> None:
    done = invoke("import", "curl", "-", input="curl https://a.example.org https://b.example.org")
    assert (0, "2 probes written\n") == (done.exit_code, done.stderr)
    assert done.stdout.startswith("# Imported from <stdin> (curl)\n")


def test_a_file_that_is_there_is_replaced_only_by_force(invoke: Invoke, script: Path, tmp_path: Path) -> None:
    output = tmp_path / "made.yaml"
    output.write_text("mine")
    done = invoke("import", "curl", script, "--output", output)
    assert (2, f"{output} is there already; --force replaces it\n") == (done.exit_code, done.stderr)
    assert "mine" == output.read_text()
    assert 0 == invoke("import", "curl", script, "--output", output, "--force").exit_code
    assert "mine" != output.read_text()


def test_every_format_is_there(invoke: Invoke) -> None:
    openapi = json.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}})
    entry = {"request": {"method": "GET", "url": "https://example.org/"}, "response": {"status": 200}}
    for arguments, text, found in (
        (["har"], json.dumps({"log": {"entries": [entry]}}), "step: get"),
        (["openapi", "--target", "https://example.org/v1"], openapi, "https://example.org/v1/a"),
        (["openapi"], openapi, "https://host.invalid/a"),
        (["blackbox", "--target", "m=example.org"], "modules: {m: {prober: http}}", "http://example.org"),
        (["gatus"], "endpoints: [{name: a, url: 'https://example.org'}]", "interval: 1m"),
    ):
        form, *options = arguments
        done = invoke("import", form, "-", *options, input=text)
        assert (0, True) == (done.exit_code, found in done.stdout), done.output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["curl", "none.sh"], "cannot read none.sh: No such file or directory"),
        (["curl", "."], "cannot read .: Is a directory"),
        (["har", "script.sh"], "script.sh:1:1: not JSON: Expecting value"),
        (["gatus", "script.sh"], "script.sh: the document: 'endpoints' is missing"),
        (["curl", "script.sh", "--output", "none/made.yaml"], "cannot write"),
        (["curl", "script.sh", "--target", "x"], "--target is for blackbox and openapi, not for curl"),
        (["openapi", "script.sh", "--target", "a", "--target", "b"], "--target is one URL for openapi"),
        (["postman", "script.sh"], "'postman' is not one of"),
    ],
)
def test_what_cannot_be_done_is_said(invoke: Invoke, script: Path, arguments: list[str], why: str) -> None:
    done = invoke("import", *arguments)
    assert 2 == done.exit_code
    assert why in " ".join(done.stderr.split())
    assert "HIDDEN" not in done.output


def test_long_lists_are_cut(invoke: Invoke) -> None:
    done = invoke("import", "curl", "-", input="curl https://example.org\n" + "wget x\n" * 25)
    assert "  … and 5 more" == done.stderr.splitlines()[-1]
    many = "".join(f"curl -u a:password{index} https://h{index}.example.org\n" for index in range(22))
    done = invoke("import", "curl", "-", input=many)
    assert done.stderr.endswith(", H19_EXAMPLE_ORG_PASSWORD, and 2 more\n")
    done = invoke("import", "curl", "-", input="wget x\n" * 25)
    assert (2, "  … and 5 more") == (done.exit_code, done.stderr.splitlines()[-1])
