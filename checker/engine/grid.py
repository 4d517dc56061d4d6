"""When a probe's slots are: a grid of equal steps on the monotonic clock, and arithmetic on it.

The grid is laid out once, by the wall clock and the probe's offset, so that a restart finds the slots where they
were. From then on the wall clock may be set back or forth without moving a slot.
"""

from dataclasses import dataclass
from math import floor

from checker.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots `origin + n × interval`, in seconds of the monotonic clock."""

    origin: float
    interval: float

    def after(self, moment: float) -> float:
        """Return the first slot later than `moment`. A slot that is a millionth of a step ahead is taken for now."""
        return self.origin + (floor((moment - self.origin) / self.interval + 1e-6) + 1) * self.interval

    def passed(self, due: float, now: float) -> int:
        """Return how many slots there are from the slot `due` on, itself included, up to `now`."""
        return max(0, floor((now - due) / self.interval + 1e-6) + 1)


@dataclass(frozen=True, slots=True)
class Epoch:
    """One moment on both clocks: the only time that the schedule looks at the wall clock."""

    wall: float
    monotonic: float

    @classmethod
    def of(cls, clock: Clock) -> "Epoch":
        """Return this moment."""
        return cls(clock.wall(), clock.monotonic())

    def grid(self, offset: float, interval: float) -> Grid:
        """Return the grid whose slots are at `offset`, modulo the interval, on the wall clock."""
        return Grid(self.monotonic + (offset - self.wall) % interval, interval)
