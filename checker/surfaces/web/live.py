"""Tells open pages that there is something new (server-sent events), so that nobody has to reload or to poll.

One watcher looks at the board for all of them, and only while a page is open.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from checker.board.snapshot import Snapshot

READERS = 200
"""Pages that are served at the same time; one more is turned away, and then shows that it is not live."""

LASTING = 3600.0
"""Seconds after which a page has to connect anew, as browsers do by themselves: who never reads keeps no place."""


class Live:
    """`every`: seconds between two looks at the board; `alive`: seconds of silence after which life is shown."""

    def __init__(self, snapshot: Callable[[], Snapshot], every: float = 1.0, alive: float = 5.0) -> None:
        self._snapshot = snapshot
        self._every = every
        self._alive = alive
        self._revision = 0
        self._changed = asyncio.Event()
        self._readers = 0
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether no further page can be served."""
        return self._closed or self._readers >= READERS

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield an event at once, one whenever the board has changed, and one now and then as a sign of life."""
        self._enter()
        loop = asyncio.get_running_loop()
        end = loop.time() + LASTING
        try:
            told = self._revision
            yield b"retry: 2000\n\n" + self._event("alive")
            while not self._closed and loop.time() < end:
                await self._change(told)
                name = "alive" if told == self._revision else "board"
                told = self._revision
                yield self._event(name)
        finally:
            self._leave()

    def close(self) -> None:
        """End all streams, so that a server can stop without waiting for its readers."""
        self._closed = True
        self._changed.set()
        if self._watcher:
            self._watcher.cancel()

    def _enter(self) -> None:
        self._readers += 1
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch(fingerprint(self._snapshot())))

    def _leave(self) -> None:
        self._readers -= 1
        if not self._readers and self._watcher:
            self._watcher.cancel()
            self._watcher = None

    async def _change(self, told: int) -> None:
        """Return when there is something that was not told yet, or has not been for too long."""
        if told != self._revision:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._alive):
                await self._changed.wait()

    async def _watch(self, seen: int) -> None:
        while True:
            await asyncio.sleep(self._every)
            now = fingerprint(self._snapshot())
            if now != seen:
                seen = now
                self._revision += 1
                self._changed.set()
                self._changed = asyncio.Event()

    def _event(self, name: str) -> bytes:
        return f"event: {name}\ndata: {json.dumps({'revision': self._revision})}\n\n".encode()


def fingerprint(snapshot: Snapshot) -> int:
    """Return a number that changes whenever a page over the snapshot would."""
    return hash(
        tuple(
            [
                (name, view.state, view.last.started_at if view.last else None, view.skipped, view.blocked_by)
                for name, view in snapshot.probes.items()
            ]
        )
    )
