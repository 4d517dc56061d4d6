"""Why a text is no YAML, in words that help: the parser's own name tokens and contexts that nobody has heard of.

One table from the parser's problem to ours. The mistakes that this format invites (a reference or a JSONPath
that is not quoted within braces) come first.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from checker.config.problems import Place, Problem, Source

_WORD = re.compile(r"[^\s,\[\]{}]*$")
_REST_OF_WORD = re.compile(r"[^\s,]*")


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where the parser stopped: the line before and after that point, and where the thing it was in begins."""

    place: Place
    start: Place
    before: str
    rest: str
    problem: str

    @property
    def word(self) -> str:
        """The unquoted text that ends where the parser stopped."""
        match = _WORD.search(self.before)
        return match[0] if match else ""

    def back(self, characters: int) -> Place:
        """Return the place so many characters to the left."""
        return self.place._replace(column=self.place.column - characters)


def explain(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    """Return the problem for what the parser refused."""
    place = _place(error.problem_mark, source) or Place(source, 1, 1)
    line = source.line(place.line)
    fault = _Fault(
        place=place,
        start=_place(error.context_mark, source) or place,
        before=line[: place.column - 1],
        rest=line[place.column - 1 :],
        problem=error.problem or "it cannot be parsed",
    )
    for beginning, explanation in _EXPLANATIONS:
        if fault.problem.startswith(beginning):
            return explanation(fault)
    return Problem.at(place, f"this is not valid YAML: {fault.problem}")


def _place(mark: yaml.Mark | None, source: Source) -> Place | None:
    return Place(source, mark.line + 1, mark.column + 1) if mark else None


def _flow(fault: _Fault) -> Problem:
    if fault.rest[:1] in ("{", "[") and fault.word:
        return _unquoted(fault)
    if fault.before.rstrip()[-1:] in ('"', "'"):
        return Problem.at(fault.place, "text goes on after the closing quote", "put all of it in quotes")
    if fault.place.line > fault.start.line or not fault.rest.strip():
        opened = fault.start.source.line(fault.start.line)[fault.start.column - 1 :][:1]
        return Problem.at(fault.start, f"this {opened} is not closed before line {fault.place.line}")
    return Problem.at(
        fault.place, "expected a comma or the end of the brackets", "quote a text that holds ': '"
    )


def _unquoted(fault: _Fault) -> Problem:
    word = fault.word
    rest = _REST_OF_WORD.match(fault.rest)
    start = fault.back(len(word))
    if word.endswith("$") and fault.rest.startswith("{"):
        what = "a text with ${…}"
    elif word.startswith("$"):
        what = "a JSONPath with brackets"
    else:
        what = "a text with brackets"
    whole = (word + (rest[0] if rest else "")).rstrip("]}") if word.count("$") > 1 else word
    return Problem.at(start, f"within {{}} and [] {what} has to be quoted", _quoted_example(what, whole))


def _quoted_example(what: str, word: str) -> str:
    return (
        'write "${…}"' if "${" in what else f"write '{word}[…]'" if "JSONPath" in what else "put it in quotes"
    )


def _no_token(fault: _Fault) -> Problem:
    character = fault.rest[:1]
    if character == "\t":
        return Problem.at(fault.place, "a tab cannot indent in YAML", "use spaces")
    return Problem.at(fault.place, f"a text cannot start with {character!r}", "quote it")


def _mapping_value(fault: _Fault) -> Problem:
    if ": " in fault.before or fault.before.lstrip().startswith("- "):
        return Problem.at(fault.place, "a text that holds ': ' has to be quoted")
    return Problem.at(fault.place, "this key does not fit here", "check the indentation, and the line before")


def _indicator(fault: _Fault) -> Problem:
    character = fault.start.source.line(fault.start.line)[fault.start.column - 1 :][:1]
    return Problem.at(fault.start, f"a text cannot start with {character!r}", "quote it")


def _end_of_stream(fault: _Fault) -> Problem:
    return Problem.at(fault.start, "this quote is never closed")


def _escape(fault: _Fault) -> Problem:
    message = f"there is no escape {fault.rest[:2]!r} in double quotes".replace("\\\\", "\\")
    return Problem.at(fault.place, message, "use single quotes, which know no escapes")


def _no_key(fault: _Fault) -> Problem:
    if fault.before.rstrip()[-1:] in ('"', "'"):
        return Problem.at(fault.place, "text goes on after the closing quote", "put all of it in quotes")
    message = f"expected a key of the mapping that starts in line {fault.start.line}"
    return Problem.at(fault.place, message, "check the indentation")


def _no_item(fault: _Fault) -> Problem:
    message = f"expected '- ', as for the other items of the list that starts in line {fault.start.line}"
    return Problem.at(fault.place, message, "check the indentation")


def _says(message: str, hint: str = "") -> Callable[[_Fault], Problem]:
    return lambda fault: Problem.at(fault.place, message, hint)


_EXPLANATIONS: tuple[tuple[str, Callable[[_Fault], Problem]], ...] = (
    ("did not find expected ',' or", _flow),
    ("found character that cannot start any token", _no_token),
    ("mapping values are not allowed", _mapping_value),
    ("did not find expected alphabetic or numeric", _indicator),
    ("found unexpected end of stream", _end_of_stream),
    ("found unknown escape character", _escape),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_item),
    (
        "block sequence entries are not allowed",
        _says("a list cannot start here", "start it on a line of its own"),
    ),
    ("mapping keys are not allowed", _says("a text cannot start with '? '", "quote it")),
    ("could not find expected ':'", _says("expected ': ' after a key in the lines before")),
    ("found unexpected ':'", _says("a ':' cannot stand here within {} and []", "quote the text")),
)
