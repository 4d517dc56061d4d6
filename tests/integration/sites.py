"""Small real servers on loopback that keep what they were sent."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from tests.net.loopback import end

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """One request as it came. `headers` by lower-case name."""

    head: bytes
    body: bytes
    connection: int = 0  # which of the server's

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> Mapping[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def headers(self) -> Mapping[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
        }

    @property
    def bytes(self) -> bytes:
        return self.head + self.body


def reply(body: bytes | str = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Return an answer. `Set_Cookie="a=1"` is the header Set-Cookie."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *lines, "", ""])
    return head.encode() + data


Answer = Callable[[Request], bytes]
"""The bytes to answer with; the connection ends after those that are not a whole answer."""


@dataclass
class Site:
    """A server that is running."""

    host: str
    port: int
    secure: bool
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.host}:{self.port}"

    @property
    def received(self) -> bytes:
        return b"\n".join(request.bytes for request in self.requests)


@contextlib.asynccontextmanager
async def site(
    answer: Answer, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    """Answer every request with `answer`; connections are kept unless the client wants them closed."""
    tasks = set[asyncio.Task[None]]()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.connections += 1
        number = running.connections
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                request = await read_request(reader, number)
                running.requests.append(request)
                data = answer(request)
                writer.write(data)
                await writer.drain()
                if request.headers.get("connection") == "close" or not data.startswith(b"HTTP/1.1 "):
                    break
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(converse(reader, writer))
        tasks.add(task)
        task.add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(accept, host, port, ssl=tls)
    running = Site(host, server.sockets[0].getsockname()[1], tls is not None)
    try:
        yield running
    finally:
        await end(server, tasks)


async def read_request(reader: asyncio.StreamReader, connection: int = 0) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(Request(head, b"").headers.get("content-length", "0"))
    return Request(head, await reader.readexactly(length), connection)


def closed_port(host: str = "127.0.0.1") -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
        return port
