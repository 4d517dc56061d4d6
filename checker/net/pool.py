"""Connections that were asked to be kept (`connection: reuse`), until they are wanted again or too old."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from checker.net.wire import Wire

_MOST = 64
_LONGEST = 30.0  # seconds; below the usual idle limits of servers and load balancers


class Pool:
    """Idle connections. What has been idle for long is closed at the next call, whatever that is for."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._idle: deque[tuple[float, tuple[object, ...], Wire]] = deque()  # the oldest first

    def take(self, key: tuple[object, ...]) -> Wire | None:
        """Return a connection that is still there, or None."""
        self._drop_old()
        for entry in [entry for entry in reversed(self._idle) if entry[1] == key]:
            self._idle.remove(entry)
            if entry[2].is_quiet():
                return entry[2]
            entry[2].close()
        return None

    def put(self, key: tuple[object, ...], wire: Wire) -> None:
        """Keep a connection whose last answer is complete."""
        self._idle.append((self._now(), key, wire))
        self._drop_old()

    def close(self) -> None:
        """Close all of them."""
        while self._idle:
            self._idle.popleft()[2].close()

    def _drop_old(self) -> None:
        before = self._now() - _LONGEST
        while self._idle and (len(self._idle) > _MOST or self._idle[0][0] < before):
            self._idle.popleft()[2].close()
