"""An HTTP/1.1 request as bytes. Whatever a value holds, it cannot end the line that it stands in."""

import re
from functools import lru_cache

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason

_OURS = frozenset({b"connection", b"proxy-connection", b"keep-alive"})
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2

Header = tuple[bytes, bytes]


def request_bytes(
    request: httpx.Request, body: bytes, target: bytes, connection: bytes, *extra: Header
) -> bytes:
    """Return head and body. `connection` (close, keep-alive) takes the place of what the client would send.

    Raises Trouble(internal) for a method, target or header that would break out of its line.
    """
    headers = [header for header in request.headers.raw if header[0].lower() not in _OURS]
    headers += [(b"Connection", connection), *extra]
    return head(request.method.encode(), target, headers) + _framed(body, request.headers)


def head(method: bytes, target: bytes, headers: list[Header]) -> bytes:
    """Return a request's head; raises Trouble(internal)."""
    lines = [b"%b %b HTTP/1.1" % (method, target)]
    lines += [b"%b: %b" % header for header in headers]
    text = b"\r\n".join(lines)
    if _breaks_out(text, len(lines) - 1) or lines[0].count(b" ") != 2 or not _is_token(method):
        raise Trouble(Reason.INTERNAL, f"refused to send a request with {_culprit(method, headers)}")
    for name, _ in headers:
        if not _is_token(name):
            raise Trouble(Reason.INTERNAL, f"refused to send a request with the header name {name[:40]!r}")
    return text + b"\r\n\r\n"


async def request_body(request: httpx.Request) -> bytes:
    """Return the whole body; it is sent in one piece, and again where a reused connection turns out dead."""
    try:
        return request.content
    except httpx.RequestNotRead:
        return await request.aread()


def _breaks_out(text: bytes, breaks: int) -> bool:
    return (
        text.count(b"\r\n") != breaks
        or text.count(b"\n") != breaks
        or text.count(b"\r") != breaks
        or b"\0" in text
    )


def _culprit(method: bytes, headers: list[Header]) -> str:
    """Name what is wrong, without its value, which may be a secret."""
    for name, value in headers:
        if _breaks_out(name + value, 0):
            return f"a line break or NUL in the header {name[:40]!r}"
    return f"the method {method[:20]!r}" if not _is_token(method) else "a space, line break or NUL in the URL"


@lru_cache(maxsize=1024)
def _is_token(name: bytes) -> bool:
    return _TOKEN.fullmatch(name) is not None


def _framed(body: bytes, headers: httpx.Headers) -> bytes:
    """Return the body, as one chunk where its length was not told beforehand."""
    if "content-length" in headers or "transfer-encoding" not in headers:
        return body
    chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return chunk + b"0\r\n\r\n"
