"""The likeliest cause of a probe's going down, for its line in the log: as long as there is time to look for it.

Looking takes a millisecond or more on a large board. When thousands go down at once, the runs that are going on are
worth more than the hundredth line that says the same.
"""

from collections import deque

from checker.board.board import Board
from checker.board.snapshot import ProbeView
from checker.core.clock import Clock
from checker.core.reason import State
from checker.surfaces.causes.likely import causes
from checker.surfaces.own import Own

MOST = 5
"""Explanations in any second."""


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
        found = causes(view, self._board.snapshot(), self._own.happened())
        return found[0].text if found else None
