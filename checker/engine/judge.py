"""Holds what one attempt saw against what its step expects.

Expectations first; only where all of them hold are warnings looked at and captures taken.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from operator import attrgetter

from checker.assertions.capture import Capture
from checker.assertions.evaluate import Assertion, evaluate
from checker.assertions.explain import shorten
from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.outcome import WITHHELD, Truth, Verdict
from checker.core.reason import Reason, Result
from checker.core.record import record
from checker.core.scope import Scope
from checker.engine.plan import PlannedStep
from checker.kinds.contract import Observation

Redact = Callable[[str], str]

_WHOLE = frozenset({"body", "json.$"})
"""Subjects that are a whole body, which verdicts quote from its beginning."""


@record(frozen=True, slots=True)
class Bench:
    """What judging needs to know of the run: its names, the time in seconds since the epoch, its redaction.

    `redacting` returns the redaction of a scope with other secret captures. Without `bodies` no verdict quotes one.
    `lost`: seconds for which the checker stood still while what is judged was measured.
    """

    scope: Scope
    now: Callable[[], float]
    redact: Redact
    redacting: Callable[[set[str]], Redact] | None = None
    bodies: bool = True
    lost: float = 0.0

    def apart(self) -> "Bench":
        """Return a bench for another thread, which shares nothing with this one that either of them changes."""
        scope = self.scope.copy()
        redact = self.redacting(scope.secret_captures) if self.redacting else self.redact
        return replace(self, scope=scope, redact=redact)

    def hold(self, assertions: tuple[Assertion, ...], facts: Facts) -> tuple[Verdict, ...]:
        """Return the verdicts on one set of facts."""
        if not assertions:
            return ()
        return self.discreet(evaluate(assertions, facts, self.scope, self.now(), self.redact, self.lost))

    def discreet(self, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Return the verdicts without the bodies that must not be told."""
        if self.bodies:
            return verdicts
        return tuple(_withheld(verdict) if verdict.subject in _WHOLE else verdict for verdict in verdicts)


@record(frozen=True, slots=True)
class Judgement:
    """What came of one attempt; without a `reason`, all expectations hold and all captures were made.

    `own`: whatever the reason, the checker could not tell.
    """

    reason: Reason | None = None
    message: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    warnings: tuple[Verdict, ...] = ()
    captured: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    facts: Facts | None = None  # what `stop_if` may look at
    own: bool = False
    learned: bool = False  # all of the step's secret captures were made: what they hold can be struck out

    @property
    def result(self) -> Result:
        """How a step with this judgement ended."""
        if self.reason:
            return Result.ERROR if self.own else self.reason.result
        return Result.DEGRADED if self.warnings and missed(self.warnings) else Result.PASS


def missed(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts that do not hold; the first gives the reason, and is of the target if any is."""
    misses = [verdict for verdict in verdicts if verdict.verdict is not Truth.HOLDS]
    return tuple(sorted(misses, key=attrgetter("own")) if len(misses) > 1 else misses)


def sentence(misses: tuple[Verdict, ...]) -> str:
    """Return what is wrong: the first of the verdicts that do not hold, and how many more there are."""
    first = misses[0]
    text = first.message or f"{first.subject}: expected {first.expected}, saw {first.seen}"
    return text + (f" (and {len(misses) - 1} more)" if len(misses) > 1 else "")


def verdicts_on(step: PlannedStep, observation: Observation, bench: Bench) -> tuple[Verdict, ...]:
    """Return the verdicts on the step's expectations, then those that the kind itself has reached."""
    verdicts = bench.hold(step.expect, observation.facts)
    if not observation.verdicts:
        return verdicts
    return (*verdicts, *(redacted(verdict, bench.redact) for verdict in observation.verdicts))


def redacted(verdict: Verdict, redact: Redact) -> Verdict:
    """Return the verdict with its texts redacted."""
    return replace(
        verdict,
        expected=redact(verdict.expected),
        seen=redact(verdict.seen),
        message=redact(verdict.message),
    )


def judge(step: PlannedStep, observation: Observation, bench: Bench) -> Judgement:
    """Return what a step's expectations, captures and warnings make of what was seen."""
    facts = observation.facts
    unlearned = _learn_secrets(step, facts, bench)
    verdicts = verdicts_on(step, observation, bench)
    if unlearned:
        return _judged(step, facts, _discreet(verdicts, unlearned, facts), bench, learned=False)
    return _judged(step, facts, verdicts, bench, learned=True)


def _judged(
    step: PlannedStep, facts: Facts, verdicts: tuple[Verdict, ...], bench: Bench, *, learned: bool
) -> Judgement:
    if misses := missed(verdicts):
        reason, own = misses[0].reason, misses[0].own
        return Judgement(reason, sentence(misses), verdicts, facts=facts, own=own, learned=learned)
    captured: dict[str, object] = {}
    metrics: dict[str, float] = {}
    try:
        for capture in step.captures:
            value = captured[capture.name] = capture.take(facts, bench.scope, bench.redact)
            if capture.metric and isinstance(value, int | float):
                metrics[capture.name] = value
    except Trouble as trouble:
        message = shorten(bench.redact(trouble.message))
        return Judgement(trouble.reason, message, verdicts, facts=facts, own=trouble.own, learned=learned)
    warnings = bench.hold(step.warn, facts) if step.warn else ()
    return Judgement(None, None, verdicts, warnings, captured, metrics, facts, learned=learned)


def _learn_secrets(step: PlannedStep, facts: Facts, bench: Bench) -> tuple[Capture, ...]:
    """Take secret captures ahead of the verdicts, which may quote them; return those that could not be made."""
    unlearned = []
    for capture in step.captures:
        if capture.secret:
            try:
                capture.take(facts, bench.scope, bench.redact)
            except Trouble:
                unlearned.append(capture)  # told in its turn, where everything else holds
    return tuple(unlearned)


def _discreet(
    verdicts: tuple[Verdict, ...], unlearned: tuple[Capture, ...], facts: Facts
) -> tuple[Verdict, ...]:
    """Return the verdicts without what was seen where a secret was looked for, and something else was found."""
    quiet = {
        capture.selector.text
        for capture in unlearned
        if not isinstance(capture.selector.select(facts), Absent)
    }
    return tuple(_withheld(verdict) if verdict.subject in quiet else verdict for verdict in verdicts)


def _withheld(verdict: Verdict) -> Verdict:
    message = f"{verdict.subject}: expected {verdict.expected}, saw {WITHHELD}" if verdict.message else ""
    return replace(verdict, seen=WITHHELD, message=message)


def stopped(step: PlannedStep, judgement: Judgement, bench: Bench) -> Judgement | None:
    """Return how the step ends because its poll's `stop_if` holds, if it does."""
    if not step.poll or not step.poll.stop_if or judgement.facts is None:
        return None
    verdicts = bench.hold(step.poll.stop_if, judgement.facts)
    if missed(verdicts):
        return None
    seen = ", ".join(f"{verdict.subject} is {verdict.seen}" for verdict in verdicts)
    message = f"stopped polling because stop_if holds: {seen}; {judgement.message}"
    return replace(judgement, reason=Reason.ASSERTION, message=message, own=False)
