"""Ports and servers: each service listens on a loopback port of its own, all of them in one event loop."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from checker.lab.estate.errors import PortBusyError


def bind(
    listeners: tuple[str, ...], silent: tuple[str, ...], host: str, base_port: int | None
) -> dict[str, socket.socket]:
    """Return a socket for each name: ports in a row from `base_port`, or free ones.

    The `listeners` take connections from now on; the `silent` ones refuse them, and nobody else can take
    their port. Raises PortBusyError, leaving nothing bound.
    """
    bound: dict[str, socket.socket] = {}
    try:
        for offset, name in enumerate(listeners + silent):
            port = 0 if base_port is None else base_port + offset
            bound[name] = _bound(name, host, port, listens=name in listeners)
    except PortBusyError:
        close(bound)
        raise
    return bound


def _bound(name: str, host: str, port: int, *, listens: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it, an answer may wait 40 ms for an ACK.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if listens:
            # A demo that was just stopped leaves connections in TIME_WAIT; they must not keep the next one out.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        if listens:
            sock.listen()
    except (OSError, OverflowError) as exc:
        sock.close()
        why = exc.strerror if isinstance(exc, OSError) else None
        raise PortBusyError(name, host, port, why or str(exc)) from exc
    return sock


def close(sockets: Mapping[str, socket.socket]) -> None:
    """Let go of all ports."""
    for sock in sockets.values():
        sock.close()


def address(sock: socket.socket) -> str:
    """Return the base URL of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """One uvicorn server among several, in a loop and a process that belong to somebody else."""

    def __init__(self, app: ASGIApp, sock: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._sock = sock
        self._ready = asyncio.Event()
        self._leave = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start to listen; returns when requests are answered."""
        self._serving = asyncio.create_task(self.serve([self._sock]))
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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when it is done, instead of leaving it to be polled for."""
        await super().startup(sockets)
        self._ready.set()

    async def main_loop(self) -> None:
        """Wait to be closed; uvicorn's own loop wakes up ten times a second for it, in every server."""
        await self._leave.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: they are the process's own affair."""
        yield
