from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.assertions.capture import compile_capture
from checker.assertions.evaluate import compile_expectations
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.kinds.contract import Mutation, Observation, Weight
from checker.proving.subjects import Spoken, is_expected_apart, of_document, of_fact, spoken_of
from tests.engine.scripts import step

FACTS = (
    Fact("status", "The status.", unit=Unit.STATUS),
    Fact("json", "The document.", Shape.JSONPATH),
    Fact("headers", "The headers.", Shape.OPEN, ignore_case=True),
    Fact("cache", "The cache.", Shape.KEYS, keys=(Fact("hit", "Whether."),)),
    Fact("running", "How many."),
    Fact("body", "The body."),
)
DOCUMENT = {
    "type": "Works",
    "total": 2,
    "results": [{"id": "a", "at": "2024-05-31T12:00:00Z"}],
    "errors": ["x"],
    "warnings": [],
}


def spoken(
    expect: Mapping[str, Any] | None = None, capture: Mapping[str, Any] | None = None
) -> tuple[Spoken, ...]:
    expected = compile_expectations(expect, FACTS, Path()) if expect else ()
    captured = tuple(compile_capture(name, raw, FACTS, Path()) for name, raw in (capture or {}).items())
    planned = replace(step(), expect=expected, captures=captured)
    return spoken_of(planned, FACTS, frozenset(expect or ()))


def of(query: str, matcher: Any = None, *, inspects: bool = False) -> dict[str, Mutation]:
    (about,) = spoken({"json": {query: matcher}}) if matcher else spoken(None, {"it": {"json": query}})

    def remake(document: Any) -> Observation:
        return Observation(Facts({"json": document}))

    return {one.name: one for one in of_document(about, DOCUMENT, remake, inspects=inspects)}


def document(mutation: Mutation) -> Any:
    return mutation.see().facts.get("json")


def test_what_a_step_speaks_of() -> None:
    found = spoken(
        {"json": {"$.a": {"gte": 1, "lt": 5}}, "running": 2}, {"b": {"json": "$.b"}, "a": {"json": "$.a"}}
    )
    assert {"json.$.a": {"gte", "lt"}, "running": {"eq"}, "json.$.b": set()} == {
        one.subject.text: set(one.operators) for one in found
    }


def test_what_goes_without_saying_is_not_spoken_of() -> None:
    assert () == spoken_of(step(), FACTS, frozenset())


def test_a_value_in_a_document() -> None:
    found = of("$.type", {"ne": "Error"})
    assert {"null": None, "other_type": 1, "emptied": ""} == {
        name: document(one)["type"] for name, one in found.items() if name != "dropped"
    }
    assert "type" not in document(found["dropped"])
    assert {Weight.PATH} == {one.weight for one in found.values()}
    assert {"json.$.type"} == {one.subject for one in found.values()}
    assert "a number in the place of the text at $.type" == found["other_type"].what


def test_several_values_and_the_list_that_they_are_in() -> None:
    found = of("$.results[*].id", {"every": {"empty": False}})
    assert [{"id": None, "at": "2024-05-31T12:00:00Z"}] == document(found["null"])["results"]
    assert [] == document(found["empty_list"])["results"]
    assert ("json.$.results", "an empty list at $.results") == (
        found["empty_list"].subject,
        found["empty_list"].what,
    )


@pytest.mark.parametrize(
    ("query", "matcher", "name", "weight"),
    [
        ("$.total", {"gte": 0}, "zero", Weight.PATH),
        ("$.total", {"lte": 5}, "zero", None),
        ("$.total", None, "zero", Weight.HINT),
        ("$.total", None, "null", Weight.PATH),
        ("$.total", None, "other_type", Weight.HINT),
        ("$.errors", {"none": "y"}, "empty_list", Weight.HINT),
        ("$.errors", {"length": 1}, "empty_list", Weight.PATH),
        ("$.results[0].at", {"exists": True}, "old_timestamp", Weight.HINT),
        ("$.results[0].at", {"newer_than": "1d"}, "old_timestamp", Weight.PATH),
        ("$", {"type": "object"}, "dropped", None),
        ("$", {"type": "object"}, "null", Weight.PATH),
    ],
)
def test_what_must_be_noticed(query: str, matcher: Any, name: str, weight: Weight | None) -> None:
    found = of(query, matcher).get(name)
    assert weight is (found.weight if found else None)


def test_of_what_only_inspects_one_that_is_noticed_is_enough() -> None:
    found = of("$.results[*].id", {"every": "a"}, inspects=True)
    assert {Weight.ANY} == {one.weight for name, one in found.items() if name != "old_timestamp"}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("$.gone", Absent("the body is empty")),
        ("$.gone.further", DOCUMENT),
        ("$.type.gone", DOCUMENT),
        ("$.results[7]", DOCUMENT),
        ("$.results[7].id", DOCUMENT),
        ("$.gone[*]", DOCUMENT),
    ],
)
def test_what_is_not_there_cannot_be_another(query: str, seen: object) -> None:
    (about,) = spoken({"json": {query: {"exists": False}}})
    assert [] == list(of_document(about, seen, lambda _: Observation(Facts({})), inspects=False))


@pytest.mark.parametrize("inspects", [True, False])
def test_what_an_object_lacks_might_be_there(inspects: bool) -> None:
    found = of("$.results[0].error", {"exists": False}, inspects=inspects)
    assert "?" == document(found["filled"])["results"][0]["error"]
    assert ("something at $.results[0].error", Weight.ANY if inspects else Weight.HINT) == (
        found["filled"].what,
        found["filled"].weight,
    )


def test_an_empty_list_might_have_something_in_it() -> None:
    found = of("$.warnings", {"length": 0})
    assert ["?"] == document(found["filled"])["warnings"]
    assert Weight.HINT is found["filled"].weight


SEEN = Observation(Facts({"running": 3, "headers": {"ETag": "1", "Via": "a"}, "cache": {"hit": False}}))


@pytest.mark.parametrize(
    ("expect", "fact", "expected"),
    [
        ({"running": {"gte": 1}}, "running", {"zero": 0, "huge": 1_003_000}),
        ({"cache": {"hit": False}}, "cache", {"negated": {"hit": True}}),
        (
            {"headers": {"etag": "1"}},
            "headers",
            {
                "other": {"Via": "a", "etag": "?"},
                "emptied": {"Via": "a", "etag": ""},
                "dropped": {"Via": "a"},
            },
        ),
        (
            {"headers": {"age": {"exists": False}}},
            "headers",
            {"filled": {"ETag": "1", "Via": "a", "age": "?"}},
        ),
    ],
)
def test_a_fact_that_is_in_no_document(
    expect: Mapping[str, Any], fact: str, expected: Mapping[str, object]
) -> None:
    (about,) = spoken(expect)
    found = {one.name: one for one in of_fact(about, SEEN, inspects=False)}
    assert expected == {name: one.see().facts.get(fact) for name, one in found.items()}
    assert {Weight.SOME} == {one.weight for one in found.values()}


@pytest.mark.parametrize(
    ("expect", "apart"),
    [({"status": 200}, False), ({"body": {"contains": "a"}}, False), ({"running": 1}, True)],
)
def test_a_status_and_a_body_are_parts_of_the_whole_answer(expect: Mapping[str, Any], apart: bool) -> None:
    (about,) = spoken(expect)
    assert apart is is_expected_apart(about)


def test_what_is_only_captured_need_not_be_noticed() -> None:
    (about,) = spoken(None, {"running": {"running": True, "metric": True}})
    assert not is_expected_apart(about)
