"""Work that is over when its time is, whatever its code makes of being cancelled.

`asyncio.timeout` waits for code that tidies up for long, and says nothing where code swallows its cancellation.
Here such code is left behind: it may go on, but nobody waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

PATIENCE = 0.1
"""Seconds that cancelled work has to end before it is left behind: enough to close a connection."""


Tell = Callable[[BaseException], None]


class Abandoned:
    """Tasks that did not end when they were cancelled, referenced until they do."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, task: asyncio.Task[Any], tell: Tell) -> None:
        """Keep a task until its end; `tell` hears how it failed."""
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, tell))

    def _ended(self, tell: Tell, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            tell(error)


async def bounded(
    work: Callable[[], Awaitable[None]],
    seconds: float,
    cut: Callable[[bool], None],
    abandoned: Abandoned,
    tell: Tell,
) -> None:
    """Return when `work` has ended, or `seconds` have passed. The work must not raise.

    Work that has not ended by then, or as the caller is cancelled, is cancelled and given up. Right before,
    `cut` is called: with True if its time has passed. `tell` hears how it failed in the end.
    """
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    async def until_over() -> None:
        try:
            await work()
        finally:
            end()  # at once: a callback of the task's would come in another turn of the loop

    task, timer = loop.create_task(until_over()), loop.call_later(seconds, end)
    expired = False
    try:
        await over  # asyncio.wait does the same for any number of tasks, in three times the time
        expired = True
    finally:
        timer.cancel()
        if not task.done():
            cut(expired)
            await give_up(task, abandoned, tell)


async def give_up(task: asyncio.Task[Any], abandoned: Abandoned, tell: Tell) -> None:
    """Cancel a task and leave it behind if it does not end soon."""
    abandoned.add(task, tell)
    task.cancel()
    await asyncio.wait((task,), timeout=PATIENCE)
