"""The one word that a probe is shown under, worst first."""

from enum import StrEnum

from checker.board.snapshot import ProbeView
from checker.core.reason import Result, Severity, State


class Mark(StrEnum):
    """In the order in which they are shown. All but masked and blocked are the probe's debounced state."""

    MASKED = "masked"
    DOWN = "down"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    BLOCKED = "blocked"
    PENDING = "pending"
    UP = "up"

    @property
    def word(self) -> str:
        """For people."""
        return self.value.capitalize()


MEANINGS = {
    Mark.MASKED: "The platform says healthy. The user’s path is broken.",
    Mark.DOWN: "The user’s path is broken.",
    Mark.UNKNOWN: "The checker could not tell; that is no verdict on the target.",
    Mark.DEGRADED: "It works, but not as well as wanted.",
    Mark.BLOCKED: "Something that it depends on is down.",
    Mark.PENDING: "Not decided yet.",
    Mark.UP: "The user’s path works.",
}

_RANKS = {mark: rank for rank, mark in enumerate(Mark)}
_URGENCY = {severity: rank for rank, severity in enumerate(Severity)}


def mark_of(view: ProbeView) -> Mark:
    """Return the mark of a probe.

    A blocked probe is shown as blocked even if it is masked as well, from its first failed run on: what has to be
    repaired is its dependency, and an outage of that must not be drowned by all that hangs on it.
    """
    if view.blocked and (view.masked or view.state is not State.UP):
        return Mark.BLOCKED
    return Mark.MASKED if view.masked else Mark(view.state)


def urgency(mark: Mark, view: ProbeView) -> tuple[int, int, bool, str]:
    """Return the sort key: mark, severity, whether the last run failed, name; so a row keeps its place."""
    passed = view.last is None or view.last.result in (Result.PASS, Result.DEGRADED)
    return _RANKS[mark], _URGENCY[view.probe.severity], passed, view.probe.name
