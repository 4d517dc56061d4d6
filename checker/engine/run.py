"""One execution of one probe: everything about it that changes while it goes on, and the Outcome made of it."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from checker.core.clock import Clock
from checker.core.duration import format_duration
from checker.core.ids import run_id
from checker.core.outcome import Exchange, Outcome, ShallowOutcome, StepOutcome
from checker.core.reason import Reason, Result
from checker.core.scope import Scope
from checker.core.trace import Trace
from checker.engine.judge import Bench, Redact
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.redaction import Evidence, RunRedaction
from checker.engine.steps import StepRun, Stopwatch
from checker.kinds.contract import StepContext
from checker.net.callbacks import Address, Callbacks
from checker.secrets.store import SecretStore

LOGGER = logging.getLogger("checker.engine")

_BROKEN = (Result.FAIL, Result.ERROR)


@dataclass(frozen=True, slots=True)
class Room:
    """What all runs share. `lost` returns the seconds that the checker itself has lost so far.

    `evidence` says how much of the exchanges of a run that did not pass is kept; with `keep_evidence`, of any run.
    `callbacks` gives a run its `${callback.url}`.
    """

    secrets: SecretStore
    clock: Clock = field(default_factory=Clock)
    lost: Callable[[], float] = lambda: 0.0
    evidence: Evidence = Evidence.FULL
    keep_evidence: bool = False
    callbacks: Callbacks | None = None


class RunNames(Mapping[str, str]):
    """What `${run.…}` and `${callback.url}` may name. Few probes do, so it is made when it is asked for."""

    def __init__(self, started_at: float, callbacks: Callbacks | None = None) -> None:
        self._started_at = started_at
        self._callbacks = callbacks
        self._id: str | None = None
        self._address: Address | None = None

    def __getitem__(self, name: str) -> str:
        if name == "id":
            self._id = self._id or run_id()
            return self._id
        if name == "started_at":
            return datetime.fromtimestamp(self._started_at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        if name == "callback.url" and self._address is None and self._callbacks:
            self._address = self._callbacks.open()
        if name == "callback.url" and self._address:
            return self._address.url
        raise KeyError(name)

    def end(self) -> None:
        """Close the run's address, if it has got one; it gets none any more."""
        if self._callbacks and self._address:
            self._callbacks.close(self._address)
        self._callbacks = None

    def __iter__(self) -> Iterator[str]:
        return iter(("id", "started_at"))

    def __len__(self) -> int:
        return 2


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and through which step."""

    result: Result
    step: str | None = None
    reason: Reason | None = None
    message: str | None = None


class Run:
    """The run of a probe, or of the shallow check beside it. Owned by the runner."""

    def __init__(self, probe: PlannedProbe, room: Room) -> None:
        self.probe = probe
        self.started_at = room.clock.wall()
        self.steps: list[StepOutcome] = []
        self._room = room
        self._watch = Stopwatch(room.clock.monotonic, room.lost)
        self._names = RunNames(self.started_at, room.callbacks)
        self._scope = Scope(room.secrets.read, self._names)
        self._redaction = RunRedaction(room.secrets, self._scope.secret_captures)
        bodies = room.evidence is Evidence.FULL
        self._bench = Bench(self._scope, room.clock.wall, self._redaction, self._redaction.of, bodies)
        self._known = room.secrets.known_values()
        self._clean_ups = tuple([step for step in probe.steps if step.always])
        self.has_clean_ups = bool(self._clean_ups)
        self._state: dict[str, Any] = {}
        self._done: list[StepRun | None] = []  # beside `steps`; None for one that was skipped
        self._values: dict[str, float] = {}
        self._current: StepRun | None = None
        self._duration: float | None = None
        self._broken: Ending | None = None

    async def main(self) -> None:
        """Run the steps in order, until one fails."""
        for step in self.probe.steps:
            if not step.always and (await self.do(step)).result in _BROKEN:
                return

    async def clean_up(self) -> None:
        """Run the clean-ups; none of them hinders another."""
        for step in self._clean_ups:
            missing = step.needs - self._scope.captures.keys()
            if missing:
                self._skip(step, f"needs {', '.join(sorted(missing))}, which was never captured")
            else:
                await self.do(step)

    async def do(self, step: PlannedStep, limit: float | None = None) -> StepOutcome:
        """Run one step and return its outcome, which also becomes part of the run."""
        trace = Trace(self._room.clock.monotonic)
        context = StepContext(
            *(self.probe.name, step.name, self._scope, trace),
            run_state=self._state,
            asked=step.asked,
            asserted=step.asserted,
        )
        room = self._room
        going = self._current = StepRun(step, context, self._bench, room.clock, room.lost, room.secrets)
        try:
            outcome = await going.run(limit)
        except asyncio.CancelledError as error:
            if going.closed or _is_asked_to_end():
                raise
            outcome = self._internal(going, error)  # nobody asked for it: the kind's own affairs
        except Exception as error:  # a bug in a kind, an operator or a capture: the one place where it ends
            if going.closed:
                raise
            outcome = self._internal(going, error)
        if outcome.reason is Reason.AUTH_REJECTED:
            room.secrets.rejected(step.secrets)
        self._add(going, outcome)
        return outcome

    def cut_main(self, expired: bool) -> None:  # noqa: FBT001 - called by `bounded`
        """Take the main part as it is: its time has passed, or it was interrupted."""
        self._duration = self._watch.passed
        self._cut("run", self.probe.timeout, expired=expired)

    def cut_clean_up(self, expired: bool) -> None:  # noqa: FBT001 - called by `bounded`
        """Take the clean-ups as they are; those that were not reached are skipped."""
        limit = self.probe.cleanup_timeout
        self._cut("clean-up", limit, expired=expired)
        done = sum(step.always for step in self.steps)
        for step in self._clean_ups[done:]:
            self._skip(step, f"the clean-up's {format_duration(limit)} had passed")

    def cut_shallow(self) -> None:
        """Take the shallow check as it is: its time has passed."""
        self._cut("shallow check", self.probe.timeout, expired=True)

    def main_ended(self) -> None:
        """Stop the run's own stopwatch. A run that ended late because the checker stood still proves nothing."""
        if self._duration is None:
            self._duration = self._watch.passed
        late = self._duration > self.probe.timeout and self._watch.blames_checker(self.probe.timeout)
        if late and self.steps and self.steps[-1].reason is not Reason.OVERLOADED:
            self._broken = self._overloaded()

    def end(self) -> None:
        """Forget where it can be called back."""
        self._names.end()

    def tell_late(self, error: BaseException) -> None:
        """Log how code ended that did not end with the run; it may quote what only this run knows to be secret."""
        log_bug(error, self.probe.name, None, self._redaction)

    def evidence_size(self, ending: Ending) -> int:
        """Return the bytes of the bodies that are still to be redacted, as the run ended so."""
        if self._room.evidence is not Evidence.FULL or not self._keeps(ending):
            return 0
        return sum(going.evidence_size for going in self._done if going)

    def outcome(self, ending: Ending, shallow: "Run | None" = None) -> Outcome:
        """Return what the run came to. Nothing in it holds a secret."""
        keep = self._keeps(ending)
        redact = self._redaction
        told = tuple(self.steps)
        if self._scope.secret_captures or self._room.secrets.known_values() is not self._known:
            told = tuple(redact.step(step) for step in told)
        if keep:
            told = tuple(
                replace(step, exchanges=redact.exchanges(exchanges, self._room.evidence))
                if exchanges
                else step
                for step, exchanges in zip(told, self._evidence(), strict=True)
            )
        return Outcome(
            probe=self.probe.name,
            started_at=self.started_at,
            duration=self._duration or 0.0,
            result=ending.result,
            step=ending.step,
            reason=ending.reason,
            message=None if ending.message is None else redact(ending.message),
            steps=told,
            values=self._values,
            shallow=shallow.believed(redact) if shallow else None,
        )

    def believed(self, redact: Redact) -> ShallowOutcome:
        """Return what the shallow check claims, which this run is of."""
        step = self.steps[-1]
        healthy = None if step.result is Result.ERROR else step.result is not Result.FAIL
        message = None if step.message is None else redact(step.message)
        return ShallowOutcome(healthy, message, step.duration)

    def _internal(self, going: StepRun, error: BaseException) -> StepOutcome:
        log_bug(error, self.probe.name, going.step.name, self._redaction)
        return going.failed(
            Reason.INTERNAL, f"a fault of the checker ({type(error).__name__}); its log tells more"
        )

    def _add(self, going: StepRun, outcome: StepOutcome) -> None:
        self._current = None
        self.steps.append(outcome)
        self._done.append(going)
        self._scope.captures.update(going.judgement.captured)
        self._values.update(going.judgement.metrics)

    def _keeps(self, ending: Ending) -> bool:
        """Whether evidence is kept of a run that ended so."""
        return self._room.keep_evidence or ending.result is not Result.PASS

    def _evidence(self) -> Iterator[tuple[Exchange, ...]]:
        """Yield the exchanges of each step; those of one that was cut off end after it, as it is interrupted."""
        return (going.exchanges if going else () for going in self._done)

    def _skip(self, step: PlannedStep, why: str) -> None:
        self.steps.append(
            StepOutcome(
                step.name,
                step.kind,
                Result.DEGRADED,
                None,
                None,
                0.0,
                {},
                attempts=0,
                always=True,
                skipped=why,
            )
        )
        self._done.append(None)

    def _cut(self, whose: str, limit: float, *, expired: bool) -> None:
        going = self._current
        if going and expired:
            going.struck(whose, limit)
            self._add(going, going.outcome())
        elif going:
            going.close()

    def _overloaded(self) -> Ending:
        limit, lost = format_duration(self.probe.timeout), format_duration(self._watch.lost)
        step = self.steps[-1].step if self.steps else None
        message = f"the run's {limit} passed, of which the checker itself lost {lost}"
        return Ending(Result.ERROR, step, Reason.OVERLOADED, message)

    def ending(self) -> Ending:
        """Return how the run ended, once it has."""
        if self._broken:
            return self._broken
        done = 0  # of the main part
        for step in self.steps:
            if not step.always:
                if step.result in _BROKEN:
                    return Ending(step.result, step.step, step.reason, step.message)
                done += 1
        if not done or done + len(self._clean_ups) != len(self.probe.steps):
            return Ending(Result.ERROR, None, Reason.INTERNAL, "not all steps were run")
        for step in self.steps:
            if step.result is not Result.PASS:
                return Ending(Result.DEGRADED, step.step, step.reason, _degraded(step))
        return _PASSED


_PASSED = Ending(Result.PASS)


def _degraded(step: StepOutcome) -> str | None:
    if step.skipped is not None:
        return f"clean-up skipped: {step.skipped}"
    return f"clean-up: {step.message}" if step.always else step.message


def _is_asked_to_end() -> bool:
    """Not where it is used: a frame that holds its task, in a traceback that the task holds, is a cycle."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def log_bug(error: BaseException, probe: str | None, step: str | None, redact: Redact) -> None:
    """Log a fault of the checker itself with its traceback, redacted."""
    text = redact("".join(traceback.format_exception(error)))
    LOGGER.error("internal", extra={"checker_fields": {"probe": probe, "step": step, "traceback": text}})
