import asyncio
import contextlib
import os
import signal
import socket

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from checker.core.errors import CheckerError
from checker.lab.estate import Estate, EstateError, PortBusyError
from checker.lab.estate.fleet import PROBE_SECRET
from checker.lab.estate.listening import bind, close
from checker.surfaces.web.server import Server


def free_row(length: int = 13) -> int:
    """Return the first of `length` ports in a row that were free a moment ago; each process looks elsewhere."""
    rows = (20_000 + (os.getpid() + step) % 700 * length for step in range(700))
    for first in rows:
        with contextlib.suppress(PortBusyError):
            close(bind(tuple(map(str, range(length))), (), "127.0.0.1", first))
            return first
    pytest.fail("no free row of ports")


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    pytest.fail("nobody calls this")


async def test_urls_are_named_as_checks_yaml_asks_for_them() -> None:
    async with Estate() as estate:
        assert [
            "CATALOGUE_URL",
            "CATALOGUE_CDN_URL",
            "SEARCH_ENGINE_URL",
            "AUTH_URL",
            "UPLOAD_URL",
            "REFERENCE_URL",
            "ESR_NOTIFICATION_URL",
            "CONCERNS_URL",
            "GENERIC_UPLOAD_URL",
            "PROFILE_URL",
            "SYNC_URL",
        ] == list(estate.urls)
        assert {**estate.urls, "UPLOAD_CLIENT_SECRET": PROBE_SECRET} == estate.environment


async def test_fixed_ports_are_taken_in_a_row() -> None:
    base = free_row()
    async with Estate(base_port=base) as estate:
        addresses = [*estate.urls.values(), estate.control_url]
        assert [f"http://127.0.0.1:{base + offset}" for offset in range(12)] == addresses


async def test_the_old_address_refuses_connections() -> None:
    base = free_row()
    async with Estate(base_port=base):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", base + 12)


async def test_a_busy_port_names_the_service_and_leaves_nothing_behind() -> None:
    base = free_row()
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 4))
        other.listen()
        with pytest.raises(PortBusyError) as caught:
            await Estate(base_port=base).__aenter__()
    assert (
        f"the demo's service upload cannot listen on 127.0.0.1:{base + 4} (Address already in use): stop what "
        "listens there (another demo, perhaps)"
    ) == str(caught.value)
    async with Estate(base_port=base):
        pass


async def test_two_demos_do_not_share_ports() -> None:
    base = free_row()
    async with Estate(base_port=base):
        with pytest.raises(PortBusyError, match=f"service catalogue .*:{base} "):
            await Estate(base_port=base).__aenter__()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("192.0.2.1", None)])
async def test_a_place_that_is_none_is_told_as_well(host: str, port: int | None) -> None:
    with pytest.raises(PortBusyError, match="service catalogue cannot listen on"):
        await Estate(host, port).__aenter__()


def test_what_the_estate_raises_is_the_product_s_own() -> None:
    assert issubclass(EstateError, CheckerError)
    assert issubclass(PortBusyError, EstateError)


async def test_a_demo_can_be_started_again_at_once_on_the_same_ports() -> None:
    base = free_row()
    for _ in range(2):
        async with Estate(base_port=base) as estate, httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(estate.health_urls["catalogue"])
            assert {"status": "ok"} == answer.json()


async def test_it_runs_on_ipv6_as_well() -> None:
    async with Estate("::1") as estate, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{estate.urls['CATALOGUE_CDN_URL']}/catalogue/v2/works?query=botany")
        assert 20 == answer.json()["totalResults"]


async def test_after_the_end_nobody_answers() -> None:
    async with Estate() as estate:
        url = estate.health_urls["catalogue"]
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_the_end_does_not_wait_for_idle_connections() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        async with Estate() as estate:
            await client.get(estate.health_urls["catalogue"])
        with pytest.raises(httpx.ConnectError):
            await client.get(estate.health_urls["catalogue"])


@pytest.mark.parametrize("use", ["switch", "restart", "faults"])
async def test_an_estate_that_is_not_running_says_so(use: str) -> None:
    estate = Estate()
    calls = {
        "switch": lambda: estate.switch("engine-key-revoked", on=True),
        "restart": lambda: estate.restart("catalogue"),
        "faults": estate.faults,
    }
    with pytest.raises(EstateError, match="not running"):
        calls[use]()
    assert ({}, {}) == (estate.urls, estate.health_urls)


async def test_signals_stay_with_the_process() -> None:
    before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    async with Estate():
        assert before == [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    assert before == [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]


async def test_a_server_that_cannot_start_says_why() -> None:
    sock = socket.socket()
    sock.close()
    server = Server(nobody, sock)
    with pytest.raises(OSError, match="Bad file descriptor"):
        await server.open()
    with pytest.raises(OSError, match="Bad file descriptor"):
        await server.aclose()


async def test_a_server_that_was_never_opened_can_be_closed() -> None:
    with socket.socket() as sock:
        await Server(nobody, sock).aclose()


def test_small_answers_are_not_held_back() -> None:
    """asyncio sets TCP_NODELAY on connections of such sockets alone; else every demo's timings show 40 ms."""
    sockets = bind(("one",), (), "127.0.0.1", None)
    close(sockets)
    assert socket.IPPROTO_TCP == sockets["one"].proto
