"""Runs one probe: its main part and its clean-ups, each over when its time is, and the shallow check beside them."""

import asyncio
from functools import partial

from checker.core.outcome import Outcome
from checker.engine.beside import done_beside
from checker.engine.bounded import Abandoned, bounded, give_up
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.run import Room, Run


class Runner:
    """Runs probes. The one way to run one: of the schedule, the command line and on demand."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._abandoned = Abandoned()

    @property
    def abandoned(self) -> int:
        """How many pieces of work did not end when they were cancelled, and still go on."""
        return len(self._abandoned)

    async def run(self, probe: PlannedProbe) -> Outcome:
        """Run the probe once and return its outcome.

        Cancelled, it ends the main part, lets the clean-ups run, and has no outcome: it raises CancelledError. A
        second cancellation cuts off the clean-ups too.
        """
        run = Run(probe, self._room)
        shallow = _Shallow(probe, probe.shallow, self._room, self._abandoned) if probe.shallow else None
        try:
            interrupted = False
            try:
                await bounded(run.main, probe.timeout, run.cut_main, self._abandoned, run.tell_late)
            except asyncio.CancelledError:
                interrupted = True
            run.main_ended()
            if run.has_clean_ups:
                interrupted = await self._clean_up(run, interrupted=interrupted)
            if interrupted:
                raise asyncio.CancelledError
            believed, ending = await shallow.end() if shallow else None, run.ending()
            return await done_beside(run.evidence_size(ending), partial(run.outcome, ending, believed))
        finally:
            run.end()
            if shallow:
                shallow.cancel()

    async def _clean_up(self, run: Run, *, interrupted: bool) -> bool:
        """Return whether the run was interrupted, before or meanwhile."""
        limit = run.probe.cleanup_timeout
        work = bounded(run.clean_up, limit, run.cut_clean_up, self._abandoned, run.tell_late)
        cleaning = asyncio.create_task(work)
        if not interrupted:
            try:
                await asyncio.shield(cleaning)
            except asyncio.CancelledError:
                interrupted = True
        await cleaning
        return interrupted


class _Shallow:
    """The shallow check of a probe, running beside its main part and bounded by the same time."""

    def __init__(self, probe: PlannedProbe, step: PlannedStep, room: Room, abandoned: Abandoned) -> None:
        self._now = room.clock.monotonic
        self._end = self._now() + probe.timeout
        self._run = Run(probe, room)
        self._abandoned = abandoned
        self._task = asyncio.create_task(self._run.do(step, probe.timeout))

    async def end(self) -> Run:
        """Return the check's run when it has ended, or its time has passed."""
        await asyncio.wait((self._task,), timeout=max(0.0, self._end - self._now()))
        if not self._task.done():
            self._run.cut_shallow()
            await give_up(self._task, self._abandoned, self._run.tell_late)
        return self._run

    def cancel(self) -> None:
        """Break it off, where nobody waits for it any more."""
        if not self._task.done():
            self._abandoned.add(self._task, self._run.tell_late)
            self._task.cancel()
