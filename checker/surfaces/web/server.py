"""One uvicorn server among several, in a loop and a process that belong to somebody else."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """Serves `app` on a socket that is already bound, from `open` to `aclose`; leaves signals and logs alone."""

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
        self.socket = sock
        self._ready = asyncio.Event()
        self._leave = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start to listen; returns when requests are answered."""
        self._serving = asyncio.create_task(self.serve([self.socket]))
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
