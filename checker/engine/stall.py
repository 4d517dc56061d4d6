"""Measures the time that the checker itself lost, so that nobody blames the target for it.

A heartbeat on the event loop should come every `BEAT` seconds. When it is late, everything in the process was:
its own code held the loop, or the machine gave it no processor.
"""

import asyncio
from collections.abc import Callable

from checker.core.clock import Clock

BEAT = 0.01
"""Seconds from heartbeat to heartbeat; what a stall's length is measured to."""

STALL = 0.02
"""Seconds of delay above which a heartbeat counts as a stall; below is the noise of timers."""


def _unnoted(seconds: float) -> None:
    """Nobody listens."""


class LoopLag:
    """Adds up the stalls of the running loop from `start` to `stop`; `note` hears of each one, in seconds."""

    def __init__(self, clock: Clock | None = None, note: Callable[[float], None] = _unnoted) -> None:
        self._now = (clock or Clock()).monotonic
        self._note = note
        self._noted = 0.0
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure."""
        self._arm(asyncio.get_running_loop())

    def stop(self) -> None:
        """Measure no longer; what was lost stays known."""
        if self._timer:
            self._timer.cancel()
        self._timer = self._due = None

    def lost(self) -> float:
        """Return the seconds lost since the start, those of a stall that has just ended included."""
        late = 0.0 if self._due is None else self._now() - self._due
        return self._noted + late if late > STALL else self._noted

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = self._now() + BEAT
        self._timer = loop.call_later(BEAT, self._beat, loop)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        lost, noted = self.lost(), self._noted
        if lost > noted:
            self._noted = lost
            self._note(lost - noted)
        self._arm(loop)
