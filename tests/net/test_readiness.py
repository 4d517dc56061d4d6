import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.net import readiness as module
from checker.net.readiness import READ, WRITE, ByEpoll, ByLoop, Readiness, readiness
from tests.net.loopback import ask, serving

Pair = tuple[socket.socket, socket.socket]
Make = Callable[[], Readiness]

WAYS: dict[str, Make] = {"epoll": lambda: ByEpoll(asyncio.get_running_loop()), "loop": ByLoop}
every_way = pytest.mark.parametrize("make", WAYS.values(), ids=list(WAYS))


@pytest.fixture
def pair() -> Iterator[Pair]:
    ends = socket.socketpair()
    for one in ends:
        one.setblocking(False)
    yield ends
    for one in ends:
        one.close()


async def rounds() -> None:
    """Let the event loop look at its sockets a few times."""
    for _ in range(5):
        await asyncio.sleep(0)


@every_way
async def test_tells_once_of_what_can_be_read(make: Make, pair: Pair) -> None:
    ready, told = make(), list[str]()
    ready.expect(pair[0].fileno(), READ, lambda: told.append("read"))
    await rounds()
    assert not told
    pair[1].send(b"x")
    await rounds()
    assert ["read"] == told
    await rounds()
    assert ["read"] == told  # though it was not read
    ready.expect(pair[0].fileno(), READ, lambda: told.append("again"))
    await rounds()
    assert ["read", "again"] == told
    ready.forget(pair[0].fileno())


@every_way
async def test_tells_of_what_can_be_written_and_of_an_end(make: Make, pair: Pair) -> None:
    ready, told = make(), list[str]()
    ready.expect(pair[0].fileno(), WRITE, lambda: told.append("write"))
    await rounds()
    pair[1].close()
    ready.expect(pair[0].fileno(), READ, lambda: told.append("end"))
    await rounds()
    assert ["write", "end"] == told
    ready.forget(pair[0].fileno())


@every_way
async def test_the_latest_expectation_is_the_one_that_counts(make: Make, pair: Pair) -> None:
    ready, told = make(), list[str]()
    ready.expect(pair[0].fileno(), WRITE, lambda: told.append("write"))
    ready.expect(pair[0].fileno(), READ, lambda: told.append("read"))
    await rounds()
    assert not told
    pair[1].send(b"x")
    await rounds()
    assert ["read"] == told
    ready.forget(pair[0].fileno())


@every_way
async def test_what_is_forgotten_is_not_told_of_nor_is_whoever_has_its_number_next(
    make: Make, pair: Pair
) -> None:
    ready, told = make(), list[str]()
    number = pair[0].fileno()
    ready.expect(number, READ, lambda: told.append("the first"))
    ready.forget(number)
    pair[1].send(b"x")
    await rounds()
    assert not told
    ready.forget(number)  # once more does no harm
    pair[0].close()
    other, end = socket.socketpair()
    with other, end:
        if other.fileno() != number:
            os.dup2(other.fileno(), number)
        ready.expect(number, READ, lambda: told.append("the next"))
        end.send(b"x")
        await rounds()
        ready.forget(number)
        if other.fileno() != number:
            os.close(number)
    assert ["the next"] == told


@every_way
async def test_one_that_is_told_may_close_another_that_would_be_told_next(make: Make) -> None:
    ready, told = make(), list[int]()
    pairs = [socket.socketpair() for _ in range(2)]

    def close_both(number: int) -> None:
        told.append(number)
        for one, _ in pairs:
            ready.forget(one.fileno())

    for number, (one, end) in enumerate(pairs):
        ready.expect(one.fileno(), READ, lambda number=number: close_both(number))  # type: ignore[misc]
        end.send(b"x")
    await rounds()
    for one in (end for both in pairs for end in both):
        one.close()
    assert 1 == len(told)


@every_way
async def test_a_bug_of_one_keeps_nobody_from_being_told(make: Make) -> None:
    ready, told, bugs = make(), list[int](), list[object]()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: bugs.append(context["exception"]))
    pairs = [socket.socketpair() for _ in range(3)]

    def fail(number: int) -> None:
        told.append(number)
        raise ZeroDivisionError

    for number, (one, end) in enumerate(pairs):
        ready.expect(one.fileno(), READ, lambda number=number: fail(number))  # type: ignore[misc]
        end.send(b"x")
    await rounds()
    for one, end in pairs:
        ready.forget(one.fileno())
        one.close()
        end.close()
    assert {0, 1, 2} == set(told)
    assert [ZeroDivisionError] * 3 == [type(bug) for bug in bugs]


async def test_an_event_loop_has_one() -> None:
    assert readiness() is readiness()
    assert isinstance(readiness(), ByEpoll)


async def test_without_a_descriptor_for_the_set_the_event_loop_is_asked() -> None:
    before, kept = resource.getrlimit(resource.RLIMIT_NOFILE), list[int]()
    highest = max(int(one.name) for one in Path("/proc/self/fd").iterdir())
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
        with contextlib.suppress(OSError):  # too many open files
            while True:
                kept.append(os.dup(0))
        found = readiness()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for number in kept:
            os.close(number)
    assert isinstance(found, ByLoop)
    assert isinstance(readiness(), ByEpoll)  # as soon as there is one


@pytest.mark.parametrize("by_epoll", [True, False])
async def test_a_large_request_goes_either_way(by_epoll: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BY_EPOLL", by_epoll)
    size = 8 << 20

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(size)
        for part in (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"he", b"llo"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    async with serving(script) as server:
        async with asyncio.timeout(30):
            answer = await ask(server.url, method="POST", content=bytes(size))
    assert b"hello" == answer.content
