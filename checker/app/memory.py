"""Keeps the garbage collector out of the way of the schedule: what stays is not gone through again and again.

A full collection of an estate of ten thousand probes holds the event loop for most of a second, and of a hundred probes
for 30 ms. What runs leave behind is nearly all freed by its reference count; cycles are found while they are young.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = (5_000, 5, 1_000)
"""Thresholds of the three generations: 25,000 objects at once take 3 ms, and the oldest hardly ever come round."""


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
