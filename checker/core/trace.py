"""The stopwatch of one step.

It is started and stopped where the thing happens, so that a step that is cut off in the middle still tells
which phase it was in, how long that had taken, and what was already known (the peer's address, its certificate).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple

from checker.core.reason import Phase, Reason


class Errand(NamedTuple):
    """What a step is about that is no phase of an exchange, or more than that.

    `what` completes "the run's 5s passed while …"; `reason` is the run's then. `own`: the checker does it on its own
    behalf, measuring nobody, so that a time limit that passes then is its own trouble.
    """

    what: str
    reason: Reason = Reason.TIMEOUT
    own: bool = True


class Trace:
    """Time spent in each phase of one step, in seconds; phases that happen again (redirects) add up.

    `facts` holds what is worth keeping even if the step never yields an observation: `address`,
    `certificate`, `tls`, and of an answer over HTTP `status` and `http_version`. `errand` is set while the step
    is about something that no phase tells. `asides` are the stopwatches of exchanges that the step waits for and that
    are no part of its own time, by what they are for: a token, one of several addresses. `progress` tells, while an
    answer is on its way, how much of it has come; it completes "waiting for the answer, …".
    """

    __slots__ = ("_now", "_since", "asides", "current", "errand", "facts", "progress", "timings")

    def __init__(self, now: Callable[[], float] = perf_counter) -> None:
        self._now = now
        self._since = 0.0
        self.current: Phase | None = None
        self.errand: Errand | None = None
        self.asides: dict[str, Trace] = {}
        self.timings: dict[Phase, float] = {}
        self.facts: dict[str, object] = {}
        self.progress: Callable[[], str] | None = None

    def start(self, phase: Phase | None, ago: float = 0.0) -> None:
        """Begin `phase`, or none, ending the one that was running.

        It began `ago` seconds ago, but not before the other did.
        """
        now, running = self._now(), self.current
        if running is not None:
            ended = max(self._since, now - ago)
            self.timings[running] = self.timings.get(running, 0.0) + ended - self._since
            now = ended
        self._since, self.current = now, phase

    def stop(self, ago: float = 0.0) -> None:
        """End the running phase, if there is one; it ended `ago` seconds ago, but not before it began."""
        if self.current is not None:
            self.start(None, ago)

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Time a block as `phase`; left running when the block raises, so that the culprit can be named."""
        self.start(phase)
        yield
        self.stop()

    @contextmanager
    def aside(self, name: str, trace: "Trace") -> Iterator[None]:
        """Tell what is waited for during a block, so that a deadline that strikes meanwhile can name it."""
        self.asides[name] = trace
        try:
            yield
        finally:
            self.asides.pop(name, None)

    @contextmanager
    def progressing(self, progress: Callable[[], str]) -> Iterator[None]:
        """Let `progress` tell during a block how far the answer has come; it says nothing where nothing has."""
        self.progress = progress
        try:
            yield
        finally:
            self.progress = None

    def snapshot(self) -> dict[Phase, float]:
        """Return the timings so far, the running phase included."""
        timings = dict(self.timings)
        if self.current is not None:
            timings[self.current] = timings.get(self.current, 0.0) + self._now() - self._since
        return timings

    def restart(self) -> None:
        """Forget everything, as another attempt begins."""
        self.current = None
        self.errand = None
        self.asides = {}
        self.timings = {}
        self.facts = {}
