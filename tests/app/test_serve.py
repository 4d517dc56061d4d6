"""`checker serve` and `checker demo` as processes: what signals, files and ports do to them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

CHECKER = str(Path(sys.executable).with_name("checker"))
PATIENCE = 30.0
"""Seconds that a process may take for what it is waited for; far more than it needs."""

CHECKS = """\
version: 1
probes:
  often: {interval: 100ms, timeout: 50ms, http: {url: "http://127.0.0.1:9/"}}
"""


@dataclass
class Process:
    popen: subprocess.Popen[str]
    url: str
    log: Path

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def events(self, name: str) -> list[dict[str, object]]:
        return [line for line in self.lines if line["event"] == name]

    def await_(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.popen.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)


Start = Callable[..., Process]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def call(*arguments: str, **environment: str) -> Process:
        address, log = f"127.0.0.1:{free_port()}", tmp_path / "log"
        with log.open("w") as stderr:
            popen = subprocess.Popen(
                [CHECKER, *arguments, "--listen", address],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env={**os.environ, **environment},
                cwd=tmp_path,
            )
        running.append(popen)
        process = Process(popen, f"http://{address}", log)
        process.await_(lambda: process.events("start"))
        return process

    yield call
    for popen in running:
        popen.kill()
        popen.communicate()


@pytest.fixture
def checks(tmp_path: Path) -> Path:
    path = tmp_path / "checks.yaml"
    path.write_text(CHECKS)
    return path


def test_serves_and_ends_in_order(start: Start, checks: Path) -> None:
    process = start("serve", str(checks))
    process.await_(lambda: process.get("/-/ready")[0] == 200)
    assert (200, "the checker is alive\n") == process.get("/-/healthy")
    assert 'checker_probe_success{probe="often"} 0' in process.get("/metrics")[1]
    assert "often" in process.get("/")[1]
    assert 403 == urllib_post(process.url + "/-/reload")
    began = time.monotonic()
    assert 0 == process.stop()
    assert time.monotonic() - began < 10  # the promise to the platform, which kills after that
    assert [["SIGTERM"], [None]] == [
        [event.get("why") for event in process.events(name)] for name in ("stopping", "stop")
    ]


def test_is_called_where_the_pages_are_and_not_where_only_machines_ask(start: Start, checks: Path) -> None:
    machines = f"127.0.0.1:{free_port()}"
    checks.write_text(CHECKS.replace("probes:", f"server: {{metrics_listen: '{machines}'}}\nprobes:"))
    process = start("serve", str(checks))
    apart = replace(process, url=f"http://{machines}")
    for path in ("/callbacks/guess", "/heartbeats/often/guess"):
        assert (404, "there is nothing here\n") == process.get(path)
        assert (404, "Not Found\n") == apart.get(path)


def urllib_post(url: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_healthcheck_speaks_of_the_running_one(start: Start, checks: Path) -> None:
    process = start("serve", str(checks))
    environment = os.environ | {"CHECKER_LISTEN": process.url.removeprefix("http://")}
    asked = [CHECKER, "healthcheck"]
    assert 0 == subprocess.run(asked, env=environment, check=False, timeout=PATIENCE).returncode
    process.stop()
    assert 1 == subprocess.run(asked, env=environment, check=False, timeout=PATIENCE).returncode


@pytest.mark.parametrize("how", ["SIGHUP", "file", "http"])
def test_reloads(start: Start, checks: Path, how: str) -> None:
    checks.write_text("server: {reload: true}\n" + CHECKS)
    process = start("serve", str(checks))
    process.await_(lambda: 'probe="often"' in process.get("/metrics")[1])
    checks.write_text("server: {reload: true}\n" + CHECKS.replace("often", "instead"))
    if how == "SIGHUP":
        process.popen.send_signal(signal.SIGHUP)
    elif how == "http":
        assert 200 == urllib_post(process.url + "/-/reload")
    process.await_(lambda: 'checker_probe_success{probe="instead"}' in process.get("/metrics")[1])
    assert "often" not in process.get("/metrics")[1]
    assert 0 == process.stop(signal.SIGINT)


def test_a_bad_file_leaves_the_old_configuration_running(start: Start, checks: Path) -> None:
    process = start("serve", str(checks))
    checks.write_text("probes: [\n")
    process.popen.send_signal(signal.SIGHUP)
    process.await_(lambda: process.events("reload_failed"))
    metrics = process.get("/metrics")[1]
    assert "\nchecker_config_last_reload_successful 0" in metrics
    assert f"{checks}:2:1:" in str(process.events("reload_failed")[0]["problems"])
    assert (200, "the checker is alive\n") == process.get("/-/healthy")
    runs = len(process.events("failure"))
    process.await_(lambda: len(process.events("failure")) > runs)
    assert 0 == process.stop()


def test_stays_up_without_a_configuration_if_told_to(start: Start, checks: Path) -> None:
    text = checks.read_text()
    checks.write_text("version: 2\n")
    process = start("serve", str(checks), "--stay-up")
    assert "\nchecker_config_last_reload_successful 0" in process.get("/metrics")[1]
    assert "a better one is awaited" in process.get("/")[1]
    assert 503 == process.get("/-/ready")[0]
    process.await_(lambda: process.events("reload_failed"))
    assert ["start", "reload_failed"] == [line["event"] for line in process.lines]
    checks.write_text(text)
    process.await_(lambda: process.get("/-/ready")[0] == 200)
    assert 0 == process.stop()


def test_a_slow_run_is_let_go_on_and_cleaned_up_after(start: Start, tmp_path: Path) -> None:
    """The main step hangs; SIGTERM waits for it, cancels it, and the clean-up still reaches the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        checks = tmp_path / "slow.yaml"
        checks.write_text(
            "version: 1\nprobes:\n  endless:\n    interval: 2m\n    timeout: 1m\n    steps:\n"
            f"      - {{step: main, http: {{url: '{base}/main'}}}}\n"
            f"      - {{step: clean-up, always: true, http: {{url: '{base}/clean-up'}}}}\n"
        )
        process = start("serve", str(checks))
        listener.settimeout(PATIENCE)
        main, _ = listener.accept()
        assert b"GET /main " in main.recv(4096)
        process.popen.send_signal(signal.SIGTERM)
        clean_up, _ = listener.accept()
        assert b"GET /clean-up " in clean_up.recv(4096)
        clean_up.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        assert 0 == process.popen.wait(PATIENCE)
        main.close()
        clean_up.close()


def test_metrics_may_have_a_listener_of_their_own(start: Start, checks: Path) -> None:
    apart = f"127.0.0.1:{free_port()}"
    checks.write_text(f'server: {{metrics_listen: "{apart}"}}\n' + CHECKS)
    process = start("serve", str(checks))
    assert 404 == process.get("/metrics")[0]
    assert 200 == process.get("/")[0]
    process.url = f"http://{apart}"
    assert 200 == process.get("/metrics")[0]
    assert 200 == process.get("/-/healthy")[0]
    assert 404 == process.get("/")[0]


@pytest.mark.parametrize("apart", [False, True])
def test_is_driven_where_the_metrics_are(start: Start, checks: Path, apart: bool) -> None:
    machines = f"127.0.0.1:{free_port()}"
    own = f', metrics_listen: "{machines}"' if apart else ""
    checks.write_text(f"server: {{schedule: false{own}}}\n" + CHECKS.replace("100ms", "1m"))
    process = start("serve", str(checks))
    if apart:
        assert [404, 404] == [process.get(path)[0] for path in ("/sd", "/probe?probe=often")]
        process.url = f"http://{machines}"
    [target] = json.loads(process.get("/sd")[1])
    assert [process.url.removeprefix("http://")] == target["targets"]
    status, text = process.get("/probe?probe=often")
    assert 200 == status
    assert "\nprobe_success 0\n" in text
    assert 'checker_probe_runs_total{probe="often",result="fail"} 1\n' in process.get("/metrics")[1]
