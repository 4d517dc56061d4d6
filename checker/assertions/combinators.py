"""The operators that are made of other checks: of the same value, of its items, of its length."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from checker.assertions.check import Check, Why, nothing_to_add
from checker.assertions.explain import SHORT, Redact, show
from checker.assertions.jsonpath import Nothing
from checker.assertions.judges import length
from checker.assertions.logic import HOLDS, MISSES, UNTELLABLE, Judge, conjunction, disjunction, negation
from checker.assertions.operators import Operator, Takes
from checker.assertions.walk import MOST_VISITS
from checker.core.facts import Unit
from checker.core.outcome import Truth

BOTH = Operator(
    "and", Takes.MATCHERS, tuple(Unit), "{}", "what its operators can judge", "Several operators."
)
"""What a mapping of several operators within another matcher is."""


def combined(operator: Operator, inner: tuple[Check, ...]) -> Check:
    """Return the check that `operator` makes of others."""
    judge, why = _MAKE[operator.name](inner)
    bind = (
        (lambda scope: combined(operator, tuple(check.bound(scope) for check in inner)))
        if _waiting(inner)
        else None
    )
    return Check(operator, judge, partial(_expected, operator, inner), why, bind)


def _waiting(inner: tuple[Check, ...]) -> bool:
    return any(check.bind for check in inner)


def _expected(operator: Operator, inner: tuple[Check, ...], redact: Redact) -> str:
    glue = "; " if operator.takes is Takes.MATCHERS and operator is not BOTH else " and "
    return operator.phrase.format(glue.join(check.expected(redact) for check in inner))


def _not(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    (check,) = inner

    def judge(value: Any, now: float) -> Truth:
        return negation(check.judge(value, now))

    def why(value: Any, now: float, redact: Redact) -> str:
        return check.explain(value, now, redact) if judge(value, now) is UNTELLABLE else ""

    return judge, why


def _any_of(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    return lambda value, now: disjunction(check.judge(value, now) for check in inner), nothing_to_add


def _all_of(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    def judge(value: Any, now: float) -> Truth:
        return conjunction(check.judge(value, now) for check in inner)

    def why(value: Any, now: float, redact: Redact) -> str:
        truth = judge(value, now)
        check = next(check for check in inner if check.judge(value, now) is truth)
        return check.explain(value, now, redact) or f"not {check.expected(redact)}"

    return judge, why


def _length(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    (check,) = inner

    def judge(value: Any, now: float) -> Truth:
        size = length(value)
        return UNTELLABLE if size is None else check.judge(size, now)

    def why(value: Any, _now: float, _redact: Redact) -> str:
        size = length(value)
        return "" if size is None else f"its length is {size}"

    return judge, why


def _items(value: Any) -> Any:
    return value if isinstance(value, list | tuple) and len(value) <= MOST_VISITS else ()


def _truths(check: Check, value: Any, now: float) -> Iterable[Truth]:
    return (check.judge(item, now) for item in _items(value))


def _offender(check: Check, culprits: tuple[Truth, ...]) -> Why:
    """Return what names the first item of which `check` says one of `culprits`."""

    def why(value: Any, now: float, redact: Redact) -> str:
        for index, item in enumerate(_items(value)):
            truth = check.judge(item, now)
            if truth in culprits:
                detail = "" if truth is HOLDS else check.explain(item, now, redact)
                return f"item {index} is {show(item, Unit.PLAIN, redact, SHORT)}" + (
                    f": {detail}" if detail else ""
                )
        return ""

    return why


def _every(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    (check,) = inner
    return lambda value, now: conjunction(_truths(check, value, now)), _offender(check, (MISSES, UNTELLABLE))


def _any(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    (check,) = inner
    return lambda value, now: disjunction(_truths(check, value, now)), _offender(check, (UNTELLABLE,))


def _none(inner: tuple[Check, ...]) -> tuple[Judge, Why]:
    (check,) = inner

    def judge(value: Any, now: float) -> Truth:
        if isinstance(value, Nothing) or (isinstance(value, list | tuple) and not value):
            return HOLDS
        return negation(disjunction(_truths(check, value, now)))

    def why(value: Any, now: float, redact: Redact) -> str:
        culprit = HOLDS if judge(value, now) is MISSES else UNTELLABLE
        return _offender(check, (culprit,))(value, now, redact)

    return judge, why


_MAKE: dict[str, Callable[[tuple[Check, ...]], tuple[Judge, Why]]] = {
    BOTH.name: _all_of,
    "not": _not,
    "any_of": _any_of,
    "all_of": _all_of,
    "length": _length,
    "every": _every,
    "any": _any,
    "none": _none,
}
