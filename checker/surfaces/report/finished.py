"""What a report is made of: a probe, the outcome of its last run, and the state that it led to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from checker.board.snapshot import ProbeView
from checker.core.outcome import Outcome
from checker.core.reason import State
from checker.engine.plan import PlannedProbe
from checker.surfaces.causes.evidence import Cause


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished run, with the probe that ran, and what may explain that it did not pass."""

    probe: PlannedProbe
    outcome: Outcome
    state: State
    causes: tuple[Cause, ...] = ()


def finished(views: Iterable[ProbeView]) -> tuple[Finished, ...]:
    """Return the last run of each probe that has run."""
    return tuple(Finished(view.probe, view.last, view.state) for view in views if view.last is not None)


def rfc3339(seconds: float) -> str:
    """Return seconds since the epoch as `2030-01-31T12:00:00.000Z` (RFC 3339)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
