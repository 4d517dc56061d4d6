import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.clock import Clock
from checker.engine.grid import Epoch, Grid

INTERVALS = st.floats(0.1, 604_800.0)
MOMENTS = st.floats(0.0, 1e7)


@pytest.mark.parametrize(
    ("moment", "expected"), [(-1.0, 2.0), (1.9, 2.0), (2.0, 12.0), (2.1, 12.0), (11.9, 12.0), (12.0, 22.0)]
)
def test_the_next_slot_is_later_than_the_moment(moment: float, expected: float) -> None:
    assert expected == Grid(2.0, 10.0).after(moment)


@given(MOMENTS, INTERVALS, MOMENTS)
def test_it_is_the_first_one_that_is_later(origin: float, interval: float, moment: float) -> None:
    slot = Grid(origin, interval).after(moment)
    assert slot > moment
    assert slot - moment <= interval * 1.000_001


@given(MOMENTS, INTERVALS, st.integers(1, 50))
def test_from_slot_to_slot_none_is_left_out_or_comes_twice(
    origin: float, interval: float, slots: int
) -> None:
    grid = Grid(origin, interval)
    moment = origin
    for _ in range(slots):
        moment = grid.after(moment)
    assert pytest.approx(origin + slots * interval) == moment


@pytest.mark.parametrize(("now", "expected"), [(1.0, 0), (2.0, 1), (11.9, 1), (12.0, 2), (102.5, 11)])
def test_the_slots_that_have_passed_are_counted_with_the_one_that_was_due(now: float, expected: int) -> None:
    assert expected == Grid(2.0, 10.0).passed(2.0, now)


def test_an_epoch_is_one_moment_on_both_clocks() -> None:
    assert Epoch(wall=1000.0, monotonic=5.0) == Epoch.of(Clock(lambda: 1000.0, lambda: 5.0))


@given(st.floats(1e9, 3e9), MOMENTS, INTERVALS, st.floats(0.0, 0.999))
def test_slots_lie_on_the_wall_clocks_grid_wherever_the_process_started(
    wall: float, monotonic: float, interval: float, part: float
) -> None:
    grid = Epoch(wall, monotonic).grid(part * interval, interval)
    assert monotonic <= grid.origin <= monotonic + interval
    on_wall = wall + (grid.origin - monotonic)
    distance = (on_wall - part * interval) % interval
    assert pytest.approx(0.0, abs=1e-3) == min(distance, interval - distance)
