import asyncio
import socket
from collections.abc import Iterator

import pytest

from checker.net.pool import Pool
from checker.net.wire import Wire


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


async def wire(listener: socket.socket) -> tuple[Wire, socket.socket]:
    sock = socket.create_connection(listener.getsockname())
    sock.setblocking(False)
    peer, _ = await asyncio.get_running_loop().run_in_executor(None, listener.accept)
    return Wire(sock, "127.0.0.1", 80), peer


async def test_the_last_one_kept_is_the_first_one_used(listener: socket.socket) -> None:
    pool = Pool()
    (first, a), (second, b), (other, c) = [await wire(listener) for _ in range(3)]
    with a, b, c:
        pool.put(("a",), first)
        pool.put(("a",), second)
        pool.put(("b",), other)

        assert [second, first, None] == [pool.take(("a",)) for _ in range(3)]
        for one in (first, second):
            one.close()
        pool.close()
        assert None is pool.take(("b",))


async def test_one_that_ended_or_said_something_is_not_used(listener: socket.socket) -> None:
    pool = Pool()
    (ended, a), (talking, b) = [await wire(listener) for _ in range(2)]
    with b:
        a.close()
        b.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        pool.put(("a",), ended)
        pool.put(("a",), talking)

        assert None is pool.take(("a",))


async def test_one_that_was_reset_is_not_used(listener: socket.socket) -> None:
    import struct

    pool = Pool()
    broken, peer = await wire(listener)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    pool.put(("a",), broken)

    assert None is pool.take(("a",))


async def test_what_was_idle_for_long_is_closed(listener: socket.socket) -> None:
    time = Time()
    pool = Pool(time)
    old, peer = await wire(listener)
    with peer:
        pool.put(("a",), old)
        time.now = 31.0

        assert None is pool.take(("b",))
        assert b"" == await asyncio.to_thread(peer.recv, 1)


async def test_there_are_never_more_than_a_few(listener: socket.socket) -> None:
    pool, pairs = Pool(), [await wire(listener) for _ in range(66)]
    for kept, _ in pairs:
        pool.put(("a",), kept)

    assert b"" == await asyncio.to_thread(pairs[0][1].recv, 1)
    assert pairs[2][0].is_quiet()
    pool.close()
    for _, peer in pairs:
        peer.close()
