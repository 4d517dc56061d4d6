"""`checker` as it is, but for a thread that counts what lives in it, whenever a line comes in on standard input.

Tasks, timers, objects and what is in use of memory cannot be seen from outside. The answer is one line of JSON on
standard output: `{"tasks": {coroutine: number}, "timers": n, "objects": {type: number}, "blocks": n, "used": bytes}`.
Ask while nothing runs.
"""

import asyncio
import ctypes
import gc
import json
import os
import sys
import threading
from collections import Counter

from checker.cli.main import main

TIMER = "uvloop.loop.TimerHandle"


FIELDS = (
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost",
)


class _Heap(ctypes.Structure):
    """What glibc's mallinfo2(3) tells, of all of its arenas."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in FIELDS)


def used() -> int:
    """Return how many bytes of glibc's heap are in use: what is of no small Python object."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _Heap
    heap = mallinfo2()
    return int(heap.uordblks + heap.hblkhd)


def census() -> dict[str, object]:
    gc.unfreeze()  # what the checker has set aside for good would not be among what lives
    gc.collect()
    memory = {"blocks": sys.getallocatedblocks(), "used": used()}
    living = gc.get_objects()
    gc.freeze()
    objects = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in living)
    tasks = Counter(
        getattr(one.get_coro(), "__qualname__", "")
        for one in living
        if isinstance(one, asyncio.Task) and not one.done()
    )
    return {"tasks": tasks, "timers": objects[TIMER], "objects": objects, **memory}


def watch() -> None:
    while os.read(0, 1):  # no buffered reader, whose lock would be held at the interpreter's end
        os.write(1, json.dumps(census()).encode() + b"\n")


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    main()
