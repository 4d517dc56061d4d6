"""The checker under test, used only as a user would: `checker serve` as a process of its own, asked over its API."""

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

READY = 60.0
"""Seconds that a start may take."""

Document = Mapping[str, Any]
"""One probe as `/api/v1/probes/NAME` has it."""


class LabError(Exception):
    """The lab itself is in trouble: what it re-enacts proves nothing."""


@dataclass(slots=True)
class Observed:
    """A running `checker serve`."""

    url: str
    client: httpx.AsyncClient
    process: asyncio.subprocess.Process
    problems: bytearray = field(default_factory=bytearray)

    async def probe(self, name: str) -> Document:
        """Return all that the checker knows of a probe."""
        answer = await self.client.get(f"{self.url}/api/v1/probes/{name}", timeout=5.0)
        found: Document = answer.raise_for_status().json()
        return found

    async def probes(self) -> list[Document]:
        """Return the list of all probes."""
        answer = await self.client.get(f"{self.url}/api/v1/probes", timeout=5.0)
        found: list[Document] = answer.raise_for_status().json()["probes"]
        return found


@contextlib.asynccontextmanager
async def observing(
    checks: Path, environment: Mapping[str, str], client: httpx.AsyncClient
) -> AsyncIterator[Observed]:
    """Run `checker serve` over a configuration while the context is open; raises LabError where it does not start."""
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "checker", "serve", str(checks), "--listen", f"127.0.0.1:{port}"),
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    observed = Observed(f"http://127.0.0.1:{port}", client, process)
    listening = asyncio.create_task(_read(process, observed.problems))
    try:
        await _ready(observed)
        yield observed
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        await listening


@dataclass(frozen=True, slots=True)
class Gate:
    """How a `checker run` ended: its exit code, and its report as JSON."""

    code: int
    report: Document

    @property
    def failed(self) -> list[Document]:
        """The probes that did not pass."""
        return [
            probe for probe in self.report.get("probes", ()) if probe["result"] not in ("pass", "degraded")
        ]


async def gate(checks: Path, environment: Mapping[str, str], *arguments: str) -> Gate:
    """Run `checker run` as a pipeline would."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "checker", "run", "--config", str(checks), "--format", "json", *arguments),
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, problems = await process.communicate()
    if not written:
        raise LabError(
            f"checker run ended with {process.returncode}: {problems.decode(errors='replace')[-2000:]}"
        )
    return Gate(process.returncode or 0, json.loads(written))


async def _ready(observed: Observed) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + READY
    while loop.time() < end:
        if observed.process.returncode is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if (await observed.client.get(f"{observed.url}/-/ready", timeout=2.0)).status_code == 200:
                return
        await asyncio.sleep(0.05)
    code = observed.process.returncode
    what = f"is not ready after {READY:.0f} s" if code is None else f"ended with {code}"
    raise LabError(f"the checker {what}: {observed.problems.decode(errors='replace')[-2000:]}")


async def _read(process: asyncio.subprocess.Process, into: bytearray) -> None:
    while process.stderr and (data := await process.stderr.read(65536)):
        into += data
        del into[:-100_000]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port
