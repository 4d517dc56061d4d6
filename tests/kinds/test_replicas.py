"""What all addresses have in common, judged by what is seen at each of them."""

import asyncio

import pytest

from checker.assertions.subjects import compile_selector
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Unit
from checker.core.outcome import Truth
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.kinds.contract import Observation, StepContext
from checker.kinds.replicas import at_each
from checker.net.tls import Certificate
from tests.net.scopes import scope_with

FACTS = (
    Fact("answer", "What it says.", reason=Reason.STALE_CACHE),
    Fact("age", "How old it is.", unit=Unit.DURATION),
)
ANSWER = compile_selector({"answer": True}, FACTS)


def context_with(trace: Trace | None = None) -> StepContext:
    return StepContext("probe", "step", scope_with(), trace or Trace())


async def ask(address: str, trace: Trace) -> Observation:
    if address == "nobody":
        raise Trouble(Reason.REFUSED, "refused")
    return Observation(Facts({"answer": address, "age": 0.25}))


async def test_a_difference_is_told_without_secrets_and_with_the_reason_of_its_fact() -> None:
    seen = await at_each(
        ["hunter2", "b"], ask, context_with(), (ANSWER,), lambda text: text.replace("hunter2", "***")
    )
    (verdict,) = seen.compared
    assert (verdict.verdict, verdict.reason) == (Truth.MISSES, Reason.STALE_CACHE)
    assert verdict.seen == '"***" at hunter2; "b" at b'


async def test_values_are_shown_in_their_unit() -> None:
    age = compile_selector({"age": True}, FACTS)
    (verdict,) = (await at_each(["a", "b"], ask, context_with(), (age,), str)).compared
    assert (verdict.verdict, verdict.seen) == (Truth.HOLDS, "250ms at a, b")


@pytest.mark.parametrize(
    ("addresses", "truth"),
    [
        (["a"], Truth.HOLDS),
        (["a", "nobody"], Truth.HOLDS),
        (["nobody"], Truth.UNTELLABLE),
        (["nobody", "nobody"], Truth.UNTELLABLE),
    ],
)
async def test_an_address_without_an_answer_has_failed_on_its_own(addresses: list[str], truth: Truth) -> None:
    seen = await at_each(addresses, ask, context_with(), (ANSWER,), str)
    assert truth is seen.compared[0].verdict
    assert [name == "nobody" for name in addresses] == [bool(replica.trouble) for _, replica in seen.replicas]


async def test_nothing_is_not_the_same_as_nothing() -> None:
    async def say_nothing(address: str, trace: Trace) -> Observation:
        return Observation(Facts({"answer": Absent("there is no answer", known=True)}))

    (verdict,) = (await at_each(["a", "b"], say_nothing, context_with(), (ANSWER,), str)).compared
    assert (verdict.verdict, verdict.seen) == (Truth.UNTELLABLE, "nothing (there is no answer) at a, b")


async def test_the_time_of_the_slowest_is_added_to_what_was_spent_before() -> None:
    async def take(address: str, trace: Trace) -> Observation:
        trace.timings = {Phase.DNS: 0.5, Phase.WAIT: float(address)}
        trace.facts = {"address": address}
        return Observation(Facts({}))

    trace = Trace()
    trace.timings = {Phase.DNS: 1.0}
    await at_each(["1", "3", "2"], take, context_with(trace), (), str)
    assert trace.timings == {Phase.DNS: 1.5, Phase.WAIT: 3.0}
    assert trace.facts == {"address": "3"}


async def test_the_first_certificate_to_end_is_kept() -> None:
    async def show(address: str, trace: Trace) -> Observation:
        trace.timings = {Phase.WAIT: float(address)}
        if address != "4":
            trace.facts["certificate"] = Certificate("CN=a", "CN=ca", (), 0.0, float(address), 0.0)
        return Observation(Facts({}))

    trace = Trace()
    await at_each(["3", "2", "4"], show, context_with(trace), (), str)
    (certificate,) = trace.facts.values()
    assert isinstance(certificate, Certificate)
    assert certificate.not_after == 2.0


async def test_the_context_knows_who_has_not_answered_and_who_has_failed() -> None:
    async def hang(address: str, trace: Trace) -> Observation:
        if address in {"answers", "nobody"}:
            return await ask(address, trace)
        trace.start(Phase.CONNECT)
        await asyncio.Event().wait()
        raise AssertionError

    context = context_with()
    task = asyncio.create_task(at_each(["answers", "hangs", "nobody", "too"], hang, context, (), str))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    known = {name: aside.current for name, aside in context.trace.asides.items()}
    assert {"hangs": Phase.CONNECT, "too": Phase.CONNECT} == known
    assert {"nobody": "refused"} == {name: trouble.message for name, trouble in context.failed.items()}
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_being_cut_off_cuts_all_of_them_off() -> None:
    left: list[str] = []

    async def wait(address: str, trace: Trace) -> Observation:
        try:
            await asyncio.Event().wait()
        finally:
            left.append(address)
        raise AssertionError

    task = asyncio.create_task(at_each(["a", "b"], wait, context_with(), (), str))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left == ["a", "b"]


async def test_a_bug_is_not_swallowed() -> None:
    async def stumble(address: str, trace: Trace) -> Observation:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await at_each(["a", "b"], stumble, context_with(), (), str)
