"""What every surface reads: the state of all probes at one moment. Immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from checker.board.onset import Onset
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.engine.plan import PlannedProbe


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A past run, without its steps: what a strip of runs and a trend need."""

    started_at: float
    duration: float
    result: Result
    reason: Reason | None
    masked: bool | None
    values: Mapping[str, float] = field(default_factory=dict)


class ProbeView(NamedTuple):  # as immutable as a frozen dataclass, and cheaper to make: each run makes one
    """One probe as the board knows it.

    `failure` is the latest failed or errored outcome, kept until the state is up again; `failures` the last
    few with their evidence, newest last; `history` the last runs, oldest first. Times are seconds since the epoch.
    """

    probe: PlannedProbe
    state: State
    since: float  # of the state
    last: Outcome | None
    failure: Outcome | None
    failures: tuple[Outcome, ...]
    history: Sequence[RunSummary]
    runs: Mapping[Result, int]
    failure_counts: Mapping[Reason, int]
    skipped: int
    duration_sum: float
    duration_buckets: tuple[int, ...]  # cumulative, for probe.buckets
    last_success: float | None
    blocked_by: tuple[str, ...]  # names of the dependencies that are down, nearest first
    masked_since: float | None = None  # while the last run is masked: since the first of those in a row
    onset: Onset | None = None  # while the last run did not pass
    redefined_at: float | None = None  # when a reload last changed the probe; None: never

    @property
    def blocked(self) -> bool:
        """Whether a dependency is down."""
        return bool(self.blocked_by)

    @property
    def masked(self) -> bool | None:
        """Whether the last run failed while the shallow check passed; None without a shallow verdict."""
        return self.last.masked if self.last else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole board. `taken_at` in seconds since the epoch."""

    taken_at: float
    probes: Mapping[str, ProbeView]
    label_keys: tuple[str, ...] = ()
