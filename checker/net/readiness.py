"""Tells when sockets are ready, in one system call for each wait.

An event loop's own `add_reader` and `remove_reader` take uvloop ten system calls for a wait, half of what a request
over a fresh connection takes in all. Here all sockets are in one set of the kernel's (epoll), and the loop watches that
set alone. Without epoll (macOS) the event loop's own ways are taken.
"""

import asyncio
import contextlib
import select
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary

READ, WRITE = 1, 2
"""What a socket can be awaited to be ready for."""

Wake = Callable[[], None]

_AT_ONCE = 256  # sockets that are told of at a time; the others are in the next round of the event loop
_BY_EPOLL = hasattr(select, "epoll")
_OF_LOOP: "WeakKeyDictionary[asyncio.AbstractEventLoop, Readiness]" = WeakKeyDictionary()


class Readiness(Protocol):
    """The sockets of one event loop that are awaited. Each has to be forgotten right before it is closed."""

    def expect(self, fd: int, direction: int, wake: Wake) -> None:
        """Call `wake` once, when a socket can be read from (READ) or written to (WRITE), or has failed.

        What was expected of it before is so no more. `wake` must not raise.
        """

    def forget(self, fd: int) -> None:
        """Expect nothing of a socket any more, whether or not anything was."""


def readiness() -> Readiness:
    """Return that of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _OF_LOOP.get(loop)
    if found is None and _BY_EPOLL:
        with contextlib.suppress(
            OSError
        ):  # there is no descriptor left for it; there may be one the next time
            found = _OF_LOOP[loop] = ByEpoll(loop)
    return found or ByLoop()


class ByEpoll(Readiness):
    """Keeps a socket in the set from its first wait until it is closed; each wait arms it for one event."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._epoll = select.epoll()
        self._wakes: dict[int, Wake] = {}
        self._events = {
            READ: select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT,
            WRITE: select.EPOLLOUT | select.EPOLLONESHOT,
        }
        loop.add_reader(self._epoll.fileno(), self._tell)

    def expect(self, fd: int, direction: int, wake: Wake) -> None:
        ask = self._epoll.modify if fd in self._wakes else self._epoll.register
        ask(fd, self._events[direction])
        self._wakes[fd] = wake

    def forget(self, fd: int) -> None:
        self._wakes.pop(fd, None)  # closing takes it out of the set

    def _tell(self) -> None:
        for fd, _ in self._epoll.poll(0, _AT_ONCE):
            if wake := self._wakes.get(fd):  # one that was told before may have closed it
                try:
                    wake()
                except Exception as error:  # noqa: BLE001 - a bug; none of the others would be told again
                    bug = {"message": "a fault of the checker", "exception": error}
                    asyncio.get_running_loop().call_exception_handler(bug)


class ByLoop(Readiness):
    """Asks the event loop anew for each wait, and leaves alone what others have asked it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._directions: dict[int, int] = {}

    def expect(self, fd: int, direction: int, wake: Wake) -> None:
        self.forget(fd)
        self._directions[fd] = direction
        add = self._loop.add_reader if direction == READ else self._loop.add_writer
        add(fd, self._told, fd, wake)

    def forget(self, fd: int) -> None:
        """Expect nothing more in the direction that was asked for: in the other, somebody else may wait."""
        direction = self._directions.pop(fd, None)
        if direction == READ:
            self._loop.remove_reader(fd)
        elif direction == WRITE:
            self._loop.remove_writer(fd)

    def _told(self, fd: int, wake: Wake) -> None:
        self.forget(fd)
        wake()
