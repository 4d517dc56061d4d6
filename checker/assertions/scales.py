"""How operands are written and values read, for each unit: `800ms` against seconds, `2xx` against 204."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checker.assertions.invalid import Path, described
from checker.assertions.values import kind, parse_timestamp, timestamp
from checker.core.duration import parse_duration, parse_size
from checker.core.facts import Unit


class Unfit(ValueError):
    """An operand is not what its operator takes; the message is for the user and does not quote it.

    `at` is the path within the operand, `hint` what to write instead.
    """

    def __init__(self, message: str, hint: str | None = None, at: Path = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.at = at


_STATUS_CLASS = re.compile(r"([1-5])(?:xx|XX)")


@dataclass(frozen=True, slots=True)
class Scale:
    """One unit. `parse` raises ValueError, with a message for the user; `read` returns None for what is not of it."""

    noun: str
    parse: Callable[[Any], Any]  # an operand as it was written
    read: Callable[[object], Any]  # a value as it was seen
    at_run_time: bool = True  # whether an operand may hold references


def literal(raw: Any) -> Any:
    """Return a written value if it is one that a document may hold; raises ValueError."""
    what = kind(raw)
    if what is None:
        raise Unfit("a number that is not finite, or no value at all, cannot be compared with")
    if what == "array":
        return [literal(item) for item in raw]
    if what == "object":
        return {_key(key): literal(item) for key, item in raw.items()}
    return raw


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise Unfit(f"the keys of an object are texts, not {described(key)}")
    return key


def _status(raw: Any) -> int | range:
    if isinstance(raw, int) and not isinstance(raw, bool) and 100 <= raw <= 599:
        return raw
    match = _STATUS_CLASS.fullmatch(raw) if isinstance(raw, str) else None
    if not match:
        meant = f"a text never equals a number: write {raw}" if _reads_as_status(raw) else None
        raise Unfit("a status is a number from 100 to 599, or a class such as 2xx", meant)
    return range(int(match[1]) * 100, int(match[1]) * 100 + 100)


def _reads_as_status(raw: Any) -> bool:
    return isinstance(raw, str) and re.fullmatch("[1-5][0-9][0-9]", raw) is not None


def _duration(raw: Any) -> float:
    if not isinstance(raw, str):
        meant = f"did you mean {raw}s?" if number(raw) is not None else None
        what = f"a duration is written as a number and a unit, such as 800ms or 2s, not {described(raw)}"
        raise Unfit(what, meant)
    return parse_duration(raw)


def _size(raw: Any) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return raw
    if not isinstance(raw, str):
        raise Unfit(f"a size is written as a number and a unit, such as 64KiB, not {described(raw)}")
    return parse_size(raw)


def _timestamp(raw: Any) -> float:
    if not isinstance(raw, str):
        raise Unfit(f"a timestamp is written such as 2024-05-31T12:00:00Z, not {described(raw)}")
    return parse_timestamp(raw)


def number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    if type(value) is int:
        return value  # as most are
    return value if isinstance(value, int | float) and kind(value) == "number" else None


NUMBERS = Scale("value", literal, number)
TIMESTAMPS = Scale("timestamp", _timestamp, timestamp)

SCALES: Mapping[Unit, Scale] = {
    Unit.PLAIN: NUMBERS,
    Unit.STATUS: Scale("status", _status, number),
    Unit.DURATION: Scale("duration", _duration, number, at_run_time=False),
    Unit.SIZE: Scale("size", _size, number),
    Unit.TIMESTAMP: TIMESTAMPS,
}


def parse_ordered(unit: Unit, raw: Any) -> tuple[Scale, float]:
    """Return the scale and the operand on it; raises ValueError."""
    scale = _ordered(unit, raw)
    operand = scale.parse(raw)
    if isinstance(operand, range):
        raise Unfit("a class of statuses has no order; write a number")
    return scale, operand


def _ordered(unit: Unit, raw: Any) -> Scale:
    """Return the scale to compare on: of plain values, numbers and timestamps have an order."""
    if unit is not Unit.PLAIN:
        return SCALES[unit]
    if isinstance(raw, str) and timestamp(raw) is not None:
        return TIMESTAMPS
    if number(raw) is None:
        raise Unfit(f"expected a number or a timestamp such as 2024-05-31T12:00:00Z, not {described(raw)}")
    return NUMBERS
