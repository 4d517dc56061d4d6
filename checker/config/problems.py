"""What is wrong with a configuration, and where: shown with the line itself, so that nobody has to search.

Problems are collected, never raised one by one: a person wants all of them after one run.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from checker.core.errors import ConfigurationError

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what libyaml counts as the end of a line
_WIDTH = 100
_LONGEST = 400  # characters of a message
_TAB = 4
_FEW = 12
_EVIDENT = ""  # stands for a probe's name where the place says it all


@dataclass(frozen=True, slots=True)
class Source:
    """A text of configuration, under the name that its reader knows it by."""

    name: str
    lines: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, text: str) -> "Source":
        """Split a text into lines as the YAML parser counts them."""
        return cls(name, tuple(_BREAK.split(text)))

    def line(self, number: int) -> str:
        """Return the line with this number, from 1; empty beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


class Place(NamedTuple):
    """Where something is written; line and column count from 1, in characters. Line 0: the source as a whole."""

    source: Source
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}" if self.line else self.source.name


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `probes` names the probes that it shows in, where the place does not say it."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str = ""
    probes: tuple[str, ...] = ()

    @classmethod
    def at(cls, place: Place, message: str, hint: str = "") -> "Problem":
        """Return the problem for a place."""
        text = place.source.line(place.line)
        return cls(place.source.name, place.line, place.column, message, hint, text)

    def shown_in(self, probes: tuple[str, ...]) -> "Problem":
        """Return the problem with the names of the probes that it shows in."""
        return replace(self, probes=probes)

    def __str__(self) -> str:
        return render(self)


class InvalidConfiguration(ConfigurationError):
    """The configuration cannot be used.

    `problems` has everything that is wrong, by file and line; `files` those that were read and `folders` those in which
    an include may find more, to be watched until something is mended.
    """

    def __init__(
        self, problems: Iterable[Problem], files: Iterable[Path] = (), folders: Iterable[Path] = ()
    ) -> None:
        self.problems = tuple(problems)
        self.files = tuple(files)
        self.folders = tuple(folders)
        super().__init__("\n\n".join(render(problem) for problem in self.problems))


class Problems:
    """Collects problems; the same one at the same place is kept once, with all the probes that it shows in."""

    def __init__(self) -> None:
        self._found: dict[Problem, dict[str, None]] = {}

    def add(self, place: Place, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.note(Problem.at(place, message, hint))

    def note(self, problem: Problem) -> None:
        """Note a problem that was found elsewhere."""
        bare = replace(problem, probes=()) if problem.probes else problem
        self._found.setdefault(bare, {}).update(dict.fromkeys(problem.probes or (_EVIDENT,)))

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[Problem]:
        """Yield each problem once, by file, line and column."""
        for problem in sorted(self._found, key=lambda found: (found.file, found.line, found.column)):
            probes = self._found[problem]
            yield problem if _EVIDENT in probes else replace(problem, probes=tuple(probes))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question with the nearest known word; empty where none is near."""
    near = get_close_matches(word[:100], list(known)[:5000], n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint at what may stand there: the nearest known word, else all of them if they are few."""
    words = sorted(known)
    few = f"known here: {', '.join(words)}" if len(words) <= _FEW else ""
    return did_you_mean(word, words) or (few if words else "there are none")


def shortened(text: str) -> str:
    """Return a text without its middle, where it is long; what is wrong is told at its beginning or at its end."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST * 3 // 4]} … {text[-_LONGEST // 4 :]}"


def render(problem: Problem) -> str:
    """Return `file:line:column: message`, and below it the line with a caret and the hint.

    What cannot be seen is shown as `·`, tabs as spaces, and of a long line the part around the caret.
    """
    place = Place(Source(problem.file), problem.line, problem.column)
    message = f"{_visible(str(place))}: {_visible(problem.message)}{_shown_in(problem.probes)}"
    hint = _visible(problem.hint)
    if not problem.line:
        return f"{message}; {hint}" if hint else message
    before, text = _window(problem.source_line, problem.column - 1)
    number = str(problem.line)
    margin = " " * len(number)
    return f"{message}\n  {number} | {text}\n  {margin} | {' ' * before}^ {hint}".rstrip()


def _shown_in(probes: tuple[str, ...]) -> str:
    if not probes:
        return ""
    more = f" and {len(probes) - 3} more" if len(probes) > 3 else ""
    return f" (in {', '.join(probes[:3])}{more})"


def _window(line: str, column: int) -> tuple[int, str]:
    """Return how wide the text before the column is, and the text, cut around it."""
    head, tail = _visible(line[:column]), _visible(line[column:])
    if len(head) + len(tail) <= _WIDTH:
        return _width(head), (head + tail).rstrip()
    if len(head) > _WIDTH // 2:
        head = "…" + head[len(head) - _WIDTH // 2 :]
    room = _WIDTH - len(head)
    return _width(head), head + (tail if len(tail) <= room else tail[:room] + "…").rstrip()


def _visible(text: str) -> str:
    """Return the text without anything that a terminal would obey rather than show."""
    return "".join(
        " " * _TAB if character == "\t" else character if character.isprintable() else "·"
        for character in text
    )


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
