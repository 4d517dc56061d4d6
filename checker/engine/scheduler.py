"""Decides when each probe runs: start to start, never two of one probe at once, never a queue.

A slot in which a probe cannot run (its last run is not over, too many are in flight, the process slept through
it) is counted and gone. So a checker that falls behind never catches up by running more than it was told to.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from checker.core.clock import Clock
from checker.core.errors import CheckerError
from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.engine.grid import Epoch, Grid
from checker.engine.plan import Plan, PlannedProbe

LOGGER = logging.getLogger("checker.engine")

AWAITED_INTERVAL = 60.0
"""Seconds; probes that run at least this often have to have run before the checker is ready."""

LATEST_START = 5.0
"""Seconds after its slot, and half an interval, up to which a run may still start late."""

LOST = 3.0
"""Seconds by which a slot can only be overdue if the schedule stands still, whatever the machine does."""

_GOOD = (Result.PASS, Result.DEGRADED)


class CannotRunError(CheckerError):
    """A run was asked for that has no outcome: too many are in flight, the checker stops, or a reload broke it off."""


def _ignore(*what: object) -> None:
    """Nobody is to be told."""


@dataclass(slots=True, eq=False)
class _Scheduled:
    """One probe's schedule: its next slot `due`, and the grid on which the one after that will be."""

    probe: PlannedProbe
    grid: Grid
    rhythm: Grid  # `grid`, or the denser one of `interval_on_failure`
    due: float
    began: float = 0.0  # the slot of the latest run
    timer: asyncio.TimerHandle | None = None
    running: asyncio.Future[Outcome] | None = None


class Scheduler:
    """Runs the probes of a plan from `start` to `stop`.

    `run` runs one probe. When it is cancelled, it ends the probe's steps, lets its clean-ups run, and has no outcome;
    a second cancellation cuts these off too. `sink` gets every outcome, `skipped` how many slots of a probe had
    no run, `lagged` by how many seconds a run started late.
    """

    def __init__(
        self,
        plan: Plan,
        run: Callable[[PlannedProbe], Coroutine[Any, Any, Outcome]],
        sink: Callable[[PlannedProbe, Outcome], None],
        *,
        skipped: Callable[[PlannedProbe, int], None] = _ignore,
        lagged: Callable[[float], None] = _ignore,
        clock: Clock | None = None,
        run_writes_at_start: bool = False,
    ) -> None:
        self._plan = plan
        self._run = run
        self._sink = sink
        self._skipped = skipped
        self._lagged = lagged
        self._clock = clock or Clock()
        self._now = self._clock.monotonic
        self._writes_at_start = run_writes_at_start
        self._epoch: Epoch | None = None
        self._stopping = False
        self._ready = False
        self._awaited: set[str] = set()
        self._scheduled: dict[str, _Scheduled] = {}
        self._running: dict[asyncio.Future[Outcome], _Scheduled] = {}

    @property
    def in_flight(self) -> int:
        """How many runs are going on."""
        return len(self._running)

    @property
    def idle(self) -> bool:
        """Whether nothing is running."""
        return not self._running

    @property
    def ready(self) -> bool:
        """Whether every probe with an interval up to a minute has run since the start; once so, it stays so."""
        self._ready = self._ready or (self._epoch is not None and not self._awaited)
        return self._ready

    @property
    def alive(self) -> bool:
        """Whether the schedule is being kept: it was started, does not stop, and no slot was forgotten."""
        return self._epoch is not None and not self._stopping and self.overdue < LOST

    @property
    def overdue(self) -> float:
        """By how many seconds the slot that should have come first is late."""
        if not self._plan.scheduled:
            return 0.0
        earliest = min((one.due for one in self._scheduled.values()), default=self._now())
        return max(0.0, self._now() - earliest)

    def start(self) -> None:
        """Begin the schedule: from here on the wall clock does not matter."""
        self._epoch = Epoch.of(self._clock)
        self.replace(self._plan)

    def replace(self, plan: Plan) -> None:
        """Take another plan. Probes with the same fingerprint keep their schedule and their run.

        The runs of all others are broken off, without an outcome. Changed and new probes begin as at the start, and so
        do all where nothing was scheduled before.
        """
        switched, self._plan = plan.scheduled != self._plan.scheduled, plan
        if self._epoch is None or self._stopping:
            return
        old, self._scheduled = self._scheduled, {}
        for probe in plan.probes.values():
            self._take(probe, old.pop(probe.name, None), self._epoch)
        for gone in old.values():
            self._retire(gone)
        if switched:
            self._switch()
        self._awaited = self._awaited & plan.probes.keys() if plan.scheduled else set()

    async def run_now(self, name: str, limit: float | None = None) -> Outcome:
        """Run a probe at once and return its outcome, or that of the run that is going on.

        It is recorded like any other, and moves no slot. A run that is begun here ends after `limit` seconds, where
        that is less than the probe's own timeout. Who stops waiting leaves the run alone.

        Raises CannotRunError, and KeyError for an unknown name.
        """
        entry = self._scheduled[name]
        if entry.running is None and self._stopping:
            raise CannotRunError("the checker is stopping")
        if entry.running is None and self._is_full:
            raise CannotRunError(f"{len(self._running)} runs are in flight, as many as may be")
        running = entry.running or self._begin(entry, self._now(), limit)
        await asyncio.wait((running,))
        if running.cancelled():
            raise CannotRunError(
                "the run was broken off: the configuration changed, or the checker is stopping"
            )
        return running.result()

    async def outlast(self) -> None:
        """Return when every run that is in flight now has ended; what they were prepared with can be closed then."""
        if self._running:
            await asyncio.wait(tuple(self._running))

    async def stop(self, grace: float = 5.0, within: float = 9.5) -> None:
        """Start no more runs, and return when none is left, at the latest after `within` seconds.

        For `grace` seconds runs may end by themselves; then their steps are cancelled and their clean-ups run;
        half a second before the end these are cut off too.
        """
        self._stopping = True
        for entry in self._scheduled.values():
            _disarm(entry)
        await self._settle(grace)
        self._cancel_all()
        await self._settle(within - grace - 0.5)
        self._cancel_all()
        await self._settle(0.5)

    @property
    def _is_full(self) -> bool:
        return len(self._running) >= self._plan.max_in_flight

    def _take(self, probe: PlannedProbe, old: _Scheduled | None, epoch: Epoch) -> None:
        if old and old.probe.fingerprint == probe.fingerprint:
            old.probe = probe
            self._scheduled[probe.name] = old
            return
        grid = epoch.grid(probe.offset, probe.interval)
        entry = self._scheduled[probe.name] = _Scheduled(probe, grid, grid, self._first_slot(probe, grid))
        if old:
            self._retire(old)
            entry.running = old.running  # it may still be cleaning up, and runs of one name never overlap
        if probe.interval <= AWAITED_INTERVAL:
            self._awaited.add(probe.name)
        self._arm(entry)

    def _switch(self) -> None:
        """Begin a schedule with the probes that had none, or leave off the one that there was."""
        for entry in self._scheduled.values():
            entry.rhythm, entry.due = entry.grid, self._first_slot(entry.probe, entry.grid)
            self._arm(entry)

    def _first_slot(self, probe: PlannedProbe, grid: Grid) -> float:
        now = self._now()
        if probe.writes and not self._writes_at_start:
            return grid.after(now)
        return now + probe.first_delay

    def _retire(self, entry: _Scheduled) -> None:
        _disarm(entry)
        if entry.running:
            entry.running.cancel()

    def _arm(self, entry: _Scheduled) -> None:
        _disarm(entry)
        if not self._plan.scheduled:
            return
        delay = max(0.0, entry.due - self._now())
        entry.timer = asyncio.get_running_loop().call_later(delay, self._slot, entry)

    def _slot(self, entry: _Scheduled) -> None:
        due, now = entry.due, self._now()
        late = max(0.0, now - due)
        half = entry.rhythm.interval / 2
        # Half an interval after the first run, which is on no grid, the next one must not follow at once.
        entry.due = entry.rhythm.after(max(now, due + half))
        self._arm(entry)
        if late > min(half, LATEST_START):
            self._skipped(entry.probe, entry.rhythm.passed(due, now))
        elif entry.running or self._is_full:
            self._skipped(entry.probe, 1)
        else:
            self._lagged(late)
            self._begin(entry, due)

    def _begin(self, entry: _Scheduled, slot: float, limit: float | None = None) -> asyncio.Future[Outcome]:
        probe = entry.probe
        if limit is not None and limit < probe.timeout:
            probe = replace(probe, timeout=limit)
        running = asyncio.get_running_loop().create_task(self._run(probe))
        entry.began, entry.running = slot, running
        self._running[running] = entry
        running.add_done_callback(self._ended)
        return running

    def _ended(self, running: asyncio.Future[Outcome]) -> None:
        entry = self._running.pop(running)
        name = entry.probe.name
        current = self._scheduled.get(name)
        if current and current.running is running:
            current.running = None
        if running.cancelled() or current is not entry:
            return
        self._awaited.discard(name)
        if error := running.exception():
            LOGGER.error("internal", extra={"checker_fields": {"probe": name, "error": type(error).__name__}})
            return
        self._pace(entry, running.result().result)
        self._sink(entry.probe, running.result())

    def _pace(self, entry: _Scheduled, result: Result) -> None:
        """Change to the denser grid after a failure and back after a pass; an error changes nothing."""
        eager = entry.probe.interval_on_failure
        if result is Result.FAIL and eager and entry.rhythm is entry.grid:
            self._follow(entry, Grid(entry.began, eager))
        elif result in _GOOD and entry.rhythm is not entry.grid:
            self._follow(entry, entry.grid)

    def _follow(self, entry: _Scheduled, rhythm: Grid) -> None:
        if self._stopping:
            return
        entry.rhythm = rhythm
        entry.due = rhythm.after(self._now())
        self._arm(entry)

    async def _settle(self, seconds: float) -> None:
        if self._running:
            await asyncio.wait(tuple(self._running), timeout=max(0.0, seconds))

    def _cancel_all(self) -> None:
        for running in tuple(self._running):
            running.cancel()


def _disarm(entry: _Scheduled) -> None:
    if entry.timer:
        entry.timer.cancel()
        entry.timer = None
