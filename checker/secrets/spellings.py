"""All that may become of a secret on its way through a server, as patterns: each of its characters in any spelling.

The spellings of a character may be mixed, and encodings may stand within one another. What has no room for such
freedom, base64 and UTF-16, is a pattern of its own; so is a value that a server took for another encoding than UTF-8,
as many do with headers.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from html.entities import codepoint2name
from typing import NamedTuple
from urllib.parse import quote, quote_plus

SHORTEST = 4  # characters; below it only whole values are struck out
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_SHORT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_ESCAPED_AS_THEMSELVES = frozenset("\"'/")
_NAMED_ENTITIES = {chr(code): name for code, name in codepoint2name.items()} | {"'": "apos"}
_PLAIN_RUN = re.compile(r"[A-Za-z0-9._-]+")
_PLAIN_RUN64 = re.compile(r"[A-Za-z0-9]+")
_SHORTEST_ANCHOR = 6
_CHUNK = 512  # characters; a longer value is struck out in pieces
_UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")  # in Windows-1252; as in Latin-1 (WHATWG Encoding, section 9)
_WINDOWS = [chr(byte) if byte in _UNDEFINED else bytes([byte]).decode("cp1252") for byte in range(256)]


class Form(NamedTuple):
    """One spelling of a value, as a pattern; `anchor` is in all that it matches, and empty where none is known."""

    pattern: bytes
    anchor: bytes


def usual(value: str) -> list[str]:
    """Return the value as it is, in JSON, HTML and a query; longest first, as one may be within another."""
    spellings = {value, *_embedded(value), json.dumps(value, ensure_ascii=False)[1:-1], escape(value)}
    return sorted(spellings, key=len, reverse=True)


def forms(value: str) -> Iterator[Form]:
    """Yield the patterns for a value of at least SHORTEST characters; of a long one, for each of its pieces."""
    for piece in _pieces(value):
        yield from _forms_of_piece(piece)
    for text in misread(value):
        for piece in _pieces(text):
            yield Form(spellings(piece), _longest(_PLAIN_RUN, piece))


def misread(value: str) -> list[str]:
    """Return what a value looks like to those who take its UTF-8 for Latin-1, for Windows-1252 or for ASCII."""
    if value.isascii():
        return []
    data = value.encode("utf-8", "surrogatepass")
    texts = [data.decode("latin-1"), "".join(map(_WINDOWS.__getitem__, data))]
    if sum(map(str.isascii, value)) >= SHORTEST:  # or it would be nothing but marks
        texts.append(data.decode("ascii", "replace"))
    return list(dict.fromkeys(texts))


def _pieces(value: str) -> list[str]:
    pieces = [value[start : start + _CHUNK] for start in range(0, len(value), _CHUNK)]
    if len(pieces[-1]) < SHORTEST:
        pieces[-2:] = ["".join(pieces[-2:])]
    return pieces


def _forms_of_piece(value: str) -> Iterator[Form]:
    yield Form(spellings(value), _longest(_PLAIN_RUN, value))
    for encoding in ("utf-16-le", "utf-16-be", "latin-1"):
        yield from _encoded(value, encoding)
    for text in sorted({value, *_embedded(value)}):
        for offset in range(3):
            yield _base64(text.encode("utf-8", "surrogatepass"), offset)


def _embedded(value: str) -> tuple[str, str, str]:
    return quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]


def _encoded(value: str, encoding: str) -> Iterator[Form]:
    if encoding.startswith("utf-16") or not value.isascii():
        data = value.encode(encoding, "ignore")
        if len(data) >= SHORTEST:
            yield Form(_literal(data), data)


def _longest(runs: re.Pattern[str], text: str) -> bytes:
    """Return the longest run of characters that have but one spelling; nothing where that is short."""
    longest = max(runs.findall(text), key=len, default="")
    return longest.encode() if len(longest) >= _SHORTEST_ANCHOR else b""


def spellings(value: str) -> bytes:
    """Return the pattern for a value with each of its characters in any spelling."""
    return b"".join(map(_character, value))


@lru_cache(maxsize=4096)
def _character(character: str) -> bytes:
    if character in _PLAIN:
        return _literal(character.encode())
    escaped = b"(?:" + _BACKSLASHES + b")?" if character in _ESCAPED_AS_THEMSELVES else b""
    return escaped + b"(?:" + b"|".join(_alternatives(character)) + b")"


# What escapes begin and end with, itself escaped: an encoding may stand within another one.
_PERCENT = rb"%(?:25)*"
_BACKSLASHES = rb"(?:\\|" + _PERCENT + rb"5[cC])+"
_AND = rb"(?:&|" + _PERCENT + rb"26|" + _BACKSLASHES + rb"u0026)(?:amp(?:;|" + _PERCENT + rb"3[bB]))*"
_HASH = rb"(?:#|" + _PERCENT + rb"23)"
_SEMICOLON = rb"(?:;|" + _PERCENT + rb"3[bB])"


def _alternatives(character: str) -> Iterator[bytes]:
    """Yield the spellings of a character that some encoder changes."""
    data = character.encode("utf-8", "surrogatepass")
    code = ord(character)
    yield _literal(data)
    yield b"".join(_PERCENT + _hex(f"{byte:02x}") for byte in data)
    yield b"".join(_BACKSLASHES + b"u" + _hex(f"{unit:04x}") for unit in _utf16(character))
    yield b"".join(_BACKSLASHES + b"x" + _hex(f"{byte:02x}") for byte in data)
    yield _AND + _HASH + rb"(?:0*%d|[xX]0*%s)" % (code, _hex(f"{code:x}")) + _SEMICOLON
    if code > 0xFFFF:
        yield _BACKSLASHES + b"U" + _hex(f"{code:08x}")
    if 0x80 <= code <= 0xFF:
        yield _BACKSLASHES + b"x" + _hex(f"{code:02x}")
    if character in _NAMED_ENTITIES:
        yield _AND + _NAMED_ENTITIES[character].encode() + _SEMICOLON
    if character in _SHORT_ESCAPES:
        yield _BACKSLASHES + _SHORT_ESCAPES[character].encode()
    if character == "\\":
        yield _BACKSLASHES
    if character == " ":
        yield from _alternatives("+")  # as forms have it, whatever that is encoded in once more


def _utf16(character: str) -> Iterator[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    for index in range(0, len(data), 2):
        yield int.from_bytes(data[index : index + 2], "big")


def _hex(digits: str) -> bytes:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits).encode()


_LITERALS = tuple(
    b"%c" % byte if chr(byte).isalnum() and byte < 0x80 else rb"\x%02x" % byte for byte in range(256)
)


def _literal(data: bytes) -> bytes:
    return b"".join(map(_LITERALS.__getitem__, data))


_ANY64 = rb"[A-Za-z0-9+/_-]"
_SPELLINGS64 = str.maketrans({"+": r"(?:[+-]|%(?:25)*2[bB])", "/": r"(?:[/_]|\\+/|%(?:25)*2[fF])"})


def _base64(data: bytes, offset: int) -> Form:
    """Return the pattern for `data` that begins `offset` bytes into a group of three within a longer text.

    The character behind it, which holds its last bits, is struck out with it; the one before it, with the first
    four bits at most, is not: what may begin anywhere makes the search several times slower.
    """
    encoded = b64encode(bytes(offset) + data).decode()
    first = (0, 2, 3)[offset]
    last = (offset + len(data)) * 8 // 6
    core = encoded[first:last]
    after = _ANY64 + rb"?(?:=|%(?:25)*3[dD]){0,2}" if (offset + len(data)) % 3 else b""
    return Form(core.translate(_SPELLINGS64).encode() + after, _longest(_PLAIN_RUN64, core))
