"""Points in time as a page shows them: how long ago, exactly when, and for machines."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """`age` for the eye, `exact` for whoever asks, `iso` for the script that keeps `age` true."""

    age: str
    exact: str
    iso: str


def moment(at: float, now: float) -> Moment:
    """Return a point in time as seen from `now`; both in seconds since the epoch."""
    date = datetime.fromtimestamp(at, UTC)
    return Moment(age(now - at), f"{date:%Y-%m-%d %H:%M:%S} UTC", f"{date:%Y-%m-%dT%H:%M:%SZ}")


def age(seconds: float) -> str:
    """Return `0 s`, `59 s`, `12 min`, `3 h`, `5 d`: one number, cut off rather than rounded up."""
    whole = max(0, int(seconds))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if whole >= length:
            return f"{whole // length} {unit}"
    return f"{whole} s"
