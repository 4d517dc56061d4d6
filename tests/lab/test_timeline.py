from typing import Any

import pytest

from checker.lab.timeline import Look, cause, fails, misses, never_failed, passes


def probe(**parts: Any) -> dict[str, Any]:
    """Return a probe whose last run failed, as the API has it."""
    failed = {
        "result": "fail",
        "state": "down",
        "reason": "server_error",
        "message": "status: 500",
        "step": "http",
        "runs": {"fail": 1},
        "failure_counts": {"server_error": 1},
    }
    return {**failed, "masked": True, "steps": [], "causes": [], **parts}


UP = {
    **probe(result="pass", state="up", reason=None, message=None, step=None, masked=False),
    "runs": {"fail": 0},
    "failure_counts": {},
}


@pytest.mark.parametrize(
    ("look", "missing"),
    [
        (fails(), None),
        (fails("server_error", says="500", masked=True, step="http"), None),
        (fails("refused"), "its reason is server_error"),
        (fails(says="404"), "its message is 'status: 500'"),
        (fails(masked=False), "masked is True"),
        (fails(step="other"), "it failed in the step http"),
        (passes(), "it is down, its result fail: status: 500"),
        (never_failed(), "1 of its runs failed: 1 server_error"),
        (never_failed("server_error"), "1 of its runs failed: 1 server_error"),
        (never_failed("timeout"), "it is down"),
        (cause("the key"), "its causes are []"),
        (misses("missing", "app"), "what missed is {}"),
    ],
)
def test_a_failed_probe_is_looked_at(look: Look, missing: str | None) -> None:
    seen = look(probe())
    assert seen is None if missing is None else missing in str(seen)


@pytest.mark.parametrize(
    ("look", "missing"), [(passes(), None), (never_failed(), None), (fails(), "its result is pass")]
)
def test_a_probe_that_is_up_is_looked_at(look: Look, missing: str | None) -> None:
    assert look(UP) == missing


def test_failures_of_another_reason_may_be_left_out() -> None:
    slow = {**UP, "runs": {"fail": 2}, "failure_counts": {"timeout": 2}}
    assert never_failed("server_error")(slow) is None
    assert never_failed()(slow) == "2 of its runs failed: 2 timeout"


def test_a_probe_without_a_message_says_nothing() -> None:
    assert fails(says="500")(probe(message=None)) == "its message is None"


def test_a_pass_that_is_not_up_yet_is_not_enough() -> None:
    assert passes()({**UP, "state": "down"}) == "it is down, its result pass: None"


def test_only_the_first_cause_counts() -> None:
    causes = [{"text": "the key is newer"}, {"text": "an old revision"}]
    assert cause("the key")(probe(causes=causes)) is None
    assert cause("an old revision")(probe(causes=causes)) is not None


def test_what_missed_is_found_among_all_that_was_expected() -> None:
    told = [
        {"subject": "inactive", "verdict": "holds", "seen": "[]"},
        {"subject": "unexpected", "verdict": "misses", "seen": '["by-hand"]'},
    ]
    failed = probe(steps=[{"assertions": told}])
    assert misses("unexpected", "by-hand")(failed) is None
    assert misses("inactive", "by-hand")(failed) is not None
    assert misses("unexpected", "other")(failed) is not None
