"""Small pictures as SVG path data: a strip of past runs, the trend of a number. Pure geometry.

Results differ by height and shape, not by colour alone. One path a result keeps a page of hundreds of strips light.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from checker.board.snapshot import RunSummary
from checker.core.reason import Result

Block = tuple[str, int, int]
"""The class that colours it, its top, its bottom."""

RUNS = 40
RUN_WIDTH = 5  # one of them the gap
STRIP_HEIGHT = 20
TREND_WIDTH, TREND_HEIGHT = 80, 20


@dataclass(frozen=True, slots=True)
class Strip:
    """Past runs, the latest at the right: path data by the class that colours it, and the same in words."""

    paths: tuple[tuple[str, str], ...]
    words: str
    width: int = RUNS * RUN_WIDTH
    height: int = STRIP_HEIGHT


def strip(history: Sequence[RunSummary], runs: int = RUNS) -> Strip:
    """Return the strip of the last `runs` runs."""
    shown = history[-runs:]
    drawn: dict[str, list[str]] = {}
    for place, run in enumerate(shown, runs - len(shown)):
        for kind, top, bottom in blocks(run):
            drawn.setdefault(kind, []).append(
                f"M{place * RUN_WIDTH} {top}h{RUN_WIDTH - 1}v{bottom - top}h-{RUN_WIDTH - 1}z"
            )
    paths = tuple((kind, "".join(parts)) for kind, parts in sorted(drawn.items()))
    return Strip(paths, strip_words(shown), runs * RUN_WIDTH)


def blocks(run: RunSummary) -> tuple[Block, ...]:
    """Return what stands for one run. A masked failure has a green cap: healthy on the surface, broken beneath."""
    if run.masked:
        return ("cap", 0, 5), ("fail", 7, STRIP_HEIGHT)
    return _SHAPES[run.result]


_SHAPES: Mapping[Result, tuple[Block, ...]] = {
    Result.PASS: (("pass", 12, STRIP_HEIGHT),),
    Result.DEGRADED: (("degraded", 6, STRIP_HEIGHT),),
    Result.FAIL: (("fail", 0, STRIP_HEIGHT),),
    Result.ERROR: (("error", 0, 4), ("error", 8, 12), ("error", 16, STRIP_HEIGHT)),
}


def strip_words(history: Sequence[RunSummary]) -> str:
    """Return `last 40 runs: 37 passed, 3 failed (2 masked)`."""
    if not history:
        return "no run yet"
    words = {
        Result.PASS: "passed",
        Result.DEGRADED: "degraded",
        Result.FAIL: "failed",
        Result.ERROR: "could not tell",
    }
    counts = [(sum(run.result is result for run in history), word) for result, word in words.items()]
    masked = sum(bool(run.masked) for run in history)
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"last {len(history)} runs: {told}" + (f" ({masked} masked)" if masked else "")


def trend(
    values: Sequence[float], width: int = TREND_WIDTH, height: int = TREND_HEIGHT, *, low: float = 0.0
) -> str:
    """Return a line through the values, on a scale from `low` to the greatest; "" for fewer than two.

    What is no number is a gap: a run that captured nothing has its place all the same. A number between gaps is a dot.
    """
    known = [value for value in values if isfinite(value)]
    if len(known) < 2:
        return ""
    across = _scale(0, len(values) - 1, 1, width - 1)
    up = _scale(low, max(known), height - 2, 2)
    drawn, gap = [], True
    for place, value in enumerate(values):
        if isfinite(value):
            point = f"{across(place):.1f} {up(value):.1f}"
            drawn.append(f"M{point}h0" if gap else f"L{point}")
        gap = not isfinite(value)
    return "".join(drawn)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)
