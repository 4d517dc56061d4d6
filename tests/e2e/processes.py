"""Real programs as processes of a test: a checker, a Prometheus, an Alertmanager. Each is ended by its own id."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds after which something that a test waits for will not happen any more."""

CHECKER = str(Path(sys.executable).with_name("checker"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def until(look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """Return the first true thing that `look` returns; what does not answer yet is looked at again."""
    end = time.monotonic() + seconds
    while True:
        last: object = None
        try:
            if found := look():
                return found
            last = found
        except httpx.TransportError as error:
            last = error
        assert time.monotonic() < end, f"nothing in {seconds:g} s; at last {last!r}"
        time.sleep(0.1)


Environment = Mapping[str, str] | None
"""Of a process; None: that of the tests."""


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, environment: Environment = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in the background, until the context is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def answering(
    command: Sequence[str | Path], log: Path, url: str, environment: Environment = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, from when `url` answers with a 200."""
    with running(command, log, environment) as process:

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            return httpx.get(url, timeout=5.0).status_code == 200

        until(answers)
        yield process


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus server."""

    url: str

    @classmethod
    @contextmanager
    def serving(cls, config: str, directory: Path) -> Iterator["Prometheus"]:
        """Serve with a configuration as text; all that it writes goes to a directory, which is made."""
        directory.mkdir()
        (directory / "prometheus.yml").write_text(config)
        address = f"127.0.0.1:{free_port()}"
        command = (
            "prometheus",
            f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={address}",
            "--log.level=warn",
        )
        with answering(command, directory / "log", f"http://{address}/-/ready"):
            yield cls(f"http://{address}")

    def get(self, path: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10.0).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, text: str) -> list[dict[str, Any]]:
        """Return the series of an instant query."""
        result: list[dict[str, Any]] = self.get("query", query=text)["result"]
        return result

    def by(self, label: str, text: str) -> dict[str, float]:
        """Return the values of an instant query by one label."""
        return {one["metric"].get(label, ""): float(one["value"][1]) for one in self.query(text)}

    @property
    def labels(self) -> set[str]:
        """The names of all labels that it knows."""
        return set(self.get("labels"))


@dataclass(frozen=True)
class Alertmanager:
    """An Alertmanager of its own, without peers."""

    url: str

    @classmethod
    @contextmanager
    def serving(cls, config: str, directory: Path) -> Iterator["Alertmanager"]:
        """Serve with a configuration as text; all that it writes goes to a directory, which is made."""
        directory.mkdir()
        (directory / "alertmanager.yml").write_text(config)
        address = f"127.0.0.1:{free_port()}"
        command = (
            "prometheus-alertmanager",  # as Debian calls it
            f"--config.file={directory / 'alertmanager.yml'}",
            f"--storage.path={directory / 'data'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
            "--log.level=warn",
        )
        with answering(command, directory / "log", f"http://{address}/-/ready"):
            yield cls(f"http://{address}")

    @property
    def address(self) -> str:
        """HOST:PORT, as Prometheus wants it."""
        return self.url.removeprefix("http://")

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that it holds, inhibited ones too."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts", timeout=10.0).json()
        return found
