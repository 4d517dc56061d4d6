import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from checker.surfaces.web.streaming import Streamed

HTTP = {"type": "http"}
GONE = {"type": "http.disconnect"}


class Reader:
    """Whoever asked: what has reached it, and whether it has left."""

    def __init__(self) -> None:
        self.read: list[Message] = []
        self.left = asyncio.Event()

    async def receive(self) -> Message:
        await self.left.wait()
        return GONE

    async def send(self, message: Message) -> None:
        self.read.append(message)

    @property
    def text(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.read)


async def test_all_of_it_is_sent() -> None:
    async def pieces() -> AsyncIterator[str]:
        yield "one "
        yield "two"

    reader = Reader()
    await Streamed(pieces())(HTTP, reader.receive, reader.send)
    assert (b"one two", False) == (reader.text, reader.read[-1]["more_body"])


async def test_nothing_more_is_made_for_a_reader_that_has_left() -> None:
    reader, ended = Reader(), []

    async def pieces() -> AsyncIterator[str]:
        try:
            yield "one"
            reader.left.set()
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    await Streamed(pieces())(HTTP, reader.receive, reader.send)
    assert ([True], b"one") == (ended, reader.text)


async def test_a_fault_in_making_it_is_raised_and_nothing_stays_behind() -> None:
    async def pieces() -> AsyncIterator[str]:
        yield "one"
        raise LookupError("two")

    reader = Reader()
    with pytest.raises(LookupError, match="two"):
        await Streamed(pieces())(HTTP, reader.receive, reader.send)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_it_ends_with_whoever_waits_for_it() -> None:
    async def pieces() -> AsyncIterator[str]:
        yield "one"
        await asyncio.Event().wait()

    reader = Reader()
    answering = asyncio.create_task(Streamed(pieces())(HTTP, reader.receive, reader.send))
    while not reader.text:  # noqa: ASYNC110 - a turn of the loop each
        await asyncio.sleep(0)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert asyncio.all_tasks() == {asyncio.current_task()}


SCRAPE = """
import asyncio, sys
from checker.surfaces.web.streaming import Streamed

async def pieces():
    yield "one"

async def receive():
    await asyncio.Event().wait()

async def send(message):
    pass

asyncio.run(Streamed(pieces())({"type": "http"}, receive, send))
print("anyio._backends._asyncio" in sys.modules)
"""


def test_it_does_without_a_second_library_for_tasks() -> None:
    done = subprocess.run([sys.executable, "-c", SCRAPE], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
