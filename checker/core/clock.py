"""Time as the product reads it, and a virtual time in which an hour of scheduling takes a millisecond.

Everything that waits does so with asyncio's own primitives (`asyncio.sleep`, `loop.call_at`, `asyncio.wait`),
which follow the event loop's clock. So a loop with a virtual clock makes every rule about time testable,
without a single replaced function.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from math import ulp
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks: `wall` in seconds since the epoch, `monotonic` in seconds since an arbitrary point."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.perf_counter


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer as soon as nothing else is left to do.

    Real sockets work, but time stands still for as long as one is being waited for without a timer.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        super().__init__(_JumpingSelector(self))
        self.jump(0.0)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the time forward as a suspended process or a stalled loop would see it."""
        self._now += seconds
        # A nanosecond is lost in a float after a hundred days, and a timer would never be due.
        self._clock_resolution = max(1e-9, 2 * ulp(self._now))


class _JumpingSelector(selectors.DefaultSelector):
    """Polls real descriptors without waiting; where a wait was asked for, moves the loop's time instead."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(None)
        ready = super().select(0)
        if not ready and timeout > 0:
            self._loop.jump(timeout)
        return ready


class FakeClock:
    """A clock that follows a virtual loop; `epoch` is the wall time at the loop's time 0."""

    def __init__(self, loop: VirtualTimeLoop, epoch: float = 1_700_000_000.0) -> None:
        self.loop = loop
        self.epoch = epoch

    @property
    def clock(self) -> Clock:
        """The clock to hand to the code under test."""
        return Clock(wall=lambda: self.epoch + self.loop.time(), monotonic=self.loop.time)


def run_virtual(main: Callable[[FakeClock], Coroutine[Any, Any, T]]) -> T:
    """Run `main(fake_clock)` to its end in virtual time and return what it returned."""
    loop = VirtualTimeLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(FakeClock(loop)))
