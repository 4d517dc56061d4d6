"""Whether a probe costs the same among ten thousand as among ten: both estates run at once, at the same rate.

Each estate asks a server of its own, which counts its runs: who asks the large one itself has it render half a million
lines, and measures that. After its start the large one rests for half an interval, and is not measured then.
"""

import sys
import time

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import Checker, checker, search
from benchmarks.goals.peers import Site, site
from benchmarks.goals.processes import wait_until

LIMIT = 1.15
FEW, MANY = 10, 10_000
RATE = 100  # runs a second of each
TOLERATED = (
    0.01  # of the runs: ten probes have a tenth of a second each, which a busy machine may not have for them
)

Estate = tuple[Checker, Site]


def rows(effort: Effort) -> list[Row]:
    """Compare."""
    many = effort.count(MANY)
    with (
        site() as near,
        site() as far,
        checker(search(near.plain, f"{FEW * 1000 // RATE}ms", FEW)) as small,
        checker(search(far.plain, f"{many * 1000 // RATE}ms", many)) as large,
    ):
        # All have run once, and a tenth of them again: from here on the rate is even.
        wait_until(lambda: far.handled() >= many * 1.1, every=1.0)
        begun = [one.told() for one in (small, large)]
        both = [_costs(((small, near), (large, far)), effort.seconds(12.0)) for _ in range(effort.pairs)]
        for one, before in zip((small, large), begun, strict=True):
            if (told := one.told().since(before)).failed > TOLERATED:
                sys.exit(f"The runs of the checker do not pass: {dict(told.runs)}")
    ratio = Spread.of(large / small for small, large in both)
    ours, others = (Spread.of(one[place] * 1e6 for one in both) for place in (1, 0))
    return [
        Row(
            f"Cost of a probe among {many:,}, to that among {FEW}",
            f"≤ {LIMIT} ×",
            f"{ratio.told(2)} ×",
            ratio.median,
            LIMIT,
            f"{ours.told()} µs against {others.told()} µs",
        )
    ]


def _costs(estates: tuple[Estate, Estate], seconds: float) -> list[float]:
    """Return the seconds of CPU that one run takes in each, in the same while."""
    before = [_moment(*one) for one in estates]
    time.sleep(seconds)
    after = [_moment(*one) for one in estates]
    return [
        (cpu - cpu_before) / max(1, runs - runs_before - 1)  # one of the requests is the question itself
        for (runs, cpu), (runs_before, cpu_before) in zip(after, before, strict=True)
    ]


def _moment(one: Checker, asked: Site) -> tuple[int, float]:
    return asked.handled(), one.process.cpu()
