"""How two probes belong together: one depends on the other, they have labels in common, they ask the same host."""

from collections import deque
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.outcome import Outcome
from checker.engine.plan import PlannedProbe

Labels = Mapping[str, str]
Shared = tuple[tuple[str, str], ...]
Ways = Mapping[str, Sequence[str]]


def needs(snapshot: Snapshot) -> Ways:
    """Return what each probe depends on by its own definition, where it does."""
    return {name: view.probe.depends_on for name, view in snapshot.probes.items() if view.probe.depends_on}


def needed_by(ways: Ways) -> Ways:
    """Return the same, seen from what is needed."""
    reversed_ways: dict[str, list[str]] = {}
    for name, dependencies in ways.items():
        for dependency in dependencies:
            reversed_ways.setdefault(dependency, []).append(name)
    return reversed_ways


def reached(start: str, ways: Ways) -> dict[str, int]:
    """Return what can be reached from a probe, and in how many steps; itself is not among it."""
    found = {start: 0}
    ahead = deque([start])
    while ahead:
        here = ahead.popleft()
        for name in ways.get(here, ()):
            if name not in found:
                found[name] = found[here] + 1
                ahead.append(name)
    del found[start]
    return found


def shared_labels(one: PlannedProbe, other: PlannedProbe) -> Shared:
    """Return the labels that two probes have in common; none where they differ in any that both have.

    A label that repeats a probe's name says nothing of what it belongs to.
    """
    mine, theirs = _telling(one), _telling(other)
    common = sorted(mine.keys() & theirs.keys())
    if any(mine[key] != theirs[key] for key in common):
        return ()
    return tuple((key, mine[key]) for key in common)


def universal_labels(snapshot: Snapshot) -> Shared:
    """Return the labels that every probe has, by defaults most of the time: they tell none from another."""
    views = iter(snapshot.probes.values())
    common = set(first.probe.labels.items()) if (first := next(views, None)) else set()
    for view in views:
        if not common:
            break
        common &= view.probe.labels.items()
    return tuple(sorted(common))


def _telling(probe: PlannedProbe) -> Labels:
    return {key: value for key, value in probe.labels.items() if key != "name" and value != probe.name}


def hosts(outcome: Outcome) -> frozenset[str]:
    """Return `host:port` of all that the step asked which decided a run, as far as evidence of it was kept."""
    asked = [
        exchange.url for step in outcome.steps if step.step == outcome.step for exchange in step.exchanges
    ]
    return frozenset(host for url in asked if (host := _host(url)))


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def same_host(one: ProbeView, other: ProbeView) -> str:
    """Return a host that the deciding steps of both last runs asked; "" where there is none."""
    if one.last is None or other.last is None:
        return ""
    return min(hosts(one.last) & hosts(other.last), default="")
