import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Iterator

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net import wire as module
from checker.net.arrivals import Arrivals
from checker.net.readiness import READ
from checker.net.wire import Wire
from tests.net.loopback import LOOPS, run_on
from tests.net.test_tls import trusting

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a TCP connection; the first does not block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("loop", LOOPS)
def test_reading_and_writing_wait_until_they_can(loop: str, pair: Pair) -> None:
    ours, theirs = pair
    data = bytes(range(256)) * 40_000

    async def main() -> None:
        wire = Wire(ours, "127.0.0.1", 80)
        writing = asyncio.ensure_future(wire.write(data))
        received = await asyncio.to_thread(_receive, theirs, len(data))
        await writing
        assert data == received
        reading = asyncio.ensure_future(wire.read(65536))
        await asyncio.sleep(0)
        theirs.sendall(b"hello")
        assert b"hello" == await reading
        wire.close()

    run_on(loop, main())


def _receive(sock: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        received += sock.recv(1 << 20)
    return bytes(received)


async def test_readiness_after_a_cancellation_changes_nothing(pair: Pair) -> None:
    wire = Wire(pair[0], "127.0.0.1", 80)
    reading = asyncio.ensure_future(wire.read(65536))
    await asyncio.sleep(0)
    pair[1].sendall(b"hello")

    reading.cancel()
    wire._ready()  # as the event loop would, where it had seen the data in the same turn

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert b"hello" == await wire.read(65536)
    wire._ready()  # a late one, with nothing under way


async def test_tls_may_want_to_write_before_it_can_read(pair: Pair) -> None:
    wire = Wire(pair[0], "127.0.0.1", 80)
    said = iter([ssl.SSLWantWriteError(), ssl.SSLWantReadError()])

    def operation() -> str:
        for error in said:
            raise error
        return "done"

    pair[1].sendall(b"hello")

    assert "done" == await wire._attempt(operation, READ)


def test_an_exchange_reads_on_where_tls_wants_to_write(pair: Pair) -> None:
    class Wanting:
        def send(self, data: bytes) -> int:
            return len(data)

        def recvmsg(self, size: int, space: int) -> tuple[bytes, list[object], int, None]:
            raise ssl.SSLWantWriteError

    trace = Trace()
    exchange = module._Exchange(Wanting(), Arrivals(pair[0]), b"request", lambda _: True, trace)  # type: ignore[arg-type]

    assert exchange.send()
    assert module._AGAIN is exchange.receive()
    assert Phase.WAIT is trace.current


async def test_an_end_is_not_a_first_byte(pair: Pair) -> None:
    trace, fed = Trace(), list[bytes]()

    def feed(data: bytes) -> bool:
        fed.append(data)
        return True

    pair[1].shutdown(socket.SHUT_WR)
    await Wire(pair[0], "127.0.0.1", 80).exchange(b"request", feed, trace)

    assert [b""] == fed
    assert [Phase.SEND, Phase.WAIT] == list(trace.timings)


async def test_an_answer_that_begins_before_the_request_was_sent_has_no_wait(pair: Pair) -> None:
    ours, theirs = pair
    request, trace, fed = bytes(30_000_000), Trace(), bytearray()

    def feed(data: bytes) -> bool:
        fed.extend(data)
        if fed == b"early":
            answering.append(asyncio.ensure_future(asyncio.to_thread(rest)))
        return fed.endswith(b"!")

    def rest() -> None:
        assert len(request) == len(_receive(theirs, len(request)))
        theirs.sendall(b"!")

    answering: list[asyncio.Task[None]] = []
    theirs.sendall(b"early")
    await Wire(ours, "127.0.0.1", 80).exchange(request, feed, trace)
    await asyncio.gather(*answering)

    assert b"early!" == fed
    assert [Phase.SEND, Phase.RECEIVE] == list(trace.timings)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_request_waits_for_room_in_the_socket(loop: str, pair: Pair) -> None:
    ours, theirs = pair
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += ours.send(bytes(100_000))

    async def main() -> None:
        exchange = Wire(ours, "127.0.0.1", 80).exchange(b"request", lambda data: data == b"answer", Trace())
        task = asyncio.ensure_future(exchange)
        received = await asyncio.to_thread(_receive, theirs, filled + len(b"request"))
        assert received.endswith(b"\0request")
        theirs.sendall(b"answer")
        await task

    run_on(loop, main())


async def test_a_peer_that_is_gone_is_noticed_in_reading(pair: Pair) -> None:
    ours, theirs = pair
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    with contextlib.suppress(OSError):
        ours.send(b"a")  # takes the error of the reset, so that the next one finds a broken pipe

    fed: list[bytes] = []

    def feed(data: bytes) -> bool:
        fed.append(data)
        return True

    await Wire(ours, "127.0.0.1", 80).exchange(b"request", feed, Trace())

    assert [b""] == fed


async def test_what_a_feed_raises_is_raised(pair: Pair) -> None:
    def feed(data: bytes) -> bool:
        raise Trouble(Reason.PROTOCOL, data.decode())

    pair[1].sendall(b"hello")

    with pytest.raises(Trouble, match="hello"):
        await Wire(pair[0], "127.0.0.1", 80).exchange(b"request", feed, Trace())


async def test_a_peer_that_went_before_the_handshake_is_told(pair: Pair) -> None:
    ours, theirs = pair
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    wire = Wire(ours, "127.0.0.1", 443)

    with pytest.raises(Trouble) as caught:
        await wire.start_tls(trusting(), "127.0.0.1", Trace())

    wire.close()
    assert Reason.TLS_HANDSHAKE == caught.value.reason
    assert "127.0.0.1:443 ended the connection during the TLS handshake" == caught.value.message


async def test_a_plain_connection_agreed_on_no_protocol(pair: Pair) -> None:
    assert Wire(pair[0], "127.0.0.1", 80).alpn is None
