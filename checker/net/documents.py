"""From the bytes of an answer to text and JSON, strictly: what is not what it claims to be is Absent, not guessed.

A document that another reader would understand differently must not be able to pass: duplicate keys, numbers
that do not exist in JSON or do not fit, half surrogates. Nor may one that was made to hurt: depth is limited, and
so is what a document takes when it is decoded, which is known before it is: `[[],[],…` takes forty times its size.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from checker.core.duration import format_size
from checker.core.facts import Absent
from checker.core.reason import Reason

DEEPEST = 500  # levels of nesting

ROOM = 8 << 20
"""Bytes of memory that a decoded document may take; the largest body that is read by default takes less, as a rule."""

_LONG = 16 << 10  # bytes; longer documents are decoded beside the event loop
_QUOTED = 64 << 10  # characters; what is shown is cut shorter, but only where secrets have been struck out

_SLICE = 64 << 10
_BLANKS = b" \t\r\n"
_NO_MARKS = bytes(byte for byte in range(256) if chr(byte) not in '[{,:"')
_MEMORY = ((b"{", 160), (b"[", 80), (b",", 50))  # bytes that CPython takes for each, with what it refers to
_TEXT = 32  # bytes that a short text takes beyond a number
_MEMBERS = 5  # of an object that go into its 160 bytes, with names that others share
_MEMBER = 120  # bytes that one more takes
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})


def charset_of(content_type: str) -> str | None:
    """Return the charset that a Content-Type names, as it is written there."""
    found = _CHARSET.search(content_type)
    return found[1] if found else None


def decode_text(content: bytes, content_type: str) -> str | Absent:
    """Return the body as text: by its byte order mark, else by the charset that it claims, else as UTF-8."""
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    claimed = charset_of(content_type)
    try:
        return content.decode(marked or _python_name(claimed or "utf-8"))
    except UnicodeDecodeError as error:
        return _undecodable(
            f"the body is not {marked or claimed or 'UTF-8'}: {error.reason} at byte {error.start}"
        )
    except (LookupError, ValueError):
        return _undecodable(f"the charset {claimed or ''!r} is not known")


def decode_json(content: bytes, content_type: str = "", room: int = ROOM) -> Any:
    """Return the document, or an Absent that says what is wrong with it, and where.

    One that would take more than `room` bytes of memory is not decoded.
    """
    if not content:
        return _undecodable("the body is empty")
    data = _as_utf8(content, content_type)
    if isinstance(data, Absent):
        return data
    if _memory(data, room) > room:
        return _too_large(data, room)
    try:
        return _document(data)
    except orjson.JSONDecodeError as error:
        return _undecodable(_markup(data) or f"the body is not JSON: {_place(error, data)}")
    except ValueError as error:  # an int of thousands of digits, a duplicate key, too deep
        return _undecodable(str(error))


def _as_utf8(content: bytes, content_type: str) -> bytes | Absent:
    charset = charset_of(content_type)
    if content[0] not in b"\xef\xfe\xff" and (
        charset is None or charset.lower() in ("utf-8", "utf8", "us-ascii")
    ):
        return content
    text = decode_text(content, content_type)
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def _memory(data: bytes, room: int) -> int:
    """Return about how many bytes the document takes when decoded; looked at closely only where that is over `room`."""
    needed = _weight(data) + data.count(b'"') // 2 * _TEXT + data.count(b":") * _MEMBER
    if needed <= room:
        return needed
    marks = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_MARKS)
    outside = b"".join(_outside_of_texts(marks))
    members = outside.count(b":")
    texts = max(0, marks.count(b'"') // 2 - members)
    more = max(0, members - _MEMBERS * outside.count(b"{"))
    return _weight(outside) + texts * _TEXT + more * _MEMBER


def _outside_of_texts(marks: bytes) -> Iterator[bytes]:
    """Yield the marks that are part of no text; of what is no JSON, those before it ceases to be."""
    within = 0
    for start in range(0, len(marks), _SLICE):
        parts = marks[start : start + _SLICE].split(b'"')
        yield b"".join(parts[within::2])
        within ^= (len(parts) - 1) % 2


def _weight(marks: bytes) -> int:
    return sum(marks.count(mark) * size for mark, size in _MEMORY)


def _document(data: bytes) -> Any:
    document = orjson.loads(data)
    try:
        written = orjson.dumps(document)
        # What is written as it was read has lost nothing: no duplicate key, no digit. Blanks do not matter, as each of
        # the two holds whatever texts there are, and the marks around them.
        if written == data or written.translate(None, _BLANKS) == data.translate(None, _BLANKS):
            return document
    except orjson.JSONEncodeError:  # deeper than what orjson writes (254), or a number that it cannot hold
        _check_depth(document)
    del document  # before there is another one
    return (_STRICT if len(data) < _LONG else _YIELDING).decode(data.decode())


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(DEEPEST):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"the document is nested more than {DEEPEST} levels deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the document has the key {twice[:_QUOTED]!r} twice in one object")
    return members


def _whole_number(digits: str) -> int:
    return int(digits)


def _number(digits: str) -> float:
    return float(digits)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique)
_YIELDING = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_whole_number, parse_float=_number)
"""Several times slower with numbers, but it lets other threads have their turn between two of them."""


def _place(error: orjson.JSONDecodeError, data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError as undecodable:
        return f"it is not UTF-8: {undecodable.reason} at byte {undecodable.start}"
    return f"{error.msg} at line {error.lineno}, column {error.colno}"


def _markup(data: bytes) -> str | None:
    """Return what a body is that begins with `<`, with its title: a page to sign in, of a proxy, of an error."""
    if data.lstrip()[:1] != b"<":
        return None
    beginning = data[:_QUOTED].lower()
    if beginning.lstrip().startswith(b"<?xml") and b"<html" not in beginning:
        return "the body is XML, not JSON"
    title = " ".join(_between(data, beginning, b"<title", b"</title").split())
    return "the body is an HTML page, not JSON" + (f": {title!r}" if title else "")


def _between(data: bytes, lower: bytes, tag: bytes, end: bytes) -> str:
    """Return what an element holds, searched for without going back: a page may be made to hurt."""
    opened = lower.find(b">", lower.find(tag)) if tag in lower else -1
    closed = lower.find(end, opened)
    return "" if -1 in (opened, closed) else data[opened + 1 : closed].decode("utf-8", "replace")


def _python_name(charset: str) -> str:
    name = codecs.lookup(charset).name
    if name.replace("-", "_") in _NOT_CHARSETS:
        raise LookupError(charset)
    return name


def _undecodable(why: str) -> Absent:
    return Absent(why, reason=Reason.UNDECODABLE)


def _too_large(data: bytes, room: int) -> Absent:
    why = (
        f"the document is {format_size(len(data))}, but made of so many values that it would take more than "
        f"{format_size(room)} of memory; a larger max_body allows for more"
    )
    return Absent(why, reason=Reason.TOO_LARGE)
