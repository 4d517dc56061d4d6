"""The values that documents consist of: what they are called, when two are equal, when one is part of another.

Whatever is no JSON value (a fact that is not there, NaN, an object of Python's) has no kind, and nothing
can be told of it. That is what keeps a broken answer from passing: no operator has to think of it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

KINDS = ("string", "number", "integer", "boolean", "array", "object", "null")

_KINDS: dict[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "array",
    tuple: "array",
    dict: "object",
    type(None): "null",
}
_RELATIVES: tuple[tuple[type, str], ...] = (
    (str, "string"),
    (int, "number"),
    (float, "number"),
    (list, "array"),
    (tuple, "array"),
    (Mapping, "object"),
)


def kind(value: object) -> str | None:
    """Return one of KINDS but `integer`; None for what is no JSON value."""
    name = _KINDS.get(type(value)) or _kind_of_relative(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return name


def _kind_of_relative(value: object) -> str | None:
    return next((name for base, name in _RELATIVES if isinstance(value, base)), None)


def same(left: Any, right: Any) -> bool | None:
    """Return whether two values are equal, types included: 1 equals 1.0, but not true. None: cannot be told."""
    what, other = kind(left), kind(right)
    if what is None or other is None:
        return None
    if what != other:
        return False
    if what == "array":
        return len(left) == len(right) and _all(same(one, two) for one, two in zip(left, right, strict=True))
    if what == "object":
        return left.keys() == right.keys() and _all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def includes(whole: Any, part: Any) -> bool | None:
    """Return whether `part` is a subset of `whole`. None: cannot be told.

    Of an object every key must be there and include what is asked for; of a list, every item must be included
    in some item, in any order; anything else must be equal.
    """
    what = kind(part)
    if what in {"array", "object"} and kind(whole) == what:
        if what == "array":
            return _all(_any(includes(item, wanted) for item in whole) for wanted in part)
        return part.keys() <= whole.keys() and _all(includes(whole[key], part[key]) for key in part)
    return same(whole, part)


def contains(items: Iterable[object], wanted: object) -> bool | None:
    """Return whether one of `items` equals `wanted`. None: cannot be told."""
    return _any(same(item, wanted) for item in items)


def _all(answers: Iterable[bool | None]) -> bool | None:
    seen = set(answers)
    return None if None in seen else False not in seen


def _any(answers: Iterable[bool | None]) -> bool | None:
    unknown = False
    for answer in answers:
        if answer:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
_YEAR_10000 = 253_402_300_800  # seconds since the epoch; beyond it a number counts milliseconds


def parse_timestamp(text: str) -> float:
    """Return seconds since the epoch for an RFC 3339 timestamp; raises ValueError, with a message for the user."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("not an RFC 3339 timestamp, such as 2024-05-31T12:00:00Z")
    try:
        return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        raise ValueError("a timestamp that is in no calendar") from None


def timestamp(value: object) -> float | None:
    """Return seconds since the epoch for an RFC 3339 or HTTP date, or a number of seconds; None for anything else.

    A time without a zone is none: it could be any of a day's. A number too large for seconds is none either.
    """
    if isinstance(value, str):
        return _timestamp_of_text(value)
    if isinstance(value, int | float) and kind(value) == "number" and 0 <= value < _YEAR_10000:
        return float(value)
    return None


def _timestamp_of_text(text: str) -> float | None:
    try:
        if _HTTP_DATE.fullmatch(text):
            return parsedate_to_datetime(text).timestamp()
        return parse_timestamp(text)
    except ValueError:
        return None
