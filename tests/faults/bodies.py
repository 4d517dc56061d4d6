"""Rows of the fault matrix: answers that are no HTTP, encodings, and JSON."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Mapping

import brotli
import zstandard

from tests.faults.rows import CHUNKED, GOOD, OK, V, fails, row
from tests.faults.serving import MIB, bomb, goes_on, mebibyte, says
from tests.integration.checks import PASS
from tests.integration.sites import reply
from tests.net.loopback import Script
from tests.net.test_parser import MALFORMED as RAW

MALFORMED = (
    *(
        row(f"malformed: {name}", says(raw, then="wait"), fails("protocol"), words)
        for name, (raw, words) in RAW.items()
        if name != "long interim answers"  # takes two of them
    ),
    row(
        "a header line of 100 KiB",
        says(OK + b"X-A: " + b"a" * 102_400 + b"\r\n\r\n"),
        fails("protocol"),
        "64KiB",
    ),
    row("10,000 headers", says(OK + b"X-A: a\r\n" * 10_000 + b"\r\n"), fails("protocol"), "200 headers"),
    row(
        "10,000 interim answers",
        says(b"HTTP/1.1 103 Wait\r\n\r\n" * 10_000 + GOOD),
        fails("protocol"),
        "interim",
    ),
    row("HTTP/0.9, which ends with the connection", says(b"<p>hello"), fails("protocol")),
    row("an answer that nobody asked for after the other", says(GOOD + GOOD), PASS, keys=V),
)


def encoded(coding: str, body: bytes) -> Script:
    return says(reply(body, Content_Encoding=coding, Content_Type="application/json"))


def explosive(coding: str) -> Script:
    """Send a bomb, without a word on its size."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + f"Content-Encoding: {coding}\r\n\r\n".encode())
        writer.write(await asyncio.to_thread(bomb, coding))
        await writer.drain()

    return script


def document(body: bytes, content_type: str = "application/json") -> Script:
    return says(reply(body, Content_Type=content_type))


ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
TEXT = b'{"v": 5, "more": "' + bytes(range(48, 91)) * 9 + b'"}'
WIDE = b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x02\x00\x00\x00"  # a window of 2 GiB (RFC 8878, section 3.1.1.1.2)
BAD, LARGE = fails("undecodable"), fails("too_large")

ENCODINGS = (
    *(row(f"{name}, right", encoded(name, encode(TEXT)), PASS, keys=V) for name, encode in ENCODERS.items()),
    *(
        row(f"{name}, corrupt", encoded(name, b"\x00\x01" + encode(TEXT)[2:]), BAD, name)
        for name, encode in ENCODERS.items()
    ),
    *(
        row(f"{name}, cut off", encoded(name, encode(TEXT)[:-5]), BAD, name)
        for name, encode in ENCODERS.items()
    ),
    *(
        row(f"a bomb of 10 GiB in {coding}", explosive(coding), LARGE, "max_body is 1MiB")
        for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip")
    ),
    row("zstd that wants 2 GiB to look back on", encoded("zstd", WIDE), BAD, "zstd"),
    row("a coding that nobody knows", encoded("snappy", TEXT), BAD, "snappy"),
    row("a coding that is not there", encoded("gzip", TEXT), BAD, "gzip"),
    row("a charset that it is not in", document('{"v": "é"}'.encode("latin-1")), BAD, "UTF-8", keys=V),
    row(
        "a charset that nobody knows",
        document(b'{"v": 5}', "application/json; charset=x-y"),
        BAD,
        "x-y",
        keys=V,
    ),
    row("invalid UTF-8", document(b'{"v": "\xff"}'), BAD, "UTF-8", keys=V),
    row("invalid UTF-8 in a text", says(reply(b"a\xff")), BAD, "UTF-8", keys={"expect": {"body": "a"}}),
    row("a byte order mark", document(b'\xef\xbb\xbf{"v": 5}'), PASS, keys=V),
    row("UTF-16", document('{"v": 5}'.encode("utf-16")), PASS, keys=V),
    row("UTF-16, cut off", document('{"v": 5}'.encode("utf-16")[:-1]), BAD, "utf-16", keys=V),
)

HTML = b"<!doctype html><title>Sign in</title><p>Please"
ANY = {"expect": {"json": {"$[0]": {"exists": True}}}}
DENSE = {
    "lists": "[]",
    "objects": "{}",
    "small objects": '{"a":1}',
    "numbers": "1",
    "texts": '"a"',
    "short texts": '"abcd"',
    "large numbers": "1e300",
    "deep lists": "[" * 400 + "]" * 400,
}
NAMES = ("{" + ",".join(f'"{number:05}":1' for number in range(100_000)) + "}").encode()
WIDE_TEXT = b'["' + b"a" * (MIB - 4096) + '\N{HERB}"]'.encode()
SOME = '{"a": 1, "b": "some text of botany, of as many words as there is room for"}'
HEAVY = {
    "deep": ("[" * 400 + "]" * 400 + " " * 9000, {"$[0][0]": {"type": "array"}}),
    "large numbers": ("1.125e300", {"$[0]": {"gt": 1}}),
    "a filter": (
        SOME,
        {"$[?search(@.b, 'x')]": {"length": 0}},
    ),
    "a subset": (
        SOME,
        {"$": {"includes": [{"a": 2}, {"a": 3}]}},
    ),
    "texts": ('"abcdefghijklmnopqr"', {"$": {"contains": "x"}}),
    "a schema": (
        SOME,
        {"$": {"schema": {"type": "array", "items": {"type": "object", "required": ["c"]}}}},
    ),
}

DOCUMENTS = (
    row("JSON: empty", document(b""), BAD, "empty", keys=V),
    row("JSON: blank", document(b"  \n"), BAD, keys=V),
    row("JSON: truncated", document(b'{"v": 5, "w": [1,'), BAD, "not JSON", keys=V),
    row("JSON: HTML instead", document(HTML), BAD, "HTML page, not JSON: 'Sign in'", keys=V),
    row("JSON: NaN", document(b'{"v": NaN}'), BAD, "line 1, column 7", keys=V),
    row("JSON: Infinity", document(b'{"v": -Infinity}'), BAD, keys=V),
    row("JSON: 1e999", document(b'{"v": 1e999}'), BAD, keys=V),
    row("JSON: a key twice", document(b'{"v": 5, "v": 5}'), BAD, "'v' twice", keys=V),
    row("JSON: two documents", document(b'{"v": 5}{"v": 5}'), BAD, keys=V),
    row("JSON: a comma at the end", document(b'{"v": 5,}'), BAD, keys=V),
    row("JSON: half a surrogate", document(b'{"v": "\\ud800"}'), BAD, "surrogate", keys=V),
    row("JSON: 100,000 levels", document(b"[" * 100_000 + b"]" * 100_000), LARGE, "so many", keys=ANY),
    row("JSON: 40,000 levels", document(b"[" * 40_000 + b"]" * 40_000), BAD, "depth", keys=ANY),
    row("JSON: 600 levels", document(b"[" * 600 + b"]" * 600), BAD, "500 levels", keys=ANY),
    row("JSON: 600 levels of objects", document(b'{"a": ' * 600 + b"1" + b"}" * 600), BAD, "500", keys=V),
    row("JSON: 300 digits", document(b'{"v": ' + b"9" * 300 + b"}"), fails("assertion"), keys=V),
    row("JSON: 5000 digits", document(b'{"v": ' + b"9" * 5000 + b"}"), BAD, keys=V),
    row(
        "JSON: 200 MiB, announced", says(OK + b"Content-Length: 209715200\r\n\r\n["), LARGE, "200MiB", keys=V
    ),
    row("JSON: 200 MiB, not announced", goes_on(OK + b"\r\n[", b'"a",' * 16384), LARGE, keys=V),
    row("JSON: 200 MiB in chunks", goes_on(CHUNKED, b"8000\r\n" + b'"a",' * 8192 + b"\r\n"), LARGE, keys=V),
    *(
        row(f"JSON: 1 MiB of {name}", document(mebibyte(unit)), LARGE, "so many values", keys=ANY)
        for name, unit in DENSE.items()
    ),
    row("JSON: 1 MiB in one text with a wide character", document(WIDE_TEXT), PASS, keys=ANY),
    row(
        "JSON: one of 40,000 names twice",
        document(NAMES[: 1 + 10 * 40_000] + b'"00000":1}'),
        LARGE,
        "so many values",
        keys=V,
    ),
    row(
        "JSON: one of 10,000 names twice",
        document(NAMES[: 1 + 10 * 10_000] + b'"00000":1}'),
        BAD,
        "'00000' twice",
        keys=V,
    ),
    row(
        "JSON: 1 MiB of names",
        document(NAMES),
        LARGE,
        "so many values",
        keys={"expect": {"json": {"$.a": 1}}},
    ),
    *(
        row(
            f"JSON: 1 MiB for {name}",
            document(mebibyte(unit)),
            PASS if name in ("deep", "large numbers") else fails("assertion"),
            keys={"expect": {"json": expected}},
        )
        for name, (unit, expected) in HEAVY.items()
    ),
    row(
        "a text of 1 MiB for a pattern",
        says(reply(b"a" * MIB)),
        fails("assertion"),
        keys={"expect": {"body": {"matches": "(?:.{1,200}x){2}y"}}},
    ),
    row(
        "quotes of a Cache-Status",
        says(OK + b"Content-Length: 0\r\nCache-Status: " + b'"\\' * 30_000 + b"\r\n\r\n"),
        PASS,
        keys={"expect": {"cache": {"hit": False}}},
    ),
    row(
        "a cookie of 60 KiB",
        says(OK + b"Content-Length: 0\r\nSet-Cookie: " + b"a=b;" * 15_000 + b"\r\n\r\n"),
        PASS,
    ),
    row(
        "a cookie without an end",
        says(OK + b"Content-Length: 0\r\nSet-Cookie: a=b; max-age=" + b"9" * 4000 + b"\r\n\r\n"),
        PASS,
    ),
)
