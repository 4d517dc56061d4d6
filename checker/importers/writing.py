"""Values with notes → YAML with comments, in the form that checks.yaml wants (YAML 1.2, `$${` for a literal `${`)."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.config.scalars import core_scalar
from checker.importers.notes import REFERENCE, Note, Noted

_WIDTH = 100
_SHORT = 72  # characters of what is written in one line, within braces

_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./+@-]*(?: [A-Za-z0-9_./+@-]+)*"
    r"|\$[.A-Za-z0-9_]*"
    r"|[0-9]+(?:ms|s|m|h|d)"
    r"|https?://[A-Za-z0-9._~/%=&+@:-]*[A-Za-z0-9/_=]"
)
_OLD_BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off"})  # YAML 1.1, as many other readers have it
_UNPRINTABLE = re.compile("[\x7f-\x9f\xa0\u2028\u2029\ufeff\ufff0-\uffff\ud800-\udfff]")


def comments(notes: Iterable[Note], indent: int) -> Iterator[str]:
    """Yield notes as lines of comments."""
    pad = " " * indent
    for note in notes:
        text = f"not carried over: {note.text}" if note.lost else note.text
        lines = textwrap.wrap(text, max(40, _WIDTH - indent), subsequent_indent="  ", break_long_words=False)
        yield from (f"{pad}# {line}" for line in lines)


def block(value: Mapping[str, Any] | list[Any], indent: int = 0) -> Iterator[str]:
    """Yield the lines of a mapping or a list that is not empty."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _entry(key, item, indent)
    else:
        for item in value:
            yield from _item(item, indent)


def _entry(key: str, item: Any, indent: int) -> Iterator[str]:
    bare, notes = _parted(item)
    yield from comments(notes, indent)
    head = f"{' ' * indent}{scalar(key)}:"
    line = flow(bare)
    if line is not None and _fits(bare, len(head) + len(line)):
        yield f"{head} {line}"
    else:
        yield head
        yield from block(bare, indent + 2)


def _item(item: Any, indent: int) -> Iterator[str]:
    bare, notes = _parted(item)
    pad = " " * indent
    yield from comments(notes, indent)
    line = flow(bare)
    if line is not None and _fits(bare, indent + len(line)):
        yield f"{pad}- {line}"
        return
    first, *rest = block(bare, indent + 2)
    if first.lstrip().startswith("#"):
        yield from (f"{pad}-", first)
    else:
        yield f"{pad}- {first[indent + 2 :]}"
    yield from rest


def _fits(value: Any, width: int) -> bool:
    return not value or not isinstance(value, Mapping | list) or width < _SHORT


def _parted(item: Any) -> tuple[Any, tuple[Note, ...]]:
    return (item.value, item.notes) if isinstance(item, Noted) else (item, ())


def flow(value: Any) -> str | None:
    """Return a value in one line; None where notes stand in it, which need lines of their own."""
    if isinstance(value, Noted):
        return None
    if isinstance(value, Mapping):
        parts = [(scalar(key), flow(item)) for key, item in value.items()]
        if any(item is None for _, item in parts):
            return None
        return "{" + ", ".join(f"{key}: {item}" for key, item in parts) + "}"
    if isinstance(value, list | tuple):
        items = [flow(item) for item in value]
        return None if None in items else "[" + ", ".join(item for item in items if item is not None) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """Return a scalar; a text without quotes only where every reader of YAML sees the same text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).replace("inf", ".inf").replace("nan", ".nan")
    if isinstance(value, int):
        return str(value)
    text = REFERENCE.sub(r"${\1}", str(value).replace("${", "$${"))
    return text if _is_plain(text) else _quoted(text)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text) and core_scalar(text) == text and text.lower() not in _OLD_BOOLEANS)


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
