"""What a run costs besides its kind: CPU a run of the runner, of the schedule around it, and of the board.

python benchmarks/engine.py [RUNS]
"""

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import uvloop

from checker.assertions.evaluate import compile_expectations
from checker.board.board import Board
from checker.core.facts import Fact, Facts, Unit
from checker.engine.plan import Plan, PlannedProbe, PlannedStep
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Observation, StepContext
from checker.secrets.store import SecretStore

FACTS = (Fact("status", "what was answered", unit=Unit.STATUS),)
PROBES = 10_000


async def observe(context: StepContext) -> Observation:  # noqa: ARG001 - the signature of a prepared step
    """See a 200 without asking anybody."""
    return Observation(Facts({"status": 200}))


STEP = PlannedStep("get", "trivial", observe, compile_expectations({"status": 200}, FACTS, Path()))
PROBE = PlannedProbe("trivial", (STEP,), fingerprint="1")


def resident() -> int:
    """Return the most KiB of memory that the process has had so far (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def cpu_of(work: Callable[[], Awaitable[object]], times: int) -> float:
    """Return microseconds of CPU a call."""
    for _ in range(times // 10):
        await work()
    began = time.process_time()
    for _ in range(times):
        await work()
    return (time.process_time() - began) / times * 1e6


async def runs(times: int) -> None:
    """Print what runs cost."""
    runner = Runner(Room(SecretStore({})))
    room = replace(PROBE, steps=(replace(STEP, timeout=5.0),))
    for name, probe in (
        ("one step", PROBE),
        ("three steps", replace(PROBE, steps=(STEP, STEP, STEP))),
        ("one step with a timeout of its own", room),
        ("one step and a clean-up", replace(PROBE, steps=(STEP, replace(STEP, always=True)))),
        ("one step and a shallow check", replace(PROBE, shallow=STEP)),
    ):

        async def awaited(probe: PlannedProbe = probe) -> None:
            await runner.run(probe)

        async def task(probe: PlannedProbe = probe) -> None:
            await asyncio.create_task(runner.run(probe))

        print(
            f"{name:38} {await cpu_of(awaited, times):6.1f} µs, {await cpu_of(task, times):6.1f} µs as a task"
        )


async def boards() -> None:
    """Print what recording runs and looking at the board cost."""
    probes = {f"probe-{n}": replace(PROBE, name=f"probe-{n}") for n in range(PROBES)}
    outcome = await Runner(Room(SecretStore({}))).run(PROBE)
    outcomes = [replace(outcome, probe=name) for name in probes]
    board = Board(Plan(probes))
    before = resident()
    began = time.process_time()
    for _ in range(60):
        for probe, done in zip(probes.values(), outcomes, strict=True):
            board.record(probe, done)
    print(f"{'record':38} {(time.process_time() - began) / 60 / PROBES * 1e6:6.1f} µs")
    print(f"{'memory of 60 runs a probe':38} {(resident() - before) / PROBES:6.2f} KiB")
    began = time.process_time()
    board.snapshot()
    print(f"{'snapshot of 10,000 probes':38} {(time.process_time() - began) * 1e3:6.2f} ms")


def main() -> None:
    """Run all of it on uvloop."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    uvloop.run(runs(times))
    uvloop.run(boards())


if __name__ == "__main__":
    main()
