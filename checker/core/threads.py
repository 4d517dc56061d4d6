"""Blocking calls in daemon threads: who waits can stop waiting at any time, and nothing keeps the process from ending.

The threads of an executor would: the interpreter waits for them at its exit, and a hung call may take minutes.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

MOST = 16
"""Threads; further calls wait for one to be free."""


class _Job(NamedTuple):
    call: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class DaemonThreads:
    """Starts threads as they are needed, up to `most`; they stay for the next call."""

    def __init__(self, name: str, most: int = MOST) -> None:
        self._name = name
        self._most = most
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._waiting = threading.Semaphore(0)  # threads that wait for a job
        self._started = 0

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns, or raise what it raises. Cancelled, it goes on by itself, unheard."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if not self._waiting.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()
        self._jobs.put(_Job(call, loop, future))
        try:
            return await future
        finally:
            del future  # what it raised knows this frame: a cycle, which only the collector would undo

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            tell = None if job.future.cancelled() else partial(_settle, job.future, *_outcome(job.call))
            self._waiting.release()  # before who waits is told, and may have the next call
            if tell:
                _tell(job.loop, tell)
            del job, tell


def _outcome(call: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    """Make the call. What it raises knows this frame, which for that reason knows nobody who waits."""
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - it belongs to who waits for it
        return None, error


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _tell(loop: asyncio.AbstractEventLoop, told: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(told)
    except RuntimeError:
        return  # the loop was closed meanwhile: nobody waits any more
