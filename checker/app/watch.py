"""Notices that a configuration's files have changed, however they are replaced: written, renamed, or by a link."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

Signature = tuple[object, ...]

PERIOD = 1.0
"""Seconds between two looks. Files that are mounted (ECS, bind mounts, NFS) send no events, so they are looked at."""

REMOTE_PERIOD = 60.0
"""Seconds between two looks at a configuration that AWS keeps: calls of its API are counted and paid for."""


def signature(paths: Iterable[Path]) -> Signature:
    """Return a value that differs when one of the files, or what is in one of the folders, may have changed."""
    return tuple(_one(path) for path in paths)


def _one(path: Path) -> object:
    try:
        status = path.stat()
    except OSError as error:
        return error.errno
    return status.st_mtime_ns, status.st_ino, status.st_dev, status.st_size


async def changes(paths: Callable[[], Iterable[Path]], period: float = PERIOD) -> AsyncIterator[None]:
    """Yield once for each change, as soon as two looks in a row see the same: a file is not taken half written.

    `paths` is asked each time, because a reload may bring others; what it adds is no change of itself.
    """
    watched = tuple(paths())
    taken = last = signature(watched)
    while True:
        await asyncio.sleep(period)
        if tuple(paths()) != watched:
            watched = tuple(paths())
            taken = last = signature(watched)
            continue
        now = signature(watched)
        if now == last and now != taken:
            taken = now
            yield
        last = now


async def remote_changes(
    look: Callable[[], Awaitable[str | None]], period: float = REMOTE_PERIOD, *, taken: bool = True
) -> AsyncIterator[None]:
    """Yield once for each time that `look` returns another version; None: it cannot be told now.

    `taken`: what is there at first is in use already.
    """
    last = await look() if taken else None
    while True:
        await asyncio.sleep(period)
        now = await look()
        if now not in (None, last):
            last = now
            yield
