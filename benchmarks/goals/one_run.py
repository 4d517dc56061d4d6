"""Runs one probe again and again, one run after the other, so that what a run takes can be counted.

    python -m benchmarks.goals.one_run CONFIG RUNS [--calls | --profile]

With --calls it prints how many functions were called in the runs, of Python and of C; with --profile how often each
part was seen at work. Before the first run that counts and after the last one it makes a system call that nobody else
makes, so that others see where to begin.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from benchmarks.goals import profile
from checker.app.loop import run
from checker.app.secrets import secret_sources
from checker.app.wiring import Lasting, wire
from checker.board.board import Board
from checker.config.load import load
from checker.core.clock import Clock
from checker.core.reason import Result
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.secrets.store import SecretStore

WARM_UP = 20
EVERY = 0.001  # seconds of CPU between two looks


async def _main(source: str, runs: int, how: str) -> None:
    clock, secrets = Clock(), SecretStore({})
    config = load(source, {})
    lasting = Lasting.of(secrets, clock)
    wiring = wire(config, secrets, role="sentinel", clock=clock, lasting=lasting)
    secrets.replace(secret_sources(config, {}, lasting.aws, clock))
    board, runner = Board(wiring.plan, clock), Runner(Room(secrets, clock))
    [probe] = wiring.plan.probes.values()

    async def once() -> None:
        outcome = await asyncio.create_task(runner.run(probe))
        board.record(probe, outcome)
        if outcome.result is not Result.PASS:
            sys.exit(f"{outcome.reason}: {outcome.message}")

    for _ in range(WARM_UP):
        await once()
    seen: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001 - as sys.setprofile has it
        seen[event] += 1

    gc.disable()
    _mark()
    if how == "--calls":
        sys.setprofile(note)
    if how == "--profile":
        signal.signal(signal.SIGPROF, lambda _, frame: profile.note(frame, seen))
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    for _ in range(runs):
        await once()
    signal.setitimer(signal.ITIMER_PROF, 0)
    sys.setprofile(None)
    _mark()
    if how == "--calls":
        print(seen["call"], seen["c_call"])
    if how == "--profile":
        print(json.dumps(seen))
    await wiring.aclose()


def _mark() -> None:
    os.getpriority(os.PRIO_PROCESS, 0)


if __name__ == "__main__":
    run(_main(str(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
