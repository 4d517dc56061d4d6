import asyncio

import pytest

from checker.core.clock import FakeClock, run_virtual
from checker.engine.stall import BEAT, LoopLag


@pytest.mark.parametrize(
    ("stall", "lost"), [(0.0, 0.0), (0.015, 0.0), (0.035, 0.035), (0.25, 0.25), (60.0, 60.0)]
)
def test_stalls_over_twenty_milliseconds_are_added_up_and_told(stall: float, lost: float) -> None:
    async def main(fake: FakeClock) -> tuple[float, list[float]]:
        noted: list[float] = []
        lag = LoopLag(fake.clock, noted.append)
        lag.start()
        for _ in range(3):
            await asyncio.sleep(10 * BEAT)
            fake.loop.jump(stall)
        await asyncio.sleep(BEAT)
        lag.stop()
        return lag.lost(), noted

    total, noted = run_virtual(main)
    # The heartbeat tells a stall's length but for the time that it would have waited anyway.
    assert pytest.approx(3 * lost, abs=3.1 * BEAT) == total
    assert (3 if lost else 0, total) == (len(noted), sum(noted))


def test_a_stall_counts_before_the_heartbeat_has_come() -> None:
    """A deadline that comes due in the same turn of the loop has to know of it."""

    async def main(fake: FakeClock) -> float:
        lag = LoopLag(fake.clock)
        lag.start()
        await asyncio.sleep(0)
        fake.loop.jump(5.0)
        return lag.lost()

    assert pytest.approx(5.0, abs=BEAT) == run_virtual(main)


def test_nothing_is_lost_before_the_start_and_after_the_end() -> None:
    async def main(fake: FakeClock) -> list[float]:
        lag = LoopLag(fake.clock)
        fake.loop.jump(5.0)
        lost = [lag.lost()]
        lag.start()
        await asyncio.sleep(1.0)
        lag.stop()
        fake.loop.jump(5.0)
        await asyncio.sleep(1.0)
        lag.stop()
        return [*lost, lag.lost()]

    assert [0.0, 0.0] == run_virtual(main)
