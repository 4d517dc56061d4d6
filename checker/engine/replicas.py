"""Judges a step that did the same at several addresses: it fails if any of them fails, and names those that do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

from checker.assertions.explain import shorten
from checker.core.errors import Trouble
from checker.core.outcome import Truth, Verdict
from checker.core.reason import Reason
from checker.engine.judge import Bench, Judgement, Redact, missed, redacted, sentence, verdicts_on
from checker.engine.plan import PlannedStep
from checker.kinds.contract import Observation

NAMED = 8
"""Failing addresses that a message describes; the others it only names."""


@dataclass(frozen=True, slots=True)
class _Replica:
    """One address and what is said of it; without a `reason`, nothing is wrong there."""

    name: str
    verdicts: tuple[Verdict, ...]
    reason: Reason | None = None
    message: str = ""
    own: bool = False  # the checker could not tell


def judge_replicas(step: PlannedStep, observation: Observation, bench: Bench) -> Judgement:
    """Return what a step's expectations make of what was seen at each address, and the kind of all together."""
    replicas = [_judged(step, name, seen, bench) for name, seen in observation.replicas]
    common = bench.discreet(tuple(redacted(verdict, bench.redact) for verdict in observation.compared))
    verdicts = (*(verdict for replica in replicas for verdict in replica.verdicts), *common)
    failing = [replica for replica in replicas if replica.reason]
    if failing:
        worst = _worst(failing)
        return Judgement(worst.reason, _told(failing, len(replicas)), verdicts, own=worst.own)
    if misses := missed(common):
        return Judgement(misses[0].reason, sentence(misses), verdicts, own=misses[0].own)
    return Judgement(None, None, verdicts, _warnings(step, observation, bench))


def failed_before(failed: Mapping[str, Trouble], redact: Redact) -> tuple[str, tuple[Verdict, ...]]:
    """Return what is told of the addresses that had failed before a deadline cut the others off."""
    replicas = [_unanswered(name, trouble, redact) for name, trouble in failed.items()]
    return _described(replicas), tuple(verdict for replica in replicas for verdict in replica.verdicts)


def _judged(step: PlannedStep, name: str, seen: Observation, bench: Bench) -> _Replica:
    if seen.trouble:
        return _unanswered(name, seen.trouble, bench.redact)
    verdicts = verdicts_on(step, seen, bench)
    marked = tuple(_at(name, verdict) for verdict in verdicts)
    if misses := missed(verdicts):
        return _Replica(name, marked, misses[0].reason, sentence(misses), misses[0].own)
    return _Replica(name, marked)


def _unanswered(name: str, trouble: Trouble, redact: Redact) -> _Replica:
    message = shorten(redact(trouble.message))
    own = trouble.own
    verdict = Verdict("answer", "exists", "an answer", "none", Truth.UNTELLABLE, trouble.reason, message, own)
    return _Replica(name, (_at(name, verdict),), trouble.reason, message, own)


def _at(name: str, verdict: Verdict) -> Verdict:
    message = f"[{name}] {verdict.message}" if verdict.message else ""
    return replace(verdict, subject=f"[{name}] {verdict.subject}", message=message)


def _worst(failing: list[_Replica]) -> _Replica:
    """What the target did comes before what the checker could not tell."""
    return min(failing, key=attrgetter("own"))


def _told(failing: list[_Replica], of: int) -> str:
    return f"{len(failing)} of {of} addresses failed: {_described(failing)}"


def _described(failing: list[_Replica]) -> str:
    told = "; ".join(f"[{replica.name}] {replica.message}" for replica in failing[:NAMED])
    names = ", ".join(replica.name for replica in failing[NAMED:])
    return told + (f"; and {names}" if names else "")


def _warnings(step: PlannedStep, observation: Observation, bench: Bench) -> tuple[Verdict, ...]:
    return tuple(
        _at(name, verdict)
        for name, seen in observation.replicas
        for verdict in bench.hold(step.warn, seen.facts)
    )
