"""One HTTP/1.1 response, read off a connection with a bound on everything that a server can make long.

llhttp is the parser, with none of its leniencies. What it lets pass is checked here: the protocol's version, a
transfer coding that is not plain `chunked`, interim answers, and how much of anything there may be.
"""

from typing import Any

import httptools

from checker.core.duration import format_size
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.failures import exchange_trouble

MOST_HEADERS = 200
LARGEST_HEAD = 64 * 1024  # bytes, status line and headers; interim answers count
MOST_INTERIM = 16  # answers with a status of 1xx
_FRAMING_RATIO = (
    16  # bytes of chunk sizes, extensions and trailers for each byte of the body, beyond LARGEST_HEAD
)

_VERSIONS = {"1.0": b"HTTP/1.0", "1.1": b"HTTP/1.1"}
_NO_BODY = frozenset({204, 304})
_NO_BODY_FOR = frozenset({"HEAD", "CONNECT"})


class _Enough(Exception):
    """Stops the parser: what follows is not wanted."""


class Answer:
    """Feed it what comes in; the attributes hold once `complete` is True, those of the head once `status` is not 0.

    `body` is as it came, not decoded; `names` are those of the `headers`, in lower case. `feed` raises Trouble:
    `protocol` for what is not HTTP, `reset` where it ends too early, `too_large` for a body of more than `max_body`
    bytes. What it is fed at a time is looked at as a whole: that is what bounds a head that has not ended.
    """

    __slots__ = (
        "_bodiless",
        "_fresh",
        "_head_size",
        "_interim",
        "_max_body",
        "_method",
        "_parser",
        "_peer",
        "_received",
        "body",
        "codings",
        "complete",
        "headers",
        "http_version",
        "keep_alive",
        "length",
        "names",
        "on_body",
        "reason_phrase",
        "status",
    )

    def __init__(self, method: str, peer: str, max_body: int) -> None:
        self._method = method
        self._peer = peer
        self._max_body = max_body
        self._bodiless = False  # no body follows the head, whatever it says
        self._fresh: list[bytes] = []
        self._head_size = 0  # of what has ended: interim answers, the head, lines of the trailer
        self._interim = 0
        self._received = 0
        self.body = bytearray()
        self.codings: list[str] = []  # as Content-Encoding says
        self.complete = False
        self.headers: list[tuple[bytes, bytes]] = []
        self.http_version = b""  # HTTP/1.1 or HTTP/1.0
        self.keep_alive = False
        self.length: int | None = None  # as Content-Length says
        self.names: list[bytes] = []
        self.on_body = self._fresh.append
        self.reason_phrase = b""
        self.status = 0
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> bool:
        """Take what was received, b"" for the end; True when the answer is complete."""
        if not data:
            self._end()
            return True
        if not self._received and not data.startswith(b"HTTP/") and not _could_be_http(data):
            raise Trouble(Reason.PROTOCOL, _not_http(self._peer, data))
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self.complete:
                raise self._malformed(error) from error
        if self._bodiless and not data.endswith(b"\r\n\r\n"):
            self.keep_alive = False  # what follows the head would be taken for the next answer
        if self._fresh:
            self._take_body()
        if not self.complete or self._received > LARGEST_HEAD:  # else it was short, and its head was weighed
            self._bound()
        return self.complete

    def let_go(self) -> None:
        """Take no more. The parser holds this object, and this object it: else only the collector could undo that."""
        self._parser = None

    def broken(self, error: OSError) -> Trouble:
        """Return the trouble of a connection that broke while this was being read."""
        return exchange_trouble(error, self._peer, self.progress)

    @property
    def silent(self) -> bool:
        """Whether nothing at all has come."""
        return self._received == 0

    def _take_body(self) -> None:
        for chunk in self._fresh:
            self.body += chunk
        self._fresh.clear()
        if len(self.body) > self._max_body:
            raise self._too_large("the body is larger")

    def _bound(self) -> None:
        if not self.status:
            self._weigh_head()
            if self._received > 2 * LARGEST_HEAD:  # in a line that has not ended
                raise self._long_head()
        framing = self._received - self._head_size - len(self.body)
        if framing > 2 * LARGEST_HEAD + _FRAMING_RATIO * len(self.body):
            raise self._bad("sends more chunk headers than body")

    def _end(self) -> None:
        """The peer has sent its last byte: the end of a body whose length nobody told, else too early."""
        if not self.status or self.length is not None or b"transfer-encoding" in self.names:
            raise Trouble(Reason.RESET, f"{self._peer} closed the connection {self.progress}")
        self.complete = True

    # What the parser calls. An exception stops it, and is found in its error's context.

    def on_message_begin(self) -> None:
        if self.complete:
            self.keep_alive = False  # nobody asked for another one
            raise _Enough

    def on_status(self, text: bytes) -> None:
        self.reason_phrase += text

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:
            self.headers.append((name, value))
            return
        self._head_size += len(name) + len(value) + 4  # a trailer, which nobody asks for
        if self._head_size > LARGEST_HEAD:
            raise self._long_head()

    def on_headers_complete(self) -> None:
        version, status = self._parser.get_http_version(), self._parser.get_status_code()
        if version not in _VERSIONS:
            raise self._bad(f"answers in HTTP/{version}")
        self._head_size = self._weigh_head()
        if status < 200:
            self._begin_interim(status)
            return
        self.http_version, self.status = _VERSIONS[version], status
        self.keep_alive = self._parser.should_keep_alive()
        self._bodiless = status in _NO_BODY or self._method in _NO_BODY_FOR
        self._check_framing()

    def on_message_complete(self) -> None:
        if self.status:
            self.complete = True
        else:
            self.headers, self.reason_phrase = [], b""

    def _begin_interim(self, status: int) -> None:
        self._interim += 1
        if status < 100:
            raise self._bad(f"answers with the status {status:03}")
        if status == 101:
            raise self._bad("switches to another protocol, unasked")
        if self._interim > MOST_INTERIM:
            raise self._bad(f"sends more than {MOST_INTERIM} interim answers")

    def _check_framing(self) -> None:
        for name, value in self.headers:
            lower = name.lower()
            self.names.append(lower)
            if lower == b"content-length":
                self.length = int(value)
            elif lower == b"content-encoding":
                self.codings.append(value.decode("latin-1"))
            elif lower == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise self._bad(f"uses the transfer coding {value!r}")
        if self._bodiless:
            self.complete = True
            raise _Enough
        if self.length is not None and self.length > self._max_body:
            raise self._too_large(f"the body is {format_size(self.length)}, by its Content-Length")

    def _weigh_head(self) -> int:
        """Return the bytes of what has come of the head, and of the interim answers; raise Trouble for too many."""
        size = self._head_size + len(self.reason_phrase)
        for name, value in self.headers:
            size += len(name) + len(value) + 4
        if size > LARGEST_HEAD:
            raise self._long_head()
        if len(self.headers) > MOST_HEADERS:
            raise self._bad(f"sends more than {MOST_HEADERS} headers")
        return size

    # What is said of it.

    @property
    def progress(self) -> str:
        """How far it has come, for a sentence."""
        if self.silent:
            return "without an answer"
        if not self.status:
            return "in the middle of the headers"
        if self.length is not None:
            return f"after {len(self.body)} of {self.length} bytes of the body"
        return f"after {len(self.body)} bytes of the body, before its end"

    def _malformed(self, error: httptools.HttpParserError) -> Trouble:
        if isinstance(error.__context__, Trouble):
            return error.__context__
        return self._bad(f"sends what is not HTTP: {error}")

    def _bad(self, what: str) -> Trouble:
        return Trouble(Reason.PROTOCOL, f"{self._peer} {what}")

    def _long_head(self) -> Trouble:
        return self._bad(f"sends more than {format_size(LARGEST_HEAD)} of headers")

    def _too_large(self, what: str) -> Trouble:
        return Trouble(Reason.TOO_LARGE, f"{what}; max_body is {format_size(self._max_body)}")


def _could_be_http(data: bytes) -> bool:
    start = data.lstrip(b"\r\n")[:5]
    return b"HTTP/".startswith(start)


def first_line(data: bytes) -> str:
    """Return what may be quoted of what is no HTTP. It is not cut, as half a secret is not found any more."""
    return data.lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r").decode(errors="replace")


def _not_http(peer: str, data: bytes) -> str:
    if data[0] in {0x15, 0x16} and data[1:2] in {b"\x03", b""}:  # an alert or a handshake record
        return f"{peer} speaks TLS where plain HTTP was expected"
    return f"{peer} does not speak HTTP: what it sends begins with {first_line(data)!r}"
