"""Blocking calls in daemon threads: who waits can stop waiting at any time, and nothing keeps the process from ending.

The threads of an executor would: the interpreter waits for them at its exit, and a hung call may take minutes.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
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
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
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
        return await future

    def close(self) -> None:
        """Let every thread end when it has nothing to do."""
        for _ in range(self._started):
            self._jobs.put(None)
        self._started = 0

    def _work(self) -> None:
        while job := self._jobs.get():
            if not job.future.cancelled():
                _carry_out(job)
            del job
            self._waiting.release()


def _carry_out(job: _Job) -> None:
    try:
        result = job.call()
    except BaseException as error:  # noqa: BLE001 - it belongs to who waits for it
        _tell(job, job.future.set_exception, error)
    else:
        _tell(job, job.future.set_result, result)


def _tell(job: _Job, settle: Callable[[Any], None], what: object) -> None:
    def told() -> None:
        if not job.future.done():
            settle(what)

    try:
        job.loop.call_soon_threadsafe(told)
    except RuntimeError:
        return  # the loop was closed meanwhile: nobody waits any more
