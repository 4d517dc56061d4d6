"""One value as it might have come instead, and how that is told: "null", "a number in the place of the text"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from checker.assertions.check import described
from checker.assertions.values import kind, timestamp
from checker.core.facts import Unit

LONG_AGO = 946_684_800.0
"""2000-01-01T00:00:00Z, in seconds since the epoch."""

STRANGER = "?"
"""A text that nobody expects."""

_TYPES: dict[str, Callable[[Any], Any]] = {
    "string": lambda _: 1,
    "number": str,
    "boolean": lambda value: str(value).lower(),
    "array": lambda _: {},
    "object": lambda _: [],
    "null": lambda _: STRANGER,
}
_EMPTY: dict[str, Any] = {"string": "", "array": [], "object": {}}


@dataclass(frozen=True, slots=True)
class Variant:
    """Another value. `what` is followed by where it stands."""

    name: str
    what: str
    value: Any


def other_type(value: Any) -> Any:
    """Return a value of another type, as like the first one as may be."""
    return _TYPES[kind(value) or "null"](value)


def emptied(value: Any) -> Any:
    """Return the value with nothing in it; numbers and the like are what they were."""
    return _EMPTY.get(kind(value) or "null", value)


def filled(value: Any) -> Any:
    """Return a list that has nothing in it with something in it; anything else is what it was."""
    return [STRANGER] if value == [] else value


def aged(value: Any) -> Any:
    """Return a timestamp that is a text as one of the year 2000; anything else is what it was."""
    if not isinstance(value, str) or timestamp(value) is None:
        return value
    return f"2000-01-01{value[10:]}" if value[0].isdigit() else f"Sat, 01 Jan 2000{value[16:]}"


def in_place_of(value: Any) -> str:
    """Return how a value of another type is told."""
    return f"{described(other_type(value))} in the place of {_the(described(value))}"


def _the(text: str) -> str:
    return f"the {text.rsplit(maxsplit=1)[-1]}" if text.startswith("a") else text


def variants(value: object, unit: Unit) -> Iterator[Variant]:
    """Yield what a fact might have been, as far as something else than what it was can be thought of."""
    what = kind(value) or "null"
    if isinstance(value, bool):
        yield Variant("negated", str(not value).lower(), not value)
    elif isinstance(value, int | float):
        yield from _numbers(value, unit)
    elif what == "string":
        yield Variant("other", "another text", STRANGER)
        yield Variant("emptied", "an empty text", "")
        if aged(value) != value:
            yield Variant("old_timestamp", "a time in the year 2000", aged(value))
    elif what in {"array", "object"} and value:
        yield Variant("emptied", described(_EMPTY[what]), _EMPTY[what])
    elif what == "array":
        yield Variant("filled", "a list with something in it", [STRANGER])
    else:
        yield Variant("filled", "something", STRANGER)


def _numbers(value: float, unit: Unit) -> Iterator[Variant]:
    if value:
        yield Variant("zero", "0", 0)
    yield Variant("huge", "a huge number", abs(value) * 1000 + 1_000_000)
    if unit is Unit.TIMESTAMP:
        yield Variant("old_timestamp", "a time in the year 2000", LONG_AGO)
