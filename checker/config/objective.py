"""Whether an objective and an interval fit each other: what the alerts about error budgets make of so many runs.

These alerts (`checker rules`; SRE Workbook, chapter 5) fire where the budget of 30 days is used up so many times too
fast in a long window, and at least three runs failed in it. Probes run seldom compared to a service's requests.
"""

from math import floor

from checker.config.models import ProbeKeys
from checker.config.nodes import Mapping, place_of
from checker.config.problems import Problems
from checker.core.duration import format_duration

LEAST_FAILURES = 3
BURNS = ((14.4, 3600.0), (6.0, 21_600.0), (3.0, 86_400.0), (1.0, 259_200.0))
"""How many times too fast, and in how many seconds; the first two page."""

_PAGES = BURNS[1][1]
_LONGEST = BURNS[-1][1]


def check_objective(keys: ProbeKeys, node: Mapping, warnings: Problems) -> None:
    """Warn where no alert for the objective can fire, or the fewest failures that one needs are always enough."""
    if keys.slo is None or not 0 < keys.slo.availability < 1:
        return
    place = place_of(node, ("interval",) if "interval" in node.entries else ("slo",))
    apart, budget = f"with runs {format_duration(keys.interval)} apart", 1 - keys.slo.availability
    least = f"it takes {LEAST_FAILURES} failed runs within"
    if not _has_room(keys.interval, _LONGEST):
        message = f"{apart}, no alert for this objective can fire: {least} {format_duration(_LONGEST)}"
        warnings.add(place, message)
    elif keys.severity == "page" and not _has_room(keys.interval, _PAGES):
        warnings.add(place, f"{apart}, this objective never pages: {least} {format_duration(_PAGES)}")
    elif window := _coarse_in(keys.interval, budget):
        message = f"{apart}, any {LEAST_FAILURES} that fail within {format_duration(window)} alert for this objective"
        warnings.add(place, message, f"shorten the interval to {format_duration(_advised(budget))}")


def _has_room(interval: float, window: float) -> bool:
    """Whether as many runs as have to fail lie within a window."""
    return (LEAST_FAILURES - 1) * interval < window


def _coarse_in(interval: float, budget: float) -> float | None:
    """Return the shortest window in which the fewest failures burn the budget fast enough, however many runs pass."""
    for factor, window in BURNS:
        if _has_room(interval, window) and LEAST_FAILURES * interval > factor * window * budget:
            return window
    return None


def _advised(budget: float) -> float:
    factor, window = BURNS[0]
    longest = factor * window * budget / LEAST_FAILURES
    return floor(longest) if longest >= 1 else longest
