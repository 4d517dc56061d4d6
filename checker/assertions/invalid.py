"""What is wrong with expectations and captures as they were written; all of it at once."""

from collections.abc import Iterable
from difflib import get_close_matches
from math import isfinite, isinf
from typing import NamedTuple

from checker.core.errors import ConfigurationError
from checker.core.template import Template

Path = tuple[str | int, ...]
"""Where something stands: keys and indexes, from the `expect` or `capture` mapping down."""


class Problem(NamedTuple):
    """Where, what is wrong, and what to write instead. `of_key`: the last part of the path is wrong, not its value."""

    path: Path
    message: str
    hint: str | None = None
    of_key: bool = False


class Invalid(ConfigurationError):
    """Expectations, a capture or a selector that cannot be used; `problems` has everything that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(_sentence(problem) for problem in problems))


def _sentence(problem: Problem) -> str:
    place = ".".join(str(part) for part in problem.path)
    hint = f" ({problem.hint})" if problem.hint else ""
    return (f"{place}: " if place else "") + problem.message + hint


class Findings:
    """Collects problems while something is compiled."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a problem of the value at a path."""
        self._found.append(Problem(path, message, hint))

    def add_key(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a problem of the key that a path ends with."""
        self._found.append(Problem(path, message, hint, of_key=True))

    def take(self, error: Invalid, path: Path = (), *, of_key: bool = False) -> None:
        """Note the problems of something that was compiled apart: the value at `path`, or the key that it ends with."""
        for problem in error.problems:
            self._found.append(problem._replace(path=(*path, *problem.path), of_key=of_key or problem.of_key))

    def raise_if_any(self) -> None:
        """Raise Invalid with all problems, if there are any."""
        if self._found:
            raise Invalid(tuple(self._found))


def key_of(name: object) -> str | int:
    """Return a key as a part of a path to a problem."""
    return name if isinstance(name, str | int) else str(name)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is near, if one is."""
    near = get_close_matches(word[:100], list(known)[:1000], n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a question with the nearest known word, where one is near."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else None


def described(value: object) -> str:
    """Return what a written value is, for a message; never the value itself, which may be secret."""
    if isinstance(value, float) and not isfinite(value):
        return "infinity" if isinf(value) else "NaN"
    for kinds, name in _NAMES:
        if isinstance(value, kinds):
            return name
    return "a list" if isinstance(value, list | tuple) else "a mapping"


_NAMES: tuple[tuple[type, str], ...] = (
    (type(None), "nothing"),
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "a text"),
    (Template, "a reference that is only known at run time"),
)
