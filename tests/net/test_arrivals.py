import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from math import inf

import httpx
import pytest

from checker.core.reason import Phase
from checker.core.trace import Trace
from checker.net import arrivals as module
from checker.net.arrivals import Arrivals, in_turn
from checker.net.dial import Dial
from checker.net.http import MeasuredTransport
from checker.net.tls import tls_context
from tests.integration.processes import until
from tests.net.loopback import CA_PEM, server_tls

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LATE = 100.0  # seconds


class Clocks:
    """Both clocks, which a test moves on, and when TCP took in what was next in turn."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.set_by = 0.0
        self.in_turn = inf

    def wall(self) -> float:
        return time.time() + self.passed + self.set_by

    def monotonic(self) -> float:
        return time.perf_counter() + self.passed


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(module, "time", clocks.wall)
    monkeypatch.setattr(module, "perf_counter", clocks.monotonic)
    monkeypatch.setattr(module, "in_turn", lambda _: clocks.in_turn)
    return clocks


@contextlib.contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
        with near, far:
            yield near, far


def awaiting(sock: socket.socket) -> Arrivals:
    arrivals = Arrivals(sock)
    arrivals.begin()
    return arrivals


def test_what_is_read_late_came_when_it_came(clocks: Clocks) -> None:
    with connected() as (near, far):
        arrivals = awaiting(near)
        far.sendall(b"hello")
        clocks.passed += LATE
        assert b"hello" == arrivals.receive(near, 100)
        assert LATE <= arrivals.ago < LATE + 10
        clocks.passed = 0.0
        far.sendall(b"again")
        assert b"again" == arrivals.receive(near, 100)
        assert arrivals.ago < LATE


@pytest.mark.parametrize("by", [3600.0, -3600.0])
def test_a_clock_that_was_set_meanwhile_is_not_believed(clocks: Clocks, by: float) -> None:
    with connected() as (near, far):
        arrivals = awaiting(near)
        far.sendall(b"hello")
        clocks.set_by = by
        assert b"hello" == arrivals.receive(near, 100)
        assert 0.0 == arrivals.ago
        arrivals.begin()  # from here on it goes as it should, and what came before its setting is older than it is
        clocks.set_by = -abs(by)
        arrivals.begin()
        far.sendall(b"again")
        assert b"again" == arrivals.receive(near, 100)
        assert 0.0 == arrivals.ago  # not in the future


def test_what_a_lost_segment_kept_from_being_read_came_when_that_one_came(clocks: Clocks) -> None:
    with connected() as (near, far):
        arrivals = awaiting(near)
        far.sendall(b"hello")
        clocks.passed += LATE  # since the last of it came
        clocks.in_turn = 0.25  # since the one before it came at last
        assert b"hello" == arrivals.receive(near, 100)
        assert 0.25 == arrivals.ago


def test_when_tcp_took_in_what_was_next_in_turn() -> None:
    with connected() as (near, far):
        far.sendall(b"hello")
        near.recv(100)
        assert 0.0 <= in_turn(near) < LATE
    here, there = socket.socketpair()
    with here, there:
        assert 0.0 == in_turn(here)  # no TCP, which is not known


def test_a_datagram_comes_as_a_whole(clocks: Clocks) -> None:
    near, far = socket.socketpair(type=socket.SOCK_DGRAM)
    with near, far:
        arrivals = awaiting(near)
        clocks.in_turn = 0.0
        far.send(b"hello")
        clocks.passed += LATE
        assert b"hello" == arrivals.receive(near, 100)
        assert LATE <= arrivals.ago < LATE + 10


def test_before_anything_was_awaited_nothing_is_known(clocks: Clocks) -> None:
    with connected() as (near, far):
        arrivals = Arrivals(near)
        far.sendall(b"hello")
        clocks.passed += LATE
        assert b"hello" == arrivals.receive(near, 100)
        assert 0.0 == arrivals.ago


def test_an_end_has_no_time(clocks: Clocks) -> None:
    with connected() as (near, far):
        arrivals = awaiting(near)
        far.sendall(b"hello")
        clocks.passed += LATE
        arrivals.receive(near, 100)
        far.close()
        assert b"" == arrivals.receive(near, 100)
        assert 0.0 == arrivals.ago


def test_where_the_kernel_is_not_asked_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KNOWN", False)
    with connected() as (near, far):
        arrivals = awaiting(near)
        far.sendall(b"hello")
        assert b"hello" == arrivals.receive(near, 100)
        assert 0.0 == arrivals.ago


def test_where_the_kernel_refuses_nothing_is_known(monkeypatch: pytest.MonkeyPatch, clocks: Clocks) -> None:
    def refused() -> socket.socket:
        raise OSError

    monkeypatch.setattr(module, "keep_stamping", refused)
    with connected() as (near, far):
        arrivals = awaiting(near)
        far.sendall(b"hello")
        clocks.passed += LATE
        assert b"hello" == arrivals.receive(near, 100)
        assert 0.0 == arrivals.ago


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_probe_is_not_told_that_its_target_was_slow_where_the_checker_was_busy(
    scheme: str, clocks: Clocks
) -> None:
    trace, transport = Trace(clocks.monotonic), MeasuredTransport()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/"
        ssl_context = tls_context(ca=CA_PEM) if scheme == "https" else None
        request = httpx.Request("GET", url, extensions={"checker": Dial(trace=trace, ssl=ssl_context)})
        accepted = threads.submit(accept, listener, server_tls() if scheme == "https" else None)
        asking = asyncio.create_task(transport.handle_async_request(request))
        await until(lambda: trace.current is Phase.WAIT)
        answer(accepted)
        clocks.passed += LATE  # in which the event loop did not look
        response = await asking
    await transport.aclose()
    assert 200 == response.status_code
    assert sum(trace.timings.values()) < LATE


def accept(listener: socket.socket, context: ssl.SSLContext | None) -> socket.socket:
    sock, _ = listener.accept()
    return context.wrap_socket(sock, server_side=True) if context else sock


def answer(accepted: "Future[socket.socket]") -> None:
    with accepted.result() as sock:
        sock.recv(1000)
        sock.sendall(ANSWER)
