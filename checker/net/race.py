"""Happy Eyeballs (RFC 8305): the addresses of a host in turn, the next one as soon as one fails or dawdles.

So a dead first address, or an IPv6 address where nobody listens, costs a quarter of a second at most, and a
probe finds out what a browser would.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Sequence
from functools import partial

from checker.core.errors import Trouble
from checker.core.reason import Phase
from checker.core.trace import Trace
from checker.net.failures import all_addresses_trouble, connect_trouble
from checker.net.readiness import WRITE, Readiness, readiness

STAGGER = 0.25  # seconds; RFC 8305, section 8, "Connection Attempt Delay"
_MOST = 16  # addresses; nobody waits for more, and an answer of a hostile name server may hold thousands

_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})
_NON_BLOCKING: int = getattr(socket, "SOCK_NONBLOCK", 0)  # which spares a call, but not on macOS


async def connect(
    addresses: Sequence[str], port: int, trace: Trace, ready: Readiness | None = None
) -> tuple[socket.socket, str]:
    """Return a connected, non-blocking socket and the address that it goes to; raises Trouble.

    `trace.facts["address"]` is the address that was tried last. `ready` is the event loop's, for whoever has got it.
    """
    return await _Race(addresses[:_MOST], port, trace, ready or readiness()).run()


class _Race:
    __slots__ = (
        "_future",
        "_left",
        "_pending",
        "_port",
        "_readiness",
        "_timer",
        "_trace",
        "_troubles",
        "_winner",
    )

    def __init__(self, addresses: Sequence[str], port: int, trace: Trace, ready: Readiness) -> None:
        self._left = list(reversed(addresses))
        self._port = port
        self._trace = trace
        self._readiness = ready
        self._pending: dict[socket.socket, str] = {}
        self._troubles: list[Trouble] = []
        self._winner: tuple[socket.socket, str] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._future: asyncio.Future[None] | None = None

    async def run(self) -> tuple[socket.socket, str]:
        self._trace.start(Phase.CONNECT)
        try:
            self._next()
            if self._winner is None and self._pending:
                self._future = asyncio.get_running_loop().create_future()
                await self._future
        except BaseException:
            self._drop_winner()
            raise
        finally:
            self._end()
        if self._winner is None:
            raise all_addresses_trouble(self._troubles)
        self._trace.facts["address"] = self._winner[1]
        return self._winner

    def _next(self) -> None:
        """Begin with the next address; with those after it too, where they fail at once."""
        while self._left and self._winner is None:
            address = self._left.pop()
            self._trace.facts["address"] = address
            try:
                sock, error = self._begin(address)
            except OSError as failure:
                self._troubles.append(connect_trouble(failure, address, self._port))
                continue
            if error in _UNDER_WAY and not _is_connected(sock):
                self._await(sock, address)
                return
            self._settle(sock, address, 0 if error in _UNDER_WAY else error)

    def _begin(self, address: str) -> tuple[socket.socket, int]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM | _NON_BLOCKING)
        try:
            if not _NON_BLOCKING:
                sock.setblocking(False)  # noqa: FBT003 - as the socket has it
            return sock, sock.connect_ex((address, self._port))
        except BaseException:
            sock.close()
            raise

    def _await(self, sock: socket.socket, address: str) -> None:
        self._pending[sock] = address
        self._readiness.expect(sock.fileno(), WRITE, partial(self._connected, sock))
        if self._left:
            self._timer = asyncio.get_running_loop().call_later(STAGGER, self._go_on)

    def _connected(self, sock: socket.socket) -> None:
        address = self._pending.pop(sock)
        self._settle(sock, address, sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        self._go_on()

    def _go_on(self) -> None:
        self._cancel_timer()
        future = self._future
        try:
            self._next()
        except Exception as error:
            if future is None or future.done():
                raise
            future.set_exception(error)  # the checker's own trouble, and raised where it is awaited
            return
        if (self._winner is not None or not self._pending) and future is not None and not future.done():
            future.set_result(None)

    def _settle(self, sock: socket.socket, address: str, error: int) -> None:
        if error:
            self._close(sock)
            self._troubles.append(connect_trouble(OSError(error, os.strerror(error)), address, self._port))
        elif self._winner is None:
            self._trace.stop()
            self._winner = sock, address
        else:
            self._close(sock)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _drop_winner(self) -> None:
        if self._winner is not None:
            self._close(self._winner[0])

    def _close(self, sock: socket.socket) -> None:
        self._readiness.forget(sock.fileno())
        sock.close()

    def _end(self) -> None:
        if self._timer is not None:
            self._cancel_timer()
        for sock in self._pending:
            self._close(sock)
        self._pending.clear()


def _is_connected(sock: socket.socket) -> bool:
    """Whether a connection that was only begun is there: on the same host it is, before the event loop could tell."""
    try:
        sock.getpeername()
    except OSError:  # not yet, or not at all
        return False
    return True
