"""CPU a probe run in `serve`, beside what blackbox_exporter takes for the same."""

import time

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import Checker, checker, search
from benchmarks.goals.peers import Blackbox, Site, blackbox

LIMITS = {"plain": 0.6, "tls": 0.9}
TITLES = {
    "plain": "CPU a probe run in `serve`, plain HTTP",
    "tls": "CPU a probe run in `serve`, HTTPS with verification",
}
PROBES, INTERVAL = 2000, 4.0  # 500 a second


def rows(effort: Effort, target: Site) -> list[Row]:
    """Compare both schemes."""
    return [_row(effort, target, scheme) for scheme in LIMITS]


def _row(effort: Effort, target: Site, scheme: str) -> Row:
    url, ca = target.url(scheme), target.ca if scheme == "tls" else None
    document = search(url, f"{INTERVAL:.0f}s", effort.count(PROBES), ca)
    with checker(document) as one, blackbox(target.ca) as other:
        other.check(scheme, url)
        both = [(_ours(effort, one), _theirs(effort, one, other, scheme, url)) for _ in range(effort.pairs)]
    ours, theirs = (Spread.of(pair[place] * 1e6 for pair in both) for place in (0, 1))
    ratio = Spread.of(mine / other for mine, other in both)
    return Row(
        TITLES[scheme],
        f"≤ {LIMITS[scheme]} ×",
        f"{ratio.told(2)} ×",
        ratio.median,
        LIMITS[scheme],
        f"{ours.told()} µs against {theirs.told()} µs",
    )


def _ours(effort: Effort, one: Checker) -> float:
    time.sleep(effort.seconds(INTERVAL))  # until all that was left out while it stood still is past
    return one.cost(effort.seconds(5.0))


def _theirs(effort: Effort, one: Checker, other: Blackbox, scheme: str, url: str) -> float:
    with one.process.standing_still():
        return other.load(scheme, url, effort.seconds(3.0))[1]
