"""What is wrong with expectations and captures as they were written; all of it at once."""

from collections.abc import Iterable
from difflib import get_close_matches

from checker.core.errors import ConfigurationError
from checker.core.template import Template

Path = tuple[str | int, ...]
"""Where something stands: keys and indexes, from the `expect` or `capture` mapping down."""

Problem = tuple[Path, str, str | None]
"""Where, what is wrong, and what to write instead."""


class Invalid(ConfigurationError):
    """Expectations, a capture or a selector that cannot be used; `problems` has everything that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(_sentence(problem) for problem in problems))


def _sentence(problem: Problem) -> str:
    path, message, hint = problem
    place = ".".join(str(part) for part in path)
    return (f"{place}: " if place else "") + message + (f" ({hint})" if hint else "")


class Findings:
    """Collects problems while something is compiled."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a problem."""
        self._found.append((path, message, hint))

    def take(self, error: Invalid, path: Path = ()) -> None:
        """Note the problems of something that was compiled apart and stands at `path`."""
        self._found += [((*path, *below), message, hint) for below, message, hint in error.problems]

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
