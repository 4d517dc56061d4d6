"""`make bench`: every comparison, side by side in one run.

    python -m benchmarks [--short] [--only NAME …] [--accept]

Prints a row for each promise, and writes all of them into docs/performance.md. --short shows within seconds that
everything works: its figures mean nothing, and are written nowhere. Linux; scripts/benchmark-packages.sh has what is
to be installed.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks.goals import bare, cost, estate, flat, flow, footprint, guard, pace, page, profile, timing
from benchmarks.goals.figures import FULL, SHORT, Effort, Row
from benchmarks.goals.peers import Site, needed, site

Measure = Callable[[], list[Row]]


def _measures(effort: Effort, target: Site) -> Mapping[str, Measure]:
    return {
        "cost": partial(cost.rows, effort, target),
        "pace": partial(pace.rows, effort),
        "timing": partial(timing.rows, effort, target),
        "estate": partial(estate.rows, effort, target),
        "footprint": partial(footprint.rows, effort, target),
        "flat": partial(flat.rows, effort),
        "flow": partial(flow.rows, effort),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="only show that it works")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="some of the comparisons, guard, profile, bare"
    )
    parser.add_argument("--accept", action="store_true", help="keep the guard's counts")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and write."""
    options = _options()
    effort = SHORT if options.short else FULL
    needed()
    begun, wanted = time.monotonic(), options.only or ()
    with site() as target:
        rows = _rows(effort, target, wanted)
        counts = _counts(effort, target, accept=options.accept) if "guard" in wanted or not wanted else []
        parts = _shares(effort, target) if "profile" in wanted or not wanted else {}
        alone = _alone(effort, target) if "bare" in wanted or not wanted else {}
    if not wanted and not options.short:
        page.write(rows, counts, parts, alone, effort.pairs)
    print(f"took {time.monotonic() - begun:.0f} s", file=sys.stderr)


def _rows(effort: Effort, target: Site, wanted: Sequence[str]) -> list[Row]:
    rows = []
    for name, measure in _measures(effort, target).items():
        for row in measure() if name in wanted or not wanted else ():
            rows.append(row)
            print(_line(row), flush=True)
    return rows


def _counts(effort: Effort, target: Site, *, accept: bool) -> list[guard.Count]:
    now = guard.counts(effort, target)
    counts = guard.compared(now)
    for one in counts:
        print(f"{'! ' if one.regressed else '  '}{one.what:58} {one.now:,.0f} ({one.grown:+.1%})")
    if accept:
        guard.accept(now)
    return counts


def _shares(effort: Effort, target: Site) -> Mapping[str, profile.Shares]:
    parts = profile.shares(effort, target)
    for scheme, shares in parts.items():
        told = ", ".join(f"{part} {share:.0%}" for part, share in shares.items())
        print(f"  of a run over {scheme}: {told}")
    return parts


def _alone(effort: Effort, target: Site) -> Mapping[str, bare.Bare]:
    alone = bare.measured(effort, target)
    for scheme, one in alone.items():
        print(f"  the connection alone, {scheme}: {one.told}")
    return alone


def _line(row: Row) -> str:
    mark = "  " if row.met else "! "
    return f"{mark}{row.what:58} {row.seen:28} {row.goal:20} {row.beside}"


if __name__ == "__main__":
    main()
