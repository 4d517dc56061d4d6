"""People who use a service all the time, whether or not anybody watches it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx


@contextlib.asynccontextmanager
async def using(call: Callable[[], Awaitable[object]], every: float) -> AsyncIterator[None]:
    """Let people call something for as long as the context is open, every so many seconds; they shrug at failures."""

    async def use() -> None:
        while True:
            with contextlib.suppress(httpx.TransportError):
                await call()
            await asyncio.sleep(every)

    task = asyncio.create_task(use())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
