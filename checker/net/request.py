"""An HTTP/1.1 request as bytes. Whatever a value holds, it cannot end the line that it stands in."""

import re
from collections.abc import Collection

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason

_OURS = frozenset({b"connection", b"proxy-connection", b"keep-alive"})
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEAD = re.compile(
    rb"%(token)b [^ \r\n\0]* HTTP/1\.1(?:\r\n%(token)b: [^\r\n\0]*)*" % {b"token": _TOKEN.pattern}
)
_BREAKS = re.compile(rb"[\r\n\0]")

Header = tuple[bytes, bytes]


def request_bytes(
    request: httpx.Request, body: bytes, target: bytes, connection: bytes, *extra: Header
) -> bytes:
    """Return head and body. `connection` (close, keep-alive) takes the place of what the client would send.

    Raises Trouble(internal) for a method, target or header that would break out of its line.
    """
    given = request.headers.raw
    names = [name.lower() for name, _ in given]
    headers = [header for header, name in zip(given, names, strict=True) if name not in _OURS]
    headers += [(b"Connection", connection), *extra]
    framed = _as_chunk(body) if _is_chunked(names) else body
    return head(request.method.encode(), target, headers) + framed


def head(method: bytes, target: bytes, headers: list[Header]) -> bytes:
    """Return a request's head; raises Trouble(internal)."""
    lines = [b"%b %b HTTP/1.1" % (method, target)]
    lines += [b"%b: %b" % header for header in headers]
    text = b"\r\n".join(lines)
    found = _HEAD.fullmatch(text)
    if not found or text.count(b"\n") != len(headers):  # as many lines as were meant to be
        raise Trouble(Reason.INTERNAL, f"refused to send a request with {_culprit(method, headers)}")
    return text + b"\r\n\r\n"


async def request_body(request: httpx.Request) -> bytes:
    """Return the whole body; it is sent in one piece, and again where a reused connection turns out dead."""
    try:
        return request.content
    except httpx.RequestNotRead:
        return await request.aread()


def _culprit(method: bytes, headers: list[Header]) -> str:
    """Name what is wrong, without its value, which may be a secret."""
    for name, value in headers:
        if _BREAKS.search(name + value):
            return f"a line break or NUL in the header {name[:40]!r}"
        if not _TOKEN.fullmatch(name):
            return f"the header name {name[:40]!r}"
    if not _TOKEN.fullmatch(method):
        return f"the method {method[:20]!r}"
    return "a space, line break or NUL in the URL"


def _is_chunked(names: Collection[bytes]) -> bool:
    """Whether the length of the body is not told beforehand."""
    return b"transfer-encoding" in names and b"content-length" not in names


def _as_chunk(body: bytes) -> bytes:
    chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return chunk + b"0\r\n\r\n"
