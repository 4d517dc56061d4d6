"""A shell's words, as far as people paste them: quotes, escapes, continued lines, comments, variables.

shlex would do but for two things: it cannot tell `"$TOKEN"` from `'$TOKEN'`, and it has no `$'…'`, which browsers
write.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.importers.notes import CLOSE, OPEN, Unusable
from checker.importers.secrets import Secrets

_OPERATORS = ";|&()<>"
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))")
_ESCAPE = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})|(?P<octal>[0-7]{1,3})"
    r"|(?P<one>.))",
    re.DOTALL,
)
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command; `line` is where it begins."""

    words: tuple[str, ...]
    line: int


@dataclass(slots=True)
class _Reader:
    text: str
    name: str
    secrets: Secrets
    at: int = 0
    word: list[str] = field(default_factory=list)
    in_word: bool = False
    line: int = 1
    counted: int = 0  # up to where lines are counted

    def wrong(self, message: str, at: int | None = None) -> Unusable:
        """Return the error for a place; it quotes nothing of the text."""
        before = self.text[: self.at if at is None else at]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Unusable(f"{self.name}:{line}:{column}: {message}")

    def tokens(self) -> Iterator[tuple[bool, str, int]]:
        """Yield words and operators: whether it is an operator, its text, its line."""
        line = 1
        while self.at < len(self.text):
            if not self.in_word:
                line = self._line()
            character = self.text[self.at]
            if character in " \t\r\n" or character in _OPERATORS:
                yield from self._ended(line)
                if character in _OPERATORS or character == "\n":
                    yield True, character, line
                self.at += 1
            elif character == "#" and not self.in_word:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                self._piece(character)
        yield from self._ended(line)

    def _line(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def _ended(self, line: int) -> Iterator[tuple[bool, str, int]]:
        if self.in_word:
            yield False, "".join(self.word), line
            self.word, self.in_word = [], False

    def _add(self, text: str, length: int) -> None:
        if OPEN in text or CLOSE in text:
            raise self.wrong("this is no text: it holds a noncharacter")
        self.word.append(text)
        self.in_word = True
        self.at += length

    def _piece(self, character: str) -> None:
        if character == "\\":
            self._escaped()
        elif character == "'":
            text = self._until("'", self.at + 1)
            self._add(text, len(text) + 2)
        elif character == '"':
            self._double()
        elif self.text.startswith("$'", self.at):
            self._ansi()
        else:
            self._expanded(character)

    def _escaped(self) -> None:
        following = self.text[self.at + 1 : self.at + 3]
        if following.startswith("\n") or following == "\r\n":  # the line goes on in the next one
            self.at += 2 if following.startswith("\n") else 3
        elif not following:
            raise self.wrong("a backslash at the very end")
        else:
            self._add(following[0], 2)

    def _until(self, quote: str, start: int) -> str:
        end = self.text.find(quote, start)
        if end < 0:
            raise self.wrong("this quote is never closed")
        return self.text[start:end]

    def _double(self) -> None:
        start = self.at
        self._add("", 1)
        while self.text[self.at : self.at + 1] != '"':
            if self.at >= len(self.text):
                raise self.wrong("this quote is never closed", start)
            character = self.text[self.at]
            following = self.text[self.at + 1 : self.at + 2]
            if character == "\\" and following == "\n":
                self.at += 2
            elif character == "\\" and following in tuple('"\\$`'):
                self._add(following, 2)
            else:
                self._expanded(character)
        self.at += 1

    def _ansi(self) -> None:
        match = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self.text, self.at)
        if not match:
            raise self.wrong("this quote is never closed")
        self._add(_ESCAPE.sub(_unescaped, match[1]), len(match[0]))

    def _expanded(self, character: str) -> None:
        match = _VARIABLE.match(self.text, self.at)
        if match:
            self.word.append(self.secrets.from_variable(match["braced"] or match["bare"]))
            self.in_word = True
            self.at += len(match[0])
        elif character == "`" or self.text.startswith(("$(", "${"), self.at):
            raise self.wrong("what a shell would work out cannot be imported; write its result, or $NAME")
        else:
            self._add(character, 1)


def _unescaped(match: re.Match[str]) -> str:
    code = match["hex"] or match["short"] or match["long"]
    if code or match["octal"]:
        number = int(code, 16) if code else int(match["octal"], 8)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _ESCAPES.get(match["one"], match["one"])


def commands(text: str, name: str, secrets: Secrets) -> Iterator[Command]:
    """Yield the commands of a script; raises Unusable, with the place, for what only a shell could tell.

    Where output goes to, and input comes from (`> file`, `2>&1`), is left out.
    """
    words: list[str] = []
    line, redirected = 1, False
    reader = _Reader(text, name, secrets)
    for is_operator, token, where in reader.tokens():
        if is_operator and token in "<>":
            if redirected and token == "<":
                raise reader.wrong("a here-document cannot be imported; write its text into the command")
            words = words[:-1] if words and words[-1] in ("1", "2") else words
            redirected = True
        elif redirected:
            redirected = is_operator and token == "&"
        elif not is_operator:
            line = line if words else where
            words.append(token)
        elif words:
            yield Command(tuple(words), line)
            words = []
    if words:
        yield Command(tuple(words), line)
