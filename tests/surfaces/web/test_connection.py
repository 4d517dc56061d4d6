"""Clients that are slow, greedy or rude, over real sockets: each is cut off, and the others notice nothing of it."""

import asyncio
import contextlib
import inspect
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from checker.app.listeners import listen
from checker.net.serving import ServerTls
from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources, web_app
from checker.surfaces.web.connection import Limits
from checker.surfaces.web.headers import SECURITY_HEADERS
from checker.surfaces.web.live import Live
from checker.surfaces.web.server import Server
from tests.integration.processes import until
from tests.net.loopback import CA, LOOPS, run_on, server_tls
from tests.surfaces.samples import trouble

HASTY = Limits(connections=4, head=0.3, body=0.3, unread=0.3, head_size=4096, headers=20)
"""So that a test need not wait; no time is asserted, only what has happened at the end of it."""

PATIENT = replace(HASTY, head=60.0, body=60.0, unread=60.0)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def each_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on libuv's loop, as the product does, and on asyncio's, as it is elsewhere."""

    def on(loop: str, **fixtures: Any) -> None:
        run_on(loop, test(**fixtures))

    loop = inspect.Parameter("loop", inspect.Parameter.KEYWORD_ONLY)
    signature = inspect.signature(test)
    on.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*(one.replace(kind=loop.kind) for one in signature.parameters.values()), loop]
    )
    on.__doc__, on.__name__ = test.__doc__, test.__name__
    marked: Callable[..., None] = pytest.mark.parametrize("loop", LOOPS)(on)
    return marked


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def taking(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def endless(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1 << 16)
            await asyncio.sleep(0)  # as all that the product streams does

    return StreamingResponse(pieces())


APP = Starlette(
    routes=[Route("/", hello), Route("/take", taking, methods=["POST"]), Route("/endless", endless)]
)


class Client:
    """A connection of a client that does just what the test says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def says(self, data: bytes) -> None:
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def hears_the_end(self) -> bytes:
        """Return all that comes until the server ends the connection."""
        heard = b""
        with contextlib.suppress(ConnectionError):
            while data := await self.reader.read(65536):
                heard += data
        return heard

    async def hears(self, end: bytes) -> bytes:
        return await self.reader.readuntil(end)


Connect = Callable[..., Awaitable[Client]]


@contextlib.asynccontextmanager
async def served(
    app: Any = APP, limits: Limits = HASTY, **settings: Any
) -> AsyncIterator[tuple[Server, Connect]]:
    server = Server(app, listen("127.0.0.1:0"), limits=limits, **settings)
    clients: list[Client] = []

    async def connect(**how: Any) -> Client:
        client = Client(*await asyncio.open_connection(*server.socket.getsockname()[:2], **how))
        clients.append(client)
        return client

    await server.open()
    try:
        async with asyncio.timeout(30):
            yield server, connect
    finally:
        for client in clients:
            client.writer.transport.abort()
        await server.aclose()


def told(answer: bytes) -> int:
    """Return the status of an answer that has the headers that each has."""
    head = answer.partition(b"\r\n\r\n")[0].decode()
    assert "Cache-Control: no-store" in head
    assert f"X-Content-Type-Options: {SECURITY_HEADERS['X-Content-Type-Options']}" in head
    assert "Connection: close" in head
    return int(head.split()[1])


@each_loop
async def test_a_request_is_answered_and_the_connection_kept() -> None:
    async with served(limits=PATIENT) as (_, connect):
        client = await connect()
        for _ in range(3):
            await client.says(GET)
            assert b"200 OK" in await client.hears(b"hello")


@each_loop
async def test_pipelined_requests_are_answered_in_turn() -> None:
    async with served(limits=PATIENT) as (_, connect):
        client = await connect()
        await client.says(GET * 50)
        for _ in range(50):
            assert b"200 OK" in await client.hears(b"hello")


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"\r\n"],
    ids=["nothing", "method", "header", "blank"],
)
@each_loop
async def test_who_never_ends_a_head_is_told_and_cut_off(beginning: bytes) -> None:
    async with served() as (server, connect):
        client = await connect()
        await client.says(beginning)
        assert 408 == told(await client.hears_the_end())
        await until(lambda: not server.server_state.connections)


@pytest.mark.parametrize("drip", [b"X-A: b\r\n", b"a"], ids=["headers", "bytes"])
@each_loop
async def test_who_drips_a_head_is_cut_off_all_the_same(drip: bytes) -> None:
    async with served() as (server, connect):
        client = await connect()
        await client.says(b"GET / HTTP/1.1\r\nX-A: ")
        ended = asyncio.create_task(client.hears_the_end())
        while not ended.done():
            await client.says(drip)
            await asyncio.sleep(0.05)
        assert told(await ended) in (408, 431)
        await until(lambda: not server.server_state.connections)


@each_loop
async def test_the_second_head_on_a_connection_has_no_more_time() -> None:
    async with served() as (server, connect):
        client = await connect()
        await client.says(GET)
        await client.hears(b"hello")
        await client.says(b"GET /")
        assert 408 == told(await client.hears_the_end())
        await until(lambda: not server.server_state.connections)


@each_loop
async def test_blank_lines_between_requests_do_not_keep_a_connection() -> None:
    async with served() as (server, connect):
        client = await connect()
        await client.says(GET)
        await client.hears(b"hello")
        ended = asyncio.create_task(client.hears_the_end())
        while not ended.done():
            await client.says(b"\r\n")
            await asyncio.sleep(0.05)
        await until(lambda: not server.server_state.connections)


@pytest.mark.parametrize("framing", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
@each_loop
async def test_who_never_ends_a_body_is_cut_off(framing: bytes) -> None:
    async with served() as (server, connect):
        client = await connect()
        await client.says(b"POST /take HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n")
        ended = asyncio.create_task(client.hears_the_end())
        while not ended.done():
            await client.says(b"1\r\na\r\n" if b"chunked" in framing else b"")
            await asyncio.sleep(0.05)
        assert b"" == await ended
        await until(lambda: not server.server_state.connections)


@each_loop
async def test_a_body_that_nobody_wants_is_not_taken_for_ever() -> None:
    """The answer is there at once; what goes on coming is thrown away for a while, and then the connection."""
    async with served() as (server, connect):
        client = await connect()
        await client.says(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
        assert b"405" in await client.hears(b"\r\n\r\n")
        ended = asyncio.create_task(client.hears_the_end())
        while not ended.done():
            await client.says(b"a" * 1000)
            await asyncio.sleep(0.01)
        await until(lambda: not server.server_state.connections)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Large: " + b"a" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 21 + b"\r\n",
        b"GET / HTTP/1.1\r\nX-Large: " + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 21 + b"Content-Length: 5\r\n\r\nhello" + GET,
    ],
    ids=["target", "header", "headers", "endless", "more behind"],
)
@each_loop
async def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    async with served(limits=PATIENT) as (server, connect):
        client = await connect()
        await client.says(head)
        answer = await client.hears_the_end()
        assert not answer or 431 == told(answer)  # what was not read any more may cost the client the answer
        assert 1 >= answer.count(b"HTTP/1.1 ")
        await until(lambda: not server.server_state.connections)


@each_loop
async def test_what_is_no_http_is_refused() -> None:
    async with served(limits=PATIENT) as (_, connect):
        client = await connect()
        await client.says(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert 400 == told(await client.hears_the_end())


def small_window(server: Server) -> socket.socket:
    """A client's socket that takes next to nothing by itself."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sock.connect(server.socket.getsockname()[:2])
    return sock


@each_loop
async def test_who_does_not_read_an_answer_is_cut_off() -> None:
    async with served() as (server, _):
        with small_window(server) as sock:
            sock.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: server.server_state.connections)
            await until(lambda: not server.server_state.connections)
            await until(lambda: not server.server_state.tasks)


@each_loop
async def test_who_reads_slowly_is_served() -> None:
    """As long as something is taken in each span of time."""
    async with served(limits=replace(HASTY, unread=5.0)) as (server, _):
        with small_window(server) as sock:
            sock.settimeout(0)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(sock, b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            heard = 0
            for _ in range(50):
                heard += len(await loop.sock_recv(sock, 4096))
                await asyncio.sleep(0.01)
            assert heard > 50 * 500
            assert server.server_state.connections


@each_loop
async def test_a_page_that_does_not_read_its_events_is_cut_off() -> None:
    live = Live(trouble, alive=0.0)
    app = web_app(Sources(trouble, Own()), live)
    async with served(app) as (server, _):
        with small_window(server) as sock:
            sock.sendall(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: live._readers)
            await until(lambda: not live._readers)
            await until(lambda: not server.server_state.connections)
        live.close()


@each_loop
async def test_no_more_connections_than_may_be_are_accepted_until_one_ends() -> None:
    async with served(limits=PATIENT) as (server, connect):
        first = [await connect() for _ in range(PATIENT.connections)]
        await until(lambda: len(server.server_state.connections) == PATIENT.connections)
        waiting = await connect()
        await waiting.says(GET)
        answered = asyncio.create_task(waiting.hears(b"hello"))
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert not answered.done()
        assert PATIENT.connections == len(server.server_state.connections)
        first[0].writer.close()
        assert b"200 OK" in await answered


@each_loop
async def test_slow_clients_do_not_keep_others_out() -> None:
    async with served() as (_, connect):
        for _ in range(3 * HASTY.connections):
            await (await connect()).says(b"GET ")
        client = await connect()
        await client.says(GET)
        assert b"200 OK" in await client.hears(b"hello")


# Over TLS


@pytest.fixture
def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


@each_loop
async def test_is_encrypted(trusting: ssl.SSLContext) -> None:
    tls = ServerTls(server_tls())
    async with served(limits=PATIENT, tls=lambda: tls) as (_, connect):
        client = await connect(ssl=trusting)
        await client.says(GET)
        assert b"200 OK" in await client.hears(b"hello")


@each_loop
async def test_the_next_connection_has_the_next_certificate(trusting: ssl.SSLContext) -> None:
    now = ServerTls(server_tls())
    async with served(limits=PATIENT, tls=lambda: now) as (_, connect):
        first = await connect(ssl=trusting)
        serial = first.writer.get_extra_info("peercert")["serialNumber"]
        now = ServerTls(server_tls())
        second = await connect(ssl=trusting)
        assert serial != second.writer.get_extra_info("peercert")["serialNumber"]
        await first.says(GET)
        assert b"200 OK" in await first.hears(b"hello")


@pytest.mark.parametrize("said", [b"", GET, b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "HTTP", "half"])
@each_loop
async def test_who_does_not_shake_hands_is_cut_off(said: bytes) -> None:
    tls = ServerTls(server_tls())
    async with served(tls=lambda: tls) as (server, connect):
        clients = [await connect() for _ in range(3 * HASTY.connections)]
        for client in clients:
            await client.says(said)
        assert b"HTTP/" not in await clients[-1].hears_the_end()
        await until(lambda: not server._greeting)
        await until(lambda: server._room._value == HASTY.connections - 1)  # the last is for who comes next


@each_loop
async def test_who_reads_nothing_over_tls_is_cut_off(trusting: ssl.SSLContext) -> None:
    tls = ServerTls(server_tls())
    async with served(tls=lambda: tls) as (server, _):
        with small_window(server) as plain:
            sock = await asyncio.to_thread(trusting.wrap_socket, plain, server_hostname="127.0.0.1")
            with sock:
                sock.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
                await until(lambda: server.server_state.connections)
                await until(lambda: not server.server_state.connections)


def demanding(*names: str) -> ServerTls:
    context = server_tls()
    CA.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return ServerTls(context, frozenset(names))


async def answered(connect: Connect, trusting: ssl.SSLContext, *names: str, ca: trustme.CA = CA) -> bool:
    if names:
        ca.issue_cert(*names).configure_cert(trusting)
    try:
        client = await connect(ssl=trusting)
        await client.says(GET)
        return b"200 OK" in await client.hears(b"hello")
    except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
        return False


@pytest.mark.parametrize(
    ("names", "known", "admitted"),
    [
        ((), True, False),
        (("a.example",), True, True),
        (("b.example",), True, False),
        (("b.example", "a.example"), True, True),
        (("a.example",), False, False),
    ],
)
@each_loop
async def test_only_those_with_the_right_certificate_are_answered(
    names: tuple[str, ...], known: bool, admitted: bool, trusting: ssl.SSLContext
) -> None:
    tls = demanding("a.example")
    ca = CA if known else trustme.CA()
    async with served(limits=PATIENT, tls=lambda: tls) as (_, connect):
        assert admitted == await answered(connect, trusting, *names, ca=ca)


@each_loop
async def test_any_certificate_of_the_authority_does_where_no_names_are_given(
    trusting: ssl.SSLContext,
) -> None:
    tls = demanding()
    async with served(limits=PATIENT, tls=lambda: tls) as (_, connect):
        assert await answered(connect, trusting, "whoever.example")


@each_loop
async def test_ends_in_order_while_clients_are_there(trusting: ssl.SSLContext) -> None:
    tls = ServerTls(server_tls())
    async with served(limits=PATIENT, tls=lambda: tls) as (server, connect):
        idle, half = await connect(ssl=trusting), await connect()
        await half.says(b"\x16\x03\x01")
        await server.aclose()
        assert b"" == await idle.hears_the_end()
        assert not server._greeting


@each_loop
async def test_having_no_descriptor_left_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.surfaces.web.server._AGAIN", 0.01)
    refusals = 3

    class Full:
        """The loop of a process without a descriptor for one more connection."""

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio.get_event_loop(), name)

        async def sock_accept(self, sock: socket.socket) -> Any:
            nonlocal refusals
            if refusals:
                refusals -= 1
                raise OSError(24, "Too many open files")
            return await asyncio.get_event_loop().sock_accept(sock)

    class Library:
        """asyncio, but for that."""

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        def get_running_loop(self) -> Full:
            return Full()

    monkeypatch.setattr("checker.surfaces.web.server.asyncio", Library())
    async with served(limits=PATIENT) as (_, connect):
        client = await connect()
        await client.says(GET)
        assert b"200 OK" in await client.hears(b"hello")
    assert 0 == refusals
