"""Walks a parsed JSONPath over bare values, with a bound on its work.

Several times faster than over jsonpath-rfc9535's own nodes, and every value that is visited counts: a query
that visits too many, such as `$..[?@..a]` over a document made for the purpose, is given up.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from jsonpath_rfc9535.filter_expressions import FilterContext
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import (
    FilterSelector,
    IndexSelector,
    NameSelector,
    SliceSelector,
    WildcardSelector,
)

MOST_VISITS = 100_000
"""Values that one query may visit in one document; the test of a filter counts for ten."""

_FILTER_COST = 10

Location = tuple[str | int, ...]
"""The keys and indices that lead from a document to a value in it."""


class TooManyVisitsError(Exception):
    """A query visits more values than it may."""


class _Walk(threading.local):
    """The walk that goes on; one a thread, because large documents may be evaluated off the loop.

    The queries within a filter are part of the walk around them: `$` is the same document to them, and their
    visits count with the others.
    """

    left = MOST_VISITS
    document: Any = None

    def spend(self, visits: int) -> None:
        self.left -= visits
        if self.left < 0:
            raise TooManyVisitsError


_walk = _Walk()


def walk(segments: Iterable[Any], value: object, document: object) -> list[Any]:
    """Return what `segments` select, from `value` on; raises TooManyVisitsError and the library's JSONPathError."""
    _walk.left, _walk.document = MOST_VISITS, document
    try:
        return select(segments, value)
    finally:
        _walk.document = None


def select(segments: Iterable[Any], value: object) -> list[Any]:
    """Return what `segments` select within the walk that goes on."""
    values: list[Any] = [value]
    for segment in segments:
        if isinstance(segment, JSONPathRecursiveDescentSegment):
            visited: Iterable[Any] = (below for value in values for below in _descendants(value))
        else:
            visited = values
        values = _children(segment.selectors, visited)
    return values


def locate(segments: Iterable[Any], value: object, document: object) -> list[Location]:
    """Return where that is which `walk` returns, from `value` on; raises the same."""
    _walk.left, _walk.document = MOST_VISITS, document
    try:
        located: list[tuple[Location, Any]] = [((), value)]
        for segment in segments:
            visited: Iterable[tuple[Location, Any]] = located
            if isinstance(segment, JSONPathRecursiveDescentSegment):
                visited = (below for at, one in located for below in _located_descendants(at, one))
            located = [
                ((*at, key), one[key])
                for at, one in visited
                for selector in segment.selectors
                for key in _keys(selector, one)
            ]
    finally:
        _walk.document = None
    return [at for at, _ in located]


def _located_descendants(at: Location, value: Any) -> Iterator[tuple[Location, Any]]:
    pending = [(at, value)]
    while pending:
        at, value = pending.pop()
        yield at, value
        keys = _all_keys(value)
        _walk.spend(len(keys))
        pending += [((*at, key), value[key]) for key in reversed(keys) if isinstance(value[key], dict | list)]


def _keys(selector: Any, value: Any) -> Sequence[Any]:
    """Return the keys or indices of what a selector picks in a value."""
    keys = _all_keys(value)
    if isinstance(selector, NameSelector):
        keys = [selector.name] if isinstance(value, dict) and selector.name in value else []
    elif isinstance(selector, IndexSelector):
        inside = isinstance(value, list) and -len(value) <= selector.index < len(value)
        keys = [selector.index % len(value)] if inside else []
    elif isinstance(selector, SliceSelector):
        sliced = isinstance(value, list) and selector.slice.step != 0
        keys = range(len(value))[selector.slice] if sliced else []
    elif isinstance(selector, FilterSelector):
        keys = [key for key in keys if _passes(selector, value[key])]
    _walk.spend(1 + len(keys))
    return keys


def _all_keys(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value)
    return range(len(value)) if isinstance(value, list) else ()


def _children(selectors: tuple[Any, ...], values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        for selector in selectors:
            children = _PICK[type(selector)](selector, value)
            _walk.spend(1 + len(children))
            found += children
    return found


def _descendants(value: Any) -> Iterator[Any]:
    """Yield a value and all below it that have children, parents first, in the document's order."""
    pending = [value]
    while pending:
        value = pending.pop()
        yield value
        items = _items(value)
        _walk.spend(len(items))
        pending += [item for item in reversed(items) if isinstance(item, dict | list)]


def _items(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _named(selector: NameSelector, value: Any) -> list[Any]:
    return [value[selector.name]] if isinstance(value, dict) and selector.name in value else []


def _indexed(selector: IndexSelector, value: Any) -> list[Any]:
    inside = isinstance(value, list) and -len(value) <= selector.index < len(value)
    return [value[selector.index]] if inside else []


def _sliced(selector: SliceSelector, value: Any) -> list[Any]:
    return value[selector.slice] if isinstance(value, list) and selector.slice.step != 0 else []


def _every(_selector: WildcardSelector, value: Any) -> list[Any]:
    return _items(value)


def _filtered(selector: FilterSelector, value: Any) -> list[Any]:
    return [item for item in _items(value) if _passes(selector, item)]


def _passes(selector: FilterSelector, item: object) -> bool:
    _walk.spend(_FILTER_COST)
    context = FilterContext(env=selector.env, current=item, root=_walk.document)
    return selector.expression.evaluate(context)


_PICK: dict[type, Callable[[Any, Any], list[Any]]] = {
    NameSelector: _named,
    IndexSelector: _indexed,
    SliceSelector: _sliced,
    WildcardSelector: _every,
    FilterSelector: _filtered,
}
