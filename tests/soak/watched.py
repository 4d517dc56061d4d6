"""`checker` as it is, but for a thread that counts what lives in it, whenever a line comes in on standard input.

Tasks, timers and objects cannot be counted from outside. The answer is one line of JSON on standard output:
`{"tasks": {coroutine: number}, "timers": n, "objects": {type: number}}`. Ask while nothing runs.
"""

import asyncio
import gc
import json
import os
import threading
from collections import Counter

from checker.cli.main import main

TIMER = "uvloop.loop.TimerHandle"


def census() -> dict[str, object]:
    gc.unfreeze()  # what the checker has set aside for good would not be among what lives
    gc.collect()
    living = gc.get_objects()
    gc.freeze()
    objects = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in living)
    tasks = Counter(
        getattr(one.get_coro(), "__qualname__", "")
        for one in living
        if isinstance(one, asyncio.Task) and not one.done()
    )
    return {"tasks": tasks, "timers": objects[TIMER], "objects": objects}


def watch() -> None:
    while os.read(0, 1):  # no buffered reader, whose lock would be held at the interpreter's end
        os.write(1, json.dumps(census()).encode() + b"\n")


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    main()
