from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.board.state import Policy, ProbeState, advance
from checker.core.reason import Result, State

LETTERS = {"P": Result.PASS, "D": Result.DEGRADED, "F": Result.FAIL, "E": Result.ERROR}
SETTLED = {
    Result.PASS: State.UP,
    Result.DEGRADED: State.DEGRADED,
    Result.FAIL: State.DOWN,
    Result.ERROR: State.UNKNOWN,
}
GOOD = {Result.PASS, Result.DEGRADED}


def states(results: list[Result], policy: Policy) -> list[State]:
    state, seen = ProbeState(), []
    for result in results:
        state = advance(state, result, policy)
        seen.append(state.state)
    return seen


def naive(results: list[Result], policy: Policy) -> State:
    """Look at the whole past again at every result, and count nothing."""
    state = State.PENDING
    for end in range(1, len(results) + 1):
        latest = results[end - 1]
        needed = policy.recover_after if latest in GOOD else policy.fail_after
        last = results[:end][-needed:]
        if end == 1 or last == [latest] * needed:
            state = SETTLED[latest]
        elif state in {State.DOWN, State.UNKNOWN} and len(last) == needed and GOOD.issuperset(last):
            state = State.DEGRADED
    return state


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("P", "up"),
        ("D", "degraded"),
        ("F", "down"),
        ("E", "unknown"),
        ("PF", "up up"),
        ("PFF", "up up down"),
        ("PFPF", "up up up up"),
        ("PFEFE", "up up up up up"),
        ("PFEE", "up up up unknown"),
        ("PFFP", "up up down down"),
        ("PFFPP", "up up down down up"),
        ("PFFPFP", "up up down down down down"),
        ("PFFPFPP", "up up down down down down up"),
        ("PFFDD", "up up down down degraded"),
        ("PFFPD", "up up down down degraded"),
        ("PFFDPP", "up up down down degraded up"),
        ("FEE", "down down unknown"),
        ("EFF", "unknown unknown down"),
        ("PD", "up up"),
        ("PDD", "up up degraded"),
        ("PDPD", "up up up up"),
        ("DP", "degraded degraded"),
        ("DPP", "degraded degraded up"),
    ],
)
def test_the_states_that_results_lead_to_with_two_in_a_row(results: str, expected: str) -> None:
    assert expected.split() == states([LETTERS[letter] for letter in results], Policy(2, 2))


def test_how_many_in_a_row_it_takes_is_for_each_direction() -> None:
    results = [LETTERS[letter] for letter in "PFFFPD"]
    assert ["up", "up", "up", "down", "up", "degraded"] == states(results, Policy(3, 1))


@given(
    st.lists(st.sampled_from(Result), max_size=40),
    st.builds(Policy, st.integers(1, 4), st.integers(1, 4)),
)
def test_counting_comes_to_the_same_as_looking_at_the_whole_past(
    results: list[Result], policy: Policy
) -> None:
    expected = [naive(results[: end + 1], policy) for end in range(len(results))]
    assert expected == states(results, policy)


@given(
    st.lists(st.sampled_from(Result), min_size=1, max_size=40),
    st.builds(Policy, st.integers(1, 4), st.integers(1, 4)),
)
def test_only_a_fail_leads_down_and_only_an_error_to_unknown(results: list[Result], policy: Policy) -> None:
    seen = [State.PENDING, *states(results, policy)]
    for result, (before, after) in zip(results, pairwise(seen), strict=True):
        if before is not after:
            assert (result is Result.FAIL) is (after is State.DOWN)
            assert (result is Result.ERROR) is (after is State.UNKNOWN)
