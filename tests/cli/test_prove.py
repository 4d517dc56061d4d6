import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke


@pytest.fixture
def checks(checks: Path, url: str) -> Path:
    checks.write_text(
        checks.read_text()
        + f"""\
  proven:
    labels: {{team: b}}
    http: {{url: "{url}/good"}}
    expect: {{json: {{$.path: /good, $.hits: {{gte: 1}}}}}}
"""
    )
    return checks


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["proven"], 0),
        (["--label", "team=b"], 0),
        (["slow"], 1),
        (["broken"], 3),
        (["untellable"], 3),
        (["proven", "broken"], 3),
        (["slow", "broken"], 1),
        (["no-such"], 2),
        (["proven", "--label", "env=nowhere"], 2),
    ],
)
def test_exit_codes(invoke: Invoke, checks: Path, arguments: list[str], code: int) -> None:
    assert code == invoke("prove", *arguments, "-c", checks).exit_code


def test_a_hole_is_told_with_its_line_and_what_to_write(invoke: Invoke, checks: Path) -> None:
    told = invoke("prove", "slow", "proven", "-c", checks).stdout
    for words in (
        "✗ slow  4 of",
        f"{checks}:14:5  a login page in HTML",
        "this would catch them",
        "$.hits: {gte: 1}",
        "✓ proven",
        "json.$.hits gte",
        "1 proven, 1 would pass what must not pass",
    ):
        assert words in told


def test_json_is_all_that_stands_on_standard_output(invoke: Invoke, checks: Path) -> None:
    report = json.loads(invoke("prove", "slow", "broken", "-c", checks, "--format", "json").stdout)
    assert 1 == report["version"]
    assert [("broken", "fail", 0), ("slow", "degraded", 4)] == [
        (one["probe"], one["result"], one["holes"]) for one in report["probes"]
    ]
    assert report["probes"][0]["message"].startswith("the run itself did not pass")


def test_interrupted_it_says_that_nothing_was_proven(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        path = tmp_path / "checks.yaml"
        path.write_text(
            f'version: 1\nprobes: {{silent: {{http: {{url: "http://127.0.0.1:{listener.getsockname()[1]}/"}}}}}}\n'
        )
        command = [sys.executable, "-m", "checker", "prove", "-c", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            connection, _ = listener.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                told, said = process.communicate()
    assert (130, "") == (process.returncode, told)
    assert said.endswith("interrupted: nothing was proven\n")
