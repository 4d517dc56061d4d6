"""Long answers in slices, so that whoever reads a page or a scrape never delays a probe's stopwatch."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable
from time import perf_counter

SLICE = 0.003
"""Seconds of work between two pauses; sending and compressing what was made come on top."""

FULL = 256 << 10
"""Characters after which there is a pause all the same: so many take a millisecond or two to compress and to send."""


async def paced(pieces: Iterable[str]) -> AsyncIterator[bytes]:
    """Yield the pieces joined to slices, letting everything else in the loop run after each.

    A piece is worked out when it is asked for, and should take well under a millisecond.
    """
    joined: list[str] = []
    size, began = 0, perf_counter()
    for piece in pieces:
        joined.append(piece)
        size += len(piece)
        if size >= FULL or perf_counter() - began >= SLICE:
            yield "".join(joined).encode("utf-8", "replace")
            await asyncio.sleep(0)
            joined, size, began = [], 0, perf_counter()
    yield "".join(joined).encode("utf-8", "replace")


async def gzipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces as one gzip stream; fast rather than small, since expositions repeat themselves anyway."""
    compressor = zlib.compressobj(level=1, wbits=31)
    async for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()
