"""Where a stopwatch stands, and those of what it waits for; and what a run makes of that when its time is up."""

import asyncio
from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.outcome import Truth
from checker.core.reason import Phase, Reason, Result
from checker.core.trace import Errand, Trace
from checker.engine.standstill import Standstill, standstill
from checker.kinds.contract import Observation, StepContext
from tests.engine.scripts import probe, secrets, seen, step, virtually


def at(phase: Phase | None = None, errand: Errand | None = None, **asides: Trace) -> Trace:
    trace = Trace()
    if phase:
        trace.start(phase)
    trace.errand = errand
    trace.asides.update(asides)
    return trace


def listening(phase: Phase, progress: str) -> Trace:
    trace = at(phase)
    trace.progress = lambda: progress
    return trace


ASKING = Errand("asking AWS", Reason.AWS_THROTTLED)
AWAITING = Errand("waiting for a callback", Reason.CALLBACK_MISSING, own=False)


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (at(), Standstill(Reason.TIMEOUT, "between two exchanges")),
        (at(Phase.DNS), Standstill(Reason.DNS, "looking up the name", phase=Phase.DNS)),
        (
            listening(Phase.RECEIVE, "after 3 bytes"),
            Standstill(Reason.TIMEOUT, "receiving the answer, after 3 bytes", phase=Phase.RECEIVE),
        ),
        (
            listening(Phase.WAIT, ""),
            Standstill(Reason.TIMEOUT, "waiting for the answer", phase=Phase.WAIT),
        ),
        (
            listening(Phase.CONNECT, "after 3 bytes"),
            Standstill(Reason.CONNECT_TIMEOUT, "connecting", phase=Phase.CONNECT),
        ),
        (at(Phase.WAIT, ASKING), Standstill(Reason.AWS_THROTTLED, "asking AWS", own=True)),
        (at(Phase.WAIT, AWAITING), Standstill(Reason.CALLBACK_MISSING, "waiting for a callback")),
        (
            at(token=at(Phase.TLS)),
            Standstill(Reason.TLS_HANDSHAKE, "in the TLS handshake (token)", phase=Phase.TLS),
        ),
        (
            at(Phase.WAIT, token=at(Phase.DNS)),
            Standstill(Reason.TIMEOUT, "waiting for the answer", phase=Phase.WAIT),
        ),
        (
            at(a=at(), b=at(Phase.CONNECT), c=at(Phase.WAIT), d=at(Phase.CONNECT)),
            Standstill(
                Reason.CONNECT_TIMEOUT,
                "between two exchanges (a), connecting (b, d), waiting for the answer (c)",
                phase=Phase.CONNECT,
            ),
        ),
        (
            at(a=at(Phase.WAIT, ASKING), b=at()),
            Standstill(Reason.AWS_THROTTLED, "asking AWS (a), between two exchanges (b)", own=True),
        ),
        (
            at(a=at(Phase.WAIT, ASKING), b=at(Phase.WAIT)),
            Standstill(Reason.TIMEOUT, "asking AWS (a), waiting for the answer (b)", phase=Phase.WAIT),
        ),
        (at(a=at(Phase.WAIT, ASKING)), Standstill(Reason.AWS_THROTTLED, "asking AWS (a)", own=True)),
        (
            at(a=at(token=at(Phase.CONNECT))),
            Standstill(Reason.CONNECT_TIMEOUT, "connecting (token) (a)", phase=Phase.CONNECT),
        ),
    ],
)
def test_standstill(trace: Trace, expected: Standstill) -> None:
    assert expected == standstill(trace)


WAITS = "while connecting (10.0.0.2, 10.0.0.3), between two exchanges (10.0.0.4)"


@pytest.mark.parametrize(
    ("limits", "passed"),
    [
        ({"step": {"timeout": 2.0}}, "the step's 2s passed"),
        ({"probe": {"timeout": 3.0}}, "the run's 3s passed"),
    ],
)
def test_a_deadline_names_who_has_not_answered_and_keeps_what_had_failed(
    limits: dict[str, Any], passed: str
) -> None:
    async def observe(context: StepContext) -> Observation:
        waiting = {f"10.0.0.{number}": at(Phase.CONNECT) for number in (2, 3)}
        context.trace.asides.update({**waiting, "10.0.0.4": at()})
        context.failed["10.0.0.1"] = Trouble(Reason.REFUSED, "nothing listens there, says hunter2")
        try:
            await asyncio.sleep(1000)
        finally:
            context.trace.asides.clear()
        return seen()

    outcome = virtually(
        probe(step(observe, **limits.get("step", {})), **limits.get("probe", {})),
        secrets=secrets(KEY="hunter2"),
    )
    assert (Result.FAIL, Reason.CONNECT_TIMEOUT) == (outcome.result, outcome.reason)
    why = "[10.0.0.1] nothing listens there, says ***"
    assert f"{passed} {WAITS}; before that: {why}" == outcome.message
    ((verdict,),) = (done.assertions for done in outcome.steps)
    assert ("[10.0.0.1] answer", Truth.UNTELLABLE, Reason.REFUSED, why) == (
        verdict.subject,
        verdict.verdict,
        verdict.reason,
        verdict.message,
    )


def test_a_deadline_quotes_no_secret_and_is_bounded() -> None:
    async def observe(context: StepContext) -> Observation:
        names = ("a token from http://me:hunter2@10.0.0.1/", *(f"10.0.1.{number}" for number in range(200)))
        context.trace.asides.update({name: at(Phase.WAIT) for name in names})
        await asyncio.sleep(1000)
        return seen()

    message = virtually(probe(step(observe)), secrets=secrets(KEY="hunter2")).message or ""
    begin = (
        "the run's 10s passed while waiting for the answer (a token from http://me:***@10.0.0.1/, 10.0.1.0, "
    )
    assert message.startswith(begin)
    assert len(message) == 1000
