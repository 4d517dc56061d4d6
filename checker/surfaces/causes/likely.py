"""Snapshot → the likely causes of one probe's trouble. Pure: nothing is asked, the facts are on the board."""

from collections.abc import Iterable
from dataclasses import replace

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.reason import Reason
from checker.surfaces.causes import itself, others
from checker.surfaces.causes.evidence import Cause, Evidence, Happened, Strength, case_of
from checker.surfaces.causes.wording import listed

MOST = 6
"""Causes that are named: more of them explain nothing."""

NOTHING = Happened()


def causes(view: ProbeView, snapshot: Snapshot, happened: Happened = NOTHING) -> tuple[Cause, ...]:
    """Return the evidence, the strongest first; none for a probe whose last run passed.

    Takes milliseconds for ten thousand probes, most of all of which are in trouble: a thread's work, not the loop's.
    """
    case = case_of(view, snapshot)
    if case is None:
        return ()
    found = sorted((*others.evidence(case), *itself.evidence(case, happened)), key=lambda one: one.rank)
    return tuple(one.cause for one in _grouped(found)[:MOST])


def explaining(found: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return what points somewhere, for those who see the other failures anyway: who suffers alike is left out."""
    return tuple(cause for cause in found if not cause.peers)


def _grouped(found: Iterable[Evidence]) -> list[Evidence]:
    """Tell what several probes say for one reason once: an account that is wrong is so for all that ask it."""
    groups: dict[object, list[Evidence]] = {}
    for place, one in enumerate(found):
        alike = one.strength is Strength.INSPECTED and _is_telling(one.reason)
        groups.setdefault((one.fit, one.strength, one.reason) if alike else place, []).append(one)
    return [_joined(group) for group in groups.values()]


def _is_telling(reason: Reason | None) -> bool:
    return reason is not None and reason not in others.VAGUE


def _joined(group: list[Evidence]) -> Evidence:
    first, *more = group
    if not more:
        return first
    names = tuple(one.cause.probe for one in more if one.cause.probe)
    text = f"{first.cause.text}; {first.reason} too: {listed(names)}"
    return replace(first, cause=replace(first.cause, text=text, also=names))
