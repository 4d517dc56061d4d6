"""From the bytes of an answer to text and JSON, strictly: what is not what it claims to be is Absent, not guessed.

A document that another reader would understand differently must not be able to pass: duplicate keys, numbers
that do not exist in JSON or do not fit, half surrogates. Nor may one that was made to hurt: depth is limited, and
so is what a document takes when it is decoded, which is known before it is: `[[],[],…` takes forty times its size.
"""

import codecs
import json
import re
from hashlib import blake2b
from math import isinf
from typing import Any

import orjson
from pydantic_core import from_json

from checker.core.duration import format_size
from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.net.weighing import fits, members, memory, slow_memory

DEEPEST = 500  # levels of nesting

ROOM = 7 << 20
"""Bytes of memory that a document may take, as it came and decoded; what is read by default is less, as a rule.

An answer may make the process grow by 8 MiB: the rest is for what is said of it.
"""

_LONG = 16 << 10  # bytes; longer documents are decoded beside the event loop
_QUOTED = 64 << 10  # characters; what is shown is cut shorter, but only where secrets have been struck out

_BITS = 1024  # of the largest float
_GONE = object()
_BLANKS = b" \t\r\n"
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})


_BEGINNING = re.compile(rb'[ \t\r\n]*[{\["\-0-9tfn]')
_NO_JSON = "the body is not JSON: unexpected character at line 1, column 1"


class _OverRoom(Exception):
    """A document takes more memory than there is for it."""


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
    try:
        return _document(data, room)
    except _OverRoom:
        return _too_large(data, room)
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


def _document(data: bytes, room: int) -> Any:
    """Decode a document; raises _OverRoom where that would take more."""
    if len(data) < _LONG and fits(len(data), room):
        return _strictly(data)
    spare = room - memory(data, room)
    _bound(0, spare)
    if len(data) < _LONG:
        return _strictly(data)
    try:
        # It makes no tree in between, as orjson does, which would take as much as the document.
        document = from_json(data, cache_strings="keys", allow_inf_nan=False)
    except ValueError as error:
        if "recursion" in str(error):  # deeper than 200 levels
            _bound(slow_memory(data), spare)
        return _strictly(data)  # which tells better what is wrong
    if not _same(_written(document), data) and _members(document) != members(data):
        del document
        _bound(slow_memory(data), spare)
        return _STRICT.decode(data.decode())  # which tells what is there twice
    return document


def _bound(more: int, spare: int) -> None:
    if more > spare:
        raise _OverRoom


def _strictly(data: bytes) -> Any:
    document = orjson.loads(data)
    try:
        # What is written as it was read has lost nothing: no duplicate key, no digit. Blanks do not matter, as each of
        # the two holds whatever texts there are, and the marks around them.
        if _same(orjson.dumps(document), data):
            return document
    except orjson.JSONEncodeError:  # deeper than what orjson writes (254), or a number that it cannot hold
        _check_depth(document)
    del document  # before there is another one
    return _STRICT.decode(data.decode())


def _written(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:  # a number that it cannot hold
        return b""


def _same(written: bytes, data: bytes) -> bool:
    """Return whether two documents differ in nothing but blanks; there is to be no copy of long ones."""
    if written == data:
        return True
    if len(data) < _LONG:
        return written.translate(None, _BLANKS) == data.translate(None, _BLANKS)
    return _digest(written) == _digest(data)


def _digest(data: bytes) -> bytes:
    digest = blake2b()
    for start in range(0, len(data), _LONG):
        digest.update(data[start : start + _LONG].translate(None, _BLANKS))
    return digest.digest()


def _members(document: Any) -> int:
    """Return how many members its objects have; raises ValueError for a number that is beyond those of most readers."""
    count, values = 0, [document]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            count += len(value)
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)
        elif _is_infinite(value):
            raise ValueError("the body is not JSON: number is infinity when parsed as double")
    return count


def _is_infinite(value: object) -> bool:
    return isinf(value) if isinstance(value, float) else isinstance(value, int) and value.bit_length() > _BITS


def _check_depth(document: Any) -> None:
    level = [document] if isinstance(document, dict | list) else []
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
    known = dict(pairs)
    if len(known) != len(pairs):
        twice = next(key for key, _ in pairs if known.pop(key, _GONE) is _GONE)
        raise ValueError(f"the document has the key {twice[:_QUOTED]!r} twice in one object")
    return known


_STRICT = json.JSONDecoder(object_pairs_hook=_unique)


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
    if not _BEGINNING.match(data):  # it was weighed before it was looked at
        return _undecodable(_markup(data) or _NO_JSON)
    why = (
        f"the document is {format_size(len(data))}, but made of so many values that it would take more than "
        f"{format_size(room)} of memory; a larger max_body allows for more"
    )
    return Absent(why, reason=Reason.TOO_LARGE)
