"""Holds what the checker said of its runs against what the target saw of them. Pure.

A slow machine can turn any answer into `timeout` or `overloaded`, and cut a run off before it has asked. That much is
allowed for, run by run; nothing else is: no run without an outcome, no outcome without a request, no pass or
verdict that the target gave no cause for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.core.reason import Reason, Result
from tests.soak.faults import FAULTS, TIME

Ending = tuple[str, str]
"""A result and its reason; "" for none."""

Seen = Mapping[str, Mapping[str, Mapping[str, int]]]
"""What a target counted: by probe, leg and fault."""

_NEVER_ASKED = frozenset({Reason.CONNECT_TIMEOUT, Reason.OVERLOADED})
_RUNS = re.compile(r'^checker_probe_runs_total\{probe="([^"]+)",result="([^"]+)"\} (\d+)', re.MULTILINE)
_SKIPPED = re.compile(r'^checker_probe_runs_skipped_total\{probe="([^"]+)"\} (\d+)', re.MULTILINE)


@dataclass
class Told:
    """What the log of one process has told so far: how the runs of each probe ended."""

    endings: dict[str, Counter[Ending]] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    """Lines that speak of a fault of the checker's, or are none of its own."""

    def take(self, line: Mapping[str, Any]) -> None:
        name = line["event"]
        self.events[name] += 1
        if name in ("run", "failure"):
            ending = (line["result"], line.get("reason") or "")
            self.endings.setdefault(line["probe"], Counter())[ending] += 1
        elif name in ("log", "internal", "reload_failed"):
            self.odd.append(str(line))

    @property
    def runs(self) -> int:
        return sum(counter.total() for counter in self.endings.values())

    def timed_out(self) -> int:
        """Return how many runs ended for want of time."""
        return sum(
            count
            for endings in self.endings.values()
            for (_, reason), count in endings.items()
            if reason in TIME
        )


def newer(later: Seen, earlier: Seen) -> dict[str, dict[str, Counter[str]]]:
    """Return what was seen between two counts."""
    return {
        probe: {
            leg: Counter(counts) - Counter(earlier.get(probe, {}).get(leg, {}))
            for leg, counts in legs.items()
        }
        for probe, legs in later.items()
    }


def exported(metrics: str) -> dict[str, Counter[str]]:
    """Return the runs of each probe by result, as /metrics has them."""
    found: dict[str, Counter[str]] = {}
    for probe, result, count in _RUNS.findall(metrics):
        found.setdefault(probe, Counter())[result] = int(count)
    return found


def skipped(metrics: str) -> int:
    """Return the slots without a run of all probes."""
    return sum(int(count) for _, count in _SKIPPED.findall(metrics))


def slots(earlier: str, later: str, probes: Iterable[str], due: float) -> Iterator[str]:
    """Yield where a probe had not the slots that were due between two /metrics: each is a run, or counted as skipped.

    Two are in doubt: the first run may come at once, and the last slot may be just before or after the end.
    """
    counters = [exported(metrics) for metrics in (earlier, later)]
    missed = [{name: int(count) for name, count in _SKIPPED.findall(metrics)} for metrics in (earlier, later)]
    for probe in probes:
        runs, skips = (
            counters[1][probe].total() - counters[0][probe].total(),
            missed[1][probe] - missed[0][probe],
        )
        if abs(runs + skips - due) > 2:
            yield f"{probe}: {runs} runs and {skips} skipped, where {due:.1f} slots were"


def against_metrics(told: Told, metrics: str, probes: Iterable[str]) -> Iterator[str]:
    """Yield where the counters are not what the log says; for a moment in which nothing runs."""
    counters = exported(metrics)
    for probe in probes:
        logged: Counter[str] = Counter()
        for (result, _), count in told.endings.get(probe, Counter()).items():
            logged[result] += count
        if +counters.get(probe, Counter()) != logged:
            yield f"{probe}: the metrics have {dict(+counters.get(probe, Counter()))}, the log {dict(logged)}"


def against_target(told: Told, seen: Seen, probes: Iterable[str]) -> Iterator[str]:
    """Yield where what was told is not what was seen; for a time in which these probes did not change."""
    for probe in probes:
        endings = told.endings.get(probe, Counter())
        legs = seen.get(probe, {})
        for problem in (*_counted(endings, legs), *_judged(endings, legs.get("first", {}))):
            yield f"{probe}: {problem}; told {dict(endings)}, seen {legs}"


def unasked(told: Told, seen: Seen, probes: Iterable[str]) -> int:
    """Return how many runs were over before they had asked."""
    return sum(
        told.endings.get(probe, Counter()).total() - sum(seen.get(probe, {}).get("first", {}).values())
        for probe in probes
    )


def _counted(endings: Counter[Ending], legs: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    runs, requests = endings.total(), sum(legs.get("first", {}).values())
    if not requests <= runs <= requests + _with(endings, _NEVER_ASKED):
        yield f"{runs} runs, {requests} requests"
    health = sum(legs["health"].values()) if "health" in legs else runs
    if not runs - _with(endings, TIME) <= health <= runs:
        yield f"{runs} runs, {health} shallow checks"
    good = sum(legs.get("first", {}).get(name, 0) for name in ("well", "few"))
    if "second" in legs and not good - _with(endings, TIME) <= sum(legs["second"].values()) <= good:
        yield f"{good} good first steps, {sum(legs['second'].values())} second ones"


def _judged(endings: Counter[Ending], seen: Mapping[str, int]) -> Iterator[str]:
    """Every ending but those for want of time has as many causes; of these at least as many as were left hanging."""
    due: Counter[Ending] = Counter()
    for name, count in seen.items():
        due[FAULTS[name].result, FAULTS[name].reason or ""] += count
    late = _with(endings, TIME)
    for ending in due.keys() | endings.keys():
        missing = due[ending] - endings[ending]
        if ending[1] not in TIME and not 0 <= missing <= late:
            yield f"{endings[ending]} times {' '.join(ending).strip()}, {due[ending]} causes for it"
    if late < due[Result.FAIL, Reason.TIMEOUT]:
        yield f"{late} runs ended for want of time, {due[Result.FAIL, Reason.TIMEOUT]} requests were left hanging"


def _with(endings: Counter[Ending], reasons: Iterable[str]) -> int:
    return sum(count for (_, reason), count in endings.items() if reason in reasons)
