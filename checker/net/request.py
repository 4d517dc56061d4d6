"""An HTTP/1.1 request as bytes. Whatever a value holds, it cannot end the line that it stands in.

What is the same in each run is looked at and written down once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason

_OURS = frozenset({b"connection", b"proxy-connection", b"keep-alive"})
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_START = re.compile(rb"%b [^ \r\n\0]* HTTP/1\.1" % _TOKEN.pattern)
_LINES = re.compile(rb"(?:\r\n%b: [^\r\n\0]*)*" % _TOKEN.pattern)
_BREAKS = re.compile(rb"[\r\n\0]")

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Headers, as they are and as httpx has them, and what is sent of them.

    The lines were looked at: none ends before it should. They are None where one would, which nobody sends.
    """

    pairs: list[Header]
    headers: httpx.Headers
    names: list[bytes]  # in lower case
    lines: bytes | None


def prepared(headers: Iterable[Header]) -> Prepared:
    """Prepare headers."""
    pairs = list(headers)
    sent = [header for header in pairs if header[0].lower() not in _OURS]
    return Prepared(pairs, httpx.Headers(pairs), [name.lower() for name, _ in pairs], _lines(sent))


_NOTHING = Prepared([], httpx.Headers(), [], b"")


class Request(httpx.Request):
    """A request whose body and headers are here, httpx adds none of its own: prepared ones, and what is `added`.

    Most are sent like that. Whoever wants to change its `headers` can do so.
    """

    __slots__ = ("added", "content", "prepared")  # the second comes before httpx's property, as in url.py

    content: bytes

    def __init__(
        self, method: str, url: httpx.URL, prepared: Prepared, content: bytes, added: tuple[Header, ...] = ()
    ) -> None:
        # all that httpx's own sets but the headers; that one copies the URL, which never changes
        self.method = method
        self.url = url
        self.extensions = {}
        self.stream = httpx.ByteStream(content)
        self.content = content
        self.prepared = prepared
        self.added = added

    @cached_property
    def headers(self) -> httpx.Headers:  # type: ignore[override]  # it may be assigned, which mypy does not know
        """The headers, by name in any case, for whoever asks."""
        made = httpx.Headers(self.prepared.headers)
        for name, value in self.added:
            made[name.decode()] = value.decode()
        return made

    @property
    def pairs(self) -> list[Header]:
        """The headers as they will be sent; a list of its own."""
        return self.headers.raw if "headers" in self.__dict__ else [*self.prepared.pairs, *self.added]

    def add(self, name: bytes, value: bytes) -> bool:
        """Add a header; False where there is one of this name, or where somebody has got `headers` already."""
        known = [*self.prepared.names, *[given.lower() for given, _ in self.added]]
        if "headers" in self.__dict__ or name.lower() in known:
            return False
        self.added += ((name, value),)
        return True

    def read(self) -> bytes:
        """Return the body."""
        return self.content

    async def aread(self) -> bytes:
        """Return the body."""
        return self.content


def set_header(request: httpx.Request, name: str, value: str) -> None:
    """Set a header in UTF-8, in place of any of this name."""
    if isinstance(request, Request) and request.add(name.encode(), value.encode()):
        return
    request.headers.encoding = "utf-8"
    request.headers[name] = value


def request_bytes(
    request: httpx.Request, body: bytes, target: bytes, connection: bytes, *extra: Header
) -> bytes:
    """Return head and body. `connection` (close, keep-alive) takes the place of what the client would send.

    Raises Trouble(internal) for a method, target or header that would break out of its line.
    """
    given, known = headers_of(request), request.prepared if isinstance(request, Request) else _NOTHING
    if known.lines is None or given[: len(known.pairs)] != known.pairs:  # they were changed
        known = _NOTHING
    names, headers = list(known.names), list[Header]()
    for header in given[len(known.pairs) :]:
        name = header[0].lower()
        if name not in _OURS:
            names.append(name)
            headers.append(header)
    headers += [(b"Connection", connection), *extra]
    chunked = b"transfer-encoding" in names and b"content-length" not in names
    framed = _as_chunk(body) if chunked else body
    return head(request.method.encode(), target, headers, known.lines or b"") + framed


def headers_of(request: httpx.Request) -> list[Header]:
    """Return the headers of any request as they are now."""
    return request.pairs if isinstance(request, Request) else request.headers.raw


def head(method: bytes, target: bytes, headers: list[Header], before: bytes = b"") -> bytes:
    """Return a request's head; raises Trouble(internal). `before` are lines of Prepared, which come first."""
    start = b"%b %b HTTP/1.1" % (method, target)
    lines = _lines(headers)
    if lines is None or not _START.fullmatch(start):
        raise Trouble(Reason.INTERNAL, f"refused to send a request with {_culprit(method, headers)}")
    return b"%b%b%b\r\n\r\n" % (start, before, lines)


def _lines(headers: list[Header]) -> bytes | None:
    """Return headers as lines, each with a line break before it; None where one would break out of its line."""
    lines = b"".join([b"\r\n%b: %b" % header for header in headers])
    as_meant = _LINES.fullmatch(lines) and lines.count(b"\n") == len(headers)
    return lines if as_meant else None


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


def _as_chunk(body: bytes) -> bytes:
    chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return chunk + b"0\r\n\r\n"
