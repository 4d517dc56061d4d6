"""Runs probes without a descriptor or without memory, and again when there is some; a process of its own, to starve.

python -m tests.faults.starved DOCUMENT NAME_SERVER

Writes for each probe how it ended both times: result, reason and message. Those whose names begin with `large` run
out of memory while an answer arrives, all others have no descriptor left.
"""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from checker.app.loop import run
from checker.net.resolve import Resolver
from tests.faults.serving import MIB
from tests.integration.checks import rig

MOST = 64
"""Descriptors, so that they are soon used up."""

SPARE = 8 * MIB
"""Bytes of memory that are left, of the many that the answer would need."""


@contextlib.contextmanager
def limited(what: int, to: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (to, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


@contextlib.contextmanager
def without_descriptors() -> Iterator[None]:
    taken: list[int] = []
    with limited(resource.RLIMIT_NOFILE, MOST):
        try:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.dup(2))
            yield
        finally:
            for one in taken:
                os.close(one)


@contextlib.contextmanager
def without_memory() -> Iterator[None]:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    with limited(resource.RLIMIT_AS, pages * resource.getpagesize() + SPARE):
        yield


async def main(document: str, name_server: str) -> dict[str, list[list[str | None]]]:
    told: dict[str, list[list[str | None]]] = {}
    path = Path(document)
    resolver = Resolver([name_server], timeout=5.0, tries=1)
    async with rig(path.read_text("utf-8"), resolver=resolver, directory=path.parent) as bench:
        for name in bench.wiring.plan.probes:
            starving = without_memory if name.startswith("large") else without_descriptors
            with starving():
                first = await bench.run(name)
            told[name] = [[one.result, one.reason, one.message] for one in (first, await bench.run(name))]
    return told


if __name__ == "__main__":
    json.dump(run(main(*sys.argv[1:])), sys.stdout)
