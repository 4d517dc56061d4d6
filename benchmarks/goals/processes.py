"""The processes that are measured, and what the kernel says of them (Linux)."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PATIENCE = 120.0
"""Seconds after which something that is waited for will not happen any more."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def get(url: str) -> str:
    """Return what is answered; raises OSError."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        return text


def wait_until(ready: Callable[[], bool], every: float = 0.02) -> None:
    """Return when `ready` does not raise OSError and is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if ready():
                return
        time.sleep(every)
    sys.exit("What is to be measured did not begin.")


def answers(url: str) -> bool:
    """Whether `url` is answered with a success."""
    return bool(get(url)) or True


class Measured:
    """A process that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._folder = Path("/proc", str(process.pid))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def out(self) -> Iterator[bytes]:
        """Its standard output, line by line."""
        assert self._process.stdout
        return iter(self._process.stdout.readline, b"")

    def cpu(self) -> float:
        """Return the seconds that its threads have had a processor; to the nanosecond, which /proc/PID/stat is not."""
        tasks = (self._folder / "task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def resident(self) -> float:
        """Return the MiB of memory that it has now."""
        status = (self._folder / "status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let it do nothing at all for a while."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


def pinned(core: int | None) -> list[str]:
    """Return what a command begins with that is to run on one processor alone."""
    return [] if core is None else ["taskset", "-c", str(core)]


@contextlib.contextmanager
def running(command: Sequence[str], *, core: int | None = None) -> Iterator[Measured]:
    """Run a command, on one processor alone if `core` says so, and end it."""
    process = subprocess.Popen(
        [*pinned(core), *command],
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("BENCH_SHOW") else subprocess.DEVNULL,
    )
    try:
        yield Measured(process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
