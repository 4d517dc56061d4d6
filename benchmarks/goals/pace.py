"""How many probes a second one core carries: ours by the schedule, blackbox_exporter as fast as it is asked."""

import time

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import checker, search
from benchmarks.goals.peers import Site, blackbox, site

LIMIT = 1.5
MOST_LAG = 0.05  # seconds, of 99 of 100 runs
INTERVAL = 0.5  # seconds
STEP = 1.04  # from one rate that is tried to the next


def rows(effort: Effort) -> list[Row]:
    """Compare. What is asked runs on the other core, and so does who asks blackbox_exporter."""
    with site(core=1) as target:
        both: list[tuple[float, float]] = []
        guess = 0.0
        for _ in range(effort.pairs):
            theirs = _theirs(effort, target)
            guess = _sustained(effort, target, guess if both else theirs * LIMIT)
            both.append((guess, theirs))
    ratio = Spread.of(mine / other for mine, other in both)
    ours, others = (Spread.of(one[place] for one in both) for place in (0, 1))
    return [
        Row(
            "Probes a second on one core, lag p99 < 50 ms",
            f"≥ {LIMIT} ×",
            f"{ratio.told(2)} ×",
            ratio.median,
            LIMIT,
            f"{ours.told()} against {others.told()}",
            at_least=True,
        )
    ]


def _theirs(effort: Effort, target: Site) -> float:
    with blackbox(target.ca, core=0) as other:
        other.check("plain", target.plain)
        other.load("plain", target.plain, 1.0, core=1)
        return other.load("plain", target.plain, effort.seconds(4.0), core=1)[0].rate


def _sustained(effort: Effort, target: Site, guess: float) -> float:
    """Return the highest rate that is kept, looked for from a guess on in steps."""
    rate = guess
    if _kept(effort, target, rate):
        while effort.pairs > 1 and _kept(effort, target, rate * STEP):
            rate *= STEP
        return rate
    while rate > 50:
        rate /= STEP
        if _kept(effort, target, rate):
            return rate
    return rate


def _kept(effort: Effort, target: Site, rate: float) -> bool:
    probes = max(1, round(rate * INTERVAL * min(1.0, effort.scale * 10)))
    with checker(search(target.plain, f"{INTERVAL * 1000:.0f}ms", probes), core=0) as one:
        time.sleep(1.0)
        told, _ = one.watch(effort.seconds(4.0))
    return told.clean and told.lag(0.99) <= MOST_LAG
