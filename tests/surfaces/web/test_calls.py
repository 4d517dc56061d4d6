"""Callbacks and heartbeats over HTTP: what is answered to whom, and what is told to nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from checker.app.listeners import listen
from checker.net.callbacks import BODY, HEADERS, UNREAD, Address, Callbacks, Delivery
from checker.net.heartbeats import Heartbeats
from checker.surfaces.web.app import called_app
from checker.surfaces.web.calls import callback_routes, heartbeat_routes
from checker.surfaces.web.headers import SECURITY_HEADERS
from checker.surfaces.web.server import Server
from tests.integration.processes import until

SECRET = "t/8 f%3"


def served(callbacks: Callbacks, heartbeats: Heartbeats | None = None) -> Starlette:
    return called_app([*callback_routes(callbacks), *heartbeat_routes(heartbeats or Heartbeats())])


@pytest.fixture
def callbacks() -> Callbacks:
    made = Callbacks()
    made.base_url = "http://checker.test"
    return made


async def ask(app: Starlette, url: str, method: str = "POST", **options: object) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://checker.test") as client:
        return await client.request(method, url, **options)  # type: ignore[arg-type]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.rstrip()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_delivery_is_taken_as_it_came(callbacks: Callbacks, method: str) -> None:
    address = callbacks.open()
    answer = await ask(
        served(callbacks), address.url, method, content=b'{"a": 1}', headers={"X-Kind": "done"}
    )
    assert (200, "taken") == told(answer)
    delivery = await callbacks.next(address)
    assert (method, b'{"a": 1}') == (delivery.method, delivery.body)
    assert "done" == dict(delivery.headers)["x-kind"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_who_only_asks_delivers_nothing(callbacks: Callbacks, method: str) -> None:
    address = callbacks.open()
    answer = await ask(served(callbacks), address.url, method)
    assert (204, "GET, POST, PUT, PATCH, DELETE") == (answer.status_code, answer.headers["allow"])
    assert 0 == address.count


async def test_what_was_never_an_address_is_not_there(callbacks: Callbacks) -> None:
    url = callbacks.open().url
    for wrong in (
        f"{url}x",
        url[:-1],
        f"{url}/",
        "/callbacks/",
        "/callbacks/%00",
        "/callbacks/" + "x" * 9000,
    ):
        assert (404, "there is nothing here") == told(await ask(served(callbacks), wrong))
    assert 0 == callbacks.late


async def test_who_is_late_is_told_and_counted(callbacks: Callbacks) -> None:
    address = callbacks.open()
    callbacks.close(address)
    assert 410 == (await ask(served(callbacks), address.url)).status_code
    assert 1 == callbacks.late


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"content": bytes(BODY)}, 200),
        ({"content": bytes(BODY + 1)}, 413),
        ({"headers": {"a": "x" * HEADERS}}, 413),
    ],
    ids=["largest body", "too large a body", "too large a header"],
)
async def test_what_is_too_large_is_refused(
    callbacks: Callbacks, options: dict[str, Any], status: int
) -> None:
    address = callbacks.open()
    assert status == (await ask(served(callbacks), address.url, **options)).status_code
    assert (status == 413) == ((await callbacks.next(address)).body is None)


async def test_so_many_that_nobody_takes_are_refused(callbacks: Callbacks) -> None:
    url = callbacks.open().url
    statuses = [(await ask(served(callbacks), url)).status_code for _ in range(UNREAD + 1)]
    assert [*[200] * UNREAD, 429] == statuses


async def test_one_that_breaks_off_is_no_delivery(callbacks: Callbacks) -> None:
    address = callbacks.open()
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    )
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": httpx.URL(address.url).path, "headers": []}
    await served(callbacks)(scope, receive, send)  # type: ignore[arg-type]
    assert (400, 0) == (sent[0]["status"], address.count)


async def test_nothing_comes_back_of_what_was_sent(callbacks: Callbacks) -> None:
    secret = "<script>zq</script>"
    address = callbacks.open()
    asked = [f"{address.url}?{secret}", f"{address.url}{secret}", f"/heartbeats/{secret}/{secret}"]
    for url in asked:
        answer = await ask(served(callbacks), url, content=secret, headers={"X-A": secret})
        said = answer.text + json.dumps(dict(answer.headers))
        assert "zq" not in said
        assert address.url.rpartition("/")[2] not in said
        assert {name.lower() for name in SECURITY_HEADERS} <= answer.headers.keys()


# Heartbeats


def beating() -> Heartbeats:
    heartbeats = Heartbeats({"beat": SECRET}.__getitem__)
    heartbeats.expect([("nightly/eu", "beat")])
    return heartbeats


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_heartbeat_comes_as_cron_jobs_send_them(callbacks: Callbacks, method: str) -> None:
    heartbeats = beating()
    answer = await ask(served(callbacks, heartbeats), "/heartbeats/nightly/eu/t%2F8%20f%253", method)
    assert 200 == answer.status_code
    assert heartbeats.last(("nightly/eu", "beat")) is not None


async def test_other_methods_are_no_heartbeat(callbacks: Callbacks) -> None:
    heartbeats = beating()
    answer = await ask(served(callbacks, heartbeats), "/heartbeats/nightly/eu/t%2F8%20f%253", "DELETE")
    assert 405 == answer.status_code
    assert heartbeats.last(("nightly/eu", "beat")) is None


async def test_who_does_not_know_the_token_does_not_learn_which_probes_there_are(
    callbacks: Callbacks,
) -> None:
    app = served(callbacks, beating())
    answers = [
        await ask(app, f"/heartbeats/{path}") for path in ("nightly/eu/wrong", "nightly/us/wrong", "x", "")
    ]
    assert [(404, "there is nothing here")] * 4 == [told(answer) for answer in answers]
    assert 1 == len({tuple(answer.headers.multi_items()) for answer in answers})


# Over a socket


@pytest.fixture
async def server(callbacks: Callbacks) -> AsyncIterator[Server]:
    running = Server(served(callbacks, beating()), listen("127.0.0.1:0"))
    await running.open()
    callbacks.base_url = f"http://127.0.0.1:{running.socket.getsockname()[1]}"
    yield running
    await running.aclose()


async def over_the_wire(address: Address, **options: object) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.post(address.url, **options)).status_code  # type: ignore[arg-type]


@pytest.mark.usefixtures("server")
async def test_over_a_socket_a_delivery_is_taken(callbacks: Callbacks) -> None:
    address = callbacks.open()
    waiting = asyncio.create_task(callbacks.next(address))
    assert 200 == await over_the_wire(address, content=b"done")
    assert isinstance(await waiting, Delivery)


@pytest.mark.usefixtures("server")
async def test_over_a_socket_a_large_one_is_refused_without_being_kept(callbacks: Callbacks) -> None:
    address = callbacks.open()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(1 << 16)

    assert 413 == await over_the_wire(address, content=endless())
    assert (1, None) == (address.count, (await callbacks.next(address)).body)
    assert 0 == callbacks._held


async def test_over_a_socket_half_a_delivery_is_none(callbacks: Callbacks, server: Server) -> None:
    address = callbacks.open()
    path = httpx.URL(address.url).path
    reader, writer = await asyncio.open_connection(*server.socket.getsockname()[:2])
    writer.write(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf".encode())
    await writer.drain()
    await until(lambda: address.coming)
    writer.close()
    await until(lambda: not address.coming)
    assert (0, b"") == (address.count, await reader.read())
