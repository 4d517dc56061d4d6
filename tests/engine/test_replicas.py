import pytest

from checker.core.errors import Trouble
from checker.core.outcome import StepOutcome, Truth, Verdict
from checker.core.reason import Reason, Result
from checker.engine.plan import PlannedStep
from checker.engine.replicas import NAMED
from checker.kinds.contract import Observation
from tests.engine.scripts import probe, seen, step, virtually

REFUSED = Observation(seen().facts, trouble=Trouble(Reason.REFUSED, "nothing listens on port 80"))
UNTOLD = Observation(seen().facts, trouble=Trouble(Reason.TIMEOUT, "AWS does not answer", own=True))
NO_SECRET = Observation(seen().facts, trouble=Trouble(Reason.SECRET_UNAVAILABLE, "no such file"))


def replicas(*observations: Observation, verdicts: tuple[Verdict, ...] = ()) -> Observation:
    named = tuple((f"10.0.0.{number}", one) for number, one in enumerate(observations, 1))
    return Observation(seen(599).facts, named, verdicts=verdicts)


def run(step_: PlannedStep) -> StepOutcome:
    (only,) = virtually(probe(step_)).steps
    return only


def test_it_passes_if_the_expectations_hold_at_every_address() -> None:
    done = run(step(replicas(seen(200), seen(204))))
    assert Result.PASS is done.result
    assert [("[10.0.0.1] status", "200", Truth.HOLDS), ("[10.0.0.2] status", "204", Truth.HOLDS)] == [
        (verdict.subject, verdict.seen, verdict.verdict) for verdict in done.assertions
    ]


def test_it_fails_if_any_fails_and_names_all_that_do() -> None:
    done = run(step(replicas(seen(200), seen(503), REFUSED)))
    assert (Result.FAIL, Reason.SERVER_ERROR) == (done.result, done.reason)
    assert (
        "2 of 3 addresses failed: [10.0.0.2] status: expected 2xx, saw 503; "
        "[10.0.0.3] nothing listens on port 80" == done.message
    )
    assert [
        ("[10.0.0.1] status", Truth.HOLDS, ""),
        ("[10.0.0.2] status", Truth.MISSES, "[10.0.0.2] status: expected 2xx, saw 503"),
        ("[10.0.0.3] answer", Truth.UNTELLABLE, "[10.0.0.3] nothing listens on port 80"),
    ] == [(verdict.subject, verdict.verdict, verdict.message) for verdict in done.assertions]


@pytest.mark.parametrize(
    ("observations", "reason"),
    [
        ((NO_SECRET, REFUSED, seen(500)), Reason.REFUSED),
        ((seen(200), NO_SECRET), Reason.SECRET_UNAVAILABLE),
        ((seen(401), REFUSED), Reason.AUTH_REJECTED),
    ],
)
def test_what_the_target_did_comes_before_what_the_checker_could_not(
    observations: tuple[Observation, ...], reason: Reason
) -> None:
    done = run(step(replicas(*observations)))
    assert (reason, reason.result) == (done.reason, done.result)


def test_what_the_checker_could_not_tell_of_one_address_is_an_error() -> None:
    done = run(step(replicas(seen(200), UNTOLD)))
    assert (Result.ERROR, Reason.TIMEOUT) == (done.result, done.reason)
    assert Result.FAIL is run(step(replicas(UNTOLD, seen(500)))).result


def test_of_many_that_fail_some_are_described_and_the_others_named() -> None:
    done = run(step(replicas(*[REFUSED] * (NAMED + 2))))
    assert done.message
    assert done.message.startswith("10 of 10 addresses failed: [10.0.0.1] nothing listens on port 80; ")
    assert done.message.endswith("[10.0.0.8] nothing listens on port 80; and 10.0.0.9, 10.0.0.10")


def test_a_long_story_of_one_address_is_cut() -> None:
    long = Observation(seen().facts, trouble=Trouble(Reason.PROTOCOL, "x" * 1000))
    done = run(step(replicas(long, REFUSED)))
    assert f"[10.0.0.1] {'x' * 199}…; [10.0.0.2] nothing listens on port 80" in (done.message or "")


def test_warnings_are_held_against_every_address() -> None:
    done = run(step(replicas(seen(latency=0.1), seen(latency=2.0)), warn={"latency": {"lt": "1s"}}))
    assert (Result.DEGRADED, Reason.SLOW) == (done.result, done.reason)
    assert "[10.0.0.2] latency: expected < 1s, saw 2s" == done.message
    assert ["[10.0.0.1] latency", "[10.0.0.2] latency"] == [verdict.subject for verdict in done.warnings]


UNLIKE = Verdict("json.$.version", "same", "one value", "1 at 10.0.0.1, 2 at 10.0.0.2", Truth.MISSES)


def test_what_the_kind_says_of_all_of_them_together_counts() -> None:
    done = run(step(replicas(seen(), seen(), verdicts=(UNLIKE,))))
    assert (Result.FAIL, Reason.ASSERTION) == (done.result, done.reason)
    assert "json.$.version: expected one value, saw 1 at 10.0.0.1, 2 at 10.0.0.2" == done.message
    assert UNLIKE == done.assertions[-1]


def test_an_address_that_fails_comes_before_what_they_have_in_common() -> None:
    done = run(step(replicas(seen(), seen(500), verdicts=(UNLIKE,))))
    assert Reason.SERVER_ERROR is done.reason
    assert UNLIKE == done.assertions[-1]


def test_what_the_kind_says_of_one_of_them_counts() -> None:
    one = Observation(seen().facts, verdicts=(UNLIKE,))
    done = run(step(replicas(seen(), one)))
    assert (Result.FAIL, "[10.0.0.2] json.$.version") == (done.result, done.assertions[-1].subject)
