"""The models and the JSON Schema accept what compiles, and reject what has a wrong structure."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from pydantic import BaseModel, ValidationError

from checker.assertions import expectation_model
from checker.assertions.operators import OPERATORS, operators_of
from checker.core.facts import Shape, Unit
from checker.core.template import parse_template
from tests.assertions.facts import FACTS, problems
from tests.assertions.strategies import junk, matchers
from tests.assertions.test_fail_closed import TABLE
from tests.assertions.test_judges import UNITS
from tests.assertions.test_matchers import MATCHERS
from tests.assertions.test_operators import CASES

MODEL = expectation_model(FACTS)
SCHEMA = MODEL.model_json_schema()
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)

REFERENCE = "${param.x}"

EXPECTATIONS: list[dict[str, Any]] = [
    *({"json": {"$.a": matcher}} for matcher, _, _ in CASES),
    *({"json": {"$.a": matcher}} for matcher, _ in TABLE),
    *({fact: matcher} for fact, matcher, _, _ in UNITS),
    {"headers": {"etag": {"exists": True}}, "cookies": {"a": "b"}},
    {
        "certificate": {
            "not_after": {"gt": "2024-05-31T12:00:00Z", "newer_than": "1d"},
            "expires_in": {"gt": "14d"},
        }
    },
    {"timings": {"dns": {"lt": "1s"}, "wait": {"any_of": [{"lt": "1s"}, {"eq": "2s"}]}}},
    {"json": {"$.a": {"schema": "work.schema.json"}}},
]


@pytest.mark.parametrize("expect", EXPECTATIONS, ids=str)
def test_what_compiles_is_accepted(expect: dict[str, Any]) -> None:
    assert () == problems(expect)
    assert [] == [error.message for error in VALIDATOR.iter_errors(expect)]
    MODEL.model_validate(expect)


@given(matchers)
def test_any_matcher_that_compiles_is_accepted(matcher: Any) -> None:
    expect = {"json": {"$.a": matcher}, "body": matcher, "headers": {"x": matcher}}
    assert () == problems(expect)
    assert VALIDATOR.is_valid(expect)
    MODEL.model_validate(expect)


@given(junk)
def test_whatever_is_rejected_does_not_compile(expect: Any) -> None:
    if not problems(expect) and expect != {}:
        assert VALIDATOR.is_valid(expect)
        MODEL.model_validate(expect)


def unstructured(expect: Any) -> None:
    with pytest.raises(ValidationError):
        MODEL.model_validate(expect)
    assert not VALIDATOR.is_valid(expect)


def test_an_editor_marks_what_expects_nothing() -> None:
    assert not VALIDATOR.is_valid({})


@pytest.mark.parametrize(
    "expect",
    [
        5,
        {"sttus": 200},
        {"headers.etag": "x"},
        {"status": {"gtee": 200}},
        {"status": "20x"},
        {"status": True},
        {"status": [200, None]},
        {"status": {"contains": "2"}},
        {"latency": {"matches": "x"}},
        {"latency": {"lt": 2}},
        {"latency": 2},
        {"latency": "2s"},
        {"latency": ["1s", "2s"]},
        {"size": {"lt": "64KB"}},
        {"headers": "x"},
        {"headers": {}},
        {"headers": {"etag": {"foo": 1}}},
        {"timings": {"dnss": {"lt": "1s"}}},
        {"json": [1]},
        {"json": {}},
        {"json": {"$.a": {"not": {"foo": 1}}}},
        {"json": {"$.a": {"every": {"every": {"foo": 1}}}}},
        {"json": {"$.a": {"any_of": [{"foo": 1}]}}},
        {"json": {"$.a": {"any_of": []}}},
        {"json": {"$.a": {"any_of": {"gte": 1}}}},
        {"json": {"$.a": {"in": 5}}},
        {"json": {"$.a": {"in": []}}},
        {"json": {"$.a": []}},
        {"json": {"$.a": {"between": [1]}}},
        {"json": {"$.a": {"between": 1}}},
        {"json": {"$.a": {"exists": "yes"}}},
        {"json": {"$.a": {"type": "list"}}},
        {"json": {"$.a": {"type": []}}},
        {"json": {"$.a": {"matches": 5}}},
        {"json": {"$.a": {"starts_with": ""}}},
        {"json": {"$.a": {"contains": ""}}},
        {"json": {"$.a": {"newer_than": 5}}},
        {"json": {"$.a": {"includes": {}}}},
        {"json": {"$.a": {"includes": "x"}}},
        {"json": {"$.a": {"schema": {}}}},
        {"json": {"$.a": {"schema": 5}}},
        {"json": {"$.a": {"lt": None}}},
        {"json": {"$.a": {"lt": "x"}}},
        {"certificate": {"not_after": {"contains": "x"}}},
        {"certificate": {"not_after": {"gt": 5}}},
    ],
)
def test_what_has_a_wrong_structure_is_rejected(expect: Any) -> None:
    assert problems(expect)
    unstructured(expect)


@pytest.mark.parametrize(
    "expect", [{"json": {"total": 1}}, {"json": {"$.a": {}}}, {"status": {}}, {"timings": {}}]
)
def test_editors_are_told_of_what_only_compilation_refuses(expect: Any) -> None:
    assert problems(expect)
    assert not VALIDATOR.is_valid(expect)


@pytest.mark.parametrize(
    ("matcher", "path"),
    [(matcher, path) for matcher, path, _, _ in MATCHERS if isinstance(matcher, dict) and path],
)
def test_an_error_has_the_path_of_what_is_wrong(matcher: Any, path: tuple[str | int, ...]) -> None:
    """Or that of the operand that it is in. What only compilation can tell is accepted."""
    try:
        MODEL.model_validate({"json": {"$.a": matcher}})
    except ValidationError as error:
        ((*_, location),) = [found["loc"][2:] for found in error.errors()]
        assert location in path or str(location) in path


def errors(expect: Any) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ValidationError) as raised:
        MODEL.model_validate(expect)
    return [(error["loc"], error["type"]) for error in raised.value.errors()]


def test_all_errors_are_told_with_their_paths_alone() -> None:
    expect = {
        "status": "20x",
        "latency": {"lt": 2, "mtches": "x"},
        "timings": {"dns": {"lt": 1}, "x": 1},
        "headers": {"etag": {"not": {"foo": 1}}},
        "json": {"$.a": {"any_of": [1, {"all_of": [{"lt": []}]}], "every": {"exists": 5}}},
        "foo": 1,
    }
    assert [
        (("status",), "written"),
        (("headers", "etag", "not", "foo"), "extra_forbidden"),
        (("json", "$.a", "every", "exists"), "written"),
        (("json", "$.a", "any_of", 1, "all_of", 0, "lt"), "written"),
        (("latency", "lt"), "written"),
        (("latency", "mtches"), "extra_forbidden"),
        (("timings", "dns", "lt"), "written"),
        (("timings", "x"), "extra_forbidden"),
        (("foo",), "extra_forbidden"),
    ] == errors(expect)


def test_a_message_says_what_to_write_and_quotes_nothing() -> None:
    with pytest.raises(ValidationError) as raised:
        MODEL.model_validate({"latency": {"lt": 2}, "json": {"$.a": {"type": "list", "in": "hunter2"}}})
    found = [(error["msg"], error["ctx"]["hint"]) for error in raised.value.errors()]
    assert [
        ("expected a list, not a text", ""),
        ("the types are string, number, integer, boolean, array, object, null", "did you mean 'array'?"),
        (
            "a duration is written as a number and a unit, such as 800ms or 2s, not a whole number",
            "did you mean 2s?",
        ),
    ] == found
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("reference", [REFERENCE, parse_template(REFERENCE)])
def test_a_reference_may_stand_for_any_operand(reference: object) -> None:
    """The file is validated as it is written, before parameters are filled in."""
    for unit, fact in (
        (Unit.PLAIN, "body"),
        (Unit.STATUS, "status"),
        (Unit.DURATION, "latency"),
        (Unit.SIZE, "size"),
    ):
        for operator in operators_of(unit):
            MODEL.model_validate(
                {fact: {operator.name: [reference] if operator.name.endswith("_of") else reference}}
            )
    MODEL.model_validate({"headers": reference, "json": reference, "timings": reference, "body": reference})
    MODEL.model_validate({"body": {"between": [reference, 5], "type": [reference], "eq": {"a": [reference]}}})


def test_a_text_with_a_reference_is_accepted_by_the_json_schema() -> None:
    for fact in FACTS:
        assert VALIDATOR.is_valid({fact.name: REFERENCE})
        if fact.shape is Shape.VALUE:
            for operator in operators_of(fact.unit):
                operand = [REFERENCE] if operator.name.endswith("_of") else REFERENCE
                assert VALIDATOR.is_valid({fact.name: {operator.name: operand}})


@pytest.mark.parametrize("fact", ["headers", "json", "timings"])
def test_a_text_without_a_reference_is_no_mapping(fact: str) -> None:
    assert [((fact,), "written")] == errors({fact: "x"})


def test_every_operator_and_fact_is_described() -> None:
    definitions = SCHEMA["$defs"]
    assert {fact.name for fact in FACTS} == set(SCHEMA["properties"])
    assert set(OPERATORS) == set(definitions["PlainOperators"]["properties"])
    for model in (SCHEMA, *definitions.values()):
        assert all(found["description"] for found in model["properties"].values())
        assert not any("default" in found for found in model["properties"].values())


def test_the_operators_of_a_unit_are_one_model_for_all_kinds() -> None:
    class Both(BaseModel):
        one: expectation_model(FACTS, "One")  # type: ignore[valid-type]
        other: expectation_model(FACTS[:4], "Other")  # type: ignore[valid-type]

    schema = Both.model_json_schema()
    assert {"One", "Other", "PlainOperators", "StatusOperators"} <= set(schema["$defs"])
    assert not [name for name in schema["$defs"] if "__" in name]


@pytest.mark.parametrize("unit", list(Unit))
def test_all_units_have_operators(unit: Unit) -> None:
    assert {"eq", "not", "exists"} <= {operator.name for operator in operators_of(unit)}
