"""Runs one step: its attempts, its retries, its poll, and its own time limit.

The run of a step is there from its first moment on and knows at any time how far it has come, so that a deadline
that strikes in the middle leaves its timings, its last verdicts and the phase that it was in.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from checker.assertions.explain import shorten
from checker.config.configuration import Poll, Retry
from checker.core.clock import Clock
from checker.core.duration import format_duration
from checker.core.errors import Trouble
from checker.core.outcome import Exchange, StepOutcome
from checker.core.reason import Reason, Result
from checker.core.trace import Errand
from checker.engine.beside import judged_beside
from checker.engine.judge import Bench, Judgement, judge, missed, sentence, stopped
from checker.engine.plan import PlannedStep
from checker.engine.redaction import withheld
from checker.engine.replicas import failed_before, judge_replicas
from checker.engine.standstill import standstill
from checker.kinds.contract import StepContext
from checker.net.evidence import size_of, told
from checker.secrets.remote import fetch
from checker.secrets.store import SecretStore

EXCHANGES = 32
"""The latest exchanges of a step that are kept as evidence."""

EARLIER = 8
"""Of these, how many may be of earlier attempts: their bodies wait in memory, in full, for the end of a long poll."""

LONGEST_MESSAGE = 1000
"""Characters of what a kind says of its trouble."""

TOLERATED_LAG = 0.1
"""The part of a time limit above which its passing is the fault of the checker that lost that much."""

_NO_FACTS: Mapping[str, object] = {}

_UNDECIDED = Judgement()


class Stopwatch:
    """Time since the start of something, and how much of it the checker itself lost; in seconds."""

    __slots__ = ("_lost", "_lost_before", "_now", "began")

    def __init__(self, now: Callable[[], float], lost: Callable[[], float]) -> None:
        self._now = now
        self._lost = lost
        self._lost_before = lost()
        self.began = now()

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self._now() - self.began

    @property
    def lost(self) -> float:
        """Seconds of these in which the checker stood still."""
        return self._lost() - self._lost_before

    def blames_checker(self, limit: float) -> bool:
        """Whether the passing of a limit of so many seconds is the checker's own fault."""
        return self.lost > limit * TOLERATED_LAG


class StepRun:
    """One step as it goes on. `run` is called once; `cut` may end it from outside at any moment."""

    def __init__(
        self,
        step: PlannedStep,
        context: StepContext,
        bench: Bench,
        clock: Clock,
        lost: Callable[[], float],
        secrets: SecretStore,
    ) -> None:
        self.step = step
        self._secrets = secrets
        self.judgement = _UNDECIDED
        self._context = context
        self._bench = bench
        self._now = clock.monotonic
        self._lost = lost
        self._watch = Stopwatch(clock.monotonic, lost)
        self._attempts = 0
        self._size = 0  # of what the latest attempt saw
        self._begun = 0  # where the exchanges of the latest attempt begin
        self._learned = False
        self._pausing = False
        self.closed = False
        self._struck: Judgement | None = None

    async def run(self, limit: float | None = None) -> StepOutcome:
        """Return how the step ended, after `limit` seconds at the latest if its code lets itself be interrupted."""
        limit = self.step.timeout if limit is None else min(limit, self.step.timeout or limit)
        if limit is None:
            self.judgement = await self._repeated()
        else:
            self.judgement = await self._within(limit)
        return self.outcome()

    def struck(self, whose: str, limit: float) -> None:
        """End the step as a time limit passes that is not its own: the run's, or that of the clean-ups."""
        self.judgement = self._deadline(whose, limit)
        self.closed = True
        self._context.trace.stop()

    def close(self) -> None:
        """Keep the step's code, which may not heed its cancellation, from going on to another attempt."""
        self.closed = True

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The evidence so far, not yet redacted."""
        self._withhold()
        return tuple(map(told, self._context.exchanges[-EXCHANGES:]))

    @property
    def evidence_size(self) -> int:
        """Bytes of the bodies in it, before anything is withheld."""
        return sum(map(size_of, self._context.exchanges[-EXCHANGES:]))

    def failed(self, reason: Reason, message: str) -> StepOutcome:
        """Return the outcome of a step that ended without a judgement."""
        self.judgement = Judgement(reason, message, self.judgement.verdicts)
        return self.outcome()

    def outcome(self) -> StepOutcome:
        """Return the step's outcome as things stand."""
        judgement = self.judgement
        reason, message, result = judgement.reason, judgement.message, judgement.result
        if reason is None and result is Result.DEGRADED:
            misses = missed(judgement.warnings)
            reason, message = misses[0].reason, sentence(misses)
        trace = self._context.trace
        return StepOutcome(
            step=self.step.name,
            kind=self.step.kind,
            result=result,
            reason=reason,
            message=message,
            duration=self._watch.passed,
            timings=trace.snapshot(),
            assertions=judgement.verdicts,
            warnings=judgement.warnings,
            attempts=self._attempts,
            always=self.step.always,
            facts=dict(trace.facts) if trace.facts else _NO_FACTS,
        )

    async def _within(self, limit: float) -> Judgement:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as timeout:
                timer = loop.call_later(limit, self._strike, timeout, limit)
                try:
                    judgement = await self._repeated()
                finally:
                    timer.cancel()
        except TimeoutError:
            if self._struck is None:
                raise
            return self._struck
        return self._struck or judgement

    def _strike(self, timeout: asyncio.Timeout, limit: float) -> None:
        """Note the phase first: what is interrupted may tidy it away. Then interrupt."""
        self._struck = self._deadline("step", limit)
        timeout.reschedule(asyncio.get_running_loop().time())

    def _deadline(self, whose: str, limit: float) -> Judgement:
        last = self.judgement
        passed = f"the {whose}'s {format_duration(limit)} passed"
        if self._watch.blames_checker(limit):
            message = f"{passed}, of which the checker itself lost {format_duration(self._watch.lost)}"
            return Judgement(Reason.OVERLOADED, message, last.verdicts)
        if self._pausing:
            return self._given_up(last, passed)
        stood, redact = standstill(self._context.trace), self._bench.redact
        told, verdicts = failed_before(self._context.failed, redact)
        message = redact(f"{passed} while {stood.doing}")
        if before := last.message or told:
            message = f"{message}; before that: {before}"
        message = shorten(message, LONGEST_MESSAGE)
        return Judgement(stood.reason, message, (*last.verdicts, *verdicts), own=stood.own)

    def _given_up(self, last: Judgement, why: str) -> Judgement:
        """Return what a step comes to that was repeated in vain: the last attempt tells why."""
        polled = self.step.poll and last.reason is Reason.ASSERTION and not last.own
        message = f"{why}, after {self._attempts} attempts; the last: {last.message}"
        reason = Reason.POLL_EXPIRED if polled else last.reason
        return Judgement(reason, message, last.verdicts, own=last.own)

    async def _pause(self, last: Judgement, seconds: float) -> None:
        self.judgement, self._pausing = last, True
        await asyncio.sleep(max(0.0, seconds))
        self._pausing = False

    def _repeated(self) -> Coroutine[Any, Any, Judgement]:
        """Return what goes on until the step is decided: most steps are by a single attempt."""
        return self._polled(self.step.poll) if self.step.poll else self._tried()

    def _tried(self) -> Coroutine[Any, Any, Judgement]:
        return self._attempt() if self.step.retry.attempts == 1 else self._retried(self.step.retry)

    async def _polled(self, poll: Poll) -> Judgement:
        end = self._now() + poll.within
        while True:
            began = self._now()
            judgement = await self._tried()
            if judgement.reason is None or self._struck:
                return judgement
            stop = partial(stopped, self.step, judgement)
            if end_of_poll := await judged_beside(self._size, stop, self._bench, self._context.trace):
                return end_of_poll
            if (now := self._now()) >= end:
                return self._given_up(judgement, f"the poll's {format_duration(poll.within)} passed")
            await self._pause(judgement, min(began + poll.every, end) - now)

    async def _retried(self, retry: Retry) -> Judgement:
        judgement = await self._attempt()
        for _ in range(1, retry.attempts):
            if judgement.reason not in retry.reasons or self._struck:
                break
            await self._pause(judgement, retry.delay)
            judgement = await self._attempt()
        return judgement

    async def _fetch_secrets(self) -> None:
        """Wait for secrets that are kept elsewhere and were never fetched. What comes of it, reading them tells."""
        if awaited := self._secrets.awaited(self.step.secrets):
            trace = self._context.trace
            trace.errand = Errand("fetching its secrets", Reason.SECRET_UNAVAILABLE)
            await fetch(awaited)
            trace.errand = None

    def _withhold(self) -> None:
        """Leave out of the evidence what the latest attempt was answered, if it may hold a secret nobody knows."""
        exchanges = self._context.exchanges
        if not self._learned:
            exchanges[self._begun :] = [withheld(one, self.step.captures) for one in exchanges[self._begun :]]

    def _begin_anew(self) -> None:
        """Leave of the attempts so far what may be evidence."""
        exchanges = self._context.exchanges
        self._withhold()
        self._context.trace.restart()
        del exchanges[:-EARLIER]
        self._begun, self._learned = len(exchanges), False

    async def _attempt(self) -> Judgement:
        step, context = self.step, self._context
        if self._attempts:
            self._begin_anew()
        self._attempts += 1
        try:
            if step.secrets:
                await self._fetch_secrets()
            lost = self._lost()
            observation = await step.observe(context)
            context.trace.stop()
            lost = self._lost() - lost
            if self.closed:
                raise asyncio.CancelledError
            bench = replace(self._bench, lost=lost) if lost else self._bench
            if observation.replicas:
                replicas = partial(judge_replicas, step, observation)
                return await judged_beside(observation.size, replicas, bench, context.trace)
            if observation.trouble:
                raise observation.trouble
            self._size = observation.size
            judgement = await judged_beside(
                self._size, partial(judge, step, observation), bench, context.trace
            )
            self._learned = judgement.learned
            return judgement  # noqa: TRY300 - of the many ways out of here, the usual one
        except Trouble as trouble:
            if self.closed:
                raise asyncio.CancelledError from None
            context.trace.stop()
            message = shorten(self._bench.redact(trouble.message), LONGEST_MESSAGE)
            return Judgement(trouble.reason, message, own=trouble.own)
