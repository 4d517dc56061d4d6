import asyncio

import httpx

from checker.core.clock import FakeClock, run_virtual
from checker.lab.users import using


def test_users_call_again_and_again_whatever_happens() -> None:
    called: list[float] = []

    async def story(fake: FakeClock) -> None:
        async def call() -> None:
            called.append(fake.loop.time())
            if len(called) == 2:
                raise httpx.ConnectError("nobody listens")

        async with using(call, every=10.0):
            await asyncio.sleep(25.0)
        await asyncio.sleep(100.0)

    run_virtual(story)
    assert called == [0.0, 10.0, 20.0]
