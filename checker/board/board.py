"""Keeps the latest state of every probe. Written by the engine, read through snapshots.

A probe's view is made when it changes, and a snapshot is little more than a copy of a dictionary: looking at ten
thousand probes must not delay the next run.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from checker.board.history import FAILURES, EvidenceBudget, History, without_evidence
from checker.board.onset import Onset, following
from checker.board.snapshot import ProbeView, Snapshot
from checker.board.state import Policy, ProbeState, advance
from checker.core.clock import Clock
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.engine.plan import Plan, PlannedProbe

Listener = Callable[[State, ProbeView], None]
"""Hears of each recorded run: the state before it, and the probe after it."""

_FAILED = (Result.FAIL, Result.ERROR)

_NO_RUNS: Mapping[Result, int] = dict.fromkeys(Result, 0)
_NO_FAILURES: Mapping[Reason, int] = {}


@dataclass(slots=True)
class _Counters:
    """What only ever grows, as long as a probe of that name and with these buckets is configured.

    A mapping is replaced and never changed, because views share it.
    """

    runs: Mapping[Result, int] = field(default_factory=lambda: _NO_RUNS)
    failures: Mapping[Reason, int] = field(default_factory=lambda: _NO_FAILURES)
    skipped: int = 0
    duration_sum: float = 0.0
    duration_buckets: tuple[int, ...] = ()
    last_success: float | None = None

    def count(self, outcome: Outcome, bounds: tuple[float, ...]) -> None:
        self.runs = {**self.runs, outcome.result: self.runs[outcome.result] + 1}
        self.duration_sum += outcome.duration
        if bounds:
            counts = self.duration_buckets or (0,) * len(bounds)
            self.duration_buckets = tuple(
                [count + (outcome.duration <= bound) for count, bound in zip(counts, bounds, strict=True)]
            )
        if outcome.result not in _FAILED:
            self.last_success = outcome.started_at
        elif outcome.reason:
            self.failures = {**self.failures, outcome.reason: self.failures.get(outcome.reason, 0) + 1}


@dataclass(slots=True)
class _Entry:
    """All that is known of one probe."""

    probe: PlannedProbe
    policy: Policy
    since: float
    state: ProbeState = field(default_factory=ProbeState)
    last: Outcome | None = None
    failure: Outcome | None = None
    failures: tuple[Outcome, ...] = ()
    history: History = field(default_factory=History)
    masked_since: float | None = None
    onset: Onset | None = None
    redefined_at: float | None = None
    counters: _Counters = field(default_factory=_Counters)

    def replace(self, old: Outcome, new: Outcome) -> None:
        """Put another form of an outcome in its place."""
        self.last = new if self.last is old else self.last
        self.failure = new if self.failure is old else self.failure
        self.failures = tuple(new if one is old else one for one in self.failures)


class Board:
    """The state, history and counters of all probes of a plan."""

    def __init__(self, plan: Plan, clock: Clock | None = None) -> None:
        self._now = (clock or Clock()).wall
        self._budget = EvidenceBudget()
        self._entries: dict[str, _Entry] = {}
        self._views: dict[str, ProbeView] = {}
        self._stale: set[str] = set()
        self._dependents: dict[str, list[str]] = {}
        self._listeners: list[Listener] = []
        self._snapshot: Snapshot | None = None
        self._label_keys: tuple[str, ...] = ()
        self.replace(plan)

    def replace(self, plan: Plan) -> None:
        """Take another plan. Counters and history stay with a probe's name, the state with its fingerprint."""
        old, self._entries = self._entries, {}
        for probe in plan.probes.values():
            self._entries[probe.name] = self._entry(probe, old.pop(probe.name, None))
        for gone in old.values():
            self._forget(gone.failures if gone.last is None else (*gone.failures, gone.last))
        self._dependents = _reversed(plan.probes.values())
        self._label_keys = plan.label_keys
        self._views = {name: self._view(entry) for name, entry in self._entries.items()}
        self._stale = set()
        self._snapshot = None

    def record(self, probe: PlannedProbe, outcome: Outcome) -> None:
        """Take the outcome of a run; one of a probe that is no longer configured like that is dropped."""
        entry = self._entries.get(probe.name)
        if entry is None or entry.probe.fingerprint != probe.fingerprint:
            return
        before = entry.state.state
        self._advance(entry, outcome)
        self._keep(entry, without_evidence(outcome) if outcome.result is Result.PASS else outcome)
        if State.DOWN in (before, entry.state.state) and before is not entry.state.state:
            self._stale |= self._all_dependents(probe.name)
        view = self._views[probe.name] = self._view(entry)
        self._snapshot = None
        for listener in tuple(self._listeners):
            listener(before, view)

    def skipped(self, probe: PlannedProbe, slots: int = 1) -> None:
        """Count slots in which a probe did not run."""
        if entry := self._entries.get(probe.name):
            entry.counters.skipped += slots
            self._stale.add(probe.name)
            self._snapshot = None

    def snapshot(self) -> Snapshot:
        """Return all of it as it is at this moment."""
        if self._snapshot is None:
            for name in self._stale:
                self._views[name] = self._view(self._entries[name])
            self._stale = set()
            self._snapshot = Snapshot(self._now(), dict(self._views), self._label_keys)
        return self._snapshot

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each recorded run; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _entry(self, probe: PlannedProbe, old: _Entry | None) -> _Entry:
        policy = Policy(probe.fail_after, probe.recover_after)
        if old is None:
            return _Entry(probe, policy, self._now())
        counters = old.counters if old.probe.buckets == probe.buckets else _Counters()
        if old.probe.fingerprint == probe.fingerprint:
            old.probe, old.policy, old.counters = probe, policy, counters
            return old
        if old.last and not _holds(old.failures, old.last):
            self._forget((old.last,))
        return _Entry(
            probe,
            policy,
            since=(now := self._now()),
            failures=old.failures,
            history=old.history,
            onset=old.onset,
            redefined_at=now,
            counters=counters,
        )

    def _advance(self, entry: _Entry, outcome: Outcome) -> None:
        before = entry.state
        entry.state = advance(before, outcome.result, entry.policy)
        now = self._now()
        if entry.state.state is not before.state:
            entry.since = now
        entry.masked_since = (entry.masked_since or now) if outcome.masked else None
        if entry.onset or outcome.result is not Result.PASS:
            entry.onset = following(entry.onset, entry.history.latest, outcome)
        entry.history = entry.history.with_run(outcome)
        entry.counters.count(outcome, entry.probe.buckets)

    def _keep(self, entry: _Entry, outcome: Outcome) -> None:
        kept, last = entry.failures, entry.last
        entry.last = outcome
        if outcome.result in _FAILED:
            entry.failure = outcome
            entry.failures = (*kept, outcome)[-FAILURES:]
        elif entry.state.state is State.UP:
            entry.failure = None
        if outcome.result is Result.PASS and (last is None or last.result is Result.PASS):
            return  # neither has evidence
        self._forget(one for one in (*kept[:1], last) if one and not _holds(entry.failures, one))
        self._budget.hold(entry.probe.name, outcome)
        for name, oldest in self._budget.excess():
            self._entries[name].replace(oldest, without_evidence(oldest))
            self._stale.add(name)

    def _forget(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self._budget.release(outcome)

    def _all_dependents(self, name: str) -> set[str]:
        found: set[str] = set()
        ahead = deque(self._dependents.get(name, ()))
        while ahead:
            dependent = ahead.popleft()
            if dependent not in found:
                found.add(dependent)
                ahead.extend(self._dependents.get(dependent, ()))
        return found

    def _blocked_by(self, probe: PlannedProbe) -> tuple[str, ...]:
        """Return the dependencies that are down, those of dependencies too, nearest first."""
        seen: dict[str, _Entry] = {}
        ahead = deque(probe.depends_on)
        while ahead:
            name = ahead.popleft()
            entry = self._entries.get(name)
            if entry and name not in seen:
                seen[name] = entry
                ahead.extend(entry.probe.depends_on)
        return tuple(name for name, entry in seen.items() if entry.state.state is State.DOWN)

    def _view(self, entry: _Entry) -> ProbeView:
        counters = entry.counters
        return ProbeView(
            probe=entry.probe,
            state=entry.state.state,
            since=entry.since,
            last=entry.last,
            failure=entry.failure,
            failures=entry.failures,
            history=entry.history,
            runs=counters.runs,
            failure_counts=counters.failures,
            skipped=counters.skipped,
            duration_sum=counters.duration_sum,
            duration_buckets=counters.duration_buckets or (0,) * len(entry.probe.buckets),
            last_success=counters.last_success,
            blocked_by=self._blocked_by(entry.probe) if entry.probe.depends_on else (),
            masked_since=entry.masked_since,
            onset=entry.onset,
            redefined_at=entry.redefined_at,
        )


def _holds(outcomes: Iterable[Outcome], wanted: Outcome) -> bool:
    return any(outcome is wanted for outcome in outcomes)


def _reversed(probes: Iterable[PlannedProbe]) -> dict[str, list[str]]:
    dependents: dict[str, list[str]] = {}
    for probe in probes:
        for name in probe.depends_on:
            dependents.setdefault(name, []).append(probe.name)
    return dependents
