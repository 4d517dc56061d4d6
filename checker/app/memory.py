"""Keeps the garbage collector out of the way of the schedule: what stays is not gone through again and again.

A full collection of an estate of ten thousand probes holds the event loop for most of a second, and of a hundred probes
for 30 ms, on a busy machine. What runs leave behind is freed by its reference count: they make no cycles.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = (5_000, 5, 1_000)
"""Thresholds of the three generations: the young in small portions, and the oldest hardly ever."""


@contextmanager
def settled() -> Iterator[None]:
    """Take all that there is for what stays. Entered when a configuration is in use; afterwards all is as before."""
    before = gc.get_threshold()
    gc.set_threshold(*YOUNG)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def tidy() -> None:
    """Look for cycles in what stayed so far. Called when an old configuration has been let go of."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
