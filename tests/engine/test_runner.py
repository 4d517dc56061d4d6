import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.outcome import Outcome, ShallowOutcome, StepOutcome
from checker.core.reason import Phase, Reason, Result
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.runner import Runner
from checker.engine.stall import LoopLag
from checker.kinds.contract import Observation, StepContext
from tests.engine.scripts import (
    Behaviour,
    Play,
    Script,
    after,
    exchange,
    poll,
    probe,
    retry,
    room,
    seen,
    step,
    virtually,
)

REFUSED = Trouble(Reason.REFUSED, "nothing listens on 127.0.0.1:1")


def results(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.step, one.result.value) for one in outcome.steps]


def told(outcome: Outcome) -> tuple[Result, str | None, Reason | None, str | None]:
    return outcome.result, outcome.step, outcome.reason, outcome.message


async def hangs(context: StepContext) -> Observation:
    context.trace.start(Phase.WAIT)
    await asyncio.sleep(1000)
    return seen()


def stubborn(times: int = 3, seconds: float = 100.0) -> Behaviour:
    """Go on as if nothing were, however often it is cancelled up to a number of times."""

    async def observe(context: StepContext) -> Observation:
        context.trace.start(Phase.WAIT)
        for _ in range(times):
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                continue
        context.trace.start(Phase.RECEIVE)
        return seen()

    return observe


async def busy_tidying(context: StepContext) -> Observation:
    """Heed the cancellation, but take very long to tidy up."""
    context.trace.start(Phase.WAIT)
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(500)
    return seen()


class TestMain:
    def test_a_run_passes_when_all_steps_pass(self) -> None:
        outcome = virtually(probe(step(after(0.25), name="one"), step(after(0.5), name="two")))
        assert (Result.PASS, None, None, None) == told(outcome)
        assert [("one", "pass"), ("two", "pass")] == results(outcome)
        assert ("works", 0.75, 1_700_000_000.0) == (outcome.probe, outcome.duration, outcome.started_at)
        assert None is outcome.shallow

    def test_the_first_failed_step_ends_the_run(self) -> None:
        never = Script()
        outcome = virtually(probe(step(name="one"), step(REFUSED, name="two"), step(never, name="three")))
        assert (Result.FAIL, "two", Reason.REFUSED, REFUSED.message) == told(outcome)
        assert [("one", "pass"), ("two", "fail")] == results(outcome)
        assert [] == never.began

    def test_an_error_of_the_checkers_own_ends_it_too(self) -> None:
        outcome = virtually(probe(step(Trouble(Reason.SECRET_UNAVAILABLE, "no such file"))))
        assert (Result.ERROR, "get", Reason.SECRET_UNAVAILABLE, "no such file") == told(outcome)

    def test_a_missed_warning_degrades_the_run_and_the_first_one_is_told(self) -> None:
        slow = step(seen(latency=0.9), name="two", warn={"latency": {"lt": "800ms"}})
        slower = step(seen(latency=5.0), name="three", warn={"latency": {"lt": "1s"}})
        outcome = virtually(probe(step(name="one"), slow, slower))
        assert (Result.DEGRADED, "two", Reason.SLOW, outcome.steps[1].message) == told(outcome)
        assert [("one", "pass"), ("two", "degraded"), ("three", "degraded")] == results(outcome)

    def test_a_failure_after_a_missed_warning_is_a_failure(self) -> None:
        slow = step(seen(latency=0.9), name="one", warn={"latency": {"lt": "800ms"}})
        outcome = virtually(probe(slow, step(REFUSED, name="two")))
        assert (Result.FAIL, "two", Reason.REFUSED, REFUSED.message) == told(outcome)

    def test_without_a_step_nothing_was_proved(self) -> None:
        outcome = virtually(probe(step(always=True)))
        assert (Result.ERROR, None, Reason.INTERNAL, "not all steps were run") == told(outcome)

    def test_steps_share_a_state_and_captures_and_the_run_has_one_id(self) -> None:
        asked: list[object] = []

        async def first(context: StepContext) -> Observation:
            context.run_state["cookies"] = "kept"
            asked.append(context.scope.run["id"])
            return seen(json={"id": "w1"})

        async def second(context: StepContext) -> Observation:
            asked.extend(
                (context.run_state["cookies"], context.scope.captures["work"], context.scope.run["id"])
            )
            asked.append((context.probe, context.step, context.scope.run["started_at"]))
            return seen(json={"id": "w1"})

        capture = {"work": {"json": "$.id"}}
        outcome = virtually(probe(step(first, capture=capture), step(second, name="open")))
        assert Result.PASS is outcome.result
        run_id = asked[0]
        assert ["kept", "w1", run_id, ("works", "open", "2023-11-14T22:13:20.000Z")] == asked[1:]

    def test_a_kind_knows_what_is_asked_and_what_is_expected(self) -> None:
        known: list[object] = []

        async def look(context: StepContext) -> Observation:
            known.append((context.asked, context.asserted))
            return seen(status=200)

        speaking = replace(step(look), asked=frozenset({"size", "status"}), asserted=frozenset({"status"}))
        virtually(probe(speaking))
        assert [({"size", "status"}, {"status"})] == known

    def test_captures_marked_so_are_the_runs_values(self) -> None:
        first = step(
            seen(json={"hits": 12, "first": "a"}),
            capture={"hits": {"json": "$.hits", "metric": True}, "first": {"json": "$.first"}},
        )
        outcome = virtually(probe(first, step(REFUSED)))
        assert {"hits": 12} == outcome.values

    def test_a_capture_that_cannot_be_made_fails_the_step(self) -> None:
        outcome = virtually(probe(step(seen(json={}), capture={"work": {"json": "$.id"}})))
        assert (Result.FAIL, Reason.CAPTURE_MISSING) == (outcome.result, outcome.reason)

    def test_two_runs_of_a_probe_share_nothing(self) -> None:
        script = Script()
        virtually(probe(step(script)))
        virtually(probe(step(script)))
        first, second = (context.scope.run["id"] for context in script.contexts)
        assert first != second
        assert script.contexts[0].run_state is not script.contexts[1].run_state


class TestDeadline:
    @pytest.mark.parametrize(
        "act",
        [
            pytest.param(hangs, id="hangs"),
            pytest.param(stubborn(), id="swallows its cancellation"),
            pytest.param(busy_tidying, id="takes long to tidy up"),
        ],
    )
    def test_no_step_outlives_it(self, act: Play) -> None:
        async def main(fake: FakeClock) -> tuple[Outcome, float]:
            outcome = await Runner(room(fake.clock)).run(
                probe(step(after(1.0), name="one"), step(act, name="two"))
            )
            return outcome, fake.loop.time()

        outcome, took = run_virtual(main)
        message = "the run's 10s passed while waiting for the answer"
        assert (Result.FAIL, "two", Reason.TIMEOUT, message) == told(outcome)
        assert [("one", "pass"), ("two", "fail")] == results(outcome)
        assert (1.0, 9.0) == (outcome.steps[0].duration, outcome.steps[1].duration)
        assert {Phase.WAIT: 9.0} == outcome.steps[1].timings
        assert 10.0 == outcome.duration
        assert took <= 10.1

    @pytest.mark.parametrize(
        "changes",
        [{}, {"timeout": 2.0}, {"always": True}],
        ids=["of the run", "of the step", "of the clean-ups"],
    )
    def test_what_was_sent_until_then_is_evidence(self, changes: dict[str, Any]) -> None:
        """It comes to light only as the exchange is interrupted."""

        async def observe(context: StepContext) -> Observation:
            try:
                return await after(1000.0)(context)
            finally:
                context.exchanges.append(exchange("http://127.0.0.1/cut"))

        last = virtually(probe(step(), step(observe, name="last", **changes))).steps[-1]
        assert ("last", Reason.TIMEOUT) == (last.step, last.reason)
        assert ["http://127.0.0.1/cut"] == [one.url for one in last.exchanges]

    @pytest.mark.parametrize(
        ("step_", "reason"),
        [
            pytest.param(step(seen(404), poll=poll(1.0, 100.0)), Reason.UNEXPECTED_STATUS, id="a poll"),
            pytest.param(
                step(seen(), expect={"status": 202}, poll=poll(0.3, 60.0)), Reason.UNEXPECTED_STATUS, id="."
            ),
            pytest.param(
                step(REFUSED, retry=retry(1000, Reason.REFUSED, delay=0.7)), Reason.REFUSED, id="retries"
            ),
            pytest.param(step(stubborn(), poll=poll(1.0, 100.0)), Reason.TIMEOUT, id="a stubborn poll"),
            pytest.param(step(stubborn(), retry=retry(99, *Reason)), Reason.TIMEOUT, id="a stubborn retry"),
            pytest.param(
                step(stubborn(), timeout=9.0), Reason.TIMEOUT, id="a stubborn step with its own timeout"
            ),
            pytest.param(step(busy_tidying, timeout=9.0), Reason.TIMEOUT, id="one that tidies up beyond it"),
        ],
    )
    def test_no_poll_retry_or_timeout_outlives_it(self, step_: PlannedStep, reason: Reason) -> None:
        outcome = virtually(probe(step_))
        assert (Result.FAIL, reason) == (outcome.result, outcome.reason)
        assert outcome.duration <= 10.0

    @pytest.mark.parametrize(
        ("phase", "reason"),
        [
            (None, Reason.TIMEOUT),
            (Phase.DNS, Reason.DNS),
            (Phase.CONNECT, Reason.CONNECT_TIMEOUT),
            (Phase.TLS, Reason.TLS_HANDSHAKE),
            (Phase.RECEIVE, Reason.TIMEOUT),
        ],
    )
    def test_its_reason_is_that_of_the_phase_it_struck_in(self, phase: Phase | None, reason: Reason) -> None:
        async def observe(context: StepContext) -> Observation:
            if phase:
                context.trace.start(phase)
            await asyncio.sleep(1000)
            return seen()

        assert reason is virtually(probe(step(observe))).reason

    def test_a_step_that_was_left_behind_starts_nothing_more(self) -> None:
        script, never = Script(stubborn(times=1)), Script()

        async def main(fake: FakeClock) -> tuple[Outcome, list[int]]:
            runner = Runner(room(fake.clock))
            outcome = await runner.run(
                probe(step(script, retry=retry(5, *Reason), poll=poll(1.0, 1000.0)), step(never))
            )
            left = [runner.abandoned]
            await asyncio.sleep(1000)
            return outcome, [*left, runner.abandoned]

        outcome, abandoned = run_virtual(main)
        assert ([0.0], []) == (script.began, never.began)
        assert 1 == len(outcome.steps)
        assert [0, 0] == abandoned

    def test_what_was_left_behind_is_counted_until_it_ends(self) -> None:
        async def main(fake: FakeClock) -> list[int]:
            runner = Runner(room(fake.clock))
            await runner.run(probe(step(stubborn(times=4))))
            counted = [runner.abandoned]
            await asyncio.sleep(1000)
            return [*counted, runner.abandoned]

        assert [1, 0] == run_virtual(main)

    def test_what_was_left_behind_may_raise_what_it_likes(self, caplog: pytest.LogCaptureFixture) -> None:
        async def observe(context: StepContext) -> Observation:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                await asyncio.sleep(5)
                context.scope.secret_captures.add("t0ken-t0ken")
                raise ValueError("too late for t0ken-t0ken") from None
            return seen()

        async def main(fake: FakeClock) -> Outcome:
            outcome = await Runner(room(fake.clock)).run(probe(step(observe)))
            await asyncio.sleep(100)
            return outcome

        assert Reason.TIMEOUT is run_virtual(main).reason
        (record,) = caplog.records
        fields = record.checker_fields  # type: ignore[attr-defined]
        assert "too late for ***" in fields["traceback"]
        assert "t0ken" not in fields["traceback"]
        assert "works" == fields["probe"]

    @pytest.mark.parametrize(
        ("lost", "expected"),
        [(0.9, (Result.FAIL, Reason.TIMEOUT)), (1.1, (Result.ERROR, Reason.OVERLOADED))],
    )
    def test_it_is_the_checkers_fault_where_it_lost_more_than_a_tenth(
        self, lost: float, expected: tuple[Result, Reason]
    ) -> None:
        total = 0.0

        async def observe(context: StepContext) -> Observation:
            nonlocal total
            total += lost
            await asyncio.sleep(1000)
            return seen()

        outcome = virtually(probe(step(observe)), lost=lambda: total)
        assert expected == (outcome.result, outcome.reason)

    @pytest.mark.parametrize("act", [None, hangs])
    def test_it_is_the_checkers_fault_where_its_loop_stood_still(self, act: Play | None) -> None:
        """Also where the run came to an end after all, but too late: it proves nothing."""

        async def main(fake: FakeClock) -> Outcome:
            async def observe(context: StepContext) -> Observation:
                await asyncio.sleep(1.0)
                fake.loop.jump(12.0)
                return seen()

            lag = LoopLag(fake.clock)
            lag.start()
            steps = (step(observe), step(act, name="next")) if act else (step(observe),)
            outcome = await Runner(room(fake.clock, lost=lag.lost)).run(probe(*steps))
            lag.stop()
            return outcome

        outcome = run_virtual(main)
        message = "the run's 10s passed, of which the checker itself lost 12s"
        assert (Result.ERROR, "next" if act else "get", Reason.OVERLOADED, message) == told(outcome)

    def test_a_run_that_ended_in_time_is_judged_whatever_the_loop_did(self) -> None:
        outcome = virtually(probe(step(after(9.5))), lost=iter(range(1000)).__next__)
        assert Result.PASS is outcome.result

    def test_trouble_of_a_step_that_was_left_behind_starts_nothing_more(self) -> None:
        async def observe(context: StepContext) -> Observation:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                raise REFUSED from None
            return seen()

        script = Script(observe)
        outcome = virtually(probe(step(script, retry=retry(5, *Reason))))
        assert (Reason.TIMEOUT, 1) == (outcome.reason, len(script.began))


class TestCleanUp:
    def test_it_runs_after_a_failure(self) -> None:
        clean = Script(after(0.5))
        outcome = virtually(probe(step(clean, name="clean", always=True), step(REFUSED, name="main")))
        assert (Result.FAIL, "main", Reason.REFUSED, REFUSED.message) == told(outcome)
        assert [("main", "fail"), ("clean", "pass")] == results(outcome)
        assert [False, True] == [one.always for one in outcome.steps]
        assert 0.0 == outcome.duration

    def test_it_runs_after_a_pass_and_leaves_it_one(self) -> None:
        outcome = virtually(probe(step(name="main"), step(name="clean", always=True)))
        assert (Result.PASS, None, None, None) == told(outcome)

    @pytest.mark.parametrize(
        ("act", "reason"), [(seen(500), Reason.SERVER_ERROR), (ValueError(), Reason.INTERNAL)]
    )
    def test_its_failure_degrades_a_pass(self, act: Play, reason: Reason) -> None:
        outcome = virtually(probe(step(name="main"), step(act, name="clean", always=True)))
        assert (Result.DEGRADED, "clean", reason) == (outcome.result, outcome.step, outcome.reason)
        assert outcome.message == f"clean-up: {outcome.steps[1].message}"

    def test_its_failure_alters_no_failure_and_no_missed_warning(self) -> None:
        clean = step(REFUSED, name="clean", always=True)
        failed = virtually(probe(step(seen(500), name="main"), clean))
        assert (Result.FAIL, "main", Reason.SERVER_ERROR) == told(failed)[:3]
        warned = virtually(probe(step(seen(latency=2.0), name="main", warn={"latency": {"lt": "1s"}}), clean))
        assert (Result.DEGRADED, "main", Reason.SLOW) == told(warned)[:3]

    def test_it_is_skipped_and_says_so_where_what_it_needs_was_never_captured(self) -> None:
        clean = Script()
        needy = step(clean, name="clean", always=True, needs=frozenset({"token", "job"}))
        other = step(name="other", always=True)
        outcome = virtually(probe(step(REFUSED, name="main"), needy, other))
        assert (Result.FAIL, "main", Reason.REFUSED, REFUSED.message) == told(outcome)
        assert [] == clean.began
        skipped = StepOutcome(
            "clean",
            "script",
            Result.DEGRADED,
            None,
            None,
            0.0,
            {},
            attempts=0,
            always=True,
            skipped="needs job, token, which was never captured",
        )
        assert [skipped, outcome.steps[2]] == list(outcome.steps[1:])
        assert ("other", Result.PASS) == (outcome.steps[2].step, outcome.steps[2].result)

    def test_it_has_what_was_captured(self) -> None:
        clean = Script()
        main = step(seen(json={"job": 7}), name="main", capture={"job": {"json": "$.job"}})
        outcome = virtually(probe(main, step(clean, name="clean", always=True, needs=frozenset({"job"}))))
        assert Result.PASS is outcome.result
        assert {"job": 7} == clean.contexts[0].scope.captures

    def test_one_does_not_hinder_another_and_may_capture_for_it(self) -> None:
        outcome = virtually(
            probe(
                step(name="main"),
                step(REFUSED, name="one", always=True),
                step(seen(json={"id": 1}), name="two", always=True, capture={"id": {"json": "$.id"}}),
                step(name="three", always=True, needs=frozenset({"id"})),
            )
        )
        assert [("main", "pass"), ("one", "fail"), ("two", "pass"), ("three", "pass")] == results(outcome)

    @pytest.mark.parametrize("act", [hangs, stubborn(), busy_tidying])
    def test_the_deadline_of_the_main_part_is_not_its_own(self, act: Play) -> None:
        clean = Script(after(2.0))
        outcome = virtually(probe(step(act, name="main"), step(clean, name="clean", always=True)))
        assert [("main", "fail"), ("clean", "pass")] == results(outcome)
        assert 10.0 <= clean.began[0] <= 10.1
        assert 10.0 == outcome.duration

    @pytest.mark.parametrize("act", [hangs, stubborn(), busy_tidying])
    def test_all_together_have_one_time_limit(self, act: Play) -> None:
        never = Script()

        async def main(fake: FakeClock) -> tuple[Outcome, float]:
            steps = (
                step(name="main"),
                step(after(3.0), name="one", always=True),
                step(act, name="two", always=True),
                step(never, name="three", always=True),
            )
            outcome = await Runner(room(fake.clock)).run(probe(*steps, cleanup_timeout=5.0))
            return outcome, fake.loop.time()

        outcome, took = run_virtual(main)
        message = "clean-up: the clean-up's 5s passed while waiting for the answer"
        assert (Result.DEGRADED, "two", Reason.TIMEOUT, message) == told(outcome)
        assert [("main", "pass"), ("one", "pass"), ("two", "fail"), ("three", "degraded")] == results(outcome)
        assert "the clean-up's 5s had passed" == outcome.steps[3].skipped
        assert [] == never.began
        assert took <= 5.1

    def test_one_that_was_left_behind_and_then_breaks_starts_no_other(self) -> None:
        async def breaks(context: StepContext) -> Observation:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                await asyncio.sleep(20)
                raise ValueError from None
            return seen()

        never = Script()

        async def main(fake: FakeClock) -> Outcome:
            steps = step(), step(breaks, always=True), step(never, always=True)
            outcome = await Runner(room(fake.clock)).run(probe(*steps))
            await asyncio.sleep(1000)
            return outcome

        assert 3 == len(run_virtual(main).steps)
        assert [] == never.began

    def test_one_that_was_skipped_degrades_a_pass(self) -> None:
        steps = step(name="main"), step(name="clean", always=True, needs=frozenset({"id"}))
        outcome = virtually(probe(*steps))
        message = "clean-up skipped: needs id, which was never captured"
        assert (Result.DEGRADED, "clean", None, message) == told(outcome)


class TestShallow:
    @pytest.mark.parametrize(
        ("deep", "shallow", "expected"),
        [
            (seen(), seen(), (Result.PASS, True, False)),
            (seen(500), seen(), (Result.FAIL, True, True)),
            (seen(500), seen(500), (Result.FAIL, False, False)),
            (seen(), REFUSED, (Result.PASS, False, False)),
            (seen(500), REFUSED, (Result.FAIL, False, False)),
            (seen(500), ValueError(), (Result.FAIL, None, None)),
            (seen(), ValueError(), (Result.PASS, None, None)),
            (seen(500), Trouble(Reason.SECRET_UNAVAILABLE, "no key"), (Result.FAIL, None, None)),
            (seen(500), asyncio.CancelledError, (Result.FAIL, None, None)),
            (ValueError(), seen(), (Result.ERROR, True, False)),
        ],
    )
    def test_it_never_alters_the_deep_result(
        self,
        deep: Play,
        shallow: Play | type[BaseException],
        expected: tuple[Result, bool | None, bool | None],
    ) -> None:
        async def observe(context: StepContext) -> Observation:
            if isinstance(shallow, Exception | type):
                raise shallow
            assert isinstance(shallow, Observation)
            return shallow

        outcome = virtually(probe(step(deep), shallow=step(observe, name="shallow")))
        assert outcome.shallow
        assert expected == (outcome.result, outcome.shallow.healthy, outcome.masked)

    def test_it_runs_beside_the_steps(self) -> None:
        shallow = Script(after(3.0))
        outcome = virtually(probe(step(after(2.0)), step(after(2.0)), shallow=step(shallow)))
        assert ([0.0], 4.0) == (shallow.began, outcome.duration)
        assert ShallowOutcome(healthy=True, message=None, duration=3.0) == outcome.shallow

    def test_a_slow_one_is_waited_for_but_is_not_the_runs_time(self) -> None:
        async def main(fake: FakeClock) -> tuple[Outcome, float]:
            outcome = await Runner(room(fake.clock)).run(probe(step(after(1.0)), shallow=step(after(4.0))))
            return outcome, fake.loop.time()

        outcome, took = run_virtual(main)
        assert (1.0, 4.0) == (outcome.duration, took)

    @pytest.mark.parametrize("act", [hangs, stubborn(), busy_tidying])
    def test_it_is_bounded_by_the_same_timeout(self, act: Play) -> None:
        async def main(fake: FakeClock) -> tuple[Outcome, float]:
            outcome = await Runner(room(fake.clock)).run(probe(step(seen(500)), shallow=step(act)))
            return outcome, fake.loop.time()

        outcome, took = run_virtual(main)
        assert outcome.shallow
        assert (False, False) == (outcome.shallow.healthy, outcome.masked)
        assert outcome.shallow.message
        assert "10s passed while waiting for the answer" in outcome.shallow.message
        assert took <= 10.2

    def test_a_clean_up_gives_it_no_more_time(self) -> None:
        clean = step(after(4.0), always=True)
        outcome = virtually(probe(step(after(8.0)), clean, shallow=step(after(11.0))))
        assert outcome.shallow
        assert (False, 10.0) == (outcome.shallow.healthy, outcome.shallow.duration)

    def test_it_may_have_a_timeout_of_its_own(self) -> None:
        outcome = virtually(probe(step(), shallow=step(hangs, timeout=2.0)))
        assert outcome.shallow
        assert (False, 2.0) == (outcome.shallow.healthy, outcome.shallow.duration)

    def test_it_shares_nothing_with_the_steps(self) -> None:
        deep, shallow = Script(), Script()
        virtually(probe(step(deep), shallow=step(shallow)))
        assert deep.contexts[0].scope is not shallow.contexts[0].scope
        assert deep.contexts[0].run_state is not shallow.contexts[0].run_state


class Interrupted:
    """A run that is cancelled at given moments; what came of it, and when."""

    def __init__(self, probe_: PlannedProbe, *moments: float) -> None:
        self.cancelled = False
        self.took = 0.0
        run_virtual(lambda fake: self._run(fake, probe_, moments))

    async def _run(self, fake: FakeClock, probe_: PlannedProbe, moments: tuple[float, ...]) -> None:
        running = asyncio.create_task(Runner(room(fake.clock)).run(probe_))
        for moment in moments:
            fake.loop.call_at(moment, running.cancel)
        await asyncio.wait((running,))
        self.cancelled, self.took = running.cancelled(), fake.loop.time()


class TestInterruption:
    @pytest.mark.parametrize("act", [hangs, stubborn(), busy_tidying])
    def test_it_ends_the_main_part_and_lets_the_clean_ups_run(self, act: Play) -> None:
        clean, never = Script(after(2.0)), Script()
        run = Interrupted(probe(step(act), step(never), step(clean, always=True)), 1.0)
        assert run.cancelled
        assert 1 == len(clean.began)
        assert 3.0 <= run.took <= 3.1
        assert [] == never.began

    def test_while_cleaning_up_it_lets_that_end(self) -> None:
        clean = Script(after(2.0), after(1.0))
        run = Interrupted(probe(step(), step(clean, always=True), step(clean, always=True)), 1.0)
        assert (True, 2, 3.0) == (run.cancelled, len(clean.began), run.took)

    @pytest.mark.parametrize("act", [hangs, stubborn(), busy_tidying])
    @pytest.mark.parametrize("main", [step(after(0.5)), step(hangs)])
    def test_a_second_one_cuts_the_clean_ups_off(self, main: PlannedStep, act: Play) -> None:
        run = Interrupted(probe(main, step(act, always=True)), 1.0, 2.0)
        assert run.cancelled
        assert 2.0 <= run.took <= 2.1

    def test_the_clean_ups_keep_their_time_limit(self) -> None:
        run = Interrupted(probe(step(hangs), step(hangs, always=True), cleanup_timeout=4.0), 1.0)
        assert run.cancelled
        assert 5.0 <= run.took <= 5.1

    def test_nothing_is_waited_for_of_the_shallow_check(self) -> None:
        run = Interrupted(probe(step(hangs), shallow=step(stubborn())), 1.0)
        assert run.cancelled
        assert 1.0 <= run.took <= 1.1

    def test_it_breaks_off_the_shallow_check(self) -> None:
        ended: list[float] = []

        async def observe(context: StepContext) -> Observation:
            try:
                await asyncio.sleep(1000)
            finally:
                ended.append(asyncio.get_running_loop().time())
            return seen()

        async def main(fake: FakeClock) -> None:
            running = asyncio.create_task(
                Runner(room(fake.clock)).run(probe(step(hangs), shallow=step(observe)))
            )
            fake.loop.call_at(1.0, running.cancel)
            await asyncio.sleep(5.0)

        run_virtual(main)
        assert [1.0] == ended

    def test_while_waiting_for_the_shallow_check_it_ends_the_run(self) -> None:
        run = Interrupted(probe(step(), shallow=step(hangs)), 1.0)
        assert (True, 1.0) == (run.cancelled, run.took)


class TestBugs:
    @pytest.mark.parametrize(
        "error",
        [ValueError("boom"), RecursionError(), ExceptionGroup("two", [ValueError(), KeyError()]), OSError()],
    )
    def test_a_bug_in_a_kind_is_an_error_of_the_checker(
        self, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        outcome = virtually(probe(step(name="one"), step(error, name="two")))
        name = type(error).__name__
        assert (Result.ERROR, "two", Reason.INTERNAL) == told(outcome)[:3]
        assert f"a fault of the checker ({name}); its log tells more" == outcome.message
        (record,) = caplog.records
        assert ("checker.engine", logging.ERROR, "internal") == (record.name, record.levelno, record.msg)
        fields = record.checker_fields  # type: ignore[attr-defined]
        assert ("works", "two") == (fields["probe"], fields["step"])
        assert name in fields["traceback"]

    @pytest.mark.parametrize("answer", [None, 200, {"status": 200}])
    def test_what_is_no_observation_is_one_too(self, answer: object) -> None:
        async def observe(context: StepContext) -> object:
            return answer

        broken: Callable[[StepContext], Awaitable[Observation]] = observe  # type: ignore[assignment]
        assert (Result.ERROR, Reason.INTERNAL) == told(virtually(probe(step(broken))))[0:3:2]

    def test_a_cancellation_that_nobody_asked_for_is_one_too(self) -> None:
        async def observe(context: StepContext) -> Observation:
            raise asyncio.CancelledError

        outcome = virtually(probe(step(observe), step(name="clean", always=True)))
        assert (Result.ERROR, Reason.INTERNAL) == (outcome.result, outcome.reason)
        assert [("get", "error"), ("clean", "pass")] == results(outcome)

    def test_it_ends_a_poll_at_once(self) -> None:
        script = Script(ValueError())
        outcome = virtually(probe(step(script, poll=poll(), retry=retry(5, *Reason))))
        assert (Reason.INTERNAL, 1) == (outcome.reason, len(script.began))
