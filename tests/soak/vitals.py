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

STEP = 1 << 20
"""Bytes by which Python takes memory of the system and gives it back: an arena, which is hardly ever free again."""

CHANGING = 0.015
"""Share of the bytes in use that may be more: what failed runs are kept with depends on how they failed."""

MIXED = 0.05
"""Share of Python's blocks that may be more for the same reason, but never as many as one for each second run."""


@dataclass(frozen=True)
class Census:
    """What lives in a checker in which nothing runs. `descriptors` and `resident` (bytes) are as the system sees it.

    `blocks` are those that Python has allocated, of any type: texts and numbers too, which are no `objects` to the
    collector. `used`: bytes of the C library's heap.
    """

    runs: int
    descriptors: int
    resident: int
    timers: int
    blocks: int = 0
    used: int = 0
    tasks: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pid: int, runs: int, inside: Mapping[str, Any]) -> "Census":
        return cls(runs, descriptors(pid), resident(pid), **inside)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows with x: the median over all pairs (Theil and Sen), which single steps do not bend."""
    some = points[:: max(1, len(points) // MOST_POINTS)]
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(some, 2) if x2 != x1]
    return median(slopes) if slopes else 0.0


def settled(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Return the later half of what was weighed: until then all that is bounded has had the time to fill up."""
    return points[len(points) // 2 :]


def most_growth(points: Sequence[tuple[float, float]], per_run: float) -> float:
    """Return the steepest slope that is none of a leak: beyond `per_run`, one step of the system's on the way."""
    return per_run + STEP / max(1.0, points[-1][0] - points[0][0]) if points else per_run


def leaked(before: Census, after: Census, per_run: float = 0.01, few: int = 50) -> Iterator[str]:
    """Yield what there is more of.

    Objects of a type may be a `few` more, up to `per_run` for each run, and a quarter: what failed runs are kept with
    depends on how they failed. Of all blocks, and of what the C library has in use, there may be more by less
    for each run than what one object takes: half a block, and five bytes. The whole is bounded as well, with
    room for steps.
    """
    if after.descriptors > before.descriptors:
        yield f"{after.descriptors} descriptors, {before.descriptors} before"
    if (
        after.timers > before.timers + 2
    ):  # the loop's watch and the one of the files may be between two of theirs
        yield f"{after.timers} timers, {before.timers} before"
    if more := {name: count for name, count in after.tasks.items() if count > before.tasks.get(name, 0)}:
        yield f"tasks {more}, before {dict(before.tasks)}"
    runs = after.runs - before.runs
    for name, were, are, spare, each in (
        (
            "blocks of Python's",
            before.blocks,
            after.blocks,
            min(MIXED * before.blocks, runs / 2),
            2 * per_run,
        ),
        ("bytes of the C library's", before.used, after.used, 2 * STEP + CHANGING * before.used, 5.0),
        ("bytes in memory", before.resident, after.resident, 16 * STEP + CHANGING * before.resident, 15.0),
    ):
        if are > were + spare + each * runs:
            yield f"{are} {name}, {were} before"
    most = few + per_run * (after.runs - before.runs)
    for name, count in after.objects.items():
        if count > before.objects.get(name, 0) * 1.25 + most:
            yield f"{count} objects of {name}, {before.objects.get(name, 0)} before"
