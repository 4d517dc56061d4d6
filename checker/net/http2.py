"""HTTP/2 for the steps that ask for it: the h2 library's state machine over our own connection.

Not httpx's transport, which resolves names in threads, tells no certificate and inflates without a bound. Here
addresses, proxies and TLS are those of HTTP/1.1, and the phases mean the same: `send` ends with the request's last
frame, `wait` with the response's headers. Each request has a connection of its own. Over plain http it is HTTP/2
"with prior knowledge" (RFC 9113, section 3.3).
"""

import httpx
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error

from checker.core.duration import format_size
from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.failures import exchange_trouble
from checker.net.parser import LARGEST_HEAD, MOST_HEADERS, MOST_INTERIM, first_line
from checker.net.request import Header
from checker.net.wire import Wire

_SETTINGS = b"\x04"  # the type of the first frame of every server (RFC 9113, section 3.4); h2 takes any
_STREAM = 1  # the first that a client opens
_READ_SIZE = 16 * 1024  # one TLS record; h2 takes 20 ms for as much of the smallest frames
_WINDOW = 1 << 20
_FRAMES_RATIO = 4  # bytes that are not of the body for each that is, beyond 4 × LARGEST_HEAD

_OF_THE_CONNECTION = frozenset(
    {b"connection", b"host", b"keep-alive", b"proxy-connection", b"transfer-encoding"}
)


class Http2Answer:
    """The response to the one request of a connection; whole once `complete` is True."""

    http_version = b"HTTP/2"
    reason_phrase = b""

    def __init__(self, peer: str, max_body: int) -> None:
        self.peer = peer
        self._max_body = max_body
        self._interim = 0
        self.status = 0
        self.headers: list[Header] = []
        self.codings: list[str] = []
        self.body = bytearray()
        self.complete = False

    def take(self, event: Event) -> None:
        """Take what h2 made of the server's frames; raises Trouble."""
        match event:
            case ResponseReceived(headers=[*headers]):
                self._take_head(headers)
            case DataReceived(data=bytes(data)):
                self._take_data(data)
            case StreamEnded():
                self.complete = True
            case InformationalResponseReceived():
                self._interim += 1
                if self._interim > MOST_INTERIM:
                    raise self.bad(f"sends more than {MOST_INTERIM} interim answers")
            case StreamReset(error_code=code) | ConnectionTerminated(error_code=code) if not self.complete:
                raise Trouble(Reason.RESET, f"{self.peer} ended the exchange {self.progress} ({_name(code)})")

    def bad(self, what: str) -> Trouble:
        """Return the trouble of a server that does not keep to the protocol."""
        return Trouble(Reason.PROTOCOL, f"{self.peer} {what}")

    @property
    def names(self) -> list[bytes]:
        """The names of the headers, which are in lower case as they come (RFC 9113, section 8.2)."""
        return [name for name, _ in self.headers]

    @property
    def silent(self) -> bool:
        """Whether nothing of the answer has come."""
        return not self.status

    @property
    def progress(self) -> str:
        """How far the answer has come, for a sentence."""
        return f"after {len(self.body)} bytes of the body" if not self.silent else "without an answer"

    def _take_head(self, headers: list[Header]) -> None:
        status = dict(headers).get(b":status", b"")
        if not status.isdigit() or len(status) != 3 or status < b"200":
            raise self.bad(f"answers with the status {status!r}")
        self.status = int(status)
        self.headers = [(name, value) for name, value in headers if not name.startswith(b":")]
        if len(self.headers) > MOST_HEADERS:
            raise self.bad(f"sends more than {MOST_HEADERS} headers")
        self.codings = [
            value.decode("latin-1") for name, value in self.headers if name == b"content-encoding"
        ]

    def _take_data(self, data: bytes) -> None:
        self.body += data
        if len(self.body) > self._max_body:
            limit = format_size(self._max_body)
            raise Trouble(Reason.TOO_LARGE, f"the body is larger; max_body is {limit}")


async def converse(
    wire: Wire, request: httpx.Request, body: bytes, answer: Http2Answer, trace: Trace
) -> None:
    """Send the request and read `answer`; raises Trouble."""
    if wire.tls and wire.alpn != "h2":
        raise Trouble(Reason.TLS_HANDSHAKE, f"{wire.peer} does not speak HTTP/2 (ALPN)")
    try:
        await _Conversation(wire, body, answer, trace).run(_head(request))
    except H2Error as error:
        raise answer.bad(f"sends what is not HTTP/2: {error}") from error
    except OSError as error:
        raise exchange_trouble(error, wire.peer, answer.progress) from error


def _head(request: httpx.Request) -> list[Header]:
    """RFC 9113, section 8.3."""
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    return [
        (b":method", request.method.encode()),
        (b":scheme", request.url.raw_scheme),
        (b":authority", request.headers.get("host", "").encode() or request.url.netloc),
        (b":path", request.url.raw_path),
        *(header for header in headers if header[0] not in _OF_THE_CONNECTION),
    ]


class _Conversation:
    def __init__(self, wire: Wire, body: bytes, answer: Http2Answer, trace: Trace) -> None:
        self._wire = wire
        self._unsent = memoryview(body)
        self._answer = answer
        self._trace = trace
        self._received = 0
        self._state = H2Connection(H2Configuration(client_side=True, header_encoding=None))

    async def run(self, head: list[Header]) -> None:
        self._trace.start(Phase.SEND)
        self._wire.send_promptly()
        self._state.initiate_connection()
        self._state.increment_flow_control_window(_WINDOW)
        self._state.send_headers(_STREAM, head, end_stream=not self._unsent)
        while not self._answer.complete:
            self._send_body()
            await self._wire.write(self._state.data_to_send())
            if not self._unsent and self._trace.current is Phase.SEND:
                self._trace.start(Phase.WAIT)
            self._take(await self._wire.read(_READ_SIZE))
        self._trace.stop(self._wire.ago)

    def _send_body(self) -> None:
        while self._unsent:
            size = min(self._state.local_flow_control_window(_STREAM), self._state.max_outbound_frame_size)
            if not size:
                return
            part, self._unsent = self._unsent[:size], self._unsent[size:]
            self._state.send_data(_STREAM, bytes(part), end_stream=not self._unsent)

    def _take(self, data: bytes) -> None:
        answer = self._answer
        if not data:
            raise Trouble(Reason.RESET, f"{answer.peer} closed the connection {answer.progress}")
        if not self._received and data[3:4] not in {_SETTINGS, b""}:
            raise answer.bad(f"does not speak HTTP/2: what it sends begins with {first_line(data)!r}")
        self._received += len(data)
        for event in self._state.receive_data(data):
            self._take_event(event)
        if self._received > 4 * LARGEST_HEAD + (1 + _FRAMES_RATIO) * len(answer.body):
            raise answer.bad("sends more frames than answer")

    def _take_event(self, event: Event) -> None:
        self._answer.take(event)
        if isinstance(event, ResponseReceived):
            self._trace.start(Phase.RECEIVE, self._wire.ago)
        elif isinstance(event, DataReceived):
            self._state.acknowledge_received_data(event.flow_controlled_length or 0, _STREAM)


def _name(code: ErrorCodes | int | None) -> str:
    return code.name if isinstance(code, ErrorCodes) else f"error {code}"
