"""The `checker` command as a process of its own, and all that it writes."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 120.0
"""Seconds after which something that a test waits for will not happen any more."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: bytes
    err: bytes


@dataclass
class Serving:
    """`checker serve`, running. `code` is there when it has ended."""

    process: asyncio.subprocess.Process
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    code: int | None = None

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its log so far."""
        whole, _, _ = self.err.rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]

    def event(self, name: str) -> dict[str, Any] | None:
        return next((event for event in reversed(self.events) if event["event"] == name), None)

    @property
    def url(self) -> str:
        [url] = (self.event("start") or {})["listen"]
        return str(url)


UNMEASURED = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
"""Variables without which a process is not measured for coverage, which takes time, memory and a file."""


def unmeasured() -> dict[str, str]:
    """Return the environment without them."""
    return {name: value for name, value in os.environ.items() if name not in UNMEASURED}


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **more}


PROGRAM = ("-m", "checker")


async def checker(
    *arguments: str, environment: Mapping[str, str] | None = None, program: Sequence[str] = PROGRAM
) -> Ended:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        *arguments,
        env=_environment(environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out, err)


@contextlib.asynccontextmanager
async def checker_serve(
    *arguments: str, environment: Mapping[str, str] | None = None, program: Sequence[str] = PROGRAM
) -> AsyncIterator[Serving]:
    """Serve on a free port until the context is left; yields when it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        "serve",
        *arguments,
        "--listen",
        "127.0.0.1:0",
        env=_environment(environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    running = Serving(process)
    reading = asyncio.gather(_drain(process.stdout, running.out), _drain(process.stderr, running.err))
    try:
        await until(lambda: process.returncode is not None or running.event("start"))
        assert process.returncode is None, running.err.decode()
        yield running
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(PATIENCE):
                running.code = await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await reading


async def _drain(stream: asyncio.StreamReader, into: bytearray) -> None:
    while data := await stream.read(65536):
        into += data


async def until(check: Callable[[], object], seconds: float = PATIENCE) -> Any:
    """Return the first true thing that `check` returns or awaits; fails the test where there is none in time."""
    async with asyncio.timeout(seconds):
        while True:
            found = check()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)
