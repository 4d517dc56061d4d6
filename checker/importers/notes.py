"""What an importer makes: probes of plain values, and notes on what could not be carried over.

Values are those of YAML. A text is literal, whatever it holds; a reference stands in it between two characters that
no text can have (`reference`), until it is written.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.core.errors import ConfigurationError

OPEN, CLOSE = "\ufdd0", "\ufdd1"  # noncharacters (Unicode 23.7): for internal use, never interchanged
REFERENCE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")

_LONGEST = 400
_NAME = 100


class Unusable(ConfigurationError):
    """The input cannot be imported; the message says where and why, and quotes no value."""


@dataclass(frozen=True, slots=True)
class Note:
    """A comment for the person who reads the result. `lost`: something of the input has no effect any more."""

    text: str
    lost: bool = True


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with notes, which are written above it."""

    value: Any
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe to be written: its name, its keys, and notes on it as a whole."""

    name: str
    body: Mapping[str, Any]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """All that one input comes to; `notes` are on what belongs to no probe."""

    probes: tuple[Probe, ...]
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class Notes:
    """Collects notes on one thing, each once."""

    found: dict[Note, None] = field(default_factory=dict)

    def lost(self, text: str) -> None:
        """Note what has no effect any more."""
        self.found[Note(shown(text))] = None

    def remark(self, text: str) -> None:
        """Note what was carried over, but should be looked at."""
        self.found[Note(shown(text), lost=False)] = None

    def lost_all(self, names: Iterable[str], why: str = "") -> None:
        """Note several things in one comment; none if there are none."""
        listed = ", ".join(names)
        if listed:
            self.lost(f"{listed}{why}")

    @property
    def all(self) -> tuple[Note, ...]:
        """Everything noted so far, in order."""
        return tuple(self.found)


def reference(name: str) -> str:
    """Return the text for a run-time reference such as `secret.token` or `run.id`."""
    return f"{OPEN}{name}{CLOSE}"


def shown(text: str) -> str:
    """Return a text for a comment or a message: one line, printable, of bounded length."""
    plain = REFERENCE.sub(r"${\1}", text)
    line = "".join(character if character.isprintable() else "·" for character in plain)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def slug(text: str, fallback: str = "probe") -> str:
    """Return a text as the name of a probe or step: letters, digits, `_`, `.` and `-`."""
    words = re.sub(r"[^A-Za-z0-9_.]+", "-", REFERENCE.sub("", text)).strip("-._")
    return re.sub(r"^[^A-Za-z0-9]+", "", words)[:_NAME].rstrip("-._") or fallback


class Names:
    """Gives out names, each once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, text: str, fallback: str = "probe") -> str:
        """Return a name that nothing else has."""
        base = name = slug(text, fallback)
        number = 1
        while name in self._given:
            number += 1
            name = f"{base[: _NAME - 8]}-{number}"
        self._given.add(name)
        return name
