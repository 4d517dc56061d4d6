"""Whatever strangers ask of the checker's pages, API, /probe, /callbacks and /heartbeats, and whatever bytes they send.

Nothing but an answer comes of it: no fault, no header that was not meant, and nothing told that only a token gives.
"""

import asyncio
import functools
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from starlette.applications import Starlette
from uvicorn.server import ServerState

from checker.core.outcome import Outcome
from checker.net.callbacks import Callbacks
from checker.net.heartbeats import Heartbeats
from checker.surfaces.exposition import OPENMETRICS
from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources, web_app
from checker.surfaces.web.calls import callback_routes, heartbeat_routes
from checker.surfaces.web.connection import Connection, Limits
from checker.surfaces.web.headers import SECURITY_HEADERS
from checker.surfaces.web.probing import SCRAPE_TIMEOUT, Driving, routes
from tests.fuzz.corpora import kept
from tests.fuzz.values import TEXTS, damaged, split
from tests.surfaces.samples import NOW, trouble

TOKEN = "the-token-of-a-heartbeat"
BOARD = trouble()
NAMES = tuple(BOARD.probes)

Scope = MutableMapping[str, Any]
Told = tuple[int, dict[str, str], bytes | None]


async def no_run(name: str, limit: float | None) -> Outcome:
    assert limit is None or 0 < limit < float("inf")
    raise TimeoutError


@functools.cache
def application() -> tuple[Starlette, str]:
    """Return all of it, and the path of a callback that is waited for."""
    callbacks, heartbeats = Callbacks(), Heartbeats(lambda _: TOKEN)
    callbacks.base_url = "http://checker.test"
    heartbeats.expect([(NAMES[0], "key")])
    driving = Driving(lambda: BOARD, no_run, lambda: "checker.test:1", lambda: NOW)
    called = [*callback_routes(callbacks), *heartbeat_routes(heartbeats), *routes(driving)]
    sources = Sources(lambda: BOARD, Own(), now=lambda: NOW)
    return web_app(sources, routes=called), callbacks.open().url.removeprefix("http://checker.test")


METHODS = st.sampled_from(
    ["GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "X"]
)
WORDS = (
    TEXTS
    | st.sampled_from(NAMES)
    | st.sampled_from(
        ["label", "mark", "state", "q", "page", "theme", "part", "probe", "down", "masked", "env=prod", "="]
    )
)
PATHS = st.sampled_from(
    [
        *(
            "/",
            "/metrics",
            "/probe",
            "/sd",
            "/-/healthy",
            "/-/ready",
            "/-/reload",
            "/events",
            "/nowhere",
            "//",
            "*",
        ),
        *(
            "/probes/",
            "/api/",
            "/api/v1/probes",
            "/api/v1/probes/",
            "/api/v1/openapi.json",
            "/static/",
            "/callbacks/",
        ),
        *("/heartbeats/", f"/heartbeats/{NAMES[0]}/", f"/probes/{NAMES[0]}/failures/"),
    ]
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(
                    b"accept",
                    b"accept-encoding",
                    b"host",
                    b"origin",
                    b"cookie",
                    b"content-type",
                    b"content-length",
                ),
                *(
                    SCRAPE_TIMEOUT.lower().encode(),
                    b"x-forwarded-for",
                    b"sec-fetch-site",
                    b"range",
                    b"if-none-match",
                ),
            ]
        )
        | st.binary(max_size=5),
        st.sampled_from(
            [b"gzip;q=0", b"application/openmetrics-text", b"5", b"-1", b"nan", b"1e999", b"1e-320", b"*/*"]
        )
        | st.binary(max_size=10)
        | st.sampled_from(
            [b"application/openmetrics-text;version=x;q=", b"a;q=" + b"9" * 400, b";;,,=", b"\xff"]
        ),
    ),
    max_size=3,
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Scope, list[Scope]]:
    """Return a request as the server hands it on, and the messages of its body."""
    path = draw(PATHS) + draw(st.just("") | WORDS | st.sampled_from(["/x.har", application()[1], TOKEN]))
    query = "&".join(draw(st.lists(st.tuples(WORDS, WORDS).map("=".join) | WORDS, max_size=3)))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": draw(METHODS),
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": draw(st.sampled_from(["", "", "/checker"])),
        "query_string": query.encode("utf-8", "replace"),
        "headers": draw(HEADERS),
        "client": ("192.0.2.7", 1),
        "server": ("192.0.2.8", 1),
    }
    chunks = draw(st.lists(st.binary(max_size=20) | st.just(bytes(1 << 20)), max_size=3))
    body = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    ended = draw(st.booleans())
    return scope, [*body, *([{"type": "http.request", "body": b"", "more_body": False}] if ended else [])]


async def asked(scope: Scope, body: list[Scope]) -> Told:
    sent: list[Scope] = []
    messages = iter(body)

    async def receive() -> Scope:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    app, _ = application()
    await app(scope, receive, send)
    assert ["http.response.start"] == [one["type"] for one in sent if one["type"] != "http.response.body"]
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    whole = not sent[-1].get("more_body")  # an answer ends early where its reader has gone
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:]) if whole else None


def check_answer(scope: Scope, told: Told) -> None:
    status, headers, body = told
    assert status < 500 or (status, scope["path"]) == (503, "/probe")
    assert {name.lower() for name in SECURITY_HEADERS} <= headers.keys()
    assert not any(mark in value for value in headers.values() for mark in "\r\n\0")
    if body is None or scope["method"] == "HEAD":
        return
    assert TOKEN.encode() not in body
    if scope["path"].startswith("/api/") and status != 307:
        json.loads(body)
    machines = scope["path"] in ("/probe", "/metrics") and "content-encoding" not in headers
    if machines and (status, scope["method"]) == (200, "GET"):
        parse = parse_openmetrics if headers["content-type"] == OPENMETRICS else parse_text
        assert list(parse(body.decode()))


PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(requests())
def test_requests_of_strangers(request: tuple[Scope, list[Scope]]) -> None:
    scope, body = request
    check_answer(scope, asyncio.run(asked(scope, body)))


class Transport(asyncio.Transport):
    """A connection to nobody, which keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("192.0.2.8", 1), "peername": ("192.0.2.7", 1)})
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed, "written to what is closed"
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


async def served(pieces: list[bytes]) -> Transport:
    """Hand bytes to a connection of the checker's own server, as the event loop would."""
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    config = uvicorn.Config(application()[0], lifespan="off", ws="none", log_config=None, server_header=False)
    config.load()
    connection, transport = Connection(config, ServerState(), Limits(), lambda: None), Transport()
    connection.connection_made(transport)
    for piece in pieces:
        if not transport.closed:
            connection.data_received(piece)
        await asyncio.sleep(0)
    await settled()
    connection.connection_lost(None)
    await settled()
    assert [] == faults
    return transport


async def settled(most: int = 200) -> None:
    """Let the loop turn until what can go on has."""
    for _ in range(most):
        if len(asyncio.all_tasks()) == 1:
            break
        await asyncio.sleep(0)


def check_bytes(pieces: list[bytes]) -> None:
    written = asyncio.run(served(pieces)).written
    assert not written or written.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500 " not in written
    assert TOKEN.encode() not in written


LINES = st.sampled_from(
    [
        *(
            b"GET /-/healthy HTTP/1.1",
            b"GET /api/v1/probes?q=a HTTP/1.1",
            b"POST /callbacks/x HTTP/1.1",
            b"HEAD / HTTP/1.0",
        ),
        *(
            b"OPTIONS * HTTP/1.1",
            b"CONNECT a:1 HTTP/1.1",
            b"PRI * HTTP/2.0",
            b"GET http://[ HTTP/1.1",
            b"GET /\xff HTTP/1.1",
        ),
        *(
            b"GET //a:b@c:99999/ HTTP/1.1",
            b"GET /probes/%zz HTTP/1.1",
            b"GET /%00 HTTP/1.1",
            b"GET / HTTP/9.9",
            b"\x16\x03\x01",
        ),
    ]
)
SAID = st.sampled_from(
    [
        *(
            b"Host: a",
            b"Host: b",
            b"Content-Length: 3",
            b"Content-Length: 99999999",
            b"Transfer-Encoding: chunked",
        ),
        *(
            b"Expect: 100-continue",
            b"Connection: close",
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            b"Upgrade: h2c",
        ),
        *(
            b"Content-Length: -1",
            b"X: " + b"y" * 70_000,
            b"A: b\r\n" * 120 + b"C: d",
            b"Accept-Encoding: gzip",
            b"\x00: b",
        ),
    ]
)


@st.composite
def conversations(draw: st.DrawFn) -> bytes:
    """Return one request or several behind each other."""
    return b"".join(
        b"\r\n".join([draw(LINES), *draw(st.lists(SAID, max_size=3)), b"", draw(st.binary(max_size=6))])
        for _ in range(draw(st.integers(1, 3)))
    )


@PATIENT
@given((conversations() | damaged(conversations()) | st.binary(max_size=60)).flatmap(split))
def test_bytes_of_strangers(pieces: list[bytes]) -> None:
    check_bytes(pieces)


@pytest.mark.parametrize("data", kept("requests"))
def test_what_was_found(data: bytes) -> None:
    check_bytes([data] if data else [])
    check_bytes([data[at : at + 1] for at in range(len(data))])
