"""Servers on loopback that misbehave in one way each, and the bytes that they misbehave with."""

import asyncio
import contextlib
import gzip
import json
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import repeat
from typing import Any

import brotli
import zstandard

from tests.integration.sites import Answer, Request, read_request
from tests.net.loopback import Script, closed_port, deaf, reset, serving
from tests.net.nameserver import name_server

MIB = 1 << 20
TICK = 0.05
"""Seconds between two bytes of a server that dawdles: ten times within the time limit of its probe."""

Known = Mapping[str, list[str] | str]


# What a server does with a connection


def says(*pieces: bytes, then: str = "close") -> Script:
    """Take a request and say something; then close, reset, end only its own half, or wait until the client goes."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await _end(then, reader, writer)

    return script


async def _end(how: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if how == "reset":
        await asyncio.sleep(0.02)  # what was said has to arrive first
        reset(writer)
    if how == "half-close":
        writer.write_eof()
    if how in {"half-close", "wait"}:
        await reader.read()


def dawdles(start: bytes, rest: bytes) -> Script:
    """Take a request, say the start of an answer, and the rest byte by byte, for ever."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            for byte in rest:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(TICK)

    return script


def goes_on(start: bytes, piece: bytes) -> Script:
    """Take a request and never stop answering, as fast as it is taken."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        for more in repeat(piece):
            writer.write(more)
            await writer.drain()

    return script


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept and hear, but say nothing."""
    await reader.read()


def blurts(answer: bytes) -> Script:
    """Answer whatever comes, a request or not."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await _end("half-close", reader, writer)

    return script


def repeats(start: bytes) -> Script:
    """Say the start of an answer, then all of the request in one line."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(start + request.replace(b"\r\n", b" ") + b"\r\n\r\n")

    return script


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept and reset at once."""
    reset(writer)


async def shakes_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin with a TLS record, and dawdle in it."""
    for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03" + bytes(9000):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(TICK)


def shakes_hands(tls: ssl.SSLContext) -> Script:
    """Shake hands, and say why where that fails, as OpenSSL does; asyncio's servers keep the alert to themselves."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        side = tls.wrap_bio(incoming, outgoing, server_side=True)
        with contextlib.suppress(ssl.SSLError):
            while not _shaken(side):
                writer.write(outgoing.read())
                incoming.write(await reader.read(65536))
        writer.write(outgoing.read())
        await _end("half-close", reader, writer)

    return script


def _shaken(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def routed(answer: Answer) -> Script:
    """Answer each request of a connection by what it asks for."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            writer.write(answer(request))
            await writer.drain()
            if request.headers.get("connection") == "close":
                return

    return script


def by_path(routes: Mapping[str, Answer | bytes]) -> Script:
    """Answer by the path alone."""

    def answer(request: Request) -> bytes:
        found = routes[request.path]
        return found if isinstance(found, bytes) else found(request)

    return routed(answer)


# Bodies


@cache
def bomb(coding: str, size: int = 10 << 30) -> bytes:
    """Return nothing but zeros, ten gibibytes of them unless told otherwise, as they are sent."""
    return b"".join(_BOMBS[coding](size))


def _deflated(wrap: int, size: int) -> Iterator[bytes]:
    """One mebibyte again and again: what its checksum would be is never asked for."""
    stream = zlib.compressobj(9, wbits=wrap)
    yield stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    again = stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    yield from repeat(again, size // MIB - 2)
    yield stream.flush()


def _twice(size: int) -> Iterator[bytes]:
    yield gzip.compress(b"".join(_deflated(31, size)))


def _brotli(size: int) -> Iterator[bytes]:
    stream = brotli.Compressor(quality=1)
    yield from (stream.process(bytes(16 * MIB)) for _ in range(size // (16 * MIB)))
    yield stream.finish()


def _zstd(size: int) -> Iterator[bytes]:
    yield zstandard.compress(bytes(64 * MIB)) * (size // (64 * MIB))


_BOMBS: Mapping[str, Callable[[int], Iterator[bytes]]] = {
    "gzip": partial(_deflated, 31),
    "deflate": partial(_deflated, 15),
    "gzip, gzip": _twice,
    "br": _brotli,
    "zstd": _zstd,
}


def mebibyte(unit: str) -> bytes:
    """Return a list of the same again and again, as large as a body may be by default."""
    return f"[{','.join([unit] * ((MIB - 2) // (len(unit) + 1)))}]".encode()


# All of them at once


@dataclass(frozen=True)
class Served:
    """One server: what it does, and over which TLS. `host`: under which name it is asked for."""

    script: Script
    tls: Any = None
    host: str = "127.0.0.1"


@dataclass
class Places:
    """Where everything listens: ports by name, a name server, and two ports where nobody answers."""

    ports: dict[str, int] = field(default_factory=dict)
    names: str = ""
    closed: int = 0
    deaf: int = 0


@contextlib.asynccontextmanager
async def _all(servers: Mapping[str, Served], known: Known) -> AsyncIterator[Places]:
    async with contextlib.AsyncExitStack() as stack:
        places = Places(closed=closed_port())
        places.deaf = stack.enter_context(deaf("127.0.0.1"))
        places.names = (await stack.enter_async_context(name_server(known))).address
        for name, served in servers.items():
            running = await stack.enter_async_context(serving(served.script, served.tls))
            places.ports[name] = running.port
        yield places


@contextlib.contextmanager
def everything(servers: Mapping[str, Served], known: Known) -> Iterator[Places]:
    """Serve in a thread of their own, until the context is left."""
    started: list[Places] = []
    ready, over = threading.Event(), threading.Event()

    async def main() -> None:
        async with _all(servers, known) as places:
            started.append(places)
            ready.set()
            await asyncio.to_thread(over.wait)

    def run() -> None:
        try:
            asyncio.run(main())
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        ready.wait()
        yield started[0]
    finally:
        over.set()
        thread.join()


def as_text(document: object) -> bytes:
    return json.dumps(document).encode()
