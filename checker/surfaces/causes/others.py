"""What other probes say that did not pass either. One whose last run passed is no evidence, whatever it is about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checker.board.onset import Onset
from checker.board.snapshot import ProbeView
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.surfaces.causes.evidence import (
    NEAR,
    Case,
    Cause,
    Evidence,
    Fit,
    Strength,
    began,
    in_trouble,
    inspects,
)
from checker.surfaces.causes.relations import (
    Shared,
    Ways,
    needed_by,
    needs,
    reached,
    same_host,
    shared_labels,
)
from checker.surfaces.causes.wording import clock, listed, message, since, verb
from checker.surfaces.printable import line

VAGUE = frozenset(
    {
        Reason.ASSERTION,
        Reason.UNEXPECTED_STATUS,
        Reason.CAPTURE_MISSING,
        Reason.POLL_EXPIRED,
        Reason.UNDECODABLE,
        Reason.INTERNAL,
    }
)
"""Reasons that say little of what happened: that two probes have one of these in common may be chance."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another probe in trouble. `onset` is of what it says now."""

    view: ProbeView
    outcome: Outcome
    onset: Onset

    @property
    def name(self) -> str:
        """Its name, fit to be shown."""
        return line(self.view.probe.name)


def evidence(case: Case) -> Iterator[Evidence]:
    """Yield what the probes in trouble say that have to do with the case; what hangs on it says nothing of it."""
    probe, board = case.view.probe, case.snapshot
    ways = needs(board)
    left_out = {probe.name, *reached(probe.name, ways), *reached(probe.name, needed_by(ways))}
    yield from _dependencies(case, ways)
    fellows = []
    for view in in_trouble(board):
        if view.probe.name in left_out or (other := _other(view)) is None:
            continue
        if found := _inspected(case, other):
            yield found
        elif _is_fellow(case, other):
            fellows.append(other)
    if fellows:
        yield _fellows(case, fellows)


def _other(view: ProbeView) -> Other | None:
    onset = began(view)
    if view.last is None or onset is None:
        return None
    return Other(view, view.last, _turned(view, onset) if inspects(view) else onset)


def _turned(view: ProbeView, onset: Onset) -> Onset:
    """Return since when an inspecting probe says what it says: a service that has trouble may get into another."""
    begun = onset
    for run in reversed(view.history):
        if run.result is Result.PASS or view.last is None or run.reason != view.last.reason:
            return begun
        begun = Onset(max(run.started_at, onset.at), onset.seen or run.started_at > onset.at)
    return onset


def _fit(case: Case, other: Other) -> Fit | None:
    """Return how well the time fits; None: it began too late to have brought the failure about."""
    early = case.began.at - other.onset.at
    probe = other.view.probe
    if case.began.seen and early > NEAR + case.view.probe.interval:
        return Fit.LONG
    if other.onset.seen and -early > probe.interval + probe.timeout:
        return None
    return Fit.TOGETHER if case.began.seen and other.onset.seen else Fit.UNKNOWN


def _weighed(case: Case, other: Other, fit: Fit, strength: Strength, text: str, *order: float) -> Evidence:
    """A failure weighs more than what is degraded, a believed one more than one that may pass with the next run."""
    name, distance = other.view.probe.name, abs(case.began.at - other.onset.at)
    weight = (_WEIGHTS[other.outcome.result], other.view.state is State.UP, distance, name)
    cause = Cause(text, name, other.onset.at)
    return Evidence(cause, fit, strength, (*order, *weight), other.outcome.reason)


_WEIGHTS = {Result.FAIL: 0, Result.DEGRADED: 1, Result.ERROR: 2}


def _said(case: Case, other: Other) -> str:
    when = since(other.onset, case.began, case.snapshot.taken_at)
    return f"{verb(other.outcome)} {when}: {message(other.outcome)}"


def _dependencies(case: Case, ways: Ways) -> Iterator[Evidence]:
    """What a dependency itself depends on comes before it; else the nearest is first."""
    needed = reached(case.view.probe.name, ways)
    known = [view for name in needed if (view := case.snapshot.probes.get(name))]
    troubled = {view.probe.name: other for view in known if (other := _other(view))}
    for name, other in troubled.items():
        fit = _fit(case, other)
        hangs = not reached(name, ways).keys().isdisjoint(troubled)
        text = f"It depends on {other.name}, which {_said(case, other)}"
        yield _weighed(
            case, other, Fit.UNKNOWN if fit is None else fit, Strength.DEPENDENCY, text, hangs, needed[name]
        )


def _inspected(case: Case, other: Other) -> Evidence | None:
    """What the target runs on. That a probe could not tell is no evidence."""
    alike = case.inspects and other.outcome.reason is case.outcome.reason
    if not inspects(other.view) or alike or other.outcome.result is Result.ERROR:
        return None
    shared = shared_labels(case.view.probe, other.view.probe)
    fit = _fit(case, other)
    if not shared or fit is None:
        return None
    labels = ", ".join(line(f"{key}={value}") for key, value in shared)
    text = f"{other.name} ({labels}) {_said(case, other)}"
    return _weighed(case, other, fit, Strength.INSPECTED, text, -_telling(case, shared), -len(shared))


def _is_fellow(case: Case, other: Other) -> bool:
    """Whether it fails for the same reason, and has more in common: labels, or the host that was asked."""
    if other.outcome.reason is not case.outcome.reason or inspects(other.view) != case.inspects:
        return False
    return _fit(case, other) not in (None, Fit.LONG) and bool(_in_common(case, other))


def _in_common(case: Case, other: Other) -> str:
    """Return what two probes have in common that may be the reason for both; "" where there is nothing."""
    if same_host(case.view, other.view):
        return "the same host"
    return "labels in common" if _telling(case, shared_labels(case.view.probe, other.view.probe)) else ""


def _telling(case: Case, shared: Shared) -> int:
    return sum(label not in case.universal for label in shared)


_SUFFERING = {Result.DEGRADED: "degraded", Result.FAIL: "failing", Result.ERROR: "without a verdict"}


def _fellows(case: Case, found: Iterable[Other]) -> Evidence:
    """Return all of them as one sentence, the nearest in time first. They suffer alike: it points nowhere by itself."""
    fellows = sorted(found, key=lambda other: (abs(case.began.at - other.onset.at), other.view.probe.name))
    first = min(other.onset.at for other in fellows)
    seen = all(other.onset.seen for other in fellows)
    at = f"{'' if seen else 'at least '}since {clock(first, case.snapshot.taken_at)}"
    name, *more = (other.view.probe.name for other in fellows)
    shared = " or ".join(sorted({_in_common(case, other) for other in fellows}, reverse=True))
    how = _SUFFERING[case.outcome.result]
    text = f"Also {how} with {case.outcome.reason}, {at}: {listed([name, *more])} ({shared})"
    fit = Fit.TOGETHER if seen and case.began.seen else Fit.UNKNOWN
    return Evidence(Cause(text, name, first, tuple(more), peers=True), fit, Strength.FELLOWS)
