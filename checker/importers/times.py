"""Durations as Go, Prometheus and curl write them → as checks.yaml does."""

import re
from typing import Any

_DAY = 86400.0
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # the micro sign
    "μs": 1e-6,  # the letter
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": _DAY,
    "w": 7 * _DAY,
    "y": 365 * _DAY,
}
_PIECE = re.compile(r"(\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h|d|w|y)")
_INTERVALS = (30, 60, 120, 300, 600, 900, 1800, 3600, 6 * 3600, 86400)
_LONGEST = 3650 * 86400


def seconds_of(text: str) -> float | None:
    """Return seconds for `1h30m`, `250ms`, `2w`; None for anything else, and beyond ten years."""
    pieces = _PIECE.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in pieces)
    return seconds if seconds <= _LONGEST else None


def written(seconds: float) -> str:
    """Return a duration of checks.yaml, to the millisecond: `48h` is `2d`, 1.5 is `1500ms`."""
    milliseconds = max(1, round(seconds * 1000))
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"


def paced(interval: float | None, timeout: float | None) -> dict[str, Any]:
    """Return `interval` and `timeout` of a probe; a timeout is always shorter than the interval."""
    made: dict[str, Any] = {}
    longest = timeout or 0.0
    if interval is None and longest >= _INTERVALS[0]:
        interval = next((float(each) for each in _INTERVALS if each > longest), 2 * longest)
    if interval is not None:
        made["interval"] = written(max(interval, 0.1))
        timeout = None if timeout is None else min(timeout, 0.9 * interval)
    return made if timeout is None else {**made, "timeout": written(timeout)}
