"""What stays is not gone through again, and what no longer does is found."""

import asyncio
import gc
import weakref

from checker.app.memory import PERIOD, YOUNG, settled, tidy
from checker.core.clock import FakeClock, run_virtual


class Knot:
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.own = self


async def test_what_stays_is_not_gone_through() -> None:
    before = gc.get_threshold()
    with settled():
        assert gc.get_freeze_count() > 1000
        assert YOUNG == gc.get_threshold()
    assert (0, before) == (gc.get_freeze_count(), gc.get_threshold())


async def test_what_was_let_go_of_is_found_all_the_same() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    with settled():
        del knot
        gc.collect()
        assert gone() is not None  # it was taken for what stays
        tidy()
        assert gone() is None
        assert gc.get_freeze_count() > 1000


def test_the_young_are_looked_through_by_the_clock() -> None:
    """However little is new: where everything that comes replaces something, no threshold is ever reached."""

    async def main(_: FakeClock) -> tuple[bool, bool]:
        with settled(lambda: 1):
            gone = weakref.ref(Knot())
            there = gone() is not None
            await asyncio.sleep(1.5 * PERIOD)
            return there, gone() is None

    assert (True, True) == run_virtual(main)


def test_the_young_are_looked_through_by_the_clock_no_longer_when_serving_has_ended() -> None:
    async def main(_: FakeClock) -> bool:
        with settled(lambda: 1):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return asyncio.all_tasks() == {asyncio.current_task()}

    assert run_virtual(main)


def test_older_cycles_wait_until_the_process_has_grown() -> None:
    """Going through all that runs are remembered by holds the loop, so it has to be worth it."""
    sizes = iter([100, 125, 126, 157, 158])

    async def main(_: FakeClock) -> list[bool]:
        with settled(lambda: next(sizes, 0)):
            knot = Knot()
            gone = weakref.ref(knot)
            await asyncio.sleep(1.5 * PERIOD)
            del knot  # older than one look by now
            seen = [gone() is None]
            await asyncio.sleep(PERIOD)
            return [*seen, gone() is None]

    assert [False, True] == run_virtual(main)
    assert 158 == next(sizes)  # it was asked how large it had become, once more after the collection
