"""Bounds that leave no value between them: an expectation that could never hold."""

from collections.abc import Mapping
from typing import Any

from checker.assertions.operators import OPERATORS
from checker.assertions.scales import parse_ordered
from checker.core.facts import Unit
from checker.core.template import Template

_LOWER = {"gt": False, "gte": True}  # whether the bound itself is within
_UPPER = {"lt": False, "lte": True}


def contradiction(raw: Mapping[Any, Any], unit: Unit) -> tuple[str, str] | None:
    """Return the second of two operators of a matcher that exclude each other, and why; None where there are none."""
    for lower in _LOWER.keys() & raw.keys():
        for upper in _UPPER.keys() & raw.keys():
            if _excluded(lower, raw[lower], upper, raw[upper], unit):
                phrases = (OPERATORS[name].phrase.format(raw[name]) for name in (lower, upper))
                return max(lower, upper, key=list(raw).index), f"nothing is {' and '.join(phrases)}"
    return None


def _excluded(lower: str, low: Any, upper: str, high: Any, unit: Unit) -> bool:
    if isinstance(low, Template) or isinstance(high, Template):
        return False
    try:
        (scale, least), (other, most) = parse_ordered(unit, low), parse_ordered(unit, high)
    except ValueError:
        return False  # told of the operand itself
    both_within = _LOWER[lower] and _UPPER[upper]
    return scale is other and (least > most or (least == most and not both_within))
