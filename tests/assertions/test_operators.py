"""The table of operators is whole: each is compiled, can hold and can miss, and says what it is for."""

import pytest

from checker.assertions.judges import BUILD
from checker.assertions.operators import OPERATORS, Takes, operators_of
from checker.core.facts import Unit
from checker.core.outcome import Truth
from tests.assertions import test_combinators, test_contents, test_judges, test_matchers

CONTRACT = """
    eq ne lt lte gt gte between in not_in contains not_contains starts_with ends_with matches not_matches exists empty
    length type newer_than older_than every any none includes schema not any_of all_of
"""
MEASURED = {
    "eq",
    "ne",
    "lt",
    "lte",
    "gt",
    "gte",
    "between",
    "in",
    "not_in",
    "exists",
    "not",
    "any_of",
    "all_of",
}
CASES = test_judges.CASES + test_contents.CASES + test_combinators.CASES + test_matchers.SCHEMAS


def test_the_operators_are_those_of_the_contract() -> None:
    assert CONTRACT.split() == list(OPERATORS)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_can_hold_and_can_miss(name: str) -> None:
    told = {expected for matcher, _, expected in CASES if isinstance(matcher, dict) and name in matcher}
    assert {Truth.HOLDS, Truth.MISSES} <= told


def test_an_operator_is_simple_or_made_of_matchers_or_a_schema() -> None:
    made = {
        name
        for name, operator in OPERATORS.items()
        if operator.takes in {Takes.MATCHER, Takes.MATCHERS, Takes.SCHEMA}
    }
    assert set(OPERATORS) == made | set(BUILD)
    assert made.isdisjoint(BUILD)


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_says_what_it_is_for(name: str) -> None:
    operator = OPERATORS[name]
    assert operator.description.endswith(".")
    assert operator.phrase
    assert operator.wants


def test_what_a_measured_fact_takes() -> None:
    measured = [name for name in OPERATORS if name in MEASURED]
    assert measured == [operator.name for operator in operators_of(Unit.DURATION)]
    assert measured == [operator.name for operator in operators_of(Unit.STATUS)]
    assert {*measured, "newer_than", "older_than"} == {
        operator.name for operator in operators_of(Unit.TIMESTAMP)
    }
