"""The checker stopped, blocked, or told to do something else in the middle of a run: no target is blamed for it."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from checker.app.loop import run as run_as_served
from checker.app.service import Options, Service
from checker.core.reason import Result
from tests.faults.rows import GOOD
from tests.faults.serving import Served, everything
from tests.integration.processes import Serving, checker, checker_serve, until
from tests.integration.sites import read_request
from tests.net.loopback import Script, Server, serving

EARLY = "probe-7"
"""A name whose first run comes a third of a second after the start: runs are spread by name."""


class Target:
    """A server that tells when it is asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()
        self.requests: list[float] = []

    async def script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        self.requests.append(time.monotonic())
        self.asked.set()
        await self.answer.wait()
        writer.write(GOOD)


def checks(path: Path, port: int, **keys: object) -> Path:
    probe = {"http": {"url": f"http://127.0.0.1:{port}/"}, "expect": {"json": {"$.v": 5}}, **keys}
    path.write_text(json.dumps({"version": 1, "probes": {EARLY: probe}}))
    return path


async def samples(running: Serving) -> dict[tuple[str, str], float]:
    """Return what /metrics says, by name and result."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{running.url}/metrics", timeout=20)).text
    return {
        (one.name, one.labels.get("result", "")): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


STOPPED = 2.0
"""Seconds; more than the probe has for its answer."""


async def test_a_suspended_process_blames_nobody_and_catches_up_with_nothing(tmp_path: Path) -> None:
    """SIGSTOP while an answer is awaited, which only comes when its time is long over."""
    target = Target()
    async with serving(target.script) as server:
        path = checks(tmp_path / "checks.json", server.port, interval="400ms", timeout="300ms")
        async with checker_serve(str(path)) as running:
            await target.asked.wait()
            running.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(STOPPED)
            running.process.send_signal(signal.SIGCONT)
            resumed = time.monotonic()
            target.answer.set()
            await until(lambda: len(target.requests) > 3)
            told = await samples(running)
        assert running.code == 0
    since = [moment for moment in target.requests if moment > resumed]
    assert len(since) <= (time.monotonic() - resumed) / 0.4 + 2
    assert told["checker_probe_runs_total", "fail"] == 0
    assert told["checker_probe_runs_total", "error"] >= 1
    assert told["checker_probe_runs_skipped_total", ""] >= 3
    assert told["checker_event_loop_stalled_seconds_total", ""] >= STOPPED * 0.9
    assert {"overloaded"} == {one["reason"] for one in running.events if one["event"] == "failure"}


def answers_after(seconds: float) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(seconds)
        writer.write(GOOD)

    return script


def test_a_bug_that_blocks_the_loop_blames_nobody(tmp_path: Path) -> None:
    """It holds the loop for longer than the probe has, while the answer is on its way."""

    async def main(port: int) -> tuple[Result, str | None, float, Result]:
        path = checks(tmp_path / "checks.json", port, interval="1h", timeout="500ms")
        async with serviced(path) as service:
            asyncio.get_running_loop().call_later(0.1, time.sleep, 0.8)
            blocked = await service.scheduler.run_now(EARLY)
            after = await service.scheduler.run_now(EARLY)
            return blocked.result, blocked.reason, own(service, "stalled_seconds_total"), after.result

    with everything({"a": Served(answers_after(0.2))}, {}) as places:
        result, reason, stalled, after = run_as_served(main(places.ports["a"]))
    assert (Result.ERROR, "overloaded") == (result, reason)
    assert stalled > 0.7
    assert after is not Result.FAIL


@asynccontextmanager
async def serviced(path: Path) -> AsyncIterator[Service]:
    service = Service(Options(str(path), environment={}))
    service.start()
    try:
        yield service
    finally:
        await service.stop()


def own(service: Service, ending: str) -> float:
    [value] = [
        one.value for family in service.own.collect() for one in family.samples if one.name.endswith(ending)
    ]
    return value


@asynccontextmanager
async def asked(path: Path, target: Target, **keys: object) -> AsyncIterator[tuple[Serving, Server]]:
    """Serve, with a run that waits for its answer."""
    async with serving(target.script) as server:
        checks(path, server.port, interval="1m", timeout="50s", **keys)
        async with checker_serve(str(path), "--log-outcomes") as running:
            await target.asked.wait()
            yield running, server


def outcomes(running: Serving) -> list[object]:
    ended = (one for one in running.events if one["event"] in {"run", "failure"})
    return [one["result"] for one in ended if one["probe"] == EARLY]


async def test_a_reload_in_the_middle_of_a_run_leaves_it_alone(tmp_path: Path) -> None:
    target, path = Target(), tmp_path / "checks.json"
    async with asked(path, target) as (running, _):
        document = json.loads(path.read_text())
        document["probes"]["b"] = {"interval": "1h", "http": {"url": "http://127.0.0.1:9/"}}
        path.write_text(json.dumps(document))
        running.process.send_signal(signal.SIGHUP)
        await until(lambda: running.event("reload"))
        target.answer.set()
        await until(lambda: outcomes(running))
    assert ["pass"] == outcomes(running)
    assert len(target.requests) == 1


async def test_a_reload_that_changes_a_probe_ends_its_run_without_a_verdict(tmp_path: Path) -> None:
    target, path = Target(), tmp_path / "checks.json"
    async with asked(path, target) as (running, server):
        target.asked.clear()
        checks(path, server.port, interval="1m", timeout="49s")
        running.process.send_signal(signal.SIGHUP)
        await target.asked.wait()
        target.answer.set()
        await until(lambda: outcomes(running))
        told = await samples(running)
    assert ["pass"] == outcomes(running)
    assert (1, 0, 0) == tuple(told["checker_probe_runs_total", one] for one in ("pass", "fail", "error"))
    assert len(target.requests) == 2


async def test_sigterm_in_the_middle_of_a_run_waits_for_it(tmp_path: Path) -> None:
    target = Target()
    async with asked(tmp_path / "checks.json", target) as (running, _):
        running.process.send_signal(signal.SIGTERM)
        await until(lambda: running.event("stopping"))
        target.answer.set()
        await running.process.wait()
    assert (0, ["pass"]) == (running.code, outcomes(running))


async def test_the_health_check_sees_a_process_that_stands_still(tmp_path: Path) -> None:
    target = Target()
    target.answer.set()
    async with asked(tmp_path / "checks.json", target) as (running, _):
        ask = ("healthcheck", "--url", f"{running.url}/-/healthy")
        assert 0 == (await checker(*ask)).code
        running.process.send_signal(signal.SIGSTOP)
        assert 1 == (await checker(*ask)).code
        running.process.send_signal(signal.SIGCONT)
        assert 0 == (await checker(*ask)).code
