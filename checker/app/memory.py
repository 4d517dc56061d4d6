"""Keeps the garbage collector out of the way of the schedule: what stays is not gone through again and again.

A full collection of an estate of ten thousand probes holds the event loop for most of a second, and of a hundred probes
for 30 ms, on a busy machine. What runs leave behind is freed by its reference count: they make no cycles.

Python looks through the young when there are more new objects than freed ones, by a threshold. Here every outcome takes
the place of an older one, so there hardly ever are, and the young are a hundred thousand when it does look. So they are
looked through by the clock, while they are few.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NEVER = 1 << 30

YOUNG = (5_000, NEVER, NEVER)
"""Thresholds of the three generations: the young in between where they become many at once, the others not by these."""

PERIOD = 0.25
"""Seconds from one look through the young to the next: a millisecond of work for a thousand runs a second."""

GROWTH = 1.25
"""By what there has to be more before what was not freed is looked through for cycles."""


@contextmanager
def settled(size: Callable[[], int] = sys.getallocatedblocks) -> Iterator[None]:
    """Take all that there is for what stays. Entered when a configuration is in use; afterwards all is as before.

    For use within a running loop. Cycles that outlive a look through the young are found as soon as `size` has grown
    by a quarter since the last time: that holds the loop for as long as there are runs remembered, and nothing else.
    What is counted must fall again when it is freed, as blocks do, or each search would want more than the one before.
    """
    before = gc.get_threshold()
    gc.set_threshold(*YOUNG)
    gc.freeze()
    sweeping = asyncio.get_running_loop().create_task(_sweep(size))
    try:
        yield
    finally:
        sweeping.cancel()
        gc.unfreeze()
        gc.set_threshold(*before)


def tidy() -> None:
    """Look for cycles in what stayed so far. Called when an old configuration has been let go of."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def _sweep(size: Callable[[], int]) -> None:
    enough = size() * GROWTH
    while True:
        await asyncio.sleep(PERIOD)
        if size() > enough:
            gc.collect()
            enough = size() * GROWTH
        else:
            gc.collect(0)
