"""The demo's estate, broken by hand, and `checker serve` over the repository's own checks.yaml beside it.

Whatever is broken, every health check of the estate stays green; the right probes fail within one interval, say
why, and are called masked; nobody else is blamed; and when it is mended they are up again.
"""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from checker.core.clock import Clock
from checker.core.outcome import Outcome
from checker.lab.estate import FAULTS, Estate
from checker.lab.estate.fleet import Pace
from tests.integration.checks import Rig, Told, rig, told
from tests.integration.processes import Serving, checker_serve, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECKS = (Path(__file__).parents[2] / "checks.yaml").read_text()
FOREVER = 86400.0


@dataclass(frozen=True)
class Case:
    """A fault, and what the checker is to say of it: the probes that fail, in which step and why."""

    fault: str
    probes: frozenset[str]
    step: str
    reason: str
    which: str | None = None

    @property
    def name(self) -> str:
        return f"{self.fault} {self.which}" if self.which else self.fault

    @property
    def told(self) -> Told:
        return Told("fail", self.reason, self.step)


CASES = (
    Case("engine-key-revoked", frozenset({"works-search", "images-search"}), "search", "server_error"),
    Case("upload-secret-outdated", frozenset({"bulk-upload"}), "upload", "auth_rejected"),
    *(
        Case(
            "consumer-on-old-address",
            frozenset({f"reference-through/{which}"}),
            "http",
            "server_error",
            which,
        )
        for which in ("profile", "esr-notification", "concerns", "generic-upload", "sync")
    ),
)


async def test_every_fault_has_its_case() -> None:
    offered = {(fault.name, choice) for fault in FAULTS for choice in fault.choices or (None,)}
    assert offered == {(case.fault, case.which) for case in CASES}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def estate() -> AsyncIterator[Estate]:
    """The CDN keeps its copies for ever, so that what is broken behind it does not show in front of it."""
    async with Estate(pace=Pace(cache=FOREVER, token=FOREVER)) as running:
        yield running


async def assert_healthy(estate: Estate) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = {url: (await client.get(url)).status_code for url in estate.health_urls.values()}
    assert dict.fromkeys(answers, 200) == answers


# Each fault, once


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(estate: Estate) -> AsyncIterator[Rig]:
    async with rig(CHECKS, estate.environment) as running:
        assert [] == bad(await outcomes(running))
        yield running


async def outcomes(bench: Rig) -> Mapping[str, Outcome]:
    names = tuple(bench.wiring.plan.probes)
    return dict(zip(names, await asyncio.gather(*map(bench.run, names)), strict=True))


def bad(found: Mapping[str, Outcome]) -> list[str]:
    return [name for name, outcome in found.items() if outcome.result in ("fail", "error")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_fault_is_told_of_whom_it_concerns_and_of_nobody_else(
    case: Case, estate: Estate, bench: Rig
) -> None:
    estate.switch(case.fault, on=True, which=case.which)
    try:
        found = await outcomes(bench)
        await assert_healthy(estate)
    finally:
        estate.switch(case.fault, on=False)
    assert dict.fromkeys(case.probes, case.told) == {name: told(found[name]) for name in bad(found)}
    assert case.probes == {name for name, outcome in found.items() if outcome.masked}
    assert [] == bad({name: await bench.run(name) for name in case.probes})


async def test_behind_a_cdn_a_fault_is_told_late_and_for_longer() -> None:
    """Errors are kept for ten seconds: by then the origin is well again, and its probe says so."""
    now = [1000.0]
    clock = Clock(wall=lambda: 1_700_000_000.0 + now[0], monotonic=lambda: now[0])
    async with (
        Estate(clock=clock, pace=Pace(cache=5)) as estate,
        rig(CHECKS, estate.environment) as bench,
    ):
        assert "fail" != (await bench.run("catalogue-cdn/works")).result
        estate.switch("engine-key-revoked", on=True)
        assert Told("fail", "server_error", "search") == told(await bench.run("works-search"))
        assert "fail" != (await bench.run("catalogue-cdn/works")).result
        now[0] += 6
        assert Told("fail", "server_error", "search") == told(await bench.run("catalogue-cdn/works"))
        estate.switch("engine-key-revoked", on=False)
        assert "fail" != (await bench.run("works-search")).result
        kept = await bench.run("catalogue-cdn/works")
        assert (Told("fail", "stale_cache", "search"), True) == (told(kept), kept.masked)
        now[0] += 11
        assert "fail" != (await bench.run("catalogue-cdn/works")).result


# On a schedule

QUICK = (
    (r"interval: 15s ", "interval: 2s "),
    (r"timeout: 5s ", "timeout: 1900ms "),
    (r"interval_on_failure: 5s", "interval_on_failure: 1s"),
    (r"interval: 1m\n    timeout: 20s", "interval: 4s\n    timeout: 3s\n    cleanup_timeout: 900ms"),
    (r"every: 250ms\n          within: 15s", "every: 100ms\n          within: 2900ms"),
)
"""What makes checks.yaml go round in seconds; nothing but times."""


def quick(text: str) -> str:
    for old, new in QUICK:
        text, count = re.subn(old, new, text)
        assert count, f"checks.yaml has no {old!r} any more"
    return text


class Watcher:
    """Looks at a running checker as Prometheus and people do."""

    def __init__(self, serving: Serving, client: httpx.AsyncClient) -> None:
        self._url = serving.url
        self._client = client

    async def probes(self) -> Mapping[str, Mapping[str, Any]]:
        answer = await self._client.get(f"{self._url}/api/v1/probes")
        return {probe["probe"]: probe for probe in answer.json()["probes"]}

    async def probe(self, name: str) -> Mapping[str, Any]:
        answer = await self._client.get(f"{self._url}/api/v1/probes/{name}")
        document: Mapping[str, Any] = answer.json()
        return document

    async def metric(self, name: str, *labels: str) -> Mapping[tuple[str, ...], float]:
        """Return a metric's values by these labels."""
        text = (await self._client.get(f"{self._url}/metrics")).text
        return {
            tuple(sample.labels[label] for label in labels): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name
        }

    async def settled(self, names: Iterable[str], *states: str) -> None:
        """Wait until these probes are in one of the states."""
        await until(lambda: self._are(frozenset(names), states))

    async def _are(self, names: frozenset[str], states: tuple[str, ...]) -> bool:
        return {name for name, probe in (await self.probes()).items() if probe["state"] in states} >= names


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watcher(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watcher]:
    path = tmp_path_factory.mktemp("estate") / "checks.yaml"
    path.write_text(quick(CHECKS))
    async with (
        checker_serve(str(path), environment=estate.environment) as serving,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        watcher = Watcher(serving, client)
        await watcher.settled(await watcher.probes(), "up", "degraded")
        yield watcher
    assert 0 == serving.code, serving.err.decode()


@pytest.mark.parametrize("case", CASES[:3], ids=lambda case: case.name)
async def test_a_fault_is_told_within_one_interval_and_so_is_its_end(
    case: Case, estate: Estate, watcher: Watcher
) -> None:
    before = await failures_of_others(watcher, case)
    switched = time.time()
    estate.switch(case.fault, on=True, which=case.which)
    try:
        await watcher.settled(case.probes, "down")
        await assert_told(watcher, case, switched)
        await assert_healthy(estate)
    finally:
        estate.switch(case.fault, on=False)
    await watcher.settled(case.probes, "up", "degraded")
    assert {0.0} == set((await watcher.metric("checker_probe_masked", "probe")).values())
    assert {} == await watcher.metric("checker_probe_failure", "probe", "step", "reason")
    assert before == await failures_of_others(watcher, case)


async def failures_of_others(watcher: Watcher, case: Case) -> Mapping[tuple[str, ...], float]:
    """What was said against those that the fault does not concern. That the checker was too slow blames nobody."""
    failures = await watcher.metric("checker_probe_failures_total", "probe", "reason")
    return {
        (probe, reason): count
        for (probe, reason), count in failures.items()
        if reason != "overloaded" and probe not in case.probes
    }


async def assert_told(watcher: Watcher, case: Case, switched: float) -> None:
    probes = {(name,) for name in await watcher.probes()}
    concerned = {(name,) for name in case.probes}

    masked = await watcher.metric("checker_probe_masked", "probe")
    assert {name: float(name in concerned) for name in probes} == masked
    success = await watcher.metric("checker_probe_success", "probe")
    assert {name: float(name not in concerned) for name in probes} == success
    shallow = await watcher.metric("checker_probe_shallow_success", "probe")
    assert dict.fromkeys(probes, 1.0) == shallow
    failure = await watcher.metric("checker_probe_failure", "probe", "step", "reason")
    assert {(name, case.step, case.reason): 1.0 for name in case.probes} == failure
    states = await watcher.metric("checker_probe_state", "probe", "state")
    assert concerned == {(name,) for (name, state), value in states.items() if state == "down" and value}

    for name in case.probes:
        await assert_told_in_time(watcher, name, case, switched)


async def assert_told_in_time(watcher: Watcher, name: str, case: Case, switched: float) -> None:
    """The first run that began after the fault says so, and that was within one interval."""
    probe = await watcher.probe(name)
    first = next(run for run in probe["history"] if _seconds(run["started_at"]) >= switched)
    assert ("fail", case.reason, True) == (first["result"], first["reason"], first["masked"])
    ended = _seconds(first["started_at"]) + first["duration_seconds"]
    assert ended - switched <= probe["interval_seconds"] + probe["timeout_seconds"]


def _seconds(moment: str) -> float:
    """To the millisecond below, as the API tells times; a run that began with the fault is not counted."""
    return math.floor(datetime.fromisoformat(moment).timestamp() * 1000) / 1000
