import asyncio
import errno
import gc
import socket
import time

import pytest

from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net import race as race_module
from checker.net.race import connect
from checker.net.readiness import Readiness, Wake, readiness
from tests.net.loopback import LOOPS, cancelled_in, closed_port, deaf, descriptors, run_on, settled


def listening(host: str, port: int = 0) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen()
    return sock


def port_of(sock: socket.socket) -> int:
    port: int = sock.getsockname()[1]
    return port


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("127.0.0.2", "127.0.0.1"), ("::1", "127.0.0.1")])
def test_the_first_address_that_listens_is_connected_to(loop: str, addresses: tuple[str, ...]) -> None:
    trace = Trace()

    async def main(port: int) -> str:
        sock, address = await connect(addresses, port, trace)
        with sock:
            assert (address, port) == sock.getpeername()[:2]
            assert not sock.getblocking()
        return address

    with listening("127.0.0.1") as listener:
        assert "127.0.0.1" == run_on(loop, main(port_of(listener)))
    assert {"address": "127.0.0.1"} == trace.facts
    assert ([Phase.CONNECT], None) == (list(trace.timings), trace.current)


async def test_a_socket_that_cannot_be_made_non_blocking_is_set_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_module, "_NON_BLOCKING", 0)  # as on macOS
    with listening("127.0.0.1") as listener:
        sock, _ = await connect(("127.0.0.1",), port_of(listener), Trace())
        with sock:
            assert not sock.getblocking()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_refused_address_is_named(loop: str) -> None:
    port, trace = closed_port(), Trace()

    with pytest.raises(Trouble) as caught:
        run_on(loop, connect(("127.0.0.1",), port, trace))

    assert Reason.REFUSED == caught.value.reason
    assert f"connection to 127.0.0.1:{port} was refused" == caught.value.message
    assert ({"address": "127.0.0.1"}, Phase.CONNECT) == (trace.facts, trace.current)


async def test_each_refused_address_is_named() -> None:
    port = closed_port("::1")

    with pytest.raises(Trouble) as caught:
        await connect(("::1", "127.0.0.2"), port, Trace())

    expected = f"connection to [::1]:{port} was refused; connection to 127.0.0.2:{port} was refused"
    assert expected == caught.value.message


def test_an_address_that_dawdles_is_overtaken_after_a_quarter_of_a_second() -> None:
    async def main(fake: FakeClock) -> tuple[str, float]:
        begun = fake.loop.time()
        with deaf("127.0.0.3") as port, listening("127.0.0.1", port):
            sock, address = await connect(("127.0.0.3", "127.0.0.1"), port, Trace())
            sock.close()
            return address, fake.loop.time() - begun

    gc.collect()  # of what other tests have left open
    before = descriptors()
    assert ("127.0.0.1", 0.25) == run_virtual(main)
    assert before == descriptors()


def test_two_dead_addresses_of_three_do_not_hide_the_third() -> None:
    async def main(_: FakeClock) -> str:
        with deaf("127.0.0.3") as port, listening("127.0.0.1", port):
            sock, address = await connect(("127.0.0.3", "127.0.0.2", "127.0.0.1"), port, Trace())
            sock.close()
            return address

    assert "127.0.0.1" == run_virtual(main)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_cancelled_race_leaves_nothing_open(loop: str) -> None:
    trace = Trace()

    async def main(port: int) -> None:
        await cancelled_in(Phase.CONNECT, trace, connect(("127.0.0.3", "127.0.0.3"), port, trace))
        await asyncio.sleep(0)  # uvloop closes its handles in the next turn

    with deaf("127.0.0.3") as port:
        run_on(loop, main(port))
        gc.collect()  # of what other tests have left open
        before = descriptors()
        run_on(loop, main(port))
        assert before == descriptors()
    assert Phase.CONNECT is trace.current


async def test_a_race_that_is_cancelled_as_it_is_won_leaves_nothing_open() -> None:
    with deaf("127.0.0.3") as port:
        before = descriptors()
        race = race_module._Race(("127.0.0.3",), port, Trace(), readiness())
        running = asyncio.ensure_future(race.run())
        await asyncio.sleep(0)
        race._connected(next(iter(race._pending)))  # as the loop would, just before somebody cancels
        running.cancel()
        await asyncio.wait([running])

        assert running.cancelled()
        assert await settled(before) <= before


async def test_more_addresses_than_anybody_would_try_are_not_tried() -> None:
    port = closed_port()

    with pytest.raises(Trouble) as caught:
        await connect([f"127.0.1.{number}" for number in range(1, 200)], port, Trace())

    assert 16 == caught.value.message.count("refused")


async def test_an_address_that_is_out_of_reach_is_unreachable() -> None:
    with pytest.raises(Trouble) as caught:
        await connect(("255.255.255.255",), 80, Trace())

    assert Reason.UNREACHABLE == caught.value.reason
    assert caught.value.message.startswith("255.255.255.255:80 is unreachable: ")


async def test_of_two_that_connect_at_once_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_module, "_is_connected", lambda _: False)  # as over a network
    with listening("127.0.0.1") as listener, listening("127.0.0.2", port_of(listener)):
        before = descriptors()
        race = race_module._Race(("127.0.0.1", "127.0.0.2"), port_of(listener), Trace(), readiness())
        race._next()
        race._go_on()  # as the timer would
        time.sleep(0.02)  # noqa: ASYNC251 - until both are connected, unseen by the loop
        sock, address = await race.run()
        sock.close()
        assert "127.0.0.1" == address
        assert await settled(before) <= before


@pytest.mark.parametrize("later", [False, True])
async def test_a_socket_that_cannot_be_awaited_is_the_checkers_own_trouble_at_once(
    later: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full(Readiness):
        def expect(self, fd: int, direction: int, wake: Wake) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def forget(self, fd: int) -> None:
            pass

    with deaf("127.0.0.3") as port:
        before = descriptors()
        race = race_module._Race(("127.0.0.3", "127.0.0.3"), port, Trace(), readiness())
        if not later:
            race._readiness = Full()
        running = asyncio.ensure_future(race.run())
        await asyncio.sleep(0)
        race._readiness = Full()
        if later:
            race._go_on()  # as the timer would, to the next address
        with pytest.raises(OSError, match="No space left"):
            await running
        assert await settled(before) <= before


async def test_a_bug_leaves_nothing_open() -> None:
    before = descriptors()

    with pytest.raises(OverflowError):
        await connect(("127.0.0.1",), 70_000, Trace())

    assert await settled(before) <= before
