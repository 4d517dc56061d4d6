"""Large answers are judged in a thread: what comes of it is the same, and nothing of it is shared too early."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from checker.core.facts import Facts, Lazy
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.core.trace import Trace
from checker.engine.beside import JUDGING, LARGE, done_beside, judged_beside
from checker.engine.judge import Bench
from checker.engine.plan import PlannedStep
from checker.engine.redaction import RunRedaction
from checker.engine.runner import Runner
from checker.kinds.contract import Observation, StepContext
from tests.core.test_scope import scope
from tests.engine.scripts import exchange, poll, probe, room, step
from tests.engine.scripts import seen as small


def where(size: int) -> str:
    return asyncio.run(done_beside(size, lambda: threading.current_thread().name))


def test_only_what_is_large_is_done_beside_the_loop() -> None:
    assert threading.current_thread().name == where(LARGE - 1)
    assert where(LARGE).startswith("judging-")


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(done_beside(LARGE, lambda: 1 // 0))


def bench() -> Bench:
    return Bench(
        scope(), lambda: 0.0, str, lambda captures: lambda text: f"{text} without {sorted(captures)}"
    )


def learns(at: Bench) -> str:
    at.scope.secret_captures.add("token")
    return at.redact("text")


async def test_secrets_that_are_learnt_beside_are_struck_out_there_and_known_here_afterwards() -> None:
    ours, trace = bench(), Trace()
    assert "text without ['token']" == await judged_beside(LARGE, learns, ours, trace)
    assert {"token"} == ours.scope.secret_captures
    assert trace.errand is None


async def test_a_bench_is_not_copied_for_what_is_small() -> None:
    assert "text" == await judged_beside(1, learns, bench(), Trace())


async def test_what_was_given_up_changes_nothing_any_more() -> None:
    ours, trace = bench(), Trace()
    begun, ended, go_on = threading.Event(), threading.Event(), threading.Event()

    def work(at: Bench) -> None:
        begun.set()
        go_on.wait(10)
        learns(at)
        ended.set()

    task = asyncio.ensure_future(judged_beside(LARGE, work, ours, trace))
    await asyncio.to_thread(begun.wait, 10)
    assert JUDGING is trace.errand
    task.cancel()
    await asyncio.wait([task])
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 10)
    assert set() == ours.scope.secret_captures


# Runs


def large(document: object, *, look: Callable[[], object] = lambda: None) -> Observation:
    """See a large answer; `look` is called as its document is made."""

    def make() -> object:
        look()
        return document

    return Observation(Facts({"status": 200, "json": Lazy(make)}), size=LARGE)


async def run(*steps: PlannedStep, timeout: float = 10.0) -> Outcome:
    return await Runner(room()).run(probe(*steps, timeout=timeout))


async def test_a_large_answer_is_judged_as_a_small_one_is() -> None:
    threads: list[str] = []

    def look() -> None:
        threads.append(threading.current_thread().name)

    asked: dict[str, Any] = {
        "expect": {"json": {"$.v": 5}},
        "capture": {"v": {"json": "$.v", "metric": True}},
    }
    outcome = await run(step(large({"v": 5}, look=look), **asked))
    told = await run(step(small(json={"v": 5}), **asked))
    assert (Result.PASS, {"v": 5}) == (outcome.result, outcome.values)
    assert told.steps[0].assertions == outcome.steps[0].assertions
    assert [True] == [name.startswith("judging-") for name in threads]


async def test_a_secret_in_a_large_answer_is_learnt() -> None:
    observation = large({"token": "s3cr3t-value", "v": "the s3cr3t-value of it"})
    first = step(
        observation,
        expect={"json": {"$.v": 5}},
        capture={"token": {"json": "$.token", "secret": True}},
    )
    outcome = await run(first)
    assert "fail" == outcome.result
    assert "s3cr3t-value" not in repr(outcome)
    assert "the *** of it" in (outcome.message or "")


async def test_a_poll_looks_at_a_large_answer_beside_the_loop_too() -> None:
    observation = large({"state": "broken"})
    broken = step(
        observation,
        expect={"json": {"$.state": "done"}},
        poll=poll(0.01, 5.0, {"json": {"$.state": {"matches": "^broken$"}}}),
    )
    outcome = await run(broken)
    assert Reason.ASSERTION is outcome.reason
    assert "stop_if holds" in (outcome.message or "")


async def test_a_deadline_while_an_answer_is_judged_is_the_checkers_own() -> None:
    go_on = threading.Event()
    try:
        outcome = await run(
            step(large({}, look=lambda: go_on.wait(10)), expect={"json": {"$.v": 5}}), timeout=0.1
        )
    finally:
        go_on.set()
    assert (Result.ERROR, Reason.OVERLOADED) == (outcome.result, outcome.reason)
    assert "the run's 100ms passed while judging the answer" == outcome.message


async def test_a_bug_beside_the_loop_is_an_error_of_the_checker() -> None:
    outcome = await run(step(large({}, look=[].pop), expect={"json": {"$.v": 5}}))
    assert (Result.ERROR, Reason.INTERNAL) == (outcome.result, outcome.reason)


async def test_large_evidence_is_redacted_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    exchanges = RunRedaction.exchanges

    def told(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return exchanges(*arguments)

    monkeypatch.setattr(RunRedaction, "exchanges", told)
    for size in (10, LARGE):

        async def observe(context: StepContext, size: int = size) -> Observation:
            context.exchanges.append(exchange(response_body=b"x" * size))
            return small(500)

        outcome = await run(step(observe))
        assert [size] == [len(one.response_body) for one in outcome.steps[0].exchanges]
    assert [False, True] == [name.startswith("judging-") for name in threads]
