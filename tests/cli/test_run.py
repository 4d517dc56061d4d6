import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.conftest import Invoke


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good"], 0),
        (["good", "slow"], 0),
        (["good", "slow", "--strict"], 1),
        (["good", "broken"], 1),
        (["good", "untellable"], 3),
        (["broken", "untellable"], 1),
        (["no-such"], 2),
        (["good", "--label", "env=nowhere"], 2),
        (["--label", "team=a"], 1),
        (["posts", "--until-pass", "1s"], 2),
        (["posts", "--until-pass", "1s", "--repeat-writes"], 0),
        (["good", "--output", "missing/report.txt"], 2),
        (["good", "--push", "gateway:9091"], 2),
        (["good", "--push", "http://"], 2),
        (["good", "--push", "http://gateway:9091?a=b"], 2),
    ],
)
def test_exit_codes(invoke: Invoke, checks: Path, arguments: list[str], code: int) -> None:
    assert code == invoke("run", *arguments, "-c", checks).exit_code


def test_a_failure_is_explained(invoke: Invoke, checks: Path, url: str) -> None:
    told = invoke("run", "broken", "-c", checks).stdout
    for words in ("server_error", "expected 2xx, saw 500", "masked", "healthy", "curl", f"{url}/broken"):
        assert words in told


@pytest.mark.parametrize(
    ("evidence", "kept"), [("full", ["curl", "answered:"]), ("headers", ["curl"]), ("none", [])]
)
def test_a_report_shows_no_more_evidence_than_may_be_kept(
    invoke: Invoke, checks: Path, evidence: str, kept: list[str]
) -> None:
    checks.write_text(checks.read_text() + f"server: {{evidence: {evidence}}}\n")
    told = invoke("run", "broken", "-c", checks).stdout
    assert kept == [word for word in ("curl", "answered:") if word in told]
    assert ('answered: {"path": "/broken", "hits": 3}' in told) == ("answered:" in kept)


def test_json_is_all_that_stands_on_standard_output(invoke: Invoke, checks: Path) -> None:
    report = json.loads(invoke("run", "good", "broken", "-c", checks, "--format", "json").stdout)
    assert 1 == report["version"]
    assert {"good": "pass", "broken": "fail"} == {one["probe"]: one["result"] for one in report["probes"]}
    assert {"hits": 3.0} == report["probes"][0]["values"]
    assert [None, True] == [one["masked"] for one in report["probes"]]
    assert [None, "server_error"] == [one["reason"] for one in report["probes"]]


def test_junit_and_har_go_to_a_file(invoke: Invoke, checks: Path, tmp_path: Path) -> None:
    for form in ("junit", "har", "console"):
        done = invoke("run", "good", "-c", checks, "--format", form, "--output", tmp_path / form)
        assert (0, "") == (done.exit_code, done.stdout)
    assert "1" == ET.parse(tmp_path / "junit").getroot().attrib["tests"]
    assert 1 == len(json.loads((tmp_path / "har").read_text())["log"]["entries"])
    assert "1 passed" in (tmp_path / "console").read_text()


def test_writes_metrics_for_the_textfile_collector(invoke: Invoke, checks: Path, tmp_path: Path) -> None:
    target = tmp_path / "checker.prom"
    assert 1 == invoke("run", "good", "broken", "-c", checks, "--textfile", target).exit_code
    samples = {
        (sample.name, sample.labels["probe"]): sample.value
        for family in text_string_to_metric_families(target.read_text())
        for sample in family.samples
        if "result" not in sample.labels and "state" not in sample.labels
    }
    assert 1.0 == samples["checker_probe_success", "good"]
    assert 1.0 == samples["checker_probe_masked", "broken"]
    assert {target.name, checks.name} == {path.name for path in tmp_path.iterdir()}


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    invoke: Invoke, checks: Path, tmp_path: Path
) -> None:
    (tmp_path / "report").write_text("old")
    done = invoke("run", "good", "-c", checks, "--output", tmp_path / "report" / "inside")
    assert 2 == done.exit_code
    assert "cannot write" in done.stderr
    assert {"report", checks.name} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("option", ["--output", "--textfile"])
@pytest.mark.parametrize("path", ["", "folder", "missing/checks.prom"])
def test_what_cannot_be_written_is_told_before_anything_runs(
    invoke: Invoke, checks: Path, tmp_path: Path, option: str, path: str
) -> None:
    (tmp_path / "folder").mkdir()
    done = invoke("run", "good", "-c", checks, option, path)
    assert (2, "", 1) == (done.exit_code, done.stdout, done.stderr.count("\n"))
    assert done.stderr.startswith("cannot write ")


def test_interrupted_it_reports_what_has_finished(tmp_path: Path) -> None:
    metrics = tmp_path / "checks.prom"
    metrics.write_text("old")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        path = tmp_path / "checks.yaml"
        path.write_text(
            f"""\
version: 1
server: {{max_in_flight: 1}}
probes:
  refused: {{http: {{url: "http://127.0.0.1:1/"}}, expect: {{body: x}}}}
  silent: {{http: {{url: "http://127.0.0.1:{listener.getsockname()[1]}/"}}, expect: {{body: x}}}}
"""
        )
        command = [sys.executable, "-m", "checker", "run", "-c", str(path), "--textfile", str(metrics)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            connection, _ = listener.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                told, said = process.communicate()
    assert 130 == process.returncode
    assert "1 failed" in told
    assert said.endswith("interrupted: 1 of 2 probes have not finished\n")
    assert "old" == metrics.read_text()


def test_repeats_until_it_passes(invoke: Invoke, checks: Path) -> None:
    assert 1 == invoke("run", "broken", "-c", checks, "--until-pass", "100ms").exit_code
    assert 0 == invoke("run", "good", "-c", checks, "--until-pass", "100ms").exit_code


def test_in_github_a_failure_is_annotated_at_its_line(
    invoke: Invoke, checks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(checks.parent))
    lines = invoke("run", "good", "broken", "-c", checks).stdout.splitlines()
    assert lines[0].startswith("::stop-commands::")
    resumed = lines.index(f"::{lines[0].rpartition('::')[2]}::")
    (annotation,) = lines[resumed + 1 :]
    title = "title=broken%3A fail in step http (server_error)"
    assert annotation.startswith(
        f"::error file=checks.yaml,line=10,{title}::status: expected 2xx, saw 500%0A"
    )


@pytest.mark.parametrize("arguments", [("--format", "json"), ("--output", "report")])
def test_in_github_what_machines_read_stays_what_it_is(
    invoke: Invoke, checks: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str]
) -> None:
    plain = invoke("run", "broken", "-c", checks, *arguments)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = invoke("run", "broken", "-c", checks, *arguments)
    assert plain.stdout[:1] == done.stdout[:1]
    assert "::" not in done.stdout
    assert "::error " in done.stderr
    assert "::error " not in plain.stderr
