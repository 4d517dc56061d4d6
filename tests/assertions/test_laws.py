"""Laws that hold for all matchers and all values."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.assertions import Invalid, compile_capture, compile_selector, evaluate
from checker.assertions.explain import LIMIT
from checker.assertions.logic import conjunction, disjunction, negation
from checker.core.facts import Absent, Facts
from checker.core.outcome import Truth
from checker.core.template import parse_template
from tests.assertions.facts import FACTS, HERE, compiled, document, scope, truth, verdicts
from tests.assertions.strategies import documents, junk, matchers, values

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE


@given(matchers, values)
def test_not_turns_holds_and_misses_around_and_nothing_else(matcher: Any, value: object) -> None:
    plain = truth(matcher, value)
    assert negation(plain) is truth({"not": matcher}, value)
    assert plain is truth({"not": {"not": matcher}}, value)


@given(st.lists(matchers, min_size=1, max_size=3), values)
def test_all_of_and_any_of_are_conjunction_and_disjunction(several: list[Any], value: object) -> None:
    truths = [truth(matcher, value) for matcher in several]
    assert conjunction(truths) is truth({"all_of": several}, value)
    assert disjunction(truths) is truth({"any_of": several}, value)


@given(matchers, matchers, values)
def test_de_morgan_where_both_can_be_told(one: Any, other: Any, value: object) -> None:
    if U not in {truth(one, value), truth(other, value)}:
        either = truth({"any_of": [{"not": one}, {"not": other}]}, value)
        assert either is truth({"not": {"all_of": [one, other]}}, value)


@given(matchers, matchers, values)
def test_what_cannot_be_told_spoils_what_it_is_a_part_of(one: Any, other: Any, value: object) -> None:
    if truth(one, value) is U:
        assert U is truth({"not": one}, value)
        assert U is truth({"all_of": [other, one]}, value)
        assert U is truth({"not": {"all_of": [one, other]}}, value)
        assert truth({"any_of": [one, other]}, value) in {U, truth(other, value)}


@given(st.lists(matchers, min_size=1, max_size=3), values)
def test_a_mapping_of_operators_holds_if_each_of_them_does(several: list[Any], value: object) -> None:
    together = {
        name: operand for matcher in several if isinstance(matcher, dict) for name, operand in matcher.items()
    }
    if together:
        apart = [truth({name: operand}, value) for name, operand in together.items()]
        assert conjunction(apart) is truth(together, value)


@given(matchers, documents)
def test_a_list_of_one_item_is_judged_as_the_item(matcher: Any, item: object) -> None:
    alone = truth(matcher, item)
    assert alone is truth({"every": matcher}, [item])
    assert alone is truth({"any": matcher}, [item])
    assert negation(alone) is truth({"none": matcher}, [item])


@given(matchers, st.lists(documents, max_size=3))
def test_none_is_not_any_wherever_there_are_items(matcher: Any, items: list[object]) -> None:
    expected = negation(truth({"any": matcher}, items)) if items else H
    assert expected is truth({"none": matcher}, items)


@given(matchers)
def test_nothing_holds_on_what_is_not_known(matcher: Any) -> None:
    assert U is truth(matcher, Absent("no answer"))


@given(documents, documents)
def test_ne_contradicts_eq_wherever_eq_can_be_told(operand: object, value: object) -> None:
    equal = truth({"eq": operand}, value)
    if equal is not U:
        assert negation(equal) is truth({"ne": operand}, value)


@given(matchers, values)
def test_the_texts_of_a_verdict_are_short(matcher: Any, value: object) -> None:
    judged = document(matcher, value)
    assert all(len(text) <= LIMIT for text in (judged.expected, judged.seen, judged.message))
    assert bool(judged.message) is (judged.verdict is not H)


def is_invalid(compile_: Callable[[], object]) -> bool:
    try:
        compile_()
    except Invalid as error:
        return bool(error.problems and str(error))
    return False


@settings(max_examples=300)
@given(junk, values)
def test_expectations_compile_and_evaluate_or_are_invalid(expect: Any, value: object) -> None:
    if not is_invalid(lambda: compiled(expect)):
        facts = {fact.name: value for fact in FACTS}
        assert len(compiled(expect)) == len(verdicts(expect, facts))


@given(junk)
def test_captures_and_selectors_compile_or_are_invalid(raw: Any) -> None:
    if not is_invalid(lambda: compile_selector(raw, FACTS)):
        assert "x" == compile_capture("x", raw, FACTS, HERE).name
    else:
        is_invalid(lambda: compile_capture("x", raw, FACTS, HERE))


@given(junk, st.sampled_from(["lt", "contains", "between", "in", "includes", "length", "eq"]))
def test_whatever_a_reference_stands_for_nothing_is_raised(captured: Any, operator: str) -> None:
    assertions = compiled({"json": {"$.a": {operator: parse_template("${captured}")}}})
    (judged,) = evaluate(assertions, Facts({"json": {"a": "x"}}), scope({"captured": captured}), 0.0, str)
    assert judged.verdict in Truth
