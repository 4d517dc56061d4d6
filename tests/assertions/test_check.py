from typing import Any

import pytest

from checker.assertions.check import Check, described, nothing_to_add, waits
from checker.assertions.logic import HOLDS, MISSES, UNTELLABLE
from checker.assertions.operators import OPERATORS
from checker.core.outcome import Truth
from checker.core.scope import Scope
from tests.assertions.facts import scope


def check(truth: Truth, why: str = "") -> Check:
    return Check(
        OPERATORS["lt"], lambda value, now: truth, lambda redact: "< 5", lambda value, now, redact: why
    )


@pytest.mark.parametrize(
    ("truth", "why", "expected"),
    [
        (MISSES, "", ""),
        (MISSES, "its length is 5", "its length is 5"),
        (UNTELLABLE, "", "null is not a number or a timestamp"),
        (UNTELLABLE, "item 1 is null", "item 1 is null"),
    ],
)
def test_explain(truth: Truth, why: str, expected: str) -> None:
    assert expected == check(truth, why).explain(None, 0.0, str)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a text"),
        ("", "an empty text"),
        ([1], "a list"),
        ([], "an empty list"),
        ({"a": 1}, "an object"),
        ({}, "an empty object"),
        (0, "a number"),
        (False, "true or false"),
        (None, "null"),
    ],
)
def test_described(value: Any, expected: str) -> None:
    assert expected == described(value)


def test_a_check_without_references_is_bound_as_it_is() -> None:
    made = check(HOLDS)
    assert made is made.bound(scope())


def test_a_check_with_references_says_nothing_until_they_are_filled_in() -> None:
    def bind(_: Scope) -> Check:
        return check(HOLDS)

    made = Check(OPERATORS["lt"], waits, lambda redact: "< ${x}", bind=bind)
    assert UNTELLABLE is made.judge(1, 0.0)
    assert HOLDS is made.bound(scope()).judge(1, 0.0)
    assert "" == nothing_to_add(1, 0.0, str)
