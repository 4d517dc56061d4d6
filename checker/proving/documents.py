"""A decoded document as it might have come instead. Pure: each change returns a new one, and shares what it left."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from checker.assertions.jsonpath import path_below
from checker.assertions.walk import Location

SOON = 3
"""Levels below the top at which a list or a number may still be what the whole document is about."""

_GONE = object()
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_TOTALS = frozenset(
    {"total", "totals", "count", "counts", "hit", "hits", "found", "matched", "results", "records", "rows"}
)
_OTHERS = frozenset({"page", "pages"})


def put(value: Any, at: Collection[Location], make: Callable[[Any], Any]) -> Any:
    """Return the document with what `make` makes of each value at one of the places `at`."""
    if not at:
        return value
    if () in at:
        return make(value)
    below: dict[Any, list[Location]] = {}
    for head, *rest in at:
        below.setdefault(head, []).append(tuple(rest))
    if isinstance(value, dict):
        changed = {key: put(item, below[key], make) if key in below else item for key, item in value.items()}
        return {key: item for key, item in changed.items() if item is not _GONE}
    items = (put(item, below[key], make) if key in below else item for key, item in enumerate(value))
    return [item for item in items if item is not _GONE]


def drop(value: Any, at: Collection[Location]) -> Any:
    """Return the document without the values at these places, of which none is the document itself."""
    return put(value, at, lambda _: _GONE)


def get(value: Any, at: Location) -> Any:
    """Return the value at a place."""
    for step in at:
        value = value[step]
    return value


def lists_on(at: Iterable[Location]) -> Iterator[tuple[str, tuple[Location, ...]]]:
    """Yield the lists on the way to some places, as a path and where they are: `$.content[*].errors` is one."""
    found: dict[str, dict[Location, None]] = {}
    for place in at:
        for depth, step in enumerate(place):
            if isinstance(step, int):
                found.setdefault(path_of(place[:depth]), {})[place[:depth]] = None
    for path, places in found.items():
        yield path, tuple(places)


def path_of(at: Location) -> str:
    """Return a place as a JSONPath; items of a list are all of them."""
    path = "$"
    for step in at:
        path = f"{path}[*]" if isinstance(step, int) else path_below(path, step)
    return path


def main_list(document: Any) -> Location | None:
    """Return where the list is that more than half of the document consists of: what was searched for, mostly."""
    lists = [at for at, value in _soon(document) if isinstance(value, list) and value]
    sizes = {at: _size(get(document, at)) for at in lists}
    largest = max(lists, key=lambda at: sizes[at], default=None)
    return largest if largest is not None and sizes[largest] > _size(document) / 2 else None


def totals(document: Any) -> tuple[Location, ...]:
    """Return where numbers are, other than 0, that say by their names how much there is of something."""
    return tuple(at for at, value in _soon(document) if is_total(at, value) and value)


def is_total(at: Location, value: object) -> bool:
    """Whether a value is a number that says by its name how much there is of something."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    words = {word.lower() for step in at[-1:] if isinstance(step, str) for word in _WORDS.findall(step)}
    return number and not words.isdisjoint(_TOTALS) and words.isdisjoint(_OTHERS)


def _size(value: Any) -> int:
    return len(json.dumps(value, default=str))


def _soon(value: Any, at: Location = ()) -> Iterator[tuple[Location, Any]]:
    """Yield what is near the top, on ways that lead through no list."""
    yield at, value
    if isinstance(value, dict) and len(at) < SOON:
        for key, below in value.items():
            yield from _soon(below, (*at, key))
