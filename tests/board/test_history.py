import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.board.history import RUNS, EvidenceBudget, History, evidence_size, without_evidence
from checker.board.snapshot import RunSummary
from checker.core.reason import Reason, Result
from tests.board.outcomes import DEGRADED, ERROR, FAIL, PASS, outcome


def history(*results: Result, first: int = 0) -> History:
    kept = History()
    for number, result in enumerate(results, first):
        kept = kept.with_run(outcome(result, started_at=float(number)))
    return kept


def test_a_run_is_remembered_as_a_summary() -> None:
    kept = History()
    kept = kept.with_run(outcome(FAIL, started_at=5.25, healthy=True, values={"hits": 3.0}))
    kept = kept.with_run(outcome(PASS, started_at=6.25, healthy=False))
    kept = kept.with_run(outcome(ERROR, started_at=7.25, values={"hits": 4.0}))
    expected = [
        RunSummary(5.25, 0.5, FAIL, Reason.SERVER_ERROR, True, {"hits": 3.0}),
        RunSummary(6.25, 0.5, PASS, None, False, {}),
        RunSummary(7.25, 0.5, ERROR, Reason.INTERNAL, None, {"hits": 4.0}),
    ]
    assert expected == list(kept)


def test_values_that_appear_late_belong_to_their_own_runs() -> None:
    kept = history(PASS, PASS).with_run(outcome(PASS, values={"hits": 1.0}))
    assert [{}, {}, {"hits": 1.0}] == [run.values for run in kept]


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.floats(allow_nan=False) | st.integers(-(2**53), 2**53)),
        max_size=2 * RUNS,
    )
)
def test_values_are_those_that_were_captured(captured: list[dict[str, float]]) -> None:
    kept = History()
    for values in captured:
        kept = kept.with_run(outcome(values=values))
    assert captured[-RUNS:] == [run.values for run in kept]


def test_values_take_eight_bytes_each_and_a_name_that_is_gone_takes_none() -> None:
    kept = History()
    for _ in range(RUNS):
        kept = kept.with_run(outcome(values={"before": 1.0}))
    for number in range(RUNS):
        kept = kept.with_run(outcome(values={"after": float(number)}))
    assert (("before", "after"), RUNS * 16) == (kept.names, len(kept.numbers))
    kept = kept.with_run(outcome(values={"later": 1.0}))
    assert (("after", "later"), RUNS * 16) == (kept.names, len(kept.numbers))


def test_what_is_no_number_was_not_captured() -> None:
    for value in (float("nan"), 10**400):
        assert [{}] == [run.values for run in History().with_run(outcome(values={"a": value}))]


@given(st.lists(st.sampled_from(Result), max_size=3 * RUNS))
def test_only_the_latest_runs_are_remembered_in_order(results: list[Result]) -> None:
    kept = history(*results)
    assert results[-RUNS:] == [run.result for run in kept]
    assert len(results[-RUNS:]) == len(kept)


def test_the_values_of_the_latest_runs_stay_beside_them() -> None:
    kept = History()
    for number in range(RUNS + 5):
        kept = kept.with_run(outcome(started_at=float(number), values={"n": float(number)}))
    assert [run.started_at for run in kept] == [run.values["n"] for run in kept]


def test_it_is_a_sequence() -> None:
    kept = history(PASS, DEGRADED, FAIL, ERROR)
    assert (ERROR, PASS) == (kept[-1].result, kept[0].result)
    assert [DEGRADED, FAIL] == [run.result for run in kept[1:3]]
    assert [ERROR, FAIL, DEGRADED, PASS] == [run.result for run in reversed(kept)]
    with pytest.raises(IndexError):
        kept[4]


def test_a_history_once_given_away_does_not_change() -> None:
    before = history(PASS)
    before.with_run(outcome(FAIL))
    assert [PASS] == [run.result for run in before]


def test_without_evidence_an_outcome_keeps_everything_else() -> None:
    bare = without_evidence(outcome(FAIL, evidence=1000))
    assert outcome(FAIL) == bare
    assert bare is without_evidence(bare)


def test_the_oldest_evidence_has_to_go_first() -> None:
    one = evidence_size(outcome(FAIL, evidence=1000))
    budget = EvidenceBudget(3 * one)
    outcomes = [outcome(FAIL, evidence=1000, started_at=float(number)) for number in range(5)]
    for kept in outcomes:
        budget.hold("a", kept)
        budget.hold("a", kept)  # counts once
    assert [("a", outcomes[0]), ("a", outcomes[1])] == list(budget.excess())
    assert [] == list(budget.excess())


def test_what_was_released_does_not_count() -> None:
    first, second = outcome(FAIL, evidence=1000), outcome(FAIL, evidence=1001)
    budget = EvidenceBudget(evidence_size(second))
    budget.hold("a", first)
    budget.release(first)
    budget.release(first)
    budget.hold("a", second)
    assert [] == list(budget.excess())


def test_an_outcome_without_evidence_takes_nothing_of_the_budget() -> None:
    budget = EvidenceBudget(0)
    budget.hold("a", outcome(FAIL))
    assert [] == list(budget.excess())
