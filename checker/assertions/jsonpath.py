"""One JSONPath, compiled, and what it finds in a decoded document."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from jsonpath_rfc9535 import JSONPathError
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import IndexSelector, NameSelector

from checker.assertions.query import parse_query
from checker.assertions.walk import MOST_VISITS, Location, TooManyVisitsError, locate, walk
from checker.core.facts import Absent

Step = str | int


@dataclass(frozen=True, slots=True)
class Missing(Absent):
    """A path that leads nowhere: `parent`, found at `at`, is the last value on it, and has no `step`."""

    parent: object = None
    at: str = "$"
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Nothing(Missing):
    """A query for any number of values that found none. It has a length, and that is 0."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A compiled query: `steps` to single children, and then `segments` that may select any number."""

    text: str
    steps: tuple[tuple[type[Any], Step], ...]  # each with the container that it needs
    segments: tuple[Any, ...]

    def find(self, document: object) -> object:
        """Return the value of a singular query, a list for any other, or an Absent."""
        value: Any = document
        for depth, (container, step) in enumerate(self.steps):
            try:
                if not isinstance(value, container):
                    return self._missing(value, depth)
                value = value[step]
            except (KeyError, IndexError):
                return self._missing(value, depth)
        return self._many(value, document) if self.segments else value

    def locate(self, document: object) -> tuple[Location, ...]:
        """Return where in the document that is which `find` finds; nowhere where it gives up."""
        value: Any = document
        at: Location = ()
        try:
            for container, step in self.steps:
                if not isinstance(value, container):
                    return ()
                value, parent = value[step], value
                at = (*at, step % len(parent) if isinstance(step, int) else step)
            below = locate(self.segments, value, document) if self.segments else [()]
        except (LookupError, TooManyVisitsError, JSONPathError, RecursionError):
            return ()
        return tuple((*at, *rest) for rest in below)

    def _missing(self, parent: object, depth: int) -> Missing:
        shape = Nothing if self.segments else Missing
        why = f"there is no {self._at(depth + 1)}"
        return shape(why, known=True, parent=parent, at=self._at(depth), step=self.steps[depth][1])

    def _many(self, value: object, document: object) -> object:
        try:
            found = walk(self.segments, value, document)
        except TooManyVisitsError:
            return Absent(f"{self.text} visits more than {MOST_VISITS} values; write a narrower query")
        except (JSONPathError, RecursionError):
            return Absent(f"{self.text} cannot be followed in this document")
        at = self._at(len(self.steps))
        return found or Nothing(f"{self.text} selects nothing", known=True, parent=value, at=at)

    def _at(self, depth: int) -> str:
        return reduce(path_below, (step for _, step in self.steps[:depth]), "$")


def path_below(path: str, step: Step) -> str:
    """Return the path to a child of what is at `path`."""
    return f"{path}.{step}" if isinstance(step, str) and step.isidentifier() else f"{path}[{step!r}]"


def compile_path(text: str) -> JsonPath:
    """Compile a query; raises ValueError with a message for the user."""
    segments = parse_query(text)
    steps = tuple(_leading_steps(segments))
    return JsonPath(text, steps, segments[len(steps) :])


def _leading_steps(segments: Iterable[Any]) -> Iterator[tuple[type[Any], Step]]:
    for segment in segments:
        selector = segment.selectors[0] if len(segment.selectors) == 1 else None
        if isinstance(segment, JSONPathRecursiveDescentSegment):
            return
        if isinstance(selector, NameSelector):
            yield dict, selector.name
        elif isinstance(selector, IndexSelector):
            yield list, selector.index
        else:
            return
