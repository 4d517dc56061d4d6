"""What the operators on the contents of a value say: texts, and what is in a list or an object."""

from collections.abc import Callable
from typing import Any

from checker.assertions import values
from checker.assertions.invalid import described
from checker.assertions.logic import MISSES, UNTELLABLE, Build, Judge, told
from checker.assertions.patterns import compile_pattern, searched
from checker.assertions.scales import Unfit, literal
from checker.assertions.values import kind
from checker.assertions.walk import MOST_VISITS
from checker.core.facts import Unit
from checker.core.outcome import Truth


def _of_contents(answer: bool | None, value: Any) -> Truth:  # noqa: FBT001 - an answer, not a switch
    """Return the truth of what a value contains. What is empty contains nothing, and that tells nothing.

    Otherwise `not_contains: Exception` would hold on a blank page.
    """
    truth = told(answer)
    return UNTELLABLE if truth is MISSES and not value else truth


def contains(raw: Any, _unit: Unit) -> Judge:
    """A text that the operand is a part of, or a list that it is an item of."""
    operand = literal(raw)
    if operand == "":
        raise Unfit("every text contains the empty text")

    def judge(value: Any, _now: float) -> Truth:
        if isinstance(value, str) and isinstance(operand, str):
            return _of_contents(operand in value, value)
        if isinstance(value, list | tuple) and len(value) <= MOST_VISITS:
            return _of_contents(values.contains(value, operand), value)
        return UNTELLABLE

    return judge


def text_that(test: Callable[[str, str], bool]) -> Build:
    """A text of which `test` is true with the operand."""

    def build(raw: Any, _unit: Unit) -> Judge:
        if not isinstance(raw, str):
            raise Unfit(f"expected a text, not {described(raw)}")
        if not raw:
            raise Unfit("every text begins and ends with the empty text")

        def judge(value: Any, _now: float) -> Truth:
            return _of_contents(test(value, raw), value) if isinstance(value, str) else UNTELLABLE

        return judge

    return build


def matches(raw: Any, _unit: Unit) -> Judge:
    """A text in which a pattern is found."""
    pattern = compile_pattern(raw)

    def judge(value: Any, _now: float) -> Truth:
        if not isinstance(value, str):
            return UNTELLABLE
        try:
            return _of_contents(searched(pattern, value) is not None, value)
        except UnicodeEncodeError:
            return UNTELLABLE

    return judge


def includes(raw: Any, _unit: Unit) -> Judge:
    """A superset of the operand."""
    part = literal(raw)
    if not isinstance(part, dict | list) or not part:
        raise Unfit(f"expected a mapping or a list that is not empty, not {described(raw)}")
    what = kind(part)

    def judge(value: Any, _now: float) -> Truth:
        if kind(value) == what and len(value) <= MOST_VISITS:
            return _of_contents(values.includes(value, part), value)
        return UNTELLABLE

    return judge
