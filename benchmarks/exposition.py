"""How long /metrics takes for 10,000 probes of three steps, and how long it holds the event loop at a time.

Usage: python benchmarks/exposition.py [PROBES]
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from time import perf_counter, process_time

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.outcome import Outcome, ShallowOutcome, StepOutcome
from checker.core.reason import Phase, Reason, Result, State
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.kinds.contract import Observation, StepContext
from checker.surfaces.exposition import Exposition
from checker.surfaces.metrics import families
from checker.surfaces.own import Own
from checker.surfaces.pacing import gzipped

STEPS = ("token", "search", "open")
TIMINGS = {phase: 0.00123456 * place for place, phase in enumerate(Phase, 1)}


async def never(context: StepContext) -> Observation:
    raise NotImplementedError


def view(number: int) -> ProbeView:
    name = f"catalogue/works-search-{number}"
    probe = PlannedProbe(
        name,
        tuple(PlannedStep(step, "http", never) for step in STEPS),
        fingerprint=name,
        labels={"env": "prod", "team": f"team-{number % 50}"},
        owner="catalogue",
        runbook="https://example.org/runbooks/works-search",
        slo=0.995,
    )
    steps = tuple(StepOutcome(step, "http", Result.PASS, None, None, 0.0234567, TIMINGS) for step in STEPS)
    last = Outcome(
        name,
        1.9e9,
        0.0703701,
        Result.PASS,
        steps=steps,
        shallow=ShallowOutcome(healthy=True, message=None, duration=0.002),
    )
    return ProbeView(
        probe,
        State.UP,
        1.9e9,
        last,
        None,
        (),
        (),
        dict.fromkeys(Result, 1234),
        {Reason.TIMEOUT: 3},
        0,
        86.8,
        (),
        1.9e9,
        (),
    )


async def measure(pieces: Callable[[], AsyncIterator[bytes]]) -> tuple[float, float, float, int]:
    """Return wall and CPU seconds in all, the longest time that the loop was held, and the bytes."""
    longest, size, stop = 0.0, 0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        last = perf_counter()
        while not stop.is_set():
            await asyncio.sleep(0)
            now = perf_counter()
            longest, last = max(longest, now - last), now

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0)
    began, cpu = perf_counter(), process_time()
    async for piece in pieces():
        size += len(piece)
    taken = perf_counter() - began, process_time() - cpu
    stop.set()
    await watcher
    return *taken, longest, size


async def main(count: int) -> None:
    snapshot = Snapshot(1.9e9, {one.probe.name: one for one in map(view, range(count))}, ("env", "team"))
    exposition, own = Exposition(), Own()
    gc.collect()
    gc.freeze()

    def text() -> AsyncIterator[bytes]:
        return exposition.render(snapshot, families(snapshot), own, openmetrics=True)

    for name, pieces in (("first", text), ("again", text), ("gzip", lambda: gzipped(text()))):
        wall, cpu, longest, size = await measure(pieces)
        took = f"{wall * 1000:5.0f} ms, CPU {cpu * 1000:5.0f} ms, longest slice {longest * 1000:4.1f} ms"
        print(f"{name}: {took}, {size / 1e6:5.1f} MB")
    lines = sum([piece.count(b"\n") async for piece in text()])
    print(f"{count} probes, {lines} lines")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
