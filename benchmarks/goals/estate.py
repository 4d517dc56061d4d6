"""Ten thousand probes in one process: how late they start, how long the loop is held, scrapes, memory."""

import os
import signal
import statistics
import sys
import time
from collections.abc import Iterator

from benchmarks.goals.figures import Effort, Row
from benchmarks.goals.ours import checker, search
from benchmarks.goals.peers import Site
from benchmarks.goals.processes import get

PROBES = 10_000
SCRAPES = 4
WATCHED = (sys.executable, "-m", "benchmarks.goals.watched")


def rows(effort: Effort, target: Site) -> list[Row]:
    """Let it run for a minute after the first, and scrape it four times."""
    count = effort.count(PROBES)
    with checker(search(target.plain, f"{max(2.0, 60 * effort.scale):.0f}s", count), command=WATCHED) as one:
        heard = one.process.out
        time.sleep(effort.seconds(5.0))
        begun = one.told()
        _longest(one.process.pid, heard)
        took, spent = [], []
        for _ in range(SCRAPES):
            time.sleep(effort.seconds(15.0))
            before, had = time.perf_counter(), one.process.cpu()
            get(f"{one.base}/metrics")
            took.append(time.perf_counter() - before)
            spent.append(one.process.cpu() - had)
        held, busy = _longest(one.process.pid, heard)
        told, resident = one.told().since(begun), one.process.resident()
    name = f"{count:,} probes at 60 s"
    lag = told.lag(0.99) * 1e3
    scrape = statistics.median(took) * 1e3
    runs = f"{told.all_runs:.0f} runs, {told.runs.get('pass', 0):.0f} passed, {told.skipped:.0f} skipped"
    return [
        Row(f"{name}: schedule lag p99", "≤ 50 ms", f"≤ {lag:.0f} ms", lag, 50, runs),
        Row(
            f"{name}: longest stall of the event loop",
            "≤ 20 ms",
            f"{held:.1f} ms",
            held,
            20,
            f"scrapes included; CPU {busy:.1f} ms",
        ),
        Row(
            f"{name}: `/metrics`",
            "≤ 500 ms",
            f"{scrape:.0f} ms",
            scrape,
            500,
            f"longest {max(took) * 1e3:.0f} ms; CPU {statistics.median(spent) * 1e3:.0f} ms, with the runs meanwhile",
        ),
        Row(f"{name}: RSS", "≤ 220 MiB", f"{resident:.0f} MiB", resident, 220),
    ]


def _longest(pid: int, heard: Iterator[bytes]) -> tuple[float, float]:
    os.kill(pid, signal.SIGUSR1)
    held, busy = map(float, next(heard).split())
    return held * 1e3, busy * 1e3
