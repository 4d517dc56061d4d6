"""The likeliest cause of a probe's going down, for its line in the log: as long as there is time to look for it.

Looking takes milliseconds on a large board, and more the more is wrong there. When thousands go down at once, the
stopwatches of the runs that are going on are worth more than a line that says so.
"""

from collections import deque

from checker.board.board import Board
from checker.board.snapshot import ProbeView
from checker.core.clock import Clock
from checker.core.reason import State
from checker.surfaces.causes.evidence import in_trouble
from checker.surfaces.causes.likely import causes, explaining
from checker.surfaces.own import Own

MOST = 5
"""Explanations in any second."""


WIDE = 500
"""Probes in trouble beyond which nothing is explained here; the pages do, which have a thread for it."""


class Explaining:
    """Explains changes of state by what `board` and `own` know at that moment."""

    def __init__(self, board: Board, own: Own, clock: Clock) -> None:
        self._board = board
        self._own = own
        self._now = clock.monotonic
        self._latest: deque[float] = deque([float("-inf")] * MOST, maxlen=MOST)

    def cause(self, before: State, view: ProbeView) -> str | None:
        """Return the likeliest cause of a probe's having gone down; None where it has not, or nothing explains it."""
        if view.state is not State.DOWN or before is State.DOWN or self._now() - self._latest[0] < 1.0:
            return None
        self._latest.append(self._now())
        snapshot = self._board.snapshot()
        if len(in_trouble(snapshot)) > WIDE:
            return None
        found = explaining(causes(view, snapshot, self._own.happened()))
        return found[0].text if found else None
