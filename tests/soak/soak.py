"""A soak: a fleet of probes against a target that fails, through restarts and reloads, with the books kept exactly.

One way for both lengths; all that differs is in `Settings`. Everything is counted in runs, so a slow machine takes
longer and proves as much. The checker is a real process of which nothing is known but what it says and holds.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import cycle
from pathlib import Path

import trustme

from tests.soak.fleet import Fleet
from tests.soak.ledger import Seen, against_metrics, against_target, newer, skipped, slots, unasked
from tests.soak.report import Findings, Settings
from tests.soak.running import Checker, Talker, counted, target
from tests.soak.vitals import Census, leaked, most_growth, resident, settled, slope

EARLY = 0.05
"""Of the runs, before each restart."""

PAGES = ("/metrics", "/", "/api/v1/probes", "/probes/plain-0", "/api/v1/probes/plain-0", "/sd", "/events")
"""What somebody reads all the while."""

WARMING = 8
"""Reloads before the first look: what two configurations at a time take of the heap is found room for in these."""

SETTLED = 10.0
"""Seconds within which what the last runs used has been let go of."""


async def soak(
    settings: Settings, directory: Path, say: Callable[[str], None] = lambda line: None
) -> Findings:
    """Soak a checker, and `say` how far it is; raises TimeoutError where it takes too long to prove anything."""
    began = time.monotonic()
    certificate, key = _certificate(directory)
    async with (
        asyncio.timeout(settings.most_seconds),
        target(settings.seed, certificate, key) as (counter, plain, secure),
    ):
        fleet = Fleet(settings.size, settings.interval, plain, secure, directory)
        course = _Course(settings, fleet, counter, say)
        for _ in range(settings.restarts):
            await course.start_and_stop()
        await course.start_and_look()
    course.findings.seconds = round(time.monotonic() - began, 1)
    return course.findings


def _certificate(directory: Path) -> tuple[Path, Path]:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = directory / "server.pem", directory / "server.key"
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    (directory / "key").write_text("a-key-for-the-target")
    return certificate, key


class _Course:
    """The starts of one soak. A generation is one version of the configuration."""

    def __init__(self, settings: Settings, fleet: Fleet, counter: Talker, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._fleet = fleet
        self._counter = counter
        self._say = say
        self._generation = 0
        self._reading = asyncio.Lock()
        self.findings = Findings(settings)

    async def start_and_stop(self) -> None:
        """Start, reload twice, and stop in the middle of runs."""
        async with self._started() as checker:
            await self._go_on(checker, int(self._settings.runs * EARLY), 2)
        self.findings.restarts += 1

    async def start_and_look(self) -> None:
        """Start, warm up, and look at what there is of everything; go on through reloads, and look again."""
        found, left = self.findings, self._settings.runs - self.findings.runs
        async with self._started() as checker:
            await self._go_on(checker, self._settings.size * self._settings.warm_up, WARMING)
            metrics, _, found.before = await self._stand_still(checker)
            began = await self._replace(checker)
            async with self._weighed(checker):
                await self._go_on(checker, left, max(0, self._settings.reloads - found.reloads))
            later, ended, found.after = await self._stand_still(checker, found.before)
            found.problems += leaked(found.before, found.after)
            due = (ended - began) * 1000 / self._fleet.interval
            found.problems += slots(metrics, later, self._fleet.stable, due)
            await self._replace(checker)
            await checker.has_run(checker.told.runs + self._fleet.size)

    @contextlib.asynccontextmanager
    async def _started(self) -> AsyncIterator[Checker]:
        """Run a checker whose pages somebody reads; then stop it in the middle of runs, and do the books."""
        seen = await counted(self._counter)
        checker = Checker(self._fleet.directory / "checks.yaml")
        async with checker.running(self._text()):
            reader = asyncio.create_task(self._read(checker))
            try:
                yield checker
            finally:
                reader.cancel()
                await asyncio.wait((reader,))
            self.findings.skipped += skipped(await checker.get("/metrics"))
            await checker.stop()
        if not reader.cancelled():
            self.findings.problems.append(f"its pages could not be read: {reader.exception()!r}")
        self.findings.problems += self._booked(checker, newer(await counted(self._counter), seen))

    def _booked(self, checker: Checker, seen: Seen) -> Iterator[str]:
        """Add up one start; yield what does not."""
        told, found, stable = checker.told, self.findings, self._fleet.stable
        if checker.code != 0 or told.odd:
            yield f"exit code {checker.code}, log {told.odd[:5]}"
        yield from against_target(told, seen, stable)
        changing = tuple(seen.keys() - set(stable))
        broken_off = -unasked(told, seen, changing)
        if broken_off > told.events["reload"] * len(changing):
            yield f"{broken_off} runs of {changing} were broken off in {told.events['reload']} reloads"
        found.broken_off += broken_off
        found.unasked += unasked(told, seen, stable)
        found.timed_out += told.timed_out()
        found.runs += told.runs
        found.requests += sum(sum(legs.get("first", {}).values()) for legs in seen.values())
        for endings in told.endings.values():
            for (result, reason), count in endings.items():
                found.endings[f"{result} {reason}".strip()] += count

    async def _go_on(self, checker: Checker, runs: int, reloads: int) -> None:
        """Return when so many have run since the start; the reloads are spread over what is left of them."""
        done = checker.told.runs
        for number in range(reloads):
            await checker.has_run(done + (runs - done) * (number + 1) // (reloads + 1))
            await self._replace(checker, signalled=number % 2 == 0)
            self.findings.reloads += 1
            self._tell(checker)
        await checker.has_run(runs)

    def _tell(self, checker: Checker) -> None:
        runs, held = self.findings.runs + checker.told.runs, resident(checker.pid) >> 10
        self._say(f"{runs} of {self._settings.runs} runs, {self.findings.reloads} reloads, {held} KiB")

    async def _replace(self, checker: Checker, *, scheduled: bool = True, signalled: bool = False) -> float:
        """Reload, and return when that was, in seconds of the checker's clock."""
        self._generation += 1
        (self._fleet.directory / "key").write_text(f"key-{self._generation}")
        mark = f'owner="team-{self._generation}"'
        return await checker.replace(self._text(scheduled=scheduled), mark, signalled=signalled)

    def _text(self, *, scheduled: bool = True) -> str:
        return self._fleet.text(self._generation, scheduled=scheduled)

    async def _stand_still(self, checker: Checker, before: Census | None = None) -> tuple[str, float, Census]:
        """Let runs end and begin no more; return the metrics, when that began, and what there is of everything.

        What there is more of than `before` may still be on its way out, so it is looked at for a while.
        """
        async with self._reading:
            at = await self._replace(checker, scheduled=False)
            metrics = await checker.drained()
            self.findings.problems += against_metrics(checker.told, metrics, self._fleet.stable)
            end = time.monotonic() + SETTLED
            await asyncio.sleep(1.0)
            census = await checker.census()
            while before and any(leaked(before, census)) and time.monotonic() < end:
                await asyncio.sleep(1.0)
                census = await checker.census()
            return metrics, at, census

    async def _read(self, checker: Checker) -> None:
        for page in cycle(PAGES):
            async with self._reading:
                await checker.look(page)
            await asyncio.sleep(0.2)

    @contextlib.asynccontextmanager
    async def _weighed(self, checker: Checker) -> AsyncIterator[None]:
        """See how much memory the checker has, all the while; then how much that grows with each run.

        That is of one process, from when all that it keeps is full. Most of what it has needed at one time stays with
        it, so it grows by steps, ever more seldom: only what comes after the first half is held against it.
        """
        points: list[tuple[float, float]] = []

        async def weigh() -> None:
            while True:
                points.append((checker.told.runs, resident(checker.pid)))
                await asyncio.sleep(0.5)

        weighing = asyncio.create_task(weigh())
        try:
            yield
        finally:
            weighing.cancel()
        later = settled(points)
        self.findings.growth = growth = slope(later)
        self.findings.most_growth = most = most_growth(later, self._settings.most_growth)
        if growth > most:
            self.findings.problems.append(
                f"each run takes {growth:.1f} bytes for good, at most {most:.1f} may be"
            )
