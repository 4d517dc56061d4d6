"""What was expected and what was seen, in a few words that quote no secret.

Nothing is cut before it was redacted: half a secret is a secret.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from checker.assertions.invalid import nearest
from checker.assertions.jsonpath import Missing, path_below
from checker.assertions.scales import number
from checker.assertions.values import kind
from checker.core.duration import format_duration, format_size
from checker.core.facts import Absent, Unit

Redact = Callable[[str], str]

LIMIT = 200  # characters of a text of a verdict
SHORT = 70  # characters of one of several parts of a sentence

_WINDOW = 64 << 10  # characters that are searched for secrets, of which LIMIT are shown
_DEEPEST = 4
_encoded = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make an encoder for each text


def shorten(text: str, limit: int = LIMIT) -> str:
    """Return at most `limit` characters of a text that was redacted."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def show(value: object, unit: Unit, redact: Redact, limit: int = LIMIT) -> str:
    """Return a value as people read it: `2.5s`, `3.4KiB`, a status, or JSON."""
    measured = number(value) if unit is not Unit.PLAIN else None
    if measured is not None:
        return _MEASURES[unit](measured)
    return shorten(preview(value, redact, limit), limit)


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return repr(seconds)


_MEASURES: dict[Unit, Callable[[float], str]] = {
    Unit.STATUS: str,
    Unit.DURATION: format_duration,
    Unit.SIZE: format_size,
    Unit.TIMESTAMP: _moment,
}


def preview(value: Any, redact: Redact, room: int = LIMIT, depth: int = 0) -> str:
    """Return the beginning of a value as JSON, not much longer than `room`; what it quotes is redacted."""
    what = kind(value)
    if what == "string":
        return _quoted(value, redact)
    if what not in {"array", "object"}:
        return redact(_atom(value, what))
    if value and depth == _DEEPEST:
        return "[…]" if what == "array" else "{…}"
    parts = _items(value, redact, room, depth) if what == "array" else _members(value, redact, room, depth)
    return ("[{}]" if what == "array" else "{{{}}}").format(_listed(parts, room))


def _items(value: Any, redact: Redact, room: int, depth: int) -> Iterator[str]:
    return (preview(item, redact, room, depth + 1) for item in value)


def _members(value: Any, redact: Redact, room: int, depth: int) -> Iterator[str]:
    return (f"{_quoted(key, redact)}: {preview(value[key], redact, room, depth + 1)}" for key in value)


def _atom(value: object, what: str | None) -> str:
    if type(value) is int:
        return str(value)  # as JSON has it, in a tenth of the time
    if what or isinstance(value, float):
        return json.dumps(value)
    return "nothing" if isinstance(value, Absent) else f"a {type(value).__name__} that is no JSON value"


def _listed(parts: Iterator[str], room: int) -> str:
    shown: list[str] = []
    for part in parts:
        if room <= 0:
            shown.append("…")
            break
        shown.append(part)
        room -= len(part) + 2
    return ", ".join(shown)


def _quoted(text: object, redact: Redact) -> str:
    whole = str(text)
    redacted = redact(whole[:_WINDOW])
    if len(whole) > _WINDOW > 2 * len(redacted):
        return f"a text of {len(whole)} characters"  # what is left may end in a part of a secret
    quoted = _encoded(redacted[: 2 * LIMIT])
    return quoted if quoted.isascii() else quoted.encode("utf-8", "backslashreplace").decode()


def missing(absent: Absent, redact: Redact) -> str:
    """Return why a value is not there: the nearest value above it, and what that has instead."""
    if not isinstance(absent, Missing):
        return redact(absent.why)
    return f"{redact(absent.why)}; {_instead(absent, redact)}"


def _instead(absent: Missing, redact: Redact) -> str:
    parent: Any = absent.parent
    what = kind(parent)
    if what == "object" and parent:
        return _keys(absent, [redact(str(key)) for key in list(parent)[:200]])
    if what == "array" and parent:
        return f"{absent.at} has {len(parent)} item{'s' if len(parent) > 1 else ''}"
    return f"{absent.at} is {preview(parent, redact, SHORT)}"


def _keys(absent: Missing, keys: list[str]) -> str:
    near = nearest(absent.step, keys) if isinstance(absent.step, str) else None
    question = f"did you mean {path_below(absent.at, near)}? " if near else ""
    return f"{question}{absent.at} has the keys {shorten(', '.join(keys[:20]), SHORT)}"
