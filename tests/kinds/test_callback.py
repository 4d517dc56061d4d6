"""A run is called back: at once, earlier, often, never; and what is made of it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from checker.assertions.evaluate import compile_expectations
from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.facts import Facts
from checker.core.outcome import Outcome
from checker.core.reason import Phase, Reason, Result
from checker.core.template import Reference
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.callback import CallbackKind, CallbackSpec
from checker.kinds.contract import Observation, StepContext, Tools
from checker.net.callbacks import BODY, Callbacks, Headers, Reception
from checker.secrets.store import SecretStore
from tests.engine.scripts import poll, seen, step

JSON = (("Content-Type", "application/json"),)
URL = Reference("callback", "url")


class Rig:
    """A run in virtual time, and what calls it back."""

    def __init__(self, fake: FakeClock) -> None:
        self.fake = fake
        self.callbacks = Callbacks(fake.clock)
        self.callbacks.base_url = "https://checks.example.org"
        self.kind = CallbackKind(Tools(SecretStore({}), fake.clock, callbacks=self.callbacks))
        self.urls: list[str] = []
        self.calling: list[asyncio.Task[Reception]] = []

    def sending(self, *deliveries: tuple[float, bytes, Headers]) -> PlannedStep:
        """Return a step that tells its address to somebody who calls back after so many seconds."""

        async def send(context: StepContext) -> Observation:
            url = str(context.scope.lookup(URL))
            self.urls.append(url)
            self.calling += [asyncio.create_task(self.call(url, *each)) for each in deliveries]
            await asyncio.sleep(1.0)
            return seen()

        return step(send, name="send")

    async def call(self, url: str, seconds: float, content: bytes, headers: Headers = JSON) -> Reception:
        async def body() -> AsyncIterator[bytes]:
            yield content

        await asyncio.sleep(seconds)
        return await self.callbacks.deliver(url.rpartition("/")[2], "POST", headers, body())

    def waiting(
        self, expect: Mapping[str, Any] | None = None, name: str = "wait", **keys: Any
    ) -> PlannedStep:
        """Return a step that waits for so long."""
        spec = {key: keys.pop(key) for key in ("within",) if key in keys}
        observe = self.kind.prepare(CallbackSpec.model_validate(spec))
        expected = compile_expectations(expect or {}, self.kind.facts, Path())
        return PlannedStep(name, "callback", observe, expected, **keys)

    async def run(self, *steps: PlannedStep, timeout: float = 100.0) -> Outcome:
        room = Room(SecretStore({}), self.fake.clock, keep_evidence=True, callbacks=self.callbacks)
        return await Runner(room).run(PlannedProbe("p", steps, "", timeout=timeout))


async def called(fake: FakeClock, *bodies: tuple[float, bytes], **keys: Any) -> Outcome:
    """Run a step that waits after one that brings about deliveries, each after so many seconds."""
    rig = Rig(fake)
    timeout = keys.pop("timeout", 100.0)
    sent = rig.sending(*((seconds, body, JSON) for seconds, body in bodies))
    return await rig.run(sent, rig.waiting(**keys), timeout=timeout)


def virtually(*bodies: tuple[float, bytes], **keys: Any) -> Outcome:
    return run_virtual(lambda fake: called(fake, *bodies, **keys))


def told(outcome: Outcome) -> tuple[Result, str | None, Reason | None]:
    return outcome.result, outcome.step, outcome.reason


PASSED = (Result.PASS, None, None)
MISSING = (Result.FAIL, "wait", Reason.CALLBACK_MISSING)


def test_waits_until_it_is_called_back() -> None:
    outcome = virtually((5.0, b'{"state": "done"}'), expect={"json": {"$.state": "done"}}, within="30s")
    assert PASSED == told(outcome)
    assert (5.0, 4.0) == (outcome.duration, outcome.steps[1].timings[Phase.WAIT])


def test_takes_what_came_earlier() -> None:
    outcome = virtually((0.25, b"{}"), expect={"latency": {"eq": "250ms"}, "count": 1}, within="30s")
    assert (*PASSED, 1.0) == (*told(outcome), outcome.duration)


def test_knows_all_about_the_delivery() -> None:
    expected = {
        "method": "POST",
        "headers": {"content-type": "application/json"},
        "body": '{"a":1}',
        "size": 7,
        "json": {"$.a": 1},
        "latency": {"eq": "2s"},
        "count": 1,
    }
    assert PASSED == told(virtually((2.0, b'{"a":1}'), expect=expected, within="30s"))


def test_one_that_is_not_as_expected_fails() -> None:
    outcome = virtually((2.0, b'{"state": "failed"}'), expect={"json": {"$.state": "done"}}, within="30s")
    assert (Result.FAIL, "wait", Reason.ASSERTION) == told(outcome)


def test_one_that_is_not_what_it_claims_to_be_fails() -> None:
    outcome = virtually((2.0, b"<html>"), expect={"json": {"$.state": "done"}}, within="30s")
    assert (Result.FAIL, "wait", Reason.UNDECODABLE) == told(outcome)


@pytest.mark.parametrize(
    ("headers", "expect", "result"),
    [
        ((("a", "1"), ("A", "2")), {"headers": {"A": "1, 2"}}, PASSED),
        ((("content-encoding", "gzip"),), {"body": "text", "size": 4}, PASSED),
        ((("content-encoding", "br"),), {}, (Result.FAIL, "wait", Reason.UNDECODABLE)),
        ((("content-encoding", "rot13"),), {}, (Result.FAIL, "wait", Reason.UNDECODABLE)),
    ],
)
def test_headers_and_codings(headers: Headers, expect: Mapping[str, Any], result: object) -> None:
    async def main(fake: FakeClock) -> Outcome:
        rig = Rig(fake)
        sent = rig.sending((2.0, gzip.compress(b"text"), headers))
        return await rig.run(sent, rig.waiting(expect, within="30s"))

    outcome = run_virtual(main)
    assert result == told(outcome)
    assert outcome.message is None or outcome.message.startswith("the callback cannot be read: the body is")


def test_one_that_is_too_large_fails_at_once() -> None:
    outcome = virtually((2.0, bytes(BODY + 1)), within="30s")
    assert (Result.FAIL, "wait", Reason.TOO_LARGE) == told(outcome)
    assert "64KiB" in (outcome.message or "")
    assert (2.0, [413]) == (outcome.duration, [each.status for each in outcome.steps[1].exchanges])


def test_one_that_never_comes_is_missing() -> None:
    outcome = virtually(within="30s")
    assert (*MISSING, "no callback came within 30s", 31.0) == (
        *told(outcome),
        outcome.message,
        outcome.duration,
    )


def test_a_second_one_that_never_comes_is_missing_too() -> None:
    async def main(fake: FakeClock) -> Outcome:
        rig = Rig(fake)
        return await rig.run(
            rig.sending((2.0, b"1", ())),
            rig.waiting(name="first", within="5s"),
            rig.waiting(within="5s"),
        )

    outcome = run_virtual(main)
    assert MISSING == told(outcome)
    assert "no callback came within 5s, beside the 1 that had come before" == outcome.message


@pytest.mark.parametrize("within", [{}, {"within": "60s"}])
def test_a_deadline_that_strikes_in_the_waiting_says_that_none_came(within: Mapping[str, str]) -> None:
    outcome = virtually(timeout=20.0, **within)
    assert (*MISSING, "the run's 20s passed while waiting for a callback") == (
        *told(outcome),
        outcome.message,
    )


def test_the_steps_own_timeout_too() -> None:
    outcome = run_virtual(lambda fake: called_with_step_timeout(fake, 3.0))
    assert (*MISSING, "the step's 3s passed while waiting for a callback") == (
        *told(outcome),
        outcome.message,
    )


async def called_with_step_timeout(fake: FakeClock, seconds: float) -> Outcome:
    rig = Rig(fake)
    return await rig.run(rig.sending(), rig.waiting(timeout=seconds))


def test_a_checker_that_stood_still_blames_nobody() -> None:
    async def main(fake: FakeClock) -> Outcome:
        rig = Rig(fake)
        asyncio.get_running_loop().call_later(3.0, fake.loop.jump, 40.0)
        return await rig.run(rig.sending(), rig.waiting(within="30s"))

    outcome = run_virtual(main)
    assert (Result.ERROR, "wait", Reason.OVERLOADED) == told(outcome)
    assert "the checker itself stood still" in (outcome.message or "")


def test_each_step_takes_one_in_their_order() -> None:
    async def main(fake: FakeClock) -> Outcome:
        rig = Rig(fake)
        return await rig.run(
            rig.sending((3.0, b"2", ()), (0.5, b"1", ())),
            rig.waiting({"body": "1", "count": 1}, "first", within="30s"),
            rig.waiting({"body": "2", "count": 2}, within="30s"),
        )

    assert PASSED == told(run_virtual(main))


def test_a_poll_takes_one_after_the_other_until_it_is_as_expected() -> None:
    progress = ((2.0, b'{"s": "queued"}'), (4.0, b'{"s": "running"}'), (6.0, b'{"s": "done"}'))
    outcome = virtually(*progress, expect={"json": {"$.s": "done"}}, within="5s", poll=poll(0.5, 30.0))
    assert (*PASSED, 3) == (*told(outcome), outcome.steps[1].attempts)


def test_what_came_is_evidence() -> None:
    outcome = virtually((2.0, b'{"a": 1}'), within="30s")
    [delivered] = outcome.steps[1].exchanges
    assert ("POST", b'{"a": 1}', 200) == (delivered.method, delivered.request_body, delivered.status)
    assert 1_700_000_002.0 == delivered.started_at


def test_the_address_is_the_same_within_a_run_and_gone_after_it() -> None:
    async def main(fake: FakeClock) -> None:
        rig = Rig(fake)
        again = rig.sending()
        await rig.run(rig.sending((2.0, b"", ()), (500.0, b"", ())), again, rig.waiting(within="30s"))
        assert rig.urls[0] == rig.urls[1]
        assert Reception.LATE is await rig.call(rig.urls[0], 0.0, b"")
        assert [Reception.TAKEN, Reception.LATE] == await asyncio.gather(*rig.calling)
        assert 2 == rig.callbacks.late
        await rig.run(rig.sending((2.0, b"", ())), rig.waiting(within="30s"))
        assert rig.urls[2] != rig.urls[0]

    run_virtual(main)


def test_the_address_is_gone_after_a_run_that_was_broken_off() -> None:
    async def main(fake: FakeClock) -> None:
        rig = Rig(fake)
        going = asyncio.create_task(rig.run(rig.sending(), rig.waiting(within="30s")))
        await asyncio.sleep(10)
        going.cancel()
        await asyncio.wait([going])
        assert going.cancelled()
        assert Reception.LATE is await rig.call(rig.urls[0], 0.0, b"")

    run_virtual(main)


def test_where_nothing_tells_the_address_it_is_the_checker_that_cannot_tell() -> None:
    async def main(fake: FakeClock) -> Outcome:
        rig = Rig(fake)
        rig.callbacks.base_url = None
        return await rig.run(rig.sending(), rig.waiting(within="30s"))

    assert (Result.ERROR, "send", Reason.CALLBACK_MISSING) == told(run_virtual(main))


def test_an_address_that_is_gone_too_early_is_a_fault_of_the_checker() -> None:
    async def main(fake: FakeClock) -> Outcome:
        rig = Rig(fake)
        asyncio.get_running_loop().call_later(0.5, rig.callbacks._open.clear)
        return await rig.run(rig.sending(), rig.waiting(within="30s"))

    assert (Result.ERROR, "wait", Reason.INTERNAL) == told(run_virtual(main))


def test_waiting_writes_nothing() -> None:
    spec = CallbackSpec.model_validate({"within": "1m"})
    assert (False, True, 60.0) == (
        CallbackKind.writes(spec),
        CallbackKind.idempotent(spec),
        CallbackKind.waits(spec),
    )
    assert 0.0 == CallbackKind.waits(CallbackSpec())


def test_one_that_never_comes_is_what_might_have_been_seen_instead() -> None:
    (mutation,) = CallbackKind.mutations(CallbackSpec(within=None), Observation(Facts({})))
    with pytest.raises(Trouble) as caught:
        mutation.see()
    assert Reason.CALLBACK_MISSING is caught.value.reason
