"""One connection, driven by the readiness of its socket: plain and TLS alike, on asyncio and uvloop alike.

Nothing lies between the socket and this code: no transport, no memory BIO, no task switch between two reads. A phase
ends when the kernel had what ends it, where it says when that was, else at the moment in which the event loop reports
it; what the loop does before it gets back to the task is in no phase.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.arrivals import Arrivals
from checker.net.failures import endpoint, handshake_trouble
from checker.net.readiness import READ, WRITE, Readiness, readiness
from checker.net.tls import Certificate, Tls, peer_certificate

T = TypeVar("T")

Feed = Callable[[bytes], bool]
"""Takes what was received, b"" at the end; True when it has all it wants."""

_READ_SIZE = 64 * 1024
_WRITE_SIZE = 256 * 1024  # at a time, so that encrypting a large upload does not hold the event loop

_ONE_SEGMENT = (
    1200  # bytes; what surely goes out in one packet need not be sent promptly, which costs a system call
)

_AGAIN = object()


class Wire:
    """A connected socket, perhaps with TLS. One operation at a time; cancelling it leaves nothing behind."""

    __slots__ = (
        "_arrivals",
        "_fd",
        "_future",
        "_loop",
        "_operation",
        "_readiness",
        "_sock",
        "_wanted",
        "address",
        "certificate",
        "peer",
        "tls",
    )

    def __init__(self, sock: socket.socket, address: str, port: int, ready: Readiness | None = None) -> None:
        self._sock = sock
        self._fd = sock.fileno()
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[Any] | None = None
        self._operation: Callable[[], object] | None = None
        self._arrivals = Arrivals(sock)
        self._readiness = ready or readiness()
        self._wanted = 0
        self.address = address
        self.peer = endpoint(address, port)
        self.certificate: Certificate | None = None
        self.tls: Tls | None = None

    async def start_tls(self, context: ssl.SSLContext, server_name: str, trace: Trace) -> None:
        """Shake hands; raises Trouble. `trace` gets the certificate, also of a server that was refused."""
        trace.start(Phase.TLS)
        self.send_promptly()
        if not _is_server_name(server_name):  # wrap_socket would forget to close what it began with
            raise Trouble(
                Reason.TLS_HANDSHAKE, f"{server_name!r} is not a name that a server can be asked for"
            )
        try:
            self._sock = context.wrap_socket(
                self._sock,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
                server_hostname=server_name,
            )
        except OSError as error:
            raise handshake_trouble(error, self.peer, server_name, None) from error
        await self._shake_hands(self._sock, server_name, trace)

    @property
    def alpn(self) -> str | None:
        """The protocol that the handshake agreed on."""
        return self._sock.selected_alpn_protocol() if isinstance(self._sock, ssl.SSLSocket) else None

    def send_promptly(self) -> None:
        """Have nothing that is sent wait for an acknowledgement of what went before (Nagle's algorithm)."""
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def exchange(self, request: bytes, feed: Feed, trace: Trace) -> bool:
        """Send `request` and hand what comes back to `feed` until it is content.

        Reads while it is still sending: a server may answer, and go, before it has taken in the whole of a body.
        Returns whether the whole request was sent. Raises OSError where the connection breaks, and what `feed` raises.
        """
        if len(request) > _ONE_SEGMENT:
            self.send_promptly()
        self._arrivals.begin()
        exchange = _Exchange(self._sock, self._arrivals, request, feed, trace)
        if exchange.send():
            await self._until(exchange.receive, READ)
            return exchange.whole
        self._loop.add_writer(self._fd, self._send_more, exchange)
        try:
            await self._until(exchange.receive, READ)
        finally:
            self._loop.remove_writer(self._fd)
        return exchange.whole

    async def read(self, size: int) -> bytes:
        """Return what has come in, `size` bytes at most (16 KiB or more, as TLS has it); b"" at the end.

        Waits even where there is something at once, so that a flood does not hold the event loop. Raises OSError.
        """
        self._arrivals.begin()
        data: bytes = await self._until(lambda: self._arrivals.receive(self._sock, size), READ)
        return data

    @property
    def ago(self) -> float:
        """Seconds since what was read last had come in; 0.0 where that is not known."""
        return self._arrivals.ago

    async def write(self, data: bytes) -> None:
        """Send all of `data`; raises OSError."""
        unsent = memoryview(data)
        while unsent:
            part = unsent[:_WRITE_SIZE]
            sent = await self._attempt(lambda part=part: self._sock.send(part), WRITE)  # type: ignore[misc]
            unsent = unsent[sent:]

    def describe(self, trace: Trace) -> None:
        """Tell `trace` what is known of the peer."""
        trace.facts["address"] = self.address
        if self.certificate:
            trace.facts["certificate"] = self.certificate
        if self.tls:
            trace.facts["tls"] = self.tls

    def is_quiet(self) -> bool:
        """Whether an idle connection is still there: it says nothing, not even that it ends."""
        try:
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)  # below TLS, which cannot peek
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close the socket at once. An exchange that ended needs no goodbye of TLS: HTTP said where it ends."""
        self._readiness.forget(self._fd)
        self._sock.close()

    async def _shake_hands(self, sock: ssl.SSLSocket, server_name: str, trace: Trace) -> None:
        def shake() -> None:
            sock.do_handshake()
            trace.stop()

        try:
            await self._attempt(shake, READ)
        except OSError as error:
            self._look_at(sock, trace)
            raise handshake_trouble(error, self.peer, server_name, self.certificate) from error
        self._look_at(sock, trace)

    def _look_at(self, sock: ssl.SSLSocket, trace: Trace) -> None:
        self.certificate = peer_certificate(sock)
        if cipher := sock.cipher():
            self.tls = Tls(sock.version() or "", cipher[0])
        self.describe(trace)

    async def _attempt(self, operation: Callable[[], T], direction: int) -> T:
        """Return what `operation` returns, now or as soon as the socket is ready for it."""
        try:
            return operation()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as blocked:
            direction = _direction(blocked, direction)
        result: T = await self._until(operation, direction)
        return result

    async def _until(self, operation: Callable[[], Any], direction: int) -> Any:
        """Call `operation` whenever the socket is ready, until it neither blocks nor returns _AGAIN."""
        self._future = self._loop.create_future()
        self._operation, self._wanted = operation, direction
        self._readiness.expect(self._fd, direction, self._ready)
        try:
            return await self._future  # not a name of its own: an error that it raises knows this frame
        finally:
            self._future = self._operation = None

    def _ready(self) -> None:
        future, operation = self._future, self._operation
        if future is None or operation is None or future.done():  # cancelled, and the task not yet told
            return
        try:
            result = operation()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as blocked:
            self._await(_direction(blocked, self._wanted))
        except Exception as error:  # noqa: BLE001 - it is raised where the operation is awaited
            future.set_exception(error)
            del future  # else a cycle, which only the collector undoes: the error knows this frame
        else:
            if result is _AGAIN:
                self._await(self._wanted)
            else:
                future.set_result(result)

    def _send_more(self, exchange: "_Exchange") -> None:
        if exchange.send():
            self._loop.remove_writer(self._fd)

    def _await(self, direction: int) -> None:
        self._wanted = direction
        self._readiness.expect(self._fd, direction, self._ready)


class _Exchange:
    """A request on its way out, and its answer on its way in."""

    __slots__ = ("_arrivals", "_feed", "_heard", "_sock", "_trace", "_unsent", "whole")

    def __init__(
        self, sock: socket.socket, arrivals: Arrivals, request: bytes, feed: Feed, trace: Trace
    ) -> None:
        self._sock = sock
        self._arrivals = arrivals
        self._unsent = memoryview(request)
        self._feed = feed
        self._trace = trace
        self._heard = False
        self.whole = False  # whether the request was sent to its end
        trace.start(Phase.SEND)

    def send(self) -> bool:
        """Send what the socket takes at once; True when nothing is left to be sent."""
        try:
            self._unsent = self._unsent[self._sock.send(self._unsent[:_WRITE_SIZE]) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            return False
        except OSError:
            pass  # the peer may have answered before it went: reading tells
        else:
            if self._unsent:
                return False
            self.whole = True
        if not self._heard:
            self._trace.start(Phase.WAIT)
        return True

    def receive(self) -> object:
        """Read once and feed it; _AGAIN as long as more is wanted."""
        try:
            data = self._arrivals.receive(self._sock, _READ_SIZE)
        except ssl.SSLWantWriteError:
            return _AGAIN
        if data and not self._heard:
            self._heard = True
            self._trace.start(Phase.RECEIVE, self._arrivals.ago)
        if not self._feed(data):
            return _AGAIN
        self._trace.stop(self._arrivals.ago)
        return None


@lru_cache(maxsize=1024)
def _is_server_name(name: str) -> bool:
    try:
        return bool(name.encode("idna")) and not name.startswith(".")
    except UnicodeError:
        return False


def _direction(blocked: OSError, current: int) -> int:
    if isinstance(blocked, ssl.SSLWantReadError):
        return READ
    if isinstance(blocked, ssl.SSLWantWriteError):
        return WRITE
    return current
