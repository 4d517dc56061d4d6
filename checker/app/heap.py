"""Keeps what has been freed from staying with the process: memory that one large answer took is the system's again.

glibc gives a large block back at once, but takes every larger one that it has seen freed for the size from which on
blocks are large, up to 32 MiB: then bodies, pages and expositions come and go within the heap, and leave holes. Where
that size is set, it stays (mallopt(3)).
"""

import contextlib
import ctypes

LARGE = 128 << 10
"""Bytes from which on a block is the system's again when it is freed: what glibc begins with."""

_M_MMAP_THRESHOLD = -3  # malloc.h


def give_back() -> None:
    """Have large blocks given back from now on; another C library than glibc is left as it is."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)
