"""Work on what a server has sent that could hold the event loop: it is done in a thread beside it.

What such work consists of is either Python's own code, which lets another thread have its turn every 5 ms, or one call
into C whose length is bounded by what is read of an answer (docs/decisions/005-large-documents-beside-the-loop.md).
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from checker.core.reason import Reason
from checker.core.threads import DaemonThreads
from checker.core.trace import Errand, Trace
from checker.engine.judge import Bench

T = TypeVar("T")

LARGE = 16 << 10
"""Bytes from which on work on them is done beside the loop: of so many, one expectation takes 10 ms at the worst."""

JUDGING = Errand("judging the answer", Reason.OVERLOADED)
"""It is the checker that took too long; with what, is in the answer's size."""

_THREADS = DaemonThreads(
    "judging", most=2
)  # more would not be faster, and keep the loop waiting for its turn


async def done_beside(size: int, work: Callable[[], T]) -> T:
    """Return what `work` on so many bytes returns, or raise what it raises. Cancelled, it goes on, unheard."""
    return work() if size < LARGE else await _THREADS.run(work)


async def judged_beside(size: int, judge: Callable[[Bench], T], bench: Bench, trace: Trace) -> T:
    """Return what is judged on a bench; `size` is that of what is judged, in bytes."""
    if size < LARGE:
        return judge(bench)
    apart = bench.apart()
    trace.errand = JUDGING
    try:
        return await done_beside(size, partial(judge, apart))
    finally:
        trace.errand = None
        bench.scope.learn(apart.scope)
