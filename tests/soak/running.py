"""The two processes of a soak: a checker whose log is read as it comes and not kept, and its target."""

import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson

from tests.integration.processes import unmeasured, until
from tests.soak.ledger import Seen, Told
from tests.soak.vitals import Census

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0
"""Seconds after which something that is waited for will not happen any more, however busy the machine is."""

_LONGEST_LINE = 8 << 20  # bytes: a census is one line


async def _start(*arguments: str | Path, log: int | None = None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env=unmeasured(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        limit=_LONGEST_LINE,
    )


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        trust_env=False, timeout=PATIENCE, verify=False
    )  # reading certificates takes long


class Talker:
    """A process that answers a line with a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self) -> Any:
        assert self.process.stdin
        self.process.stdin.write(b"\n")
        return json.loads(await self.hear())

    async def hear(self) -> bytes:
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            return await self.process.stdout.readline()


@contextlib.asynccontextmanager
async def target(seed: int, certificate: Path, key: Path) -> AsyncIterator[tuple[Talker, int, int]]:
    """Run a target; yields what counts its requests, and its ports: plain and TLS."""
    process = await _start("-m", "tests.soak.target", str(seed), certificate, key)
    talker = Talker(process)
    try:
        plain, secure = json.loads(await talker.hear())
        yield talker, plain, secure
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


class Checker:
    """`checker serve` over a file that can be put in the place of the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.told = Told()
        self.url = ""
        self.code: int | None = None

    @contextlib.asynccontextmanager
    async def running(self, text: str) -> AsyncIterator["Checker"]:
        """Serve from here to the end of the context, or until `stop`."""
        self._path.write_text(text)
        self._process = await _start(
            *("-m", "tests.soak.watched", "serve", self._path, "--listen", "127.0.0.1:0", "--log-outcomes"),
            log=asyncio.subprocess.PIPE,
        )
        self._talker = Talker(self._process)
        reading = asyncio.create_task(self._read())
        try:
            await until(lambda: self.url or reading.done(), PATIENCE)
            assert self.url, f"it has not started: {self.told.odd}"
            yield self
        finally:
            if self._process.returncode is None:
                self._process.kill()
            await reading
            await _end(self._process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def _read(self) -> None:
        assert self._process.stderr
        async for line in self._process.stderr:
            if not line.startswith(b"{"):
                self.told.odd.append(line.decode())
                continue
            event = orjson.loads(line)
            self.told.take(event)
            if event["event"] == "start":
                [self.url] = event["listen"]

    async def get(self, path: str) -> str:
        """Ask one of its pages, over a connection that ends with that."""
        async with _client() as client:
            answer = await client.get(self.url + path)
        answer.raise_for_status()
        return answer.text

    async def look(self, path: str) -> None:
        """Ask one of its pages, and read of it what there is at once; /events never ends."""
        async with (
            _client() as client,
            client.stream("GET", self.url + path) as answer,
        ):
            answer.raise_for_status()
            async for _ in answer.aiter_bytes():
                break

    async def has_run(self, times: int) -> None:
        """Return when so many runs have been told of; however long that takes."""
        while self.told.runs < times:
            assert self._process.returncode is None, f"it has ended: {self.told.odd}"
            await asyncio.sleep(0.02)

    async def replace(self, text: str, mark: str, *, signalled: bool) -> float:
        """Replace the configuration by one that has `mark` in its metrics; return when it was taken, on its clock."""
        # Written beside and renamed: a file that is half written is another test's matter.
        fresh = self._path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._path)
        if signalled:
            self._process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE
        while mark not in (metrics := await self.get("/metrics")):
            if time.monotonic() > end:
                events = [list((await self._talker.ask())["tasks"]), self.told.events, self.told.odd]
                raise AssertionError(f"no {mark} in {PATIENCE:g} s: {events}")
            await asyncio.sleep(0.1)
        return metric(metrics, "checker_config_last_reload_success_timestamp_seconds")

    async def drained(self) -> str:
        """Return the metrics as soon as nothing runs."""
        await until(self._at_rest, PATIENCE)
        metrics = await self.get("/metrics")
        told = -1
        while told != self.told.runs:  # what it has written may still be on its way
            told = self.told.runs
            await asyncio.sleep(0.2)
        return metrics

    async def _at_rest(self) -> bool:
        return metric(await self.get("/metrics"), "checker_runs_in_flight") == 0

    async def census(self) -> Census:
        return Census.of(self.pid, self.told.runs, await self._talker.ask())

    async def stop(self) -> None:
        """Ask it to end, and await that."""
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            self.code = await self._process.wait()


def metric(metrics: str, name: str) -> float:
    """Return the value of a series without labels."""
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    assert found, f"no {name}"
    return float(found[1])


async def counted(talker: Talker) -> Seen:
    """Return what a target has counted so far."""
    seen: Seen = await talker.ask()
    return seen
