"""Durations, sizes and percentages as people write them: `250ms`, `64KiB`, `99.5%`."""

import re
from decimal import Decimal
from math import isfinite

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_DURATIONS = re.compile(f"(?:{_DURATION.pattern})+", re.ASCII)
_SIZE = re.compile(r"(\d{1,18})(B|KiB|MiB|GiB)?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)%", re.ASCII)

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}  # in milliseconds
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_LONGEST = 10 * 365 * 86400.0


def parse_duration(text: str) -> float:
    """Return seconds for `250ms`, `30s`, `5m`, `1h`, `7d` or a sum such as `1h30m`; ten years at most.

    Raises ValueError, with a message for the user, for anything else.
    """
    if not _DURATIONS.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write a number and ms, s, m, h or d, such as 30s")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(text)) / 1000
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    return seconds


def format_duration(seconds: float) -> str:
    """Return a short text for people, of three digits or two units: `38ms`, `1.25s`, `2m`, `1h30m`, `7d`."""
    if seconds < 0:
        return "-" + format_duration(-seconds)
    if not isfinite(seconds):
        return str(seconds)
    if seconds < 0.9995:
        return _three_digits(seconds * 1000) + "ms"
    return _three_digits(seconds) + "s" if seconds < 59.95 else _whole_units(round(seconds))


def _three_digits(number: float) -> str:
    text = f"{abs(number):.3g}"
    return "0" if "e" in text else text


def _whole_units(seconds: int) -> str:
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])


def parse_size(text: str) -> int:
    """Return bytes for `64KiB`, `1MiB`, `512B` or `512`; raises ValueError with a message for the user."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a size; write a number and B, KiB, MiB or GiB, such as 64KiB")
    return int(match[1]) * _BYTES[match[2] or "B"]


def format_size(size: float) -> str:
    """Return a short text for people: `512B`, `3.4KiB`."""
    for unit in ("GiB", "MiB", "KiB"):
        number = size / _BYTES[unit]
        if number >= 1:
            return f"{number:.0f}{unit}" if number >= 999.5 else f"{number:.3g}{unit}"
    return f"{size:g}B"


def parse_percent(text: str) -> float:
    """Return a ratio between 0 and 1 for `99.5%`; raises ValueError with a message for the user."""
    match = _PERCENT.fullmatch(text)
    if not match or float(match[1]) > 100:
        raise ValueError(f"{text!r} is not a percentage; write a number from 0 to 100 and %, such as 99.5%")
    return float(Decimal(match[1]) / 100)
