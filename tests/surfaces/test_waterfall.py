import pytest

from checker.core.reason import Phase, Result
from checker.surfaces.waterfall import Bar, waterfall
from tests.surfaces.samples import outcome, step


def test_steps_share_one_axis() -> None:
    run = outcome(steps=(step("a", duration=1.0, timings={}), step("b", duration=3.0, timings={})))
    assert [("a", 0.0, 0.25), ("b", 0.25, 0.75)] == [
        (lane.step.step, lane.start, lane.length) for lane in waterfall(run)
    ]


def test_phases_follow_each_other_in_their_order() -> None:
    timings = {Phase.WAIT: 0.5, Phase.DNS: 0.25}
    (lane,) = waterfall(outcome(steps=(step(duration=1.0, timings=timings),)))
    assert (Bar(Phase.DNS, 0.0, 0.25, 0.25), Bar(Phase.WAIT, 0.25, 0.5, 0.5)) == lane.bars


def test_the_last_attempt_stands_at_the_end_of_its_step() -> None:
    (lane,) = waterfall(outcome(steps=(step(duration=1.0, timings={Phase.WAIT: 0.25}, attempts=3),)))
    assert (Bar(Phase.WAIT, 0.75, 0.25, 0.25),) == lane.bars


def test_requests_at_the_same_time_never_leave_their_step() -> None:
    timings = {Phase.CONNECT: 1.0, Phase.WAIT: 3.0}
    (lane,) = waterfall(outcome(steps=(step(duration=2.0, timings=timings),)))
    assert (Bar(Phase.CONNECT, 0.0, 0.25, 1.0), Bar(Phase.WAIT, 0.25, 0.75, 3.0)) == lane.bars


@pytest.mark.parametrize(
    ("timings", "attempts", "rest"),
    [
        ({Phase.CONNECT: 0.2, Phase.WAIT: 0.3}, 1, 0.5),
        ({Phase.WAIT: 0.9995}, 1, 0.0),
        ({Phase.WAIT: 3.0}, 1, 0.0),  # at the same time, at several addresses
        ({Phase.WAIT: 0.3}, 2, 0.0),  # the other attempt, and the pause between them
        ({}, 1, 0.0),  # nothing was measured
    ],
)
def test_what_no_phase_accounts_for_is_the_checkers_own_time(
    timings: dict[Phase, float], attempts: int, rest: float
) -> None:
    (lane,) = waterfall(outcome(steps=(step(duration=1.0, timings=timings, attempts=attempts),)))
    assert rest == pytest.approx(lane.rest)


@pytest.mark.parametrize("steps", [(), (step("skipped", duration=0.0, timings={}, skipped="no token"),)])
def test_a_run_that_took_no_time_has_no_length(steps: tuple[()]) -> None:
    assert all(lane.length == 0.0 for lane in waterfall(outcome(result=Result.ERROR, steps=steps)))
