"""What a step found out, as named facts; assertions and captures know nothing else of a kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from checker.core.reason import Reason

S = TypeVar("S")


class Unit(StrEnum):
    """How the operands of a fact's matchers are written, and its value shown."""

    PLAIN = "plain"
    STATUS = "status"  # 200, 2xx
    DURATION = "duration"  # seconds; written 800ms
    SIZE = "size"  # bytes; written 64KiB
    TIMESTAMP = "timestamp"  # RFC 3339, or seconds since the epoch


class Shape(StrEnum):
    """What may be written below a fact's name in `expect`."""

    VALUE = "value"  # a matcher
    KEYS = "keys"  # one of the declared keys
    OPEN = "open"  # any key: headers, cookies
    JSONPATH = "jsonpath"  # RFC 9535 queries into a document


@dataclass(frozen=True, slots=True)
class Fact:
    """Declares one fact of a kind. For `Shape.KEYS`, `keys` declares what it consists of."""

    name: str
    description: str
    shape: Shape = Shape.VALUE
    unit: Unit = Unit.PLAIN
    keys: tuple["Fact", ...] = ()
    reason: Reason = Reason.ASSERTION  # of a run in which an expectation on this fact missed
    ignore_case: bool = False  # of the keys of an open fact: header names


@dataclass(frozen=True, slots=True)
class Absent:
    """Why a fact is not there.

    `known` is True only where the document that would hold it was decoded and does not hold it: the one
    case in which `exists: false` may hold. `reason` overrides the reason of the missed expectation. `own`: it was
    the checker that could not find out (a metric without data), which is no verdict on the target.
    """

    why: str
    known: bool = False
    reason: Reason | None = None
    own: bool = False


def hole(value: object, depth: int = 3) -> Absent | None:
    """Return the first Absent in a value: a document in which one thing is not known has it near its top."""
    if isinstance(value, Absent):
        return value
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return next((found for part in parts if (found := hole(part, depth - 1))), None) if depth else None


Makers = Mapping[str, Callable[[S], object]]
"""How facts are made of what they are about, by name: one table for all answers, where facts are made of each."""

_NO_MAKERS: Makers[Any] = MappingProxyType({})


class Facts:
    """Facts by name. A value may be given as a `Lazy`, which is worked out once, when first asked for.

    What is not among the values, `makers` make of `source`, each once as well. `notes` are what to tell people beside a
    fact where an expectation on it misses: what may help.
    """

    __slots__ = ("_makers", "_notes", "_source", "_values")

    def __init__(
        self,
        values: Mapping[str, object],
        notes: Mapping[str, str] | None = None,
        source: Any = None,
        makers: Makers[Any] = _NO_MAKERS,
    ) -> None:
        self._values = dict(values)
        self._notes = notes
        self._source = source
        self._makers = makers

    def get(self, name: str) -> object:
        """Return the fact, or an `Absent` that says why there is none."""
        value = self._values.get(name, _UNKNOWN)
        if value is _UNKNOWN:
            if name not in self._makers:
                return Absent(f"there is no {name}")
            value = self._values[name] = self._makers[name](self._source)
        elif isinstance(value, Lazy):
            value = self._values[name] = value.make()
        return value

    def note(self, name: str) -> str:
        """Return what to tell beside a fact; not redacted, and empty where there is nothing."""
        return self._notes.get(name, "") if self._notes else ""

    def names(self) -> tuple[str, ...]:
        """Return the names of all facts, worked out or not."""
        return tuple({**self._makers, **self._values})

    def having(self, values: Mapping[str, object]) -> "Facts":
        """Return the facts with other values for some of them."""
        return Facts({**self._values, **values}, self._notes, self._source, self._makers)


class Lazy:
    """A fact that costs something to make, such as a decoded document."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


_UNKNOWN = object()
