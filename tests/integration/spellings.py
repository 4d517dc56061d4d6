"""How a secret may be spelled wherever it turns up, worked out apart from the product's own redaction."""

import html
import json
import shlex
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

import re2

PIECE = 12
"""Bytes of the beginning and the end of a spelling that are searched for too: half a secret is one."""


@cache
def spellings(value: str) -> frozenset[bytes]:
    """Return every form that is searched for."""
    whole = _whole(value)
    ends = {piece for spelling in whole if len(spelling) > PIECE for piece in _ends(spelling)}
    return whole | frozenset(ends)


def _ends(spelling: bytes) -> tuple[bytes, bytes]:
    return spelling[:PIECE], spelling[-PIECE:]


def _whole(value: str) -> frozenset[bytes]:
    plain = value.encode()
    return frozenset(
        {
            plain,
            value.encode("utf-16-le"),
            *(text.encode() for text in _texts(value)),
            *_base64(plain),
            *_base64(quote(value, safe="").encode()),
            *([value.encode("latin-1")] if all(ord(character) < 256 for character in value) else []),
        }
    )


def _texts(value: str) -> Iterator[str]:
    for encoded in (
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        quote(quote(value, safe=""), safe=""),
    ):
        yield encoded
        yield _lower_hex(encoded)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(value))[3:-3]
    yield json.dumps(value)[1:-1].replace("/", "\\/")
    yield repr(value)[1:-1]
    yield html.escape(value)
    yield html.escape(json.dumps(value)[1:-1])
    yield shlex.quote(value).removeprefix("'").removesuffix("'")


def _lower_hex(encoded: str) -> str:
    first, *rest = encoded.split("%")
    return first + "".join(f"%{part[:2].lower()}{part[2:]}" for part in rest)


def _base64(data: bytes) -> Iterator[bytes]:
    """Yield the part that is the same whatever stands before and after, at all three alignments."""
    for offset in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            encoded = encode(bytes(offset) + data)
            yield encoded[(0, 2, 3)[offset] : (offset + len(data)) * 8 // 6]


def found(values: Iterable[str], data: bytes) -> list[tuple[str, bytes]]:
    """Return what of `values` is in `data`: the value, and where it stands with what is around it."""
    wanted = tuple(values)
    if not _any_of(wanted).search(data):
        return []
    return [
        (value, data[max(0, position - 60) : position + len(spelling) + 20])
        for value in wanted
        for spelling in sorted(spellings(value))
        if (position := data.find(spelling)) >= 0
    ]


@cache
def _any_of(values: tuple[str, ...]) -> Any:
    """Return a pattern for all spellings at once: to look for thousands one by one takes its time."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.max_mem = 256 << 20
    wanted = sorted({spelling for value in values for spelling in spellings(value)})
    return re2.compile(b"|".join(re2.escape(spelling) for spelling in wanted), options)
