"""What each simple operator says of a value: one function an operator, which compiles its operand.

Each takes an operand as it was written (references filled in), and returns a function from a value to its
truth. It raises ValueError for an operand that it does not take. Values that are no JSON (what is missing,
NaN) have no kind, and so are UNTELLABLE to all but the few that look for them.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from checker.assertions.contents import contains, includes, matches, text_that
from checker.assertions.invalid import described, did_you_mean
from checker.assertions.jsonpath import Nothing
from checker.assertions.logic import HOLDS, MISSES, UNTELLABLE, Build, Judge, negation, told
from checker.assertions.scales import SCALES, Unfit, literal, parse_ordered
from checker.assertions.values import KINDS, kind, same, timestamp
from checker.core.facts import Absent, Unit
from checker.core.outcome import Truth

T = TypeVar("T")


def _ne(raw: Any, unit: Unit) -> Judge:
    equal = _equality(raw, unit)

    def judge(value: Any, now: float) -> Truth:
        truth = equal(value, now)
        return HOLDS if truth is UNTELLABLE and _other_type(value, raw, unit) else negation(truth)

    return judge


def _other_type(value: object, operand: object, unit: Unit) -> bool:
    return unit is Unit.PLAIN and kind(value) not in {None, kind(operand)}


def _equality(raw: Any, unit: Unit) -> Judge:
    if unit is Unit.PLAIN:
        return _plain_equality(literal(raw))
    scale = SCALES[unit]
    operand, read = scale.parse(raw), scale.read
    wanted = operand if isinstance(operand, range) else (operand,)

    def judge(value: Any, _now: float) -> Truth:
        seen = read(value)
        if seen is None:
            return UNTELLABLE
        return HOLDS if seen in wanted else MISSES

    return judge


def _plain_equality(operand: Any) -> Judge:
    what = kind(operand)
    exact = type(operand) if isinstance(operand, str | int) else None  # equal at a glance

    def judge(value: Any, _now: float) -> Truth:
        if type(value) is exact:
            return HOLDS if value == operand else MISSES
        other = kind(value)
        if other is None or (other != what and operand is not None):
            return UNTELLABLE
        return told(same(value, operand))

    return judge


def _ordering(compare: Callable[[float, float], bool]) -> Build:
    def build(raw: Any, unit: Unit) -> Judge:
        scale, operand = parse_ordered(unit, raw)
        read = scale.read

        def judge(value: Any, _now: float) -> Truth:
            seen = read(value)
            if seen is None:
                return UNTELLABLE
            return HOLDS if compare(seen, operand) else MISSES

        return judge

    return build


def _between(raw: Any, unit: Unit) -> Judge:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise Unfit("between takes a list of two bounds, such as [1, 5]")
    (scale, low), (other, high) = (parse_ordered(unit, bound) for bound in raw)
    if scale is not other or low > high:
        raise Unfit("the bounds of between are of one type, the lower first")

    def judge(value: Any, _now: float) -> Truth:
        seen = scale.read(value)
        return UNTELLABLE if seen is None else told(low <= seen <= high)

    return judge


def _in(raw: Any, unit: Unit) -> Judge:
    equalities = _each(raw, lambda item: _equality(item, unit))

    def judge(value: Any, now: float) -> Truth:
        truths = {equal(value, now) for equal in equalities}
        return next((truth for truth in (HOLDS, MISSES) if truth in truths), UNTELLABLE)

    return judge


def _not_in(raw: Any, unit: Unit) -> Judge:
    differences = _each(raw, lambda item: _ne(item, unit))

    def judge(value: Any, now: float) -> Truth:
        truths = {differs(value, now) for differs in differences}
        return next((truth for truth in (MISSES, UNTELLABLE) if truth in truths), HOLDS)

    return judge


def _each(raw: Any, compiled: Callable[[Any], T]) -> list[T]:
    if not isinstance(raw, list | tuple):
        raise Unfit(f"expected a list, not {described(raw)}")
    if not raw:
        raise Unfit("a list without values says nothing")
    return [_placed(index, item, compiled) for index, item in enumerate(raw)]


def _placed(index: int, item: Any, compiled: Callable[[Any], T]) -> T:
    try:
        return compiled(item)
    except Unfit as error:
        raise Unfit(str(error), error.hint, (index, *error.at)) from None


def _opposite(build: Build) -> Build:
    def opposite(raw: Any, unit: Unit) -> Judge:
        judge = build(raw, unit)
        return lambda value, now: negation(judge(value, now))

    return opposite


def _exists(raw: Any, _unit: Unit) -> Judge:
    wanted = _flag(raw)

    def judge(value: Any, _now: float) -> Truth:
        if isinstance(value, Absent):
            return told(not wanted) if value.known else UNTELLABLE
        return told(wanted) if kind(value) not in {None, "null"} else UNTELLABLE

    return judge


def _empty(raw: Any, _unit: Unit) -> Judge:
    wanted = _flag(raw)

    def judge(value: Any, _now: float) -> Truth:
        size = length(value)
        return UNTELLABLE if size is None else told((size == 0) is wanted)

    return judge


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise Unfit(f"expected true or false, not {described(raw)}")
    return raw


def length(value: Any) -> int | None:
    """Return the number of characters, items or keys; 0 where a query found none, None for anything else."""
    if isinstance(value, Nothing):
        return 0
    return len(value) if kind(value) in {"string", "array", "object"} else None


def _type(raw: Any, _unit: Unit) -> Judge:
    wanted = set(_each(raw, _kind_name)) if isinstance(raw, list | tuple) else {_kind_name(raw)}

    def judge(value: Any, _now: float) -> Truth:
        what = kind(value)
        if what is None:
            return UNTELLABLE
        return told(what in wanted or ("integer" in wanted and what == "number" and value % 1 == 0))

    return judge


def _kind_name(name: Any) -> str:
    if not isinstance(name, str):
        raise Unfit(f"expected the name of a type, not {described(name)}")
    if name not in KINDS:
        raise Unfit(f"the types are {', '.join(KINDS)}", did_you_mean(_ALIASES.get(name, name), KINDS))
    return name


_ALIASES = {
    "text": "string",
    "str": "string",
    "list": "array",
    "dict": "object",
    "map": "object",
    "mapping": "object",
}


def _age(compare: Callable[[float, float], bool]) -> Build:
    def build(raw: Any, _unit: Unit) -> Judge:
        age = float(SCALES[Unit.DURATION].parse(raw))

        def judge(value: Any, now: float) -> Truth:
            seen = timestamp(value)
            return UNTELLABLE if seen is None else told(compare(seen, now - age))

        return judge

    return build


BUILD: Mapping[str, Build] = {
    "eq": _equality,
    "ne": _ne,
    "lt": _ordering(operator.lt),
    "lte": _ordering(operator.le),
    "gt": _ordering(operator.gt),
    "gte": _ordering(operator.ge),
    "between": _between,
    "in": _in,
    "not_in": _not_in,
    "contains": contains,
    "not_contains": _opposite(contains),
    "starts_with": text_that(str.startswith),
    "ends_with": text_that(str.endswith),
    "matches": matches,
    "not_matches": _opposite(matches),
    "exists": _exists,
    "empty": _empty,
    "type": _type,
    "newer_than": _age(operator.gt),
    "older_than": _age(operator.lt),
    "includes": includes,
}
