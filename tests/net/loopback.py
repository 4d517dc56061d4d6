"""Servers on loopback that do exactly what a test tells them, and a client to ask them."""

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import trustme
import uvloop

from checker.core.errors import Trouble
from checker.core.reason import Phase
from checker.core.trace import Trace
from checker.net.arrivals import keep_stamping
from checker.net.dial import Dial
from checker.net.http import MeasuredTransport, begun
from checker.net.readiness import readiness

T = TypeVar("T")

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def run_on(loop: str, main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(main)


@dataclass
class Server:
    port: int
    requests: list[bytes] = field(default_factory=list)  # heads, as they came
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def secure(self) -> str:
        return f"https://127.0.0.1:{self.port}/"


@contextlib.asynccontextmanager
async def serving(
    script: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """Run `script` for each connection; what it raises because the client went is nobody's business."""
    served, tasks = Server(0), set[asyncio.Task[None]]()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):  # ENOTCONN is no ConnectionError
            await script(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        task = asyncio.ensure_future(run(reader, writer))
        tasks.add(task)
        task.add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        await end(server, tasks)


async def end(server: asyncio.Server, tasks: Collection[asyncio.Task[None]]) -> None:
    """End a server, and those who serve its connections, to the last one that is accepted meanwhile."""
    await asyncio.sleep(
        0.001
    )  # whoever has connected is accepted: one whose server closes meanwhile is forgotten
    server.close()
    for _ in range(100):
        for task in tuple(tasks):
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, asyncio.CancelledError), result
        await asyncio.sleep(0.001)
        if not getattr(server, "_active_count", 0):  # uvloop's servers have none
            break


@contextlib.asynccontextmanager
async def answering(
    *pieces: bytes, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", keep: bool = False
) -> AsyncIterator[Server]:
    """Answer each request with `pieces`, one write each, and close; with `keep`, wait for the next request."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            server.requests.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            if not keep:
                return

    async with serving(script, tls, host) as server:
        yield server


@contextlib.contextmanager
def alerting(tls: ssl.SSLContext, answer: bytes) -> Iterator[str]:
    """Answer one connection over TLS; unlike asyncio's servers, OpenSSL's own sockets say why they refuse one."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        with listener, contextlib.suppress(OSError):
            sock, _ = listener.accept()
            sock.settimeout(20)
            with sock, tls.wrap_socket(sock, server_side=True) as secure:
                secure.recv(10_000)
                secure.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        thread.join()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


_CLIENT = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(500)), trust_env=False)


async def ask(
    url: str,
    *,
    method: str = "GET",
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    transport: MeasuredTransport | None = None,
    **dial: Any,
) -> httpx.Response:
    """Send one request as httpx's client would, with `dial` as its settings."""
    extensions = {"checker": Dial(**dial)} if dial else {}
    request = _CLIENT.build_request(method, url, content=content, headers=headers, extensions=extensions)
    if transport is not None:
        return await transport.handle_async_request(request)
    transport = MeasuredTransport()
    try:
        return await transport.handle_async_request(request)
    finally:
        await transport.aclose()


async def trouble_of(url: str, **settings: Any) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await ask(url, **settings)
    return caught.value


async def begun_after(cut: str, url: str, **dial: Any) -> httpx.Response | None:
    """Return what is known of an answer that ends in Trouble, or that is cancelled as it is received."""
    trace = Trace()
    request = httpx.Request("GET", url, extensions={"checker": Dial(trace=trace, **dial)})
    transport = MeasuredTransport()
    asking = transport.handle_async_request(request)
    try:
        if cut == "cancelled":
            await cancelled_in(Phase.RECEIVE, trace, asking)
        else:
            with pytest.raises(Trouble):
                await asking
    finally:
        await transport.aclose()
    return begun(request)


async def cancelled_in(phase: Phase, trace: Trace, request: Coroutine[Any, Any, object]) -> None:
    """Cancel a request as soon as it has come to `phase`."""
    task = asyncio.ensure_future(request)
    while trace.current is not phase:
        assert not task.done(), task
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def descriptors() -> int:
    """Return how many are open; those that a process or an event loop has for all its sockets are there beforehand."""
    keep_stamping()
    with contextlib.suppress(RuntimeError):  # no event loop
        readiness()
    return len(list(Path("/proc/self/fd").iterdir()))


async def settled(expected: int) -> int:
    """Return the number of descriptors, as soon as it is what is expected: the servers here close theirs later."""
    for _ in range(400):
        if descriptors() <= expected:
            break
        await asyncio.sleep(0.005)
    return descriptors()


def fails(trace: Trace, url: str, **settings: Any) -> Coroutine[Any, Any, Trouble]:
    return trouble_of(url, trace=trace, **settings)


def closed_port(host: str = "127.0.0.1") -> int:
    """Return a port on which nobody listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.contextmanager
def deaf(host: str) -> Iterator[int]:
    """A port whose handshakes nobody completes: its backlog is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


CA = trustme.CA()
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def server_tls(*names: str, ca: trustme.CA = CA, **validity: dt.datetime) -> ssl.SSLContext:
    """A server's context with a certificate for `names`, by default for the loopback address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*(names or ("127.0.0.1",)), **validity).configure_cert(context)  # type: ignore[arg-type]
    return context


CA_PEM = CA.cert_pem.bytes().decode()
