"""Whether a probe costs the same among ten thousand as among ten: both estates run at once, at the same rate."""

import time

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import checker, search
from benchmarks.goals.peers import Site

LIMIT = 1.15
FEW, MANY = 10, 10_000
RATE = 100  # runs a second of each


def rows(effort: Effort, target: Site) -> list[Row]:
    """Compare."""
    many = effort.count(MANY)
    with (
        checker(search(target.plain, f"{FEW * 1000 // RATE}ms", FEW)) as small,
        checker(search(target.plain, f"{many * 1000 // RATE}ms", many)) as large,
    ):
        while min(one.told().all_runs for one in (small, large)) < RATE:
            time.sleep(1.0)  # the large one is busy with its start, which is not what is asked here
        both = []
        for _ in range(effort.pairs):
            seconds = effort.seconds(9.0)
            before = [(one.told().all_runs, one.process.cpu()) for one in (small, large)]
            time.sleep(seconds)
            spent = [one.process.cpu() for one in (small, large)]
            after = [one.told().all_runs for one in (small, large)]
            both.append(
                tuple(
                    (cpu - begun) / max(1.0, runs - run)
                    for cpu, runs, (run, begun) in zip(spent, after, before, strict=True)
                )
            )
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
