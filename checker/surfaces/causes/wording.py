"""How evidence is told: in one sentence, with its time, and short."""

from collections.abc import Sequence
from datetime import UTC, datetime

from checker.assertions.explain import shorten
from checker.board.onset import Onset
from checker.core.duration import format_duration
from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.surfaces.meaning import MEANINGS
from checker.surfaces.printable import line

NAMED = 3
"""Probes that a sentence names."""

_VERBS = {Result.DEGRADED: "is degraded", Result.FAIL: "fails", Result.ERROR: "cannot tell"}


def verb(outcome: Outcome) -> str:
    """Return what a probe that did not pass does."""
    return _VERBS[outcome.result]


def message(outcome: Outcome) -> str:
    """Return what an outcome says, on one short line."""
    said = outcome.message or (MEANINGS[outcome.reason] if outcome.reason else "")
    return shorten(line(said), 240)


def clock(at: float, now: float) -> str:
    """Return the time of a day, with its date where that is not the day of `now`; in UTC."""
    then, today = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(now, UTC)
    return f"{then:%H:%M:%S}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M:%S}"


def since(onset: Onset, began: Onset, now: float) -> str:
    """Return since when: `since 12:00:01 (1s before)`, by when that which it may explain began."""
    at = clock(onset.at, now)
    if not onset.seen:
        return f"at least since {at}"
    return f"since {at}" + (f" ({gap(onset.at, began.at)})" if began.seen else "")


def gap(at: float, began: float) -> str:
    """Return `1s before`, `2s after` or `at the same time`, as seen from when a failure began."""
    apart = abs(began - at)
    coarse = round(apart / (grain := _grain(apart))) * grain
    return (
        f"{format_duration(coarse)} {'before' if at < began else 'after'}" if coarse else "at the same time"
    )


def _grain(apart: float) -> float:
    """Return the seconds that a gap is told to: nobody counts those of a day."""
    return next((grain for most, grain in ((60, 0.1), (3600, 1.0), (86400, 60.0)) if apart < most), 3600.0)


def listed(names: Sequence[str]) -> str:
    """Return `a, b, c and 4 more`."""
    shown = ", ".join(line(name) for name in names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
