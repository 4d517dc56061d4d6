"""Notices that a configuration's files have changed, however they are replaced: written, renamed, or by a link."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

Signature = tuple[object, ...]

PERIOD = 1.0
"""Seconds between two looks. Files that are mounted (ECS, bind mounts, NFS) send no events, so they are looked at."""

REMOTE_PERIOD = 60.0
"""Seconds between two looks at a configuration that AWS keeps: calls of its API are counted and paid for."""


_TICK = 0.01
"""Seconds by which the clock of a file system may be behind."""

_Seen = tuple[int, ...]

_UNKNOWN: _Seen = ()


def signature(paths: Iterable[Path]) -> Signature:
    """Return a value that differs when one of the files, or what is in one of the folders, may have changed."""
    return tuple(_seen(path) for path in paths)


def _seen(path: Path) -> _Seen:
    """Return when it was written, and which one it is; or why that cannot be told."""
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return status.st_mtime_ns, status.st_ino, status.st_dev, status.st_size


async def changes(
    paths: Callable[[], Iterable[Path]], read_at: Callable[[], float], period: float = PERIOD
) -> AsyncIterator[None]:
    """Yield once for each change, as soon as two looks in a row see the same: a file is not taken half written.

    `paths` is asked each time, because a reload may bring others. What it adds is no change of itself, unless it was
    written after `read_at`, in seconds since the epoch, when the configuration began to be read: nobody can tell then
    whether it was read before that or after.
    """
    taken: dict[Path, _Seen] = {}
    last: dict[Path, _Seen] = {}
    while True:
        now = {path: _seen(path) for path in paths()}
        taken = {
            path: taken[path] if path in taken else _taken(seen, read_at()) for path, seen in now.items()
        }
        changed = [path for path, seen in now.items() if seen != taken[path]]
        if changed and all(last.get(path) == now[path] for path in changed):
            taken = now
            yield
        last = now
        await asyncio.sleep(period)


def _taken(seen: _Seen, read_at: float) -> _Seen:
    """Return what was read of a file, as far as anybody can tell."""
    is_there = len(seen) > 1
    return _UNKNOWN if is_there and seen[0] / 1e9 >= read_at - _TICK else seen


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
