"""What a process holds on to, and whether that grows with what it has done. Linux's /proc; the rest is pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

_PAGE = 4096
MOST_POINTS = 300
"""Points that a slope is worked out of: its pairs grow with the square of that."""


@dataclass(frozen=True)
class Census:
    """What lives in a checker in which nothing runs. `descriptors` and `resident` (bytes) are as the system sees it."""

    runs: int
    descriptors: int
    resident: int
    timers: int
    tasks: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pid: int, runs: int, inside: Mapping[str, Any]) -> "Census":
        return cls(
            runs, descriptors(pid), resident(pid), inside["timers"], inside["tasks"], inside["objects"]
        )


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows with x: the median over all pairs (Theil and Sen), which single steps do not bend."""
    some = points[:: max(1, len(points) // MOST_POINTS)]
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(some, 2) if x2 != x1]
    return median(slopes) if slopes else 0.0


def leaked(before: Census, after: Census, per_run: float = 0.01, few: int = 50) -> Iterator[str]:
    """Yield what there is more of.

    Objects of a type may be a `few` more, up to `per_run` for each run, and a quarter: what failed runs are kept with
    depends on how they failed.
    """
    if after.descriptors > before.descriptors:
        yield f"{after.descriptors} descriptors, {before.descriptors} before"
    if (
        after.timers > before.timers + 2
    ):  # the loop's watch and the one of the files may be between two of theirs
        yield f"{after.timers} timers, {before.timers} before"
    if more := {name: count for name, count in after.tasks.items() if count > before.tasks.get(name, 0)}:
        yield f"tasks {more}, before {dict(before.tasks)}"
    most = few + per_run * (after.runs - before.runs)
    for name, count in after.objects.items():
        if count > before.objects.get(name, 0) * 1.25 + most:
            yield f"{count} objects of {name}, {before.objects.get(name, 0)} before"
