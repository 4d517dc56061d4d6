"""Config → Plan: everything that can be worked out before the first run.

Expectations are compiled, kinds have prepared their steps, names are resolved, offsets are fixed. Running a
probe then only does what differs from run to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.assertions.evaluate import Assertion, Capture
from checker.core.reason import Reason, Severity
from checker.kinds.contract import Observe


@dataclass(frozen=True, slots=True)
class Poll:
    """Repeat a step until its expectations hold: every `every` seconds, for at most `within` seconds."""

    every: float
    within: float
    stop_if: tuple[Assertion, ...] = ()  # fails the step at once when all of them hold


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeat a failed attempt at most `attempts` times in all, for these reasons only."""

    attempts: int = 1
    delay: float = 0.0
    reasons: frozenset[Reason] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, ready to run."""

    name: str
    kind: str
    observe: Observe
    expect: tuple[Assertion, ...] = ()
    warn: tuple[Assertion, ...] = ()
    captures: tuple[Capture, ...] = ()
    timeout: float | None = None
    poll: Poll | None = None
    retry: Retry = Retry()
    always: bool = False
    needs: frozenset[str] = frozenset()  # captures that its spec refers to


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """One probe, ready to run. Times are in seconds.

    `fingerprint` is equal for two plans' probes that would behave the same: a reload keeps the state,
    counters and schedule of those.
    """

    name: str
    steps: tuple[PlannedStep, ...]
    fingerprint: str
    interval: float = 30.0
    timeout: float = 10.0
    cleanup_timeout: float = 5.0
    interval_on_failure: float | None = None
    fail_after: int = 2
    recover_after: int = 2
    offset: float = 0.0  # of its slots on the wall clock's grid, 0 <= offset < interval
    first_delay: float = 0.0  # from the start to the first run: hash(name) × min(interval, 10 s)
    shallow: PlannedStep | None = None
    depends_on: tuple[str, ...] = ()
    writes: bool = False
    runs_on: str = "any"
    labels: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = Severity.TICKET
    owner: str = ""
    runbook: str = ""
    description: str = ""
    slo: float | None = None  # objective as a ratio
    buckets: tuple[float, ...] = ()  # of the duration histogram; empty: a summary
    full_metrics: bool = True  # phases too


@dataclass(frozen=True, slots=True)
class Plan:
    """All probes of a configuration, in its order, and the one set of label keys that they share."""

    probes: Mapping[str, PlannedProbe]
    label_keys: tuple[str, ...] = ()
    max_in_flight: int = 100
