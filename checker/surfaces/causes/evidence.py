"""A piece of evidence, and how much it weighs: first by how well its time fits, then by what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from checker.board.onset import Onset
from checker.board.snapshot import ProbeView, Snapshot
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.secrets.store import SecretStatus
from checker.surfaces.causes.relations import Shared, universal_labels

NEAR = 600.0
"""Seconds: what began no longer before a failure than this may have brought it about; what is older explains less."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One sentence of evidence. `probe`: whose it is; None: of the failing one or of the checker.

    `since` is when that which is told began, in seconds since the epoch; None: nobody knows, or it has no beginning.
    `also` are further probes that the sentence may name. `peers`: it tells who suffers alike, and explains nothing.
    """

    text: str
    probe: str | None = None
    since: float | None = None
    also: tuple[str, ...] = ()
    peers: bool = False


class Fit(IntEnum):
    """How well the time at which something began fits to that of the failure."""

    TOGETHER = 0  # shortly before it, or as soon after it as it could be seen
    UNKNOWN = 1  # one of the two has never been seen to pass
    LONG = 2  # long before it


class Strength(IntEnum):
    """What a piece of evidence is, the strongest first."""

    DEPENDENCY = 0
    INSPECTED = 1
    UNHEALTHY = 2
    CHANGED = 3
    ADDRESSES = 4
    MASKED = 5
    RELOADED = 6
    FELLOWS = 7


@dataclass(frozen=True, slots=True)
class Evidence:
    """A cause with its weight. `order` decides among equals: the smaller first."""

    cause: Cause
    fit: Fit
    strength: Strength
    order: tuple[float | str, ...] = ()
    reason: Reason | None = None  # of the other probe that it is from

    @property
    def rank(self) -> tuple[bool, Fit, Strength, tuple[float | str, ...]]:
        """The sort key: what explains nothing comes last, however well its time fits."""
        return self.cause.peers, self.fit, self.strength, self.order


@dataclass(frozen=True, slots=True)
class Happened:
    """What the checker knows beside the board: its secrets by name, and when it last took another configuration."""

    secrets: Mapping[str, SecretStatus] = field(default_factory=dict)
    reloaded_at: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A probe whose last run did not pass."""

    view: ProbeView
    outcome: Outcome
    began: Onset
    snapshot: Snapshot
    universal: Shared = ()  # labels that tell no probe from another

    @property
    def fit(self) -> Fit:
        """How well everything fits that was seen in the failing run itself."""
        return Fit.TOGETHER if self.began.seen else Fit.UNKNOWN

    @property
    def inspects(self) -> bool:
        """Whether it asks what a target runs on."""
        return inspects(self.view)


def case_of(view: ProbeView, snapshot: Snapshot) -> Case | None:
    """Return what there is to explain about a probe; None where its last run passed, or it has not run."""
    onset = began(view)
    if view.last is None or onset is None:
        return None
    return Case(view, view.last, onset, snapshot, universal_labels(snapshot))


def in_trouble(snapshot: Snapshot) -> list[ProbeView]:
    """Return the probes whose last run did not pass. Looks at thousands in a millisecond."""
    views = snapshot.probes.values()
    return [view for view in views if view.last is not None and view.last.result is not Result.PASS]


def began(view: ProbeView) -> Onset | None:
    """Return since when a probe has its trouble, a pass in between that was not believed notwithstanding."""
    if view.last is None or view.last.result is Result.PASS:
        return None
    onset = view.onset or Onset(view.last.started_at, seen=False)
    lasting = (State.DEGRADED,) if view.last.result is Result.DEGRADED else (State.DOWN, State.UNKNOWN)
    return Onset(min(onset.at, view.since), onset.seen) if view.state in lasting else onset


def inspects(view: ProbeView) -> bool:
    """Whether the step that decided a probe's last run asks what a target runs on."""
    decided = view.last.step if view.last else None
    return any(step.inspects for step in view.probe.steps if step.name == decided)
