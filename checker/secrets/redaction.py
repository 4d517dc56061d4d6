"""What is known to be secret is struck out of every text before anybody keeps or shows it.

A secret rarely appears as it was read. It comes back from a server inside JSON, in a query, in an HTML error
page, in the base64 of a Basic header; and often in several of these at once. So each character of a value is
looked for in all of its spellings, in any mixture, and the base64 of the value at all three alignments.

A value shorter than four characters would strike out half of every text. It is struck out only where it stands
as a whole value: the whole text, or after `=`, `:`, a quote or a blank and before the end, `&`, `;`, `,`, a
quote or a bracket.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

import re2

from checker.core.outcome import Exchange

MASK = "***"
SHORTEST = 4  # characters; below it only whole values are struck out
LINE = 16  # characters; of a value with several lines, each as long as this is a secret of its own
EVIDENCE_LIMIT = 64 << 10  # bytes of a body that are kept

_Substitute = Callable[[bytes], bytes]

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_SHORT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_ESCAPED_AS_THEMSELVES = frozenset("\"'/")
_NAMED_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_CHUNK = 512  # characters; a longer value is struck out in pieces
_PATTERN = 256 << 10  # bytes; re2 gives up on patterns with a million nodes
_PATTERN_MEMORY = 128 << 20  # bytes; what re2 may use at most, not what it uses

_WHOLE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SCHEME = re.compile(r"(?:Basic|Bearer|Digest|AWS4-HMAC-SHA256)(?= )")


class Redactor:
    """Replaces every spelling of `values` in texts and bytes by `***`; fast where there is none."""

    __slots__ = ("_after", "_steps")

    def __init__(self, values: Iterable[str] = (), after: "Redactor | None" = None) -> None:
        """`after` is a redactor to apply first, so that what all runs share is compiled once."""
        ordered = sorted({part for value in values for part in _parts(value)}, key=len, reverse=True)
        forms = (form for value in ordered if len(value) >= SHORTEST for form in _forms(value))
        steps = [_anywhere(batch) for batch in _batches(dict.fromkeys(forms))]
        short = [value for value in ordered if len(value) < SHORTEST]
        steps += [_whole(short)] if short else []
        self._steps: tuple[_Substitute, ...] = tuple(steps)
        self._after = after

    def __call__(self, text: str) -> str:
        """Return `text` without any of the values."""
        data = text.encode("utf-8", "surrogatepass")
        redacted = self.bytes(data)
        return text if redacted is data else redacted.decode("utf-8", "surrogatepass")

    def finds(self, data: bytes) -> bool:
        """Return whether any spelling of any of the values is in `data`."""
        return self.bytes(data) is not data

    def bytes(self, data: bytes) -> bytes:
        """Return `data` without any of the values; the same object where there was none."""
        if self._after:
            data = self._after.bytes(data)
        for step in self._steps:
            data = step(data)
        return data

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange as evidence: credentials masked, values struck out, bodies cut only after that."""
        return replace(
            exchange,
            url=self(exchange.url),
            request_headers=self._headers(exchange.request_headers),
            request_body=self.bytes(exchange.request_body)[:EVIDENCE_LIMIT],
            response_headers=self._headers(exchange.response_headers),
            response_body=self.bytes(exchange.response_body)[:EVIDENCE_LIMIT],
        )

    def _headers(self, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((self(name), self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name.lower() not in _WHOLE_HEADERS:
            return self(value)
        scheme = _SCHEME.match(value)
        return f"{scheme[0]} {MASK}" if scheme else MASK


def _parts(value: str) -> Iterator[str]:
    """Yield a value, and each line of a key or the like: these come back indented, or all in one line."""
    if value:
        yield value
    if "\n" in value:
        lines = (line.strip() for line in value.splitlines())
        yield from (line for line in lines if len(line) >= LINE and not line.startswith("-----"))


def _batches(forms: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for form in forms:
        if batch and size + len(form) > _PATTERN:
            yield batch
            batch, size = [], 0
        batch.append(form)
        size += len(form)
    if batch:
        yield batch


def _anywhere(forms: Iterable[bytes]) -> _Substitute:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, not characters
    options.longest_match = True
    options.never_capture = True
    options.log_errors = False  # it would write the pattern, and so the secret, to standard error
    options.max_mem = _PATTERN_MEMORY
    pattern = re2.compile(b"(?:" + b"|".join(forms) + b")+", options)

    def substitute(data: bytes) -> bytes:
        return pattern.sub(MASK.encode(), data) if pattern.search(data) else data

    return substitute


def _whole(values: Iterable[str]) -> _Substitute:
    spellings = b"|".join(_spellings(value) for value in values)
    pattern = re.compile(rb"(?:\A|(?<=[=:\s\"'\[(]))(?:" + spellings + rb")(?=\Z|[&;,\s\"'\])}])")
    mask = MASK.encode()

    def substitute(data: bytes) -> bytes:
        return pattern.sub(mask, data) if pattern.search(data) else data

    return substitute


def _forms(value: str) -> Iterator[bytes]:
    pieces = [value[start : start + _CHUNK] for start in range(0, len(value), _CHUNK)]
    if len(pieces[-1]) < SHORTEST:
        pieces[-2:] = ["".join(pieces[-2:])]
    for piece in pieces:
        yield from _forms_of_piece(piece)


def _forms_of_piece(value: str) -> Iterator[bytes]:
    yield _spellings(value)
    for encoding in ("utf-16-le", "utf-16-be", "latin-1"):
        yield from _encoded(value, encoding)
    embedded = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    for text in sorted(embedded):
        for offset in range(3):
            yield _base64(text.encode("utf-8", "surrogatepass"), offset)


def _encoded(value: str, encoding: str) -> Iterator[bytes]:
    if encoding.startswith("utf-16") or not value.isascii():
        data = value.encode(encoding, "ignore")
        if len(data) >= SHORTEST:
            yield _literal(data)


def _spellings(value: str) -> bytes:
    return b"".join(_character(character) for character in value)


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


def _literal(data: bytes) -> bytes:
    return b"".join(
        b"%c" % byte if chr(byte).isalnum() and byte < 0x80 else rb"\x%02x" % byte for byte in data
    )


_ANY64 = rb"[A-Za-z0-9+/_-]"
_SPELLINGS64 = {"+": rb"(?:[+-]|%(?:25)*2[bB])", "/": rb"(?:[/_]|\\+/|%(?:25)*2[fF])"}


def _base64(data: bytes, offset: int) -> bytes:
    """Return the pattern for `data` that begins `offset` bytes into a group of three within a longer text.

    The character behind it, which holds its last bits, is struck out with it; the one before it, with the first
    four bits at most, is not: what may begin anywhere makes the search several times slower.
    """
    encoded = b64encode(bytes(offset) + data).decode()
    first = (0, 2, 3)[offset]
    last = (offset + len(data)) * 8 // 6
    core = b"".join(_SPELLINGS64.get(character, character.encode()) for character in encoded[first:last])
    after = _ANY64 + rb"?(?:=|%(?:25)*3[dD]){0,2}" if (offset + len(data)) % 3 else b""
    return core + after
