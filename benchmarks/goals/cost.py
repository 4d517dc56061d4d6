"""CPU a probe run in `serve`, beside what blackbox_exporter takes for the same."""

import time

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import checker, search
from benchmarks.goals.peers import Site, blackbox

LIMITS = {"plain": 0.6, "tls": 0.9}
TITLES = {
    "plain": "CPU a probe run in `serve`, plain HTTP",
    "tls": "CPU a probe run in `serve`, HTTPS with verification",
}
PROBES, INTERVAL = 1000, "2s"


def rows(effort: Effort, target: Site) -> list[Row]:
    """Compare both schemes."""
    return [_row(effort, target, scheme) for scheme in LIMITS]


def _row(effort: Effort, target: Site, scheme: str) -> Row:
    both = [(_ours(effort, target, scheme), _theirs(effort, target, scheme)) for _ in range(effort.pairs)]
    ours, theirs = (Spread.of(one[place] * 1e6 for one in both) for place in (0, 1))
    ratio = Spread.of(mine / other for mine, other in both)
    return Row(
        TITLES[scheme],
        f"≤ {LIMITS[scheme]} ×",
        f"{ratio.told(2)} ×",
        ratio.median,
        LIMITS[scheme],
        f"{ours.told()} µs against {theirs.told()} µs",
    )


def _ours(effort: Effort, target: Site, scheme: str) -> float:
    ca = target.ca if scheme == "tls" else None
    with checker(search(target.url(scheme), INTERVAL, effort.count(PROBES), ca)) as one:
        time.sleep(1.0)
        return one.cost(effort.seconds(6.0))


def _theirs(effort: Effort, target: Site, scheme: str) -> float:
    with blackbox(target.ca) as other:
        other.check(scheme, target.url(scheme))
        other.load(scheme, target.url(scheme), 1.0)
        return other.load(scheme, target.url(scheme), effort.seconds(4.0))[1]
