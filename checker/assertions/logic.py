"""Three-valued logic that fails closed: what cannot be told never becomes a pass, negated or not.

It is stricter than Kleene's. In a conjunction, a part that cannot be told decides over one that misses:
otherwise `not: {type: string, starts_with: a}` would hold on a number, of which `starts_with` can say nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from checker.core.facts import Unit
from checker.core.outcome import Truth

Judge = Callable[[Any, float], Truth]
"""From a value and the time now (seconds since the epoch) to its truth."""

Build = Callable[[Any, Unit], Judge]
"""From an operand, and the unit of the values that it is held against."""

HOLDS, MISSES, UNTELLABLE = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

_OPPOSITES = {HOLDS: MISSES, MISSES: HOLDS, UNTELLABLE: UNTELLABLE}


def told(answer: bool | None) -> Truth:  # noqa: FBT001 - an answer, not a switch
    """Return the truth of an answer; None: it cannot be told."""
    if answer is None:
        return UNTELLABLE
    return HOLDS if answer else MISSES


def negation(truth: Truth) -> Truth:
    """Return the opposite; what cannot be told stays so."""
    return _OPPOSITES[truth]


def conjunction(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold. One that cannot be told decides; nothing at all cannot be told."""
    seen = set(truths)
    if UNTELLABLE in seen or not seen:
        return UNTELLABLE
    return MISSES if MISSES in seen else HOLDS


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Return whether one holds. Where none does, one that cannot be told decides; nothing cannot be told."""
    seen = set()
    for truth in truths:
        if truth is HOLDS:
            return HOLDS
        seen.add(truth)
    return MISSES if seen == {MISSES} else UNTELLABLE
