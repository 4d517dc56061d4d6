"""`depends_on`: names resolved to the probes that they stand for, and cycles found."""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import replace

from checker.config.configuration import ProbeConfig
from checker.config.problems import Problems, did_you_mean

_MOST_SHOWN = 10


def resolve(
    probes: Iterable[ProbeConfig], expansions: Map[str, tuple[str, ...]], problems: Problems
) -> tuple[ProbeConfig, ...]:
    """Return the probes with the full names of those that they depend on.

    `expansions` has the full names for each name as it is written; a full name may be written as well.
    """
    probes = tuple(probes)
    full = {name for names in expansions.values() for name in names}
    known: dict[tuple[str, ...], tuple[str, ...]] = {(): ()}
    resolved = []
    for probe in probes:
        _check_names(probe, expansions, full, problems)
        if probe.depends_on not in known:
            names = [full_name for name in probe.depends_on for full_name in expansions.get(name, (name,))]
            known[probe.depends_on] = tuple(dict.fromkeys(names))
        resolved.append(replace(probe, depends_on=known[probe.depends_on]) if probe.depends_on else probe)
    _check_cycles(probes, expansions, problems)
    return tuple(resolved)


def _check_names(
    probe: ProbeConfig, expansions: Map[str, tuple[str, ...]], full: set[str], problems: Problems
) -> None:
    for index, name in enumerate(probe.depends_on):
        if name not in expansions and name not in full:
            hint = did_you_mean(name, [*expansions, *full])
            problems.add(probe.place(("depends_on", index)), f"there is no probe {name!r}", hint)


def _check_cycles(
    probes: Iterable[ProbeConfig], expansions: Map[str, tuple[str, ...]], problems: Problems
) -> None:
    """Note one circle for each knot of probes that wait for each other.

    A name that stands for many probes is a node of its own (`*name`): an edge for each word, not for each pair.
    """
    edges: dict[str, list[str]] = {f"*{name}": list(names) for name, names in expansions.items()}
    places = {}
    for probe in probes:
        edges[probe.name] = [f"*{name}" if name in expansions else name for name in probe.depends_on]
        places[probe.name] = probe
    for knot in _knots(edges):
        circle = [name for name in _circle(edges, knot) if name in places]
        if circle:
            first = places[circle[0]]
            shown = circle if len(circle) <= _MOST_SHOWN else [*circle[: _MOST_SHOWN - 1], "…"]
            message = f"these probes depend on each other: {' → '.join([*shown, circle[0]])}"
            problems.add(first.place(("depends_on",)), message)


def _knots(edges: Map[str, list[str]]) -> Iterator[frozenset[str]]:
    """Yield the strongly connected components that have a cycle (Tarjan, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    for root in edges:
        if root in order:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        _enter(root, edges, order, low, path, on_path, work)
        while work:
            node, children = work[-1]
            child = next(children, None)
            if child is None:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    yield from _closed(node, edges, path, on_path)
            elif child not in order:
                _enter(child, edges, order, low, path, on_path, work)
            elif child in on_path:
                low[node] = min(low[node], order[child])


def _enter(
    node: str,
    edges: Map[str, list[str]],
    order: dict[str, int],
    low: dict[str, int],
    path: list[str],
    on_path: set[str],
    work: list[tuple[str, Iterator[str]]],
) -> None:
    order[node] = low[node] = len(order)
    path.append(node)
    on_path.add(node)
    work.append((node, iter(edges.get(node, ()))))


def _closed(
    node: str, edges: Map[str, list[str]], path: list[str], on_path: set[str]
) -> Iterator[frozenset[str]]:
    start = path.index(node)
    knot = frozenset(path[start:])
    del path[start:]
    on_path -= knot
    if len(knot) > 1 or node in edges.get(node, ()):
        yield knot


def _circle(edges: Map[str, list[str]], knot: frozenset[str]) -> list[str]:
    """Return one circle within a knot, beginning at the name that comes first."""
    start = next(name for name in edges if name in knot and not name.startswith("*"))
    came_from: dict[str, str] = {}
    reached = [start]
    for node in reached:
        for child in edges.get(node, ()):
            if child == start:
                return _way_back(node, start, came_from)
            if child in knot and child not in came_from:
                came_from[child] = node
                reached.append(child)
    return [start]


def _way_back(node: str, start: str, came_from: Map[str, str]) -> list[str]:
    way = [node]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
