"""Runs every probe of a document, one after the other, and tells what it took; a process of its own, so that it is.

python -m tests.faults.probing DOCUMENT NAME_SERVER WRITTEN

Others run beside them, by the real scheduler, of which one begins every 25 ms. What is measured leaves the machine
out: the time for which this process waited for a processor counts neither as held nor as late, and a row that was
disturbed may have another try.
"""

import asyncio
import ctypes
import dataclasses
import gc
import json
import logging
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import httpx

from checker.app.heap import give_back
from checker.app.loop import run
from checker.app.memory import settled
from checker.core.outcome import Outcome
from checker.engine.plan import Plan, PlannedProbe
from checker.engine.scheduler import Scheduler
from checker.engine.stall import LoopLag
from checker.net.resolve import Resolver
from checker.surfaces import logs
from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources, web_app
from checker.surfaces.web.live import Live
from tests.faults.rows import SECRETS
from tests.integration.checks import Rig, rig

NEIGHBOUR = "neighbour"
BENIGN = "benign"
TRIES = 2
"""A row's time is that of the better of two: what other processes do to a machine seldom strikes twice in a row."""

UNTOLD = 4
"""Further tries while the checker itself says that it had no time: what it would say of the row is not known then."""

BESIDE = 4
"""Neighbours, whose slots are spread over their interval."""

HELD = 0.05
"""Seconds for which the loop may be held at a time."""

GROWN = 8 << 20
"""Bytes by which the process may grow. They are those of the first try: nothing that the machine does adds to them."""

PAGES = ("/probes/{}", "/api/v1/probes/{}")

_MACHINE = (None, "timeout", "connect_timeout", "overloaded")
"""Reasons of neighbours that are the machine's: their server, and this process, have no more of it than others."""

_BEAT = 0.002
_LIBC = ctypes.CDLL(None)


@dataclass
class Measured:
    """What a run came to, and what it took: seconds and bytes.

    `held`: the longest time between two turns of the loop in which this process was busy; `lost`: what the product
    itself says that it lost; `late`: how late a neighbour began at the most, without the time for which the process had
    no processor; `beside`: what went wrong with their runs; `slots`: how many of them were met. `cycles`: objects that
    only the collector could free.
    """

    name: str
    result: str
    reason: str | None
    step: str | None
    message: str
    seconds: float
    timeout: float
    held: float = 0.0
    lost: float = 0.0
    late: float = 0.0
    grown: int = 0
    cycles: int = 0
    slots: int = 0
    beside: list[str] = field(default_factory=list)
    certificate: bool = False

    @property
    def undisturbed(self) -> bool:
        """Whether another try could not tell anything better."""
        return max(self.held, self.late) < HELD and not self.beside and self.reason != "overloaded"


class Holds:
    """Looks at the clock every two milliseconds.

    `longest`: seconds between two looks, without those for which this thread was ready to run and had no processor;
    `stolen` are these. A call that blocks holds the loop like one that computes.
    """

    def __init__(self) -> None:
        self._waits = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self.restart()

    def restart(self) -> None:
        self.longest = self.stolen = 0.0
        self._last = self._clocks()

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(_BEAT)
            now = self._clocks()
            passed, waited = (after - before for after, before in zip(now, self._last, strict=True))
            self.longest = max(self.longest, passed - waited - _BEAT)
            self.stolen += waited
            self._last = now

    def _clocks(self) -> tuple[float, float]:
        """Return what time it is, and for how long this thread has waited for a processor (Linux: sched-stats.rst)."""
        _, waited, _ = os.pread(self._waits, 100, 0).split()
        return time.perf_counter(), int(waited) / 1e9


def _memory(what: str) -> int:
    """Return bytes of memory: VmRSS now, VmHWM at the most since `_forget_most` (Linux)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


def _forget_most() -> None:
    """Begin anew, with what is free of the C library's heap given back: no row is to live on what others have left."""
    _LIBC.malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", "ascii")


@dataclass
class Neighbours:
    """Takes down when their runs began and what went wrong with them. `met`: at least one slot has come."""

    late: float = 0.0
    slots: int = 0
    wrong: list[str] = field(default_factory=list)
    met: asyncio.Event = field(default_factory=asyncio.Event)

    def lagged(self, seconds: float) -> None:
        self.late = max(self.late, seconds)
        self._meet()

    def skipped(self, _probe: PlannedProbe, number: int) -> None:
        self.wrong += ["skipped"] * number
        self._meet()

    def sink(self, _probe: PlannedProbe, outcome: Outcome) -> None:
        if outcome.reason not in _MACHINE:
            self.wrong.append(str(outcome.reason))

    def _meet(self) -> None:
        self.slots += 1
        self.met.set()

    def restart(self) -> None:
        self.late, self.slots, self.wrong = 0.0, 0, []
        self.met.clear()


class Bench:
    """Measures runs."""

    def __init__(self, bench: Rig, lag: LoopLag, written: TextIO) -> None:
        self._rig = bench
        self._written = written
        self._lag = lag
        self._holds = Holds()
        self._beside = Neighbours()

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """Keep the neighbours running meanwhile."""
        probe = self._rig.wiring.plan.probes[NEIGHBOUR]
        delays = [number * probe.interval / BESIDE for number in range(BESIDE)]
        plan = Plan(
            {
                f"{NEIGHBOUR}{number}": dataclasses.replace(
                    probe, name=f"{NEIGHBOUR}{number}", offset=delay, first_delay=delay
                )
                for number, delay in enumerate(delays)
            }
        )
        beside = self._beside
        scheduler = self._scheduler = Scheduler(
            plan, self._rig.runner.run, beside.sink, lagged=beside.lagged, skipped=beside.skipped
        )
        watching = asyncio.ensure_future(self._holds.watch())
        scheduler.start()
        try:
            yield
        finally:
            await scheduler.stop()
            watching.cancel()

    async def measured(self, name: str) -> Measured:
        """Return the best of its tries, but for memory: what others add to a run is not ours."""
        best = await self._once(name)
        tries = 1
        while not best.undisturbed and tries < TRIES + UNTOLD * (best.reason == "overloaded"):
            tries += 1
            again = await self._once(name)
            better = {key: min(getattr(best, key), getattr(again, key)) for key in ("held", "late")}
            worse = {key: max(getattr(best, key), getattr(again, key)) for key in ("grown", "cycles")}
            beside = min(best.beside, again.beside, key=len)
            best = dataclasses.replace(again, **better, **worse, beside=beside)
        return best

    async def _once(self, name: str) -> Measured:
        gc.collect()
        await self._scheduler.outlast()  # what was held up before is not the row's
        self._holds.restart()
        self._beside.restart()
        _forget_most()
        resident, lost = _memory("VmRSS"), self._lag.lost()
        began = time.perf_counter()
        outcome = await self._rig.run(name)
        seconds = time.perf_counter() - began
        await self._beside.met.wait()
        await asyncio.sleep(_BEAT)  # a hold is only seen when it is over
        held, stolen = self._holds.longest, self._holds.stolen
        measured = Measured(
            name,
            outcome.result,
            outcome.reason,
            outcome.step,
            outcome.message or "",
            seconds,
            self._rig.wiring.plan.probes[name].timeout,
            held=held,
            lost=self._lag.lost() - lost,
            late=self._beside.late - stolen,
            grown=_memory("VmHWM") - resident,
            slots=self._beside.slots,
            beside=self._beside.wrong if held + stolen < HELD else [],  # what else could have been
        )
        self._written.write(f"{outcome!r}\n")
        del outcome
        measured.cycles = gc.collect()
        return measured


async def main(document: str, name_server: str, file: TextIO) -> list[dict[str, Any]]:
    give_back()  # as `serve` does
    resolver = Resolver([name_server], timeout=5.0, tries=1)
    lag = LoopLag()
    async with rig(document, SECRETS, resolver=resolver, lost=lag.lost) as running:
        _log_everything(running, file)
        lag.start()
        bench = Bench(running, lag, file)
        async with bench.beside():
            for _ in range(3):
                await bench.measured(BENIGN)  # what any first answer takes
            rows = [name for name in running.wiring.plan.probes if name != NEIGHBOUR]
            with settled():  # as `serve` does
                measured = [await bench.measured(name) for name in rows]
        lag.stop()
        known = running.certificates()
        sending = [name for name in rows if "${secret." in str(json.loads(document)["probes"][name])]
        await _show(running, file, sending)
    return [dataclasses.asdict(dataclasses.replace(one, certificate=one.name in known)) for one in measured]


def _log_everything(running: Rig, file: TextIO) -> None:
    def redact(text: str) -> str:
        return running.secrets.redactor()(text)  # of those that are known by then

    logs.configure(redact, stream=file, level=logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)


async def _show(running: Rig, file: TextIO, rows: Sequence[str]) -> None:
    """Write what is shown of all, and of each of some rows."""
    app = web_app(Sources(running.board.snapshot, Own()), Live(running.board.snapshot))
    paths = ["/", "/metrics", "/api/v1/probes", *(path.format(name) for name in rows for path in PAGES)]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://checker.test") as client:
        while paths:
            text = (await client.get(paths.pop())).raise_for_status().text
            file.write(text)
            paths += re.findall(r'href="([^"]+\.har)"', text)


def everything_of(document: str, name_server: str, written: str) -> list[dict[str, Any]]:
    with Path(written).open("w", encoding="utf-8") as file:
        return run(main(Path(document).read_text("utf-8"), name_server, file))


if __name__ == "__main__":
    json.dump(everything_of(*sys.argv[1:]), sys.stdout)
