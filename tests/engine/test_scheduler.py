import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.clock import FakeClock, run_virtual
from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.engine.plan import Plan, PlannedProbe
from checker.engine.scheduler import CannotRunError, Scheduler

T = TypeVar("T")

EPOCH = 1_700_000_000.0  # a multiple of 10, 20 and 50


def probe(name: str = "a", **changes: Any) -> PlannedProbe:
    plain = PlannedProbe(name, (), fingerprint="1", interval=10.0, offset=4.0, first_delay=1.0)
    return replace(plain, **changes)


def plan(*probes: PlannedProbe, **changes: Any) -> Plan:
    return replace(Plan({one.name: one for one in probes}), **changes)


class Estate:
    """A scheduler whose runs take what they are told to, and a record of what it did."""

    def __init__(self, fake: FakeClock, *probes: PlannedProbe, limit: int = 100, **changes: Any) -> None:
        self.fake = fake
        self.takes: Callable[[int], float] = lambda number: 0.25
        self.results: dict[int, Result] = {}
        self.cleaning = 0.0  # seconds that a cancelled run takes for its clean-ups
        self.heeds_cancellation = True
        self.ran: list[PlannedProbe] = []
        self.began: list[tuple[str, float]] = []
        self.cancelled: list[tuple[str, float]] = []
        self.cut_off: list[tuple[str, float]] = []
        self.recorded: list[tuple[str, float]] = []
        self.skips: list[tuple[str, float, int]] = []
        self.lags: list[float] = []
        self.most_at_once = 0
        self.scheduler = Scheduler(
            plan(*(probes or (probe(),)), max_in_flight=limit),
            self.run,
            lambda one, outcome: self.recorded.append((one.name, self.now)),
            skipped=lambda one, slots: self.skips.append((one.name, self.now, slots)),
            lagged=self.lags.append,
            clock=fake.clock,
            **changes,
        )

    @property
    def now(self) -> float:
        return self.fake.loop.time()

    async def run(self, one: PlannedProbe) -> Outcome:
        number = len(self.began)
        self.began.append((one.name, self.now))
        self.ran.append(one)
        self.most_at_once = max(self.most_at_once, self.scheduler.in_flight)
        try:
            await asyncio.sleep(self.takes(number))
        except asyncio.CancelledError:
            self.cancelled.append((one.name, self.now))
            await self.clean_up(one)
            if self.heeds_cancellation:
                raise
        return Outcome(one.name, self.now, 0.25, self.results.get(number, Result.PASS))

    async def clean_up(self, one: PlannedProbe) -> None:
        try:
            await asyncio.sleep(self.cleaning)
        except asyncio.CancelledError:
            self.cut_off.append((one.name, self.now))
            raise

    async def until(self, moment: float) -> None:
        await asyncio.sleep(moment - self.now)

    @property
    def starts(self) -> list[float]:
        return [moment for _, moment in self.began]

    @property
    def skipped(self) -> int:
        return sum(slots for _, _, slots in self.skips)


def virtually(
    play: Callable[[Estate], Awaitable[T]], *probes: PlannedProbe, loop_began: float = 0.0, **changes: Any
) -> tuple[Estate, T]:
    """Start the schedule, let `play` go on with it, and return the estate and what it returned."""

    async def main(fake: FakeClock) -> tuple[Estate, T]:
        fake.loop.jump(loop_began)
        estate = Estate(fake, *probes, **changes)
        estate.scheduler.start()
        return estate, await play(estate)

    return run_virtual(main)


def until(moment: float, *probes: PlannedProbe, **changes: Any) -> Estate:
    return virtually(lambda estate: estate.until(moment), *probes, **changes)[0]


class TestSlots:
    def test_the_first_run_is_soon_and_then_the_probe_keeps_to_its_grid(self) -> None:
        assert [1.0, 14.0, 24.0, 34.0] == until(40.0).starts

    def test_it_counts_from_start_to_start(self) -> None:
        estate, _ = virtually(lambda estate: taking(estate, 8.0, 40.0))
        assert [1.0, 14.0, 24.0, 34.0] == estate.starts

    @pytest.mark.parametrize(
        ("first_delay", "offset", "starts"),
        [
            (0.0, 0.0, [0.0, 10.0, 20.0]),
            (0.0, 9.0, [0.0, 9.0, 19.0]),
            (0.0, 4.9, [0.0, 14.9, 24.9]),
            (0.0, 5.1, [0.0, 5.1, 15.1, 25.1]),
            (9.0, 1.0, [9.0, 21.0]),
            (9.0, 5.0, [9.0, 15.0, 25.0]),
        ],
    )
    def test_the_second_run_does_not_follow_at_once(
        self, first_delay: float, offset: float, starts: list[float]
    ) -> None:
        assert starts == pytest.approx(until(26.0, probe(first_delay=first_delay, offset=offset)).starts)

    @pytest.mark.parametrize("loop_began", [0.0, 3.0, 12_345.0])
    def test_the_grid_is_the_wall_clocks_so_that_a_restart_does_not_move_it(self, loop_began: float) -> None:
        estate = until(loop_began + 100.0, probe(interval=20.0, offset=7.0), loop_began=loop_began)
        assert {7.0} == {round((EPOCH + start) % 20.0, 6) for start in estate.starts[1:]}
        assert 5 <= len(estate.starts) <= 6

    def test_a_probe_that_writes_waits_for_its_own_slot(self) -> None:
        assert [4.0, 14.0, 24.0] == until(30.0, probe(writes=True)).starts

    def test_unless_it_is_to_run_at_the_start(self) -> None:
        estate = until(30.0, probe(writes=True), run_writes_at_start=True)
        assert [1.0, 14.0, 24.0] == estate.starts

    def test_nothing_runs_before_the_start(self) -> None:
        async def main(fake: FakeClock) -> Estate:
            estate = Estate(fake)
            await estate.until(50.0)
            return estate

        assert [] == run_virtual(main).began

    def test_probes_have_their_own_slots(self) -> None:
        estate = until(14.5, probe("a"), probe("b", first_delay=2.0, offset=0.0, interval=5.0))
        assert [("a", 1.0), ("b", 2.0), ("b", 5.0), ("b", 10.0), ("a", 14.0)] == estate.began

    def test_a_clock_that_is_set_moves_no_slot(self) -> None:
        async def play(estate: Estate) -> None:
            for step in (-86_400.0, 123.4, 1e9, -5.0):
                estate.fake.epoch += step
                await estate.until(estate.now + 10.0)

        estate, _ = virtually(play)
        assert [1.0, 14.0, 24.0, 34.0] == estate.starts
        assert 0 == estate.skipped

    def test_a_probe_that_a_reload_adds_keeps_to_the_grid_as_it_was_at_the_start(self) -> None:
        """Even where the clock was set in between: otherwise one estate would have two grids."""

        async def play(estate: Estate) -> None:
            await estate.until(15.0)
            estate.fake.epoch += 3.0
            estate.scheduler.replace(plan(probe("b")))
            await estate.until(50.0)

        estate, _ = virtually(play)
        assert [16.0, 24.0, 34.0, 44.0] == estate.starts[2:]

    def test_runs_on_time_have_no_lag(self) -> None:
        assert [0.0, 0.0, 0.0, 0.0] == until(40.0).lags


async def taking(estate: Estate, seconds: float, end: float) -> None:
    estate.takes = lambda number: seconds
    await estate.until(end)


class TestSkipping:
    def test_a_probe_never_overlaps_itself_and_what_it_misses_is_not_made_up_for(self) -> None:
        estate, _ = virtually(lambda estate: taking(estate, 25.0, 60.0))
        assert [1.0, 34.0] == estate.starts
        assert [("a", 14.0, 1), ("a", 24.0, 1), ("a", 44.0, 1), ("a", 54.0, 1)] == estate.skips

    def test_no_more_runs_than_may_be_are_in_flight(self) -> None:
        probes = [
            probe(name, first_delay=delay)
            for name, delay in zip("abcd", (1.0, 1.125, 1.25, 1.75), strict=True)
        ]
        estate, _ = virtually(lambda estate: taking(estate, 0.5, 3.0), *probes, limit=2)
        assert [("a", 1.0), ("b", 1.125), ("d", 1.75)] == estate.began
        assert [("c", 1.25, 1)] == estate.skips
        assert 2 == estate.most_at_once

    def test_a_short_stall_starts_runs_late_and_says_how_late(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(13.0)
            estate.fake.loop.jump(3.5)
            await estate.until(30.0)

        estate, _ = virtually(play)
        assert [1.0, 16.5, 24.0] == estate.starts
        assert [0.0, 2.5, 0.0] == estate.lags
        assert 0 == estate.skipped

    @pytest.mark.parametrize(
        ("stall", "starts", "skipped"),
        [
            (6.0, [1.0, 14.0 + 5.0, 24.0], 0),
            (6.5, [1.0, 24.0], 1),
            (12.0, [1.0, 34.0], 2),
            (62.0, [1.0, 84.0], 7),
            (3600.0 + 5.0, [1.0, 13.0 + 3600.0 + 11.0], 361),
        ],
    )
    def test_slots_that_a_suspended_process_slept_through_are_skipped(
        self, stall: float, starts: list[float], skipped: int
    ) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(13.0)
            estate.fake.loop.jump(stall)
            await asyncio.sleep(0.0)
            await estate.until(starts[-1] + 1.0)

        estate, _ = virtually(play)
        assert (starts, skipped) == (estate.starts, estate.skipped)

    @pytest.mark.parametrize(("stall", "starts"), [(5.5, [1.0, 48.5]), (6.5, [1.0, 104.0])])
    def test_a_slot_is_not_made_up_for_in_the_middle_of_a_long_interval(
        self, stall: float, starts: list[float]
    ) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(43.0)
            estate.fake.loop.jump(stall)
            await estate.until(starts[-1] + 1.0)

        estate, _ = virtually(play, probe(interval=60.0, offset=(EPOCH + 44.0) % 60.0))
        assert starts == estate.starts

    def test_a_stall_is_followed_by_no_burst(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(300.0)
            estate.began.clear()
            estate.fake.loop.jump(600.0)
            await estate.until(estate.now + 60.0)

        probes = [probe(str(n), interval=60.0, offset=float(n), first_delay=n / 6) for n in range(60)]
        estate, _ = virtually(play, *probes)
        assert len(estate.began) <= 60 + 5
        assert 1 == max(estate.starts.count(moment) for moment in estate.starts if moment > 901.0)
        assert estate.starts.count(900.0) <= 6
        assert 10 * 60 - 6 <= estate.skipped <= 10 * 60

    def test_runs_that_probes_of_short_intervals_miss_are_counted(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(1.0)
            estate.fake.loop.jump(1.04)
            await estate.until(2.95)

        estate, _ = virtually(play, probe(interval=0.1, first_delay=0.0, offset=0.0))
        assert 30 == len(estate.began) + estate.skipped

    @given(
        st.floats(0.5, 20.0),
        st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 40.0), st.sampled_from(Result)), max_size=15),
    )
    def test_every_slot_is_either_run_or_counted(
        self, interval: float, script: list[tuple[float, float, Result]]
    ) -> None:
        """Whatever runs take, however often the process stalls."""

        async def play(estate: Estate) -> int:
            estate.takes = lambda number: script[number][0] if number < len(script) else 0.01
            for _, stall, _ in script:
                await estate.until(estate.now + 2.0)
                estate.fake.loop.jump(stall)
            await estate.until(estate.now + interval / 2)
            return len(estate.began) + estate.skipped

        origin = interval / 3
        estate, counted = virtually(
            play, probe(interval=interval, first_delay=0.0, offset=(EPOCH + origin) % interval)
        )
        after_the_first = max(origin, origin + interval if origin < interval / 2 else 0.0)
        assert abs(counted - (2 + (estate.now - after_the_first) // interval)) <= 1
        assert 1 == estate.most_at_once


class TestFailures:
    def test_after_a_failure_it_runs_more_often_until_it_passes(self) -> None:
        async def play(estate: Estate) -> None:
            estate.results = {1: Result.FAIL, 2: Result.FAIL, 3: Result.DEGRADED}
            await estate.until(45.0)

        estate, _ = virtually(play, probe(interval_on_failure=3.0))
        assert [1.0, 14.0, 17.0, 20.0, 24.0, 34.0, 44.0] == estate.starts
        assert 0 == estate.skipped

    def test_an_error_of_the_checkers_own_changes_nothing(self) -> None:
        async def play(estate: Estate) -> None:
            estate.results = {0: Result.ERROR, 1: Result.FAIL, 2: Result.ERROR, 3: Result.PASS}
            await estate.until(30.0)

        estate, _ = virtually(play, probe(interval_on_failure=3.0))
        assert [1.0, 14.0, 17.0, 20.0, 24.0] == estate.starts

    def test_without_an_interval_for_it_a_failure_changes_nothing(self) -> None:
        async def play(estate: Estate) -> None:
            estate.results = dict.fromkeys(range(9), Result.FAIL)
            await estate.until(30.0)

        estate, _ = virtually(play)
        assert [1.0, 14.0, 24.0] == estate.starts

    def test_a_failed_run_that_took_longer_than_that_is_followed_by_the_next_slot(self) -> None:
        async def play(estate: Estate) -> None:
            estate.results = {1: Result.FAIL}
            estate.takes = lambda number: 7.0 if number == 1 else 0.25
            await estate.until(30.0)

        estate, _ = virtually(play, probe(interval_on_failure=3.0))
        assert [1.0, 14.0, 23.0, 24.0] == estate.starts
        assert 0 == estate.skipped


class TestReplace:
    def test_an_unchanged_probe_keeps_its_schedule_and_its_run(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes = lambda number: 5.0
            await estate.until(15.0)
            estate.scheduler.replace(
                plan(probe(labels={"env": "prod"}), probe("b", first_delay=2.0, offset=5.0))
            )
            await estate.until(31.0)

        estate, _ = virtually(play)
        assert [("a", 1.0), ("a", 14.0), ("b", 17.0), ("a", 24.0), ("b", 25.0)] == estate.began
        assert [("a", 6.0), ("a", 19.0), ("b", 22.0), ("a", 29.0), ("b", 30.0)] == estate.recorded
        assert [] == estate.cancelled

    def test_a_removed_probe_stops_and_what_it_was_doing_is_not_recorded(self) -> None:
        async def play(estate: Estate) -> bool:
            estate.takes, estate.cleaning = (lambda number: 5.0), 1.0
            await estate.until(15.0)
            estate.scheduler.replace(plan())
            await estate.until(15.5)
            still = not estate.scheduler.idle
            await estate.until(60.0)
            return still

        estate, still = virtually(play)
        assert still
        assert ([1.0, 14.0], [("a", 15.0)], []) == (estate.starts, estate.cancelled, estate.cut_off)
        assert [("a", 6.0)] == estate.recorded
        assert estate.scheduler.idle

    def test_a_changed_probe_begins_anew_on_its_own_offsets(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(15.0)
            estate.scheduler.replace(plan(probe(fingerprint="2", interval=20.0, offset=3.0, first_delay=2.0)))
            await estate.until(90.0)

        estate, _ = virtually(play)
        assert [1.0, 14.0, 17.0, 43.0, 63.0, 83.0] == estate.starts

    def test_a_changed_probe_does_not_run_while_the_old_one_cleans_up(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes, estate.cleaning = (lambda number: 5.0 if number == 1 else 0.25), 3.0
            await estate.until(15.0)
            estate.scheduler.replace(plan(probe(fingerprint="2")))
            await estate.until(30.0)

        estate, _ = virtually(play)
        assert [1.0, 14.0, 24.0] == estate.starts
        assert [("a", 16.0, 1)] == estate.skips
        assert [("a", 15.0)] == estate.cancelled
        assert [("a", 1.25), ("a", 24.25)] == estate.recorded

    def test_an_old_run_that_ends_in_spite_of_all_is_not_recorded(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes, estate.heeds_cancellation = (lambda number: 5.0), False
            await estate.until(2.0)
            estate.scheduler.replace(plan(probe(fingerprint="2")))
            await estate.until(2.5)

        estate, _ = virtually(play)
        assert ([("a", 2.0)], []) == (estate.cancelled, estate.recorded)
        assert estate.scheduler.idle

    def test_the_next_run_of_an_unchanged_probe_is_of_its_new_self(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(5.0)
            estate.scheduler.replace(plan(probe(labels={"env": "prod"})))
            await estate.until(15.0)

        estate, _ = virtually(play)
        assert [{}, {"env": "prod"}] == [one.labels for one in estate.ran]

    def test_runs_of_the_old_plan_can_be_outlasted(self) -> None:
        async def play(estate: Estate) -> list[float]:
            await estate.scheduler.outlast()
            estate.takes, estate.cleaning = (lambda number: 3.0), 1.0
            moments = [estate.now]
            await estate.until(2.0)
            estate.scheduler.replace(plan(probe("a"), probe("b", fingerprint="2", first_delay=1.5)))
            await estate.scheduler.outlast()
            return [*moments, estate.now]

        assert [0.0, 4.0] == virtually(play, probe("a"), probe("b"))[1]

    def test_the_new_plans_limit_holds(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes = lambda number: 0.5
            await estate.until(10.0)
            estate.scheduler.replace(plan(probe("a"), probe("b", offset=4.0), max_in_flight=1))
            await estate.until(20.0)

        estate, _ = virtually(play, probe("a"), probe("b"))
        assert [("b", 14.0, 1)] == estate.skips

    def test_after_a_failure_an_unchanged_probe_keeps_its_denser_slots(self) -> None:
        async def play(estate: Estate) -> None:
            estate.results = {1: Result.FAIL}
            await estate.until(15.0)
            estate.scheduler.replace(plan(probe(interval_on_failure=3.0)))
            await estate.until(20.0)

        estate, _ = virtually(play, probe(interval_on_failure=3.0))
        assert [1.0, 14.0, 17.0] == estate.starts


class TestStop:
    @staticmethod
    def stopped_at(
        moment: float, takes: float, cleaning: float = 0.0, **limits: float
    ) -> tuple[Estate, float]:
        async def play(estate: Estate) -> float:
            estate.takes, estate.cleaning = (lambda number: takes), cleaning
            await estate.until(moment)
            await estate.scheduler.stop(**limits)
            return estate.now - moment

        estate, took = virtually(play)
        assert estate.scheduler.idle
        return estate, took

    def test_without_runs_it_returns_at_once_and_nothing_runs_any_more(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(12.0)
            await estate.scheduler.stop()
            estate.scheduler.replace(plan(probe("b")))
            await estate.until(100.0)

        estate, _ = virtually(play)
        assert [1.0] == estate.starts

    def test_runs_may_end_by_themselves(self) -> None:
        estate, took = self.stopped_at(15.0, takes=5.0)
        assert (4.0, [("a", 6.0), ("a", 19.0)], []) == (took, estate.recorded, estate.cancelled)

    def test_then_they_are_cancelled_and_may_clean_up(self) -> None:
        estate, took = self.stopped_at(15.0, takes=9.0, cleaning=2.0)
        assert (7.0, [("a", 20.0)], []) == (took, estate.cancelled, estate.cut_off)
        assert [("a", 10.0)] == estate.recorded

    def test_then_their_clean_ups_are_cut_off(self) -> None:
        estate, took = self.stopped_at(15.0, takes=9.0, cleaning=60.0)
        assert (9.0, [("a", 20.0)], [("a", 24.0)]) == (took, estate.cancelled, estate.cut_off)

    def test_how_long_it_takes_is_up_to_the_caller(self) -> None:
        estate, took = self.stopped_at(15.0, takes=9.0, cleaning=60.0, grace=1.0, within=3.0)
        assert (2.5, [("a", 16.0)], [("a", 17.5)]) == (took, estate.cancelled, estate.cut_off)

    def test_nothing_outlives_it(self) -> None:
        """Not even a run function that heeds nothing, as long as that ends some day."""

        async def main(fake: FakeClock) -> float:
            async def stubborn(one: PlannedProbe) -> Outcome:
                while fake.loop.time() < 300.0:
                    try:
                        await asyncio.sleep(300.0 - fake.loop.time())
                    except asyncio.CancelledError:
                        continue
                return Outcome(one.name, 0.0, 0.0, Result.PASS)

            scheduler = Scheduler(plan(probe()), stubborn, lambda one, outcome: None, clock=fake.clock)
            scheduler.start()
            await asyncio.sleep(2.0)
            await scheduler.stop()
            return fake.loop.time()

        assert 2.0 + 9.5 == run_virtual(main)

    def test_a_failure_while_it_stops_begins_no_denser_schedule(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes, estate.results = (lambda number: 2.0), {0: Result.FAIL}
            await estate.until(2.0)
            await estate.scheduler.stop()
            await estate.until(60.0)

        estate, _ = virtually(play, probe(interval_on_failure=3.0))
        assert ([1.0], [("a", 3.0)]) == (estate.starts, estate.recorded)


class TestFacts:
    def test_it_is_ready_when_every_frequent_probe_has_run(self) -> None:
        async def play(estate: Estate) -> list[bool]:
            estate.takes = lambda number: 2.0
            ready = [estate.scheduler.ready]
            for moment in (5.0, 6.5, 7.5):
                await estate.until(moment)
                ready.append(estate.scheduler.ready)
            return ready

        probes = (
            probe("a", interval=60.0, first_delay=1.0),
            probe("b", interval=10.0, first_delay=5.0),
            probe("c", interval=61.0, first_delay=9.0),
        )
        assert [False, False, False, True] == virtually(play, *probes)[1]

    def test_it_is_not_ready_before_it_was_started_and_at_once_without_probes(self) -> None:
        async def main(fake: FakeClock) -> list[bool]:
            scheduler = Scheduler(plan(), Estate(fake).run, lambda one, outcome: None, clock=fake.clock)
            ready = [scheduler.ready]
            scheduler.start()
            return [*ready, scheduler.ready]

        assert [False, True] == run_virtual(main)

    def test_a_removed_probe_is_not_waited_for(self) -> None:
        async def play(estate: Estate) -> list[bool]:
            await estate.until(3.0)
            ready = [estate.scheduler.ready]
            estate.scheduler.replace(plan(probe("a")))
            return [*ready, estate.scheduler.ready]

        assert [False, True] == virtually(play, probe("a"), probe("b", first_delay=9.0))[1]

    def test_once_ready_it_stays_so(self) -> None:
        async def play(estate: Estate) -> list[bool]:
            await estate.until(3.0)
            ready = [estate.scheduler.ready]
            estate.scheduler.replace(plan(probe("a"), probe("b")))
            return [*ready, estate.scheduler.ready]

        assert [True, True] == virtually(play)[1]

    def test_it_is_alive_as_long_as_it_keeps_its_slots(self) -> None:
        async def play(estate: Estate) -> list[bool]:
            alive = []
            for moment in (0.0, 14.0, 500.0):
                await estate.until(moment)
                alive.append(estate.scheduler.alive)
            for jump in (1.0, 60.0):  # up to the next slot at the most, and far beyond
                estate.fake.loop.jump(jump)
                alive.append(estate.scheduler.alive)
            await estate.until(estate.now + 20.0)
            alive.append(estate.scheduler.alive)
            await estate.scheduler.stop()
            return [*alive, estate.scheduler.alive]

        assert [True, True, True, True, False, True, False] == virtually(play)[1]

    def test_it_is_not_alive_before_it_was_started_and_it_is_without_probes(self) -> None:
        async def main(fake: FakeClock) -> list[bool]:
            scheduler = Scheduler(plan(), Estate(fake).run, lambda one, outcome: None, clock=fake.clock)
            alive = [scheduler.alive]
            scheduler.start()
            fake.loop.jump(1000.0)
            return [*alive, scheduler.alive]

        assert [False, True] == run_virtual(main)

    def test_it_counts_what_is_in_flight(self) -> None:
        async def play(estate: Estate) -> list[tuple[int, bool]]:
            estate.takes = lambda number: 5.0
            seen = []
            for moment in (0.5, 1.5, 2.5, 6.5, 8.0):
                await estate.until(moment)
                seen.append((estate.scheduler.in_flight, estate.scheduler.idle))
            return seen

        _, seen = virtually(play, probe("a", first_delay=1.0), probe("b", first_delay=2.0))
        assert [(0, True), (1, False), (2, False), (1, False), (0, True)] == seen


class TestOnDemand:
    def test_it_runs_at_once_is_recorded_and_moves_no_slot(self) -> None:
        async def play(estate: Estate) -> Outcome:
            await estate.until(5.0)
            outcome = await estate.scheduler.run_now("a")
            await estate.until(20.0)
            return outcome

        estate, outcome = virtually(play)
        assert [1.0, 5.0, 14.0] == estate.starts
        assert [("a", 1.25), ("a", 5.25), ("a", 14.25)] == estate.recorded
        assert ("a", Result.PASS) == (outcome.probe, outcome.result)

    def test_it_takes_part_in_the_run_that_is_going_on(self) -> None:
        async def play(estate: Estate) -> list[Outcome]:
            estate.takes = lambda number: 5.0
            await estate.until(2.0)
            return await asyncio.gather(*(estate.scheduler.run_now("a") for _ in range(3)))

        estate, outcomes = virtually(play)
        assert [1.0] == estate.starts
        assert [outcomes[0]] * 3 == outcomes

    def test_the_slot_that_comes_meanwhile_is_skipped(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes = lambda number: 5.0
            await estate.until(13.0)
            await estate.scheduler.run_now("a")

        estate, _ = virtually(play)
        assert [("a", 14.0, 1)] == estate.skips

    def test_who_asked_may_go_away(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes = lambda number: 2.0
            await estate.until(4.0)
            asking = asyncio.create_task(estate.scheduler.run_now("a"))
            await estate.until(5.0)
            asking.cancel()
            await estate.until(9.0)

        estate, _ = virtually(play)
        assert ([("a", 3.0), ("a", 6.0)], []) == (estate.recorded, estate.cancelled)

    def test_the_limit_holds(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes = lambda number: 5.0
            await estate.until(2.0)
            with pytest.raises(CannotRunError, match="1 runs are in flight"):
                await estate.scheduler.run_now("b")

        virtually(play, probe("a"), probe("b", first_delay=9.0), limit=1)

    def test_not_while_stopping(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.scheduler.stop()
            with pytest.raises(CannotRunError, match="stopping"):
                await estate.scheduler.run_now("a")

        virtually(play)

    def test_a_name_that_is_not_planned_is_a_mistake(self) -> None:
        async def play(estate: Estate) -> None:
            with pytest.raises(KeyError):
                await estate.scheduler.run_now("b")

        virtually(play)

    @pytest.mark.parametrize(("limit", "timeout"), [(None, 8.0), (3.0, 3.0), (9.0, 8.0)])
    def test_who_asks_may_have_less_time_than_the_probe_and_not_more(
        self, limit: float | None, timeout: float
    ) -> None:
        async def play(estate: Estate) -> None:
            await estate.scheduler.run_now("a", limit)

        estate, _ = virtually(play, probe(timeout=8.0))
        assert [timeout] == [one.timeout for one in estate.ran]
        assert [("a", 0.25)] == estate.recorded

    def test_a_run_that_a_reload_breaks_off_has_no_outcome(self) -> None:
        async def play(estate: Estate) -> None:
            estate.takes = lambda number: 5.0
            asking = asyncio.create_task(estate.scheduler.run_now("a"))
            await estate.until(0.5)
            estate.scheduler.replace(plan(probe(fingerprint="2")))
            with pytest.raises(CannotRunError, match="broken off"):
                await asking

        virtually(play)


class TestWithoutASchedule:
    def test_only_what_is_asked_for_runs_and_nothing_is_awaited(self) -> None:
        async def play(estate: Estate) -> tuple[bool, bool, float]:
            estate.scheduler.replace(plan(probe(interval_on_failure=1.0), scheduled=False))
            estate.results = {0: Result.FAIL}
            await estate.until(50.0)
            await estate.scheduler.run_now("a")
            await estate.until(500.0)
            return estate.scheduler.ready, estate.scheduler.alive, estate.scheduler.overdue

        estate, health = virtually(play)
        assert ([50.0], [("a", 50.25)], []) == (estate.starts, estate.recorded, estate.skips)
        assert (True, True, 0.0) == health

    def test_a_reload_may_begin_one(self) -> None:
        async def play(estate: Estate) -> None:
            estate.scheduler.replace(plan(probe(), scheduled=False))
            await estate.until(52.0)
            estate.scheduler.replace(plan(probe()))
            await estate.until(70.0)

        assert [53.0, 64.0] == virtually(play)[0].starts

    def test_a_reload_may_end_it(self) -> None:
        async def play(estate: Estate) -> None:
            await estate.until(20.0)
            estate.scheduler.replace(plan(probe(), scheduled=False))
            await estate.until(70.0)

        assert [1.0, 14.0] == virtually(play)[0].starts


def test_a_bug_in_the_runner_stops_no_schedule(caplog: pytest.LogCaptureFixture) -> None:
    async def main(fake: FakeClock) -> list[float]:
        began = []

        async def broken(one: PlannedProbe) -> Outcome:
            began.append(fake.loop.time())
            raise RuntimeError

        scheduler = Scheduler(plan(probe()), broken, lambda one, outcome: None, clock=fake.clock)
        scheduler.start()
        await asyncio.sleep(30.0)
        return began

    assert [1.0, 14.0, 24.0] == run_virtual(main)
    assert {("internal", "RuntimeError")} == {
        (record.msg, record.checker_fields["error"])  # type: ignore[attr-defined]
        for record in caplog.records
    }
