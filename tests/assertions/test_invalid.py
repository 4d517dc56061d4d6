from math import inf, nan
from types import MappingProxyType

import pytest

from checker.assertions.invalid import Findings, Invalid, Problem, described, did_you_mean, key_of, nearest
from checker.core.errors import ConfigurationError
from checker.core.template import parse_template


def test_a_problem_reads_as_a_sentence() -> None:
    error = Invalid((Problem(("json", "$.a", 1), "is wrong", "write x"), Problem((), "all is wrong")))
    assert "json.$.a.1: is wrong (write x); all is wrong" == str(error)
    assert isinstance(error, ConfigurationError)


def test_findings_are_raised_together() -> None:
    findings = Findings()
    findings.raise_if_any()
    findings.add(("a",), "one")
    findings.take(Invalid((Problem(("c",), "two", "hint"),)), ("b",))
    with pytest.raises(Invalid) as raised:
        findings.raise_if_any()
    assert (Problem(("a",), "one"), Problem(("b", "c"), "two", "hint")) == raised.value.problems


def test_a_problem_says_whether_it_is_of_a_key_or_of_its_value() -> None:
    findings = Findings()
    findings.add(("a",), "a value")
    findings.add_key(("b",), "a key")
    findings.take(Invalid((Problem((), "a path"),)), ("json", "$["), of_key=True)
    findings.take(Invalid((Problem((), "a selector"),)), ("json",))
    with pytest.raises(Invalid) as raised:
        findings.raise_if_any()
    assert [False, True, True, False] == [problem.of_key for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("word", "expected"), [("gtee", "gte"), ("startswith", "starts_with"), ("xyz", None), ("", None)]
)
def test_nearest(word: str, expected: str | None) -> None:
    assert expected == nearest(word, ("gte", "lte", "starts_with"))
    assert (expected and f"did you mean {expected!r}?") == did_you_mean(word, ("gte", "lte", "starts_with"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "true or false"),
        (5, "a whole number"),
        (0.5, "a number"),
        (nan, "NaN"),
        (inf, "infinity"),
        ("x", "a text"),
        ([], "a list"),
        ((), "a list"),
        ({}, "a mapping"),
        (MappingProxyType({}), "a mapping"),
        (parse_template("${x}"), "a reference that is only known at run time"),
    ],
)
def test_described(value: object, expected: str) -> None:
    assert expected == described(value)


def test_a_key_that_is_no_text_is_shown_as_one() -> None:
    assert ["a", 5, "None", "${x}"] == [key_of(key) for key in ("a", 5, None, parse_template("${x}"))]
