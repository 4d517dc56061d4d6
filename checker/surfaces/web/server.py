"""One uvicorn server among several, in a loop and a process that belong to somebody else."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import Server as UvicornServer

from checker.net.serving import ServerTls
from checker.surfaces.web.connection import Connection, Limits

_AGAIN = 0.5  # seconds until the next try, where the process has no descriptor left for a connection


def plain() -> ServerTls | None:
    """Return how connections are encrypted: not at all."""
    return None


class Server(UvicornServer):
    """Serves `app` on a socket that is already bound, from `open` to `aclose`; leaves signals and logs alone.

    `tls` is asked for each connection, so that a certificate can be another one from then on. Connections beyond the
    limit wait to be accepted until others have ended.
    """

    def __init__(
        self,
        app: ASGIApp,
        sock: socket.socket,
        tls: Callable[[], ServerTls | None] = plain,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(
            Config(
                app,
                http=Connection,
                log_config=None,
                log_level="error",  # below that are only complaints about strangers, as many as they like to cause
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self.socket = sock
        self._tls = tls
        self._limits = limits or Limits()
        self._room = asyncio.Semaphore(self._limits.connections)
        self._greeting: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self._leave = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start to listen; returns when requests are answered."""
        self._serving = asyncio.create_task(self.serve([]))
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({self._serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._serving.done():
            self._serving.result()

    async def aclose(self) -> None:
        """Stop to listen, finish what is being answered, and return when the port is free."""
        self._leave.set()
        if self._serving is not None:
            await self._serving

    async def main_loop(self) -> None:
        """Accept connections until closed; uvicorn's own loop wakes up ten times a second, in every server."""
        self.socket.settimeout(0)
        accepting = asyncio.create_task(self._accept())
        self._ready.set()
        await self._leave.wait()
        for task in (accepting, *self._greeting):
            task.cancel()
        await asyncio.wait({accepting, *self._greeting})
        self.socket.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                sock, _ = await loop.sock_accept(self.socket)
            except OSError:
                # None left of something, or the client has gone already; who waits will still be waiting.
                self._room.release()
                await asyncio.sleep(_AGAIN)
                continue
            task = asyncio.create_task(self._greet(sock))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, sock: socket.socket) -> None:
        """Make a connection of what was accepted, which is over when it has shaken hands."""
        tls = self._tls()
        connection = Connection(self.config, self.server_state, self._limits, self._room.release, tls)
        handshake = {"ssl_handshake_timeout": self._limits.head, "ssl_shutdown_timeout": 1.0} if tls else {}
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection, sock, ssl=tls.context if tls else None, **handshake
            )
        except OSError:  # it has gone, speaks no TLS, shows no certificate, or dawdles
            pass
        finally:
            if not connection.begun:
                sock.close()
                self._room.release()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: they are the process's own affair."""
        yield
