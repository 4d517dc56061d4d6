"""When the trouble began that a probe has: the first of the runs in a row that went wrong in the same way.

A state is debounced and a history forgets, so neither of them tells.
"""

from dataclasses import dataclass

from checker.core.outcome import Outcome
from checker.core.reason import Result


@dataclass(frozen=True, slots=True)
class Onset:
    """The start of the first run of those in a row, in seconds since the epoch.

    `seen`: a run before it went better, so that it began then. Else it may have begun at any time before.
    """

    at: float
    seen: bool


def following(onset: Onset | None, earlier: Result | None, outcome: Outcome) -> Onset | None:
    """Return the onset after one more run; `earlier` is the result of the run before it, if there was one.

    Whether a run failed or the checker could not tell is the same trouble; being degraded is another.
    """
    if outcome.result is Result.PASS:
        return None
    if onset and earlier and _broken(earlier) == _broken(outcome.result):
        return onset
    return Onset(outcome.started_at, seen=earlier is not None)


def _broken(result: Result) -> bool:
    return result in (Result.FAIL, Result.ERROR)
