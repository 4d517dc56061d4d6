"""CPU a probe run in `serve`, beside what blackbox_exporter takes for the same: at their utmost, and at one rate.

What a probe takes depends on how many there are: a process that sleeps between two of them takes more for each than
one that always finds another one waiting. So both are measured both ways: each as busy as it can be, with eight probes
under way at any time, and both at the same number of probes a second.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import Checker, checker, search
from benchmarks.goals.peers import CONNECTIONS, Blackbox, Site, blackbox

LIMITS = {"plain": 0.6, "tls": 0.9}
TITLES = {"plain": "plain HTTP", "tls": "HTTPS with verification"}

RATE = 300  # probes a second
INTERVAL = 4.0  # seconds; of the probes of which there are so many
TOO_MANY = {"plain": 4000, "tls": 2000}  # probes a second, more than one process does
MORE = 1.1  # by how many times more than it does it is asked to do: each slot that has to be left out takes its CPU too
OFTEN = 0.5  # seconds; their interval
MOST_FAILED = 0.01  # of the runs: on a busy machine a few do not end within their half second

Cost = Callable[[Checker], float]
Theirs = Callable[[Blackbox], float]


def rows(effort: Effort, target: Site) -> list[Row]:
    """Compare both schemes, both ways."""
    return [row(effort, target, scheme) for scheme in LIMITS for row in (_utmost, _even)]


def _utmost(effort: Effort, target: Site, scheme: str) -> Row:
    with checker(_busy(effort, target, scheme, TOO_MANY[scheme])) as one:
        seconds = effort.seconds(3.0)
        most = one.watch(seconds)[0].all_runs / seconds
    document = _busy(effort, target, scheme, most * MORE)

    def ours(one: Checker) -> float:
        time.sleep(effort.seconds(OFTEN * 2))  # until all that was left out while it stood still is past
        told, spent = one.watch(effort.seconds(4.0))
        if told.failed > MOST_FAILED:
            sys.exit(f"The runs of the checker do not all pass: {dict(told.runs)}")
        return spent

    def theirs(other: Blackbox) -> float:
        return other.load(scheme, target.url(scheme), effort.seconds(3.0))[1]

    return _row(effort, target, scheme, "as many as it can", document, ours, theirs)


def _busy(effort: Effort, target: Site, scheme: str, rate: float) -> dict[str, Any]:
    """Return checks.yaml with so many slots a second, of which eight at a time are taken."""
    count = max(CONNECTIONS, effort.count(int(rate * OFTEN)))
    document = search(target.url(scheme), f"{OFTEN * 1000:.0f}ms", count, _ca(target, scheme))
    document["server"]["max_in_flight"] = CONNECTIONS
    return document


def _even(effort: Effort, target: Site, scheme: str) -> Row:
    count = effort.count(int(RATE * INTERVAL))
    document = search(target.url(scheme), f"{INTERVAL:.0f}s", count, _ca(target, scheme))

    def ours(one: Checker) -> float:
        time.sleep(effort.seconds(INTERVAL))
        return one.cost(effort.seconds(5.0))

    def theirs(other: Blackbox) -> float:
        return asyncio.run(other.paced(scheme, target.url(scheme), RATE, effort.seconds(4.0)))

    return _row(effort, target, scheme, f"{RATE} a second", document, ours, theirs)


def _row(
    effort: Effort,
    target: Site,
    scheme: str,
    how: str,
    document: dict[str, Any],
    ours: Cost,
    theirs: Theirs,
) -> Row:
    with checker(document) as one, blackbox(target.ca) as other:
        other.check(scheme, target.url(scheme))
        both = []
        for _ in range(effort.pairs):
            mine = ours(one)
            with one.process.standing_still():
                both.append((mine, theirs(other)))
    own, others = (Spread.of(pair[place] * 1e6 for pair in both) for place in (0, 1))
    ratio = Spread.of(mine / other for mine, other in both)
    return Row(
        f"CPU a probe run in `serve`, {TITLES[scheme]}, {how}",
        f"≤ {LIMITS[scheme]} ×",
        f"{ratio.told(2)} ×",
        ratio.median,
        LIMITS[scheme],
        f"{own.told()} µs against {others.told()} µs",
    )


def _ca(target: Site, scheme: str) -> Path | None:
    return target.ca if scheme == "tls" else None
