from dataclasses import FrozenInstanceError

import pytest

from checker.core.outcome import Outcome, ShallowOutcome, Truth, Verdict
from checker.core.reason import Reason, Result


def outcome(result: Result, shallow: ShallowOutcome | None) -> Outcome:
    return Outcome("works", 1_700_000_000.0, 0.5, result, shallow=shallow)


@pytest.mark.parametrize(
    ("result", "healthy", "masked"),
    [
        (Result.FAIL, True, True),
        (Result.FAIL, False, False),
        (Result.FAIL, None, None),
        (Result.PASS, True, False),
        (Result.PASS, False, False),
        (Result.DEGRADED, True, False),
        (Result.ERROR, True, False),
        (Result.ERROR, None, None),
    ],
)
def test_masked_is_a_failure_that_the_platform_does_not_see(
    result: Result, healthy: bool | None, masked: bool | None
) -> None:
    assert masked is outcome(result, ShallowOutcome(healthy, None, 0.1)).masked


@pytest.mark.parametrize("result", list(Result))
def test_without_a_shallow_check_nothing_is_masked(result: Result) -> None:
    assert outcome(result, None).masked is None


def test_an_outcome_does_not_change() -> None:
    made = outcome(Result.PASS, None)
    with pytest.raises(FrozenInstanceError):
        made.result = Result.FAIL  # type: ignore[misc]


def test_the_truths() -> None:
    assert ["holds", "misses", "untellable"] == list(Truth)


def test_a_verdict_is_about_an_assertion_unless_said_otherwise() -> None:
    verdict = Verdict("status", "eq", "200", "500", Truth.MISSES)
    assert (Reason.ASSERTION, "") == (verdict.reason, verdict.message)
