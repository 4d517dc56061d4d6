import asyncio
import os
import signal
import subprocess
import sys

import pytest

from checker.app.loop import run


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


async def fails() -> None:
    raise ValueError("it is broken")


async def interrupted(ended: list[str], number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    try:
        await asyncio.sleep(60)
    finally:
        ended.append("tidied up")


def test_returns_what_main_returns_and_raises_what_it_raises() -> None:
    assert 42 == run(answer())
    with pytest.raises(ValueError, match="broken"):
        run(fails())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_lets_main_tidy_up(number: signal.Signals) -> None:
    """A pipeline that is called off sends SIGTERM; what a probe has uploaded is cleaned up then too."""
    ended: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run(interrupted(ended, number))
    assert ["tidied up"] == ended


def test_code_that_does_not_heed_its_cancellation_does_not_keep_the_process() -> None:
    code = """
import asyncio
from checker.app.loop import run

async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

async def main():
    asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    print("ended")

run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    assert "ended\n" == done.stdout
