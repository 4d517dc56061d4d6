import asyncio
from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.outcome import StepOutcome, Truth, Verdict
from checker.core.reason import Phase, Reason, Result
from checker.core.trace import Errand
from checker.engine.plan import PlannedStep
from checker.engine.steps import EARLIER, EXCHANGES
from checker.kinds.contract import Observation, StepContext
from tests.engine.scripts import (
    Play,
    Script,
    after,
    exchange,
    expectations,
    poll,
    probe,
    retry,
    seen,
    step,
    virtually,
)

REFUSED = Trouble(Reason.REFUSED, "nothing listens on 127.0.0.1:1")
PENDING = seen(json={"state": "pending"})
DONE = seen(json={"state": "done"})
IS_DONE = {"json": {"$.state": "done"}}


def run(step_: PlannedStep, **changes: Any) -> StepOutcome:
    outcome = virtually(probe(step_, timeout=60.0), **changes)
    (only,) = outcome.steps
    return only


def within(phase: Phase, seconds: float = 1000.0) -> Play:
    """Never get out of a phase."""

    async def observe(context: StepContext) -> Observation:
        context.trace.start(phase)
        await asyncio.sleep(seconds)
        return seen()

    return observe


def test_a_step_that_sees_what_it_expects_passes() -> None:
    expected = StepOutcome(
        step="get",
        kind="script",
        result=Result.PASS,
        reason=None,
        message=None,
        duration=0.25,
        timings={},
        assertions=(Verdict("status", "eq", "2xx", "200", Truth.HOLDS),),
    )
    assert expected == run(step(after(0.25)))


def test_what_a_step_misses_is_its_reason() -> None:
    done = run(step(seen(503)))
    assert (Result.FAIL, Reason.SERVER_ERROR) == (done.result, done.reason)
    assert "status: expected 2xx, saw 503" == done.message
    assert [Truth.MISSES] == [verdict.verdict for verdict in done.assertions]


def test_of_several_misses_the_first_is_told_and_the_others_are_counted() -> None:
    done = run(step(seen(404, {}), expect={"status": 200, **IS_DONE, "latency": {"lt": "1ms"}}))
    assert done.message
    assert done.message.startswith("status: ")
    assert done.message.endswith(" (and 2 more)")


@pytest.mark.parametrize(
    ("reason", "result"), [(Reason.REFUSED, Result.FAIL), (Reason.SECRET_UNAVAILABLE, Result.ERROR)]
)
def test_trouble_tells_whose_fault_it_is(reason: Reason, result: Result) -> None:
    done = run(step(Trouble(reason, "so it is")))
    assert (result, reason, "so it is") == (done.result, done.reason, done.message)


def test_a_trouble_that_is_returned_counts_like_one_that_is_raised() -> None:
    done = run(step(Observation(seen().facts, trouble=REFUSED)))
    assert (Reason.REFUSED, REFUSED.message) == (done.reason, done.message)


def test_a_missed_warning_degrades_but_does_not_hide_a_miss() -> None:
    warn = {"latency": {"lt": "800ms"}}
    slow = run(step(seen(latency=0.9), warn=warn))
    assert (Result.DEGRADED, Reason.SLOW) == (slow.result, slow.reason)
    assert [Truth.MISSES] == [verdict.verdict for verdict in slow.warnings]
    failed = run(step(seen(500, latency=0.9), warn=warn))
    assert (Result.FAIL, Reason.SERVER_ERROR, ()) == (failed.result, failed.reason, failed.warnings)


def test_the_timings_of_the_last_attempt_and_lasting_facts_are_kept() -> None:
    async def observe(context: StepContext) -> Observation:
        with context.trace.phase(Phase.CONNECT):
            await asyncio.sleep(0.5)
        context.trace.facts["address"] = f"127.0.0.{len(script.began)}"
        context.trace.start(Phase.WAIT)
        await asyncio.sleep(0.25)
        return seen(500 if len(script.began) == 1 else 200)

    script = Script(observe)
    done = run(step(script, retry=retry(2, Reason.SERVER_ERROR)))
    assert {Phase.CONNECT: 0.5, Phase.WAIT: 0.25} == done.timings
    assert {"address": "127.0.0.2"} == done.facts
    assert 1.5 == done.duration


class TestRetry:
    @pytest.mark.parametrize(
        ("acts", "attempts", "result"),
        [
            ((seen(),), 1, Result.PASS),
            ((REFUSED, seen()), 2, Result.PASS),
            ((REFUSED, REFUSED, seen()), 3, Result.PASS),
            ((REFUSED, REFUSED, REFUSED, seen()), 3, Result.FAIL),
            ((seen(500), seen()), 1, Result.FAIL),
            ((REFUSED, seen(500), seen()), 2, Result.FAIL),
        ],
    )
    def test_only_the_reasons_that_it_names_are_tried_again(
        self, acts: tuple[Play, ...], attempts: int, result: Result
    ) -> None:
        done = run(step(*acts, retry=retry(3, Reason.REFUSED, delay=0.5)))
        assert (attempts, result, (attempts - 1) * 0.5) == (done.attempts, done.result, done.duration)

    def test_without_it_nothing_is_tried_again(self) -> None:
        assert 1 == run(step(REFUSED, seen())).attempts


class TestPoll:
    def test_it_repeats_until_the_expectations_hold(self) -> None:
        script = Script(seen(404), REFUSED, PENDING, DONE)
        done = run(step(script, expect={"status": 200, **IS_DONE}, poll=poll(every=1.0, within=10.0)))
        assert (Result.PASS, 4) == (done.result, done.attempts)
        assert [0.0, 1.0, 2.0, 3.0] == script.began
        assert {Truth.HOLDS} == {verdict.verdict for verdict in done.assertions}

    def test_its_last_attempt_is_at_the_end_of_its_time(self) -> None:
        script = Script(PENDING)
        done = run(step(script, expect=IS_DONE, poll=poll(every=2.0, within=5.0)))
        assert [0.0, 2.0, 4.0, 5.0] == script.began
        assert (Result.FAIL, Reason.POLL_EXPIRED, 5.0) == (done.result, done.reason, done.duration)
        assert (
            "the poll's 5s passed, after 4 attempts; the last: "
            'json.$.state: expected "done", saw "pending"' == done.message
        )
        assert [Truth.MISSES] == [verdict.verdict for verdict in done.assertions]

    @pytest.mark.parametrize(
        ("last", "reason"),
        [
            (PENDING, Reason.POLL_EXPIRED),
            (REFUSED, Reason.REFUSED),
            (seen(500, {"state": "pending"}), Reason.SERVER_ERROR),
            (seen(), Reason.UNDECODABLE),
        ],
    )
    def test_it_expired_only_if_the_last_attempt_missed_an_assertion(
        self, last: Play, reason: Reason
    ) -> None:
        done = run(step(PENDING, last, expect={"status": 200, **IS_DONE}, poll=poll(every=5.0, within=5.0)))
        assert reason is done.reason

    def test_attempts_that_take_longer_than_its_step_follow_one_another(self) -> None:
        script = Script(after(3.0, PENDING))
        done = run(step(script, expect=IS_DONE, poll=poll(every=1.0, within=5.0)))
        assert [0.0, 3.0] == script.began
        assert (Reason.POLL_EXPIRED, 6.0) == (done.reason, done.duration)

    def test_each_of_its_attempts_may_be_retried(self) -> None:
        script = Script(REFUSED, PENDING, REFUSED, DONE)
        done = run(
            step(script, expect=IS_DONE, poll=poll(every=1.0), retry=retry(2, Reason.REFUSED, delay=0.125))
        )
        assert [0.0, 0.125, 1.0, 1.125] == script.began
        assert Result.PASS is done.result

    def test_stop_if_fails_at_once_and_says_so(self) -> None:
        failed = seen(json={"state": "failed"})
        stop_if = {"json": {"$.state": "failed"}}
        done = run(step(PENDING, failed, DONE, expect=IS_DONE, poll=poll(stop_if=stop_if)))
        assert (Result.FAIL, Reason.ASSERTION, 2, 1.0) == (
            done.result,
            done.reason,
            done.attempts,
            done.duration,
        )
        assert (
            'stopped polling because stop_if holds: json.$.state is "failed"; '
            'json.$.state: expected "done", saw "failed"' == done.message
        )

    @pytest.mark.parametrize(
        "first",
        [
            pytest.param(PENDING, id="it does not hold"),
            pytest.param(seen(json={"state": "failed"}), id="only a part of it holds"),
            pytest.param(seen(), id="it cannot be told"),
            pytest.param(REFUSED, id="there was no answer"),
        ],
    )
    def test_polling_goes_on_where_stop_if_does_not_hold(self, first: Play) -> None:
        stop_if = {"json": {"$.state": "failed", "$.final": True}}
        done = run(step(first, DONE, expect=IS_DONE, poll=poll(stop_if=stop_if)))
        assert (Result.PASS, 2) == (done.result, done.attempts)

    def test_what_is_expected_comes_before_stop_if(self) -> None:
        done = run(step(DONE, expect=IS_DONE, poll=poll(stop_if=IS_DONE)))
        assert Result.PASS is done.result


class TestTimeout:
    @pytest.mark.parametrize(
        ("phase", "reason", "doing"),
        [
            (Phase.DNS, Reason.DNS, "looking up the name"),
            (Phase.CONNECT, Reason.CONNECT_TIMEOUT, "connecting"),
            (Phase.TLS, Reason.TLS_HANDSHAKE, "in the TLS handshake"),
            (Phase.SEND, Reason.TIMEOUT, "sending the request"),
            (Phase.WAIT, Reason.TIMEOUT, "waiting for the answer"),
            (Phase.RECEIVE, Reason.TIMEOUT, "receiving the answer"),
        ],
    )
    def test_its_reason_is_that_of_the_phase(self, phase: Phase, reason: Reason, doing: str) -> None:
        done = run(step(within(phase), timeout=2.0))
        assert (Result.FAIL, reason, 2.0) == (done.result, done.reason, done.duration)
        assert f"the step's 2s passed while {doing}" == done.message
        assert {phase: 2.0} == done.timings

    def test_between_exchanges_there_is_no_phase(self) -> None:
        done = run(step(after(1000.0), timeout=2.0))
        assert Reason.TIMEOUT is done.reason
        assert "the step's 2s passed while between two exchanges" == done.message

    def test_it_bounds_all_attempts_together(self) -> None:
        done = run(step(within(Phase.WAIT, 3.0), expect={"status": 500}, timeout=4.0, poll=poll(1.0, 100.0)))
        assert (Reason.TIMEOUT, 4.0, 2) == (done.reason, done.duration, done.attempts)
        assert (
            "the step's 4s passed while waiting for the answer; before that: "
            "status: expected 500, saw 200" == done.message
        )
        assert [Truth.MISSES] == [verdict.verdict for verdict in done.assertions]

    @pytest.mark.parametrize(
        ("last", "reason"),
        [(PENDING, Reason.POLL_EXPIRED), (REFUSED, Reason.REFUSED), (seen(502), Reason.SERVER_ERROR)],
    )
    def test_between_the_attempts_of_a_poll_the_last_one_gives_the_reason(
        self, last: Play, reason: Reason
    ) -> None:
        done = run(step(last, expect={"status": 200, **IS_DONE}, timeout=3.5, poll=poll(1.0, 100.0)))
        assert (reason, 3.5, 4) == (done.reason, done.duration, done.attempts)
        assert done.message
        assert done.message.startswith("the step's 3.5s passed, after 4 attempts; the last: ")

    def test_between_retries_the_last_one_gives_the_reason(self) -> None:
        done = run(step(REFUSED, timeout=3.0, retry=retry(9, Reason.REFUSED, delay=2.0)))
        assert (Reason.REFUSED, 3.0, 2) == (done.reason, done.duration, done.attempts)

    def test_what_is_interrupted_may_tidy_its_phase_away(self) -> None:
        async def observe(context: StepContext) -> Observation:
            context.trace.start(Phase.CONNECT)
            try:
                await asyncio.sleep(1000)
            finally:
                context.trace.stop()
            return seen()

        done = run(step(observe, timeout=2.0))
        assert (Reason.CONNECT_TIMEOUT, {Phase.CONNECT: 2.0}) == (done.reason, done.timings)

    def test_an_answer_that_comes_after_it_does_not_count(self) -> None:
        async def observe(context: StepContext) -> Observation:
            context.trace.start(Phase.WAIT)
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                await asyncio.sleep(5)
            return seen()

        done = run(step(observe, timeout=2.0))
        assert (Result.FAIL, Reason.TIMEOUT) == (done.result, done.reason)

    def test_no_poll_goes_on_after_it(self) -> None:
        async def observe(context: StepContext) -> Observation:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                return PENDING
            return DONE

        done = run(step(observe, expect=IS_DONE, timeout=2.0, poll=poll(1.0, 100.0)))
        assert (Reason.TIMEOUT, 1, 2.0) == (done.reason, done.attempts, done.duration)

    def test_trouble_that_comes_after_it_does_not_count(self) -> None:
        async def observe(context: StepContext) -> Observation:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                raise REFUSED from None
            return seen()

        script = Script(observe)
        done = run(step(script, timeout=2.0, retry=retry(3, Reason.REFUSED, Reason.TIMEOUT)))
        assert (Reason.TIMEOUT, 1) == (done.reason, done.attempts)

    def test_a_step_in_time_is_not_disturbed(self) -> None:
        assert Result.PASS is run(step(after(1.9), timeout=2.0)).result

    def test_a_time_limit_of_the_kinds_own_is_a_fault_of_the_kind(self) -> None:
        done = run(step(TimeoutError(), timeout=2.0))
        assert (Result.ERROR, Reason.INTERNAL) == (done.result, done.reason)

    @pytest.mark.parametrize(
        ("lost", "expected"),
        [(0.19, (Result.FAIL, Reason.TIMEOUT)), (0.21, (Result.ERROR, Reason.OVERLOADED))],
    )
    def test_it_is_not_held_against_the_target_where_the_checker_lost_more_than_a_tenth(
        self, lost: float, expected: tuple[Result, Reason]
    ) -> None:
        total = 7.0

        async def observe(context: StepContext) -> Observation:
            nonlocal total
            total += lost
            await asyncio.sleep(1000)
            return seen()

        done = run(step(observe, timeout=2.0), lost=lambda: total)
        assert expected == (done.result, done.reason)


class TestStalls:
    """The checker itself stands still while an answer is on its way."""

    @staticmethod
    def stalling(*stalls: float, **keys: Any) -> StepOutcome:
        """Let one attempt after the other see a latency of 300 ms, with so many seconds lost meanwhile."""
        total = 7.0

        def attempt(stall: float) -> Play:
            async def observe(_context: StepContext) -> Observation:
                nonlocal total
                total += stall
                return seen(latency=0.3)

            return observe

        return run(step(*map(attempt, stalls), **keys), lost=lambda: total)

    @pytest.mark.parametrize(
        ("lost", "expected"),
        [
            (0.0, (Result.FAIL, Reason.SLOW)),
            (0.1, (Result.FAIL, Reason.SLOW)),
            (0.25, (Result.ERROR, Reason.OVERLOADED)),
        ],
    )
    def test_a_latency_is_not_held_against_the_target_where_they_may_be_all_that_made_it(
        self, lost: float, expected: tuple[Result, Reason]
    ) -> None:
        done = self.stalling(lost, expect={"latency": {"lt": "20ms"}})
        assert expected == (done.result, done.reason)

    def test_those_of_an_earlier_attempt_excuse_nothing(self) -> None:
        done = self.stalling(
            0.25, 0.0, expect={"latency": {"lt": "20ms"}}, retry=retry(2, Reason.OVERLOADED, Reason.SLOW)
        )
        assert (2, Result.FAIL, Reason.SLOW) == (done.attempts, done.result, done.reason)

    def test_what_else_the_target_missed_still_counts(self) -> None:
        done = self.stalling(0.25, expect={"latency": {"lt": "20ms"}, "status": 204})
        assert (Result.FAIL, Reason.UNEXPECTED_STATUS) == (done.result, done.reason)

    def test_a_warning_says_that_nobody_can_tell(self) -> None:
        done = self.stalling(0.25, warn={"latency": {"lt": "20ms"}})
        assert (Result.DEGRADED, Reason.OVERLOADED) == (done.result, done.reason)


@pytest.mark.parametrize(("an_attempt", "kept"), [(1, EARLIER + 1), (3, EARLIER + 3), (50, EXCHANGES)])
def test_the_evidence_of_a_long_poll_is_that_of_its_last_attempts(an_attempt: int, kept: int) -> None:
    sent: list[str] = []

    async def observe(context: StepContext) -> Observation:
        for _ in range(an_attempt):
            sent.append(f"http://127.0.0.1/{len(sent)}")
            context.exchanges.append(exchange(sent[-1]))
        return PENDING

    done = run(step(observe, expect=IS_DONE, poll=poll(every=0.5, within=10.0)))
    assert sent[-kept:] == [one.url for one in done.exchanges]


def test_verdicts_of_the_kind_itself_count_like_those_on_expectations() -> None:
    verdict = Verdict("json.$.version", "same", "one value", "1, 2", Truth.MISSES)
    done = run(step(Observation(seen().facts, verdicts=(verdict,))))
    assert (Result.FAIL, Reason.ASSERTION) == (done.result, done.reason)
    assert "json.$.version: expected one value, saw 1, 2" == done.message
    assert verdict == done.assertions[-1]


def test_expectations_are_what_they_are_compiled_to() -> None:
    """The rest of this file relies on the scripts' own way to write them."""
    assert ["json.$.state"] == [assertion.path for assertion in expectations(IS_DONE)]


def own(reason: Reason = Reason.TIMEOUT) -> Trouble:
    return Trouble(reason, "AWS does not answer", own=True)


def unknown() -> Observation:
    return Observation(Facts({"status": 200, "json": Absent("no data", own=True), "latency": 0.1}))


def test_trouble_of_the_checkers_own_is_an_error_whatever_its_reason() -> None:
    done = run(step(own()))
    assert (Result.ERROR, Reason.TIMEOUT) == (done.result, done.reason)


def test_what_the_checker_could_not_find_out_is_an_error_unless_something_else_failed() -> None:
    done = run(step(unknown(), expect=IS_DONE))
    assert (Result.ERROR, Reason.ASSERTION) == (done.result, done.reason)
    assert [True] == [verdict.own for verdict in done.assertions]
    failed = run(step(unknown(), expect={**IS_DONE, "latency": {"lt": "50ms"}}))
    assert (Result.FAIL, Reason.SLOW) == (failed.result, failed.reason)


def test_a_capture_of_what_the_checker_could_not_find_out_is_an_error() -> None:
    done = run(step(unknown(), capture={"state": {"json": "$.state"}}))
    assert (Result.ERROR, Reason.CAPTURE_MISSING) == (done.result, done.reason)


def test_a_poll_that_ends_without_knowing_is_an_error() -> None:
    done = run(step(unknown(), expect=IS_DONE, poll=poll(1.0, 3.0)))
    assert (Result.ERROR, Reason.ASSERTION) == (done.result, done.reason)


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.AWS_THROTTLED])
def test_a_limit_that_passes_during_an_errand_is_the_checkers_own_trouble(reason: Reason) -> None:
    async def observe(context: StepContext) -> Observation:
        context.trace.start(Phase.WAIT)
        context.trace.errand = Errand("asking AWS (ecs:DescribeServices)", reason)
        await asyncio.sleep(1000.0)
        return seen()

    done = run(step(observe, timeout=2.0))
    assert (Result.ERROR, reason) == (done.result, done.reason)
    assert "the step's 2s passed while asking AWS (ecs:DescribeServices)" == done.message
