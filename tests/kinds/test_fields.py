"""How values may be written, in validation and in the JSON Schema alike."""

from collections.abc import Mapping
from math import inf, nan
from typing import Annotated, Any

import jsonschema_rs
import pytest
from pydantic import Field, TypeAdapter, ValidationError

from checker.core.template import Template, parse_template
from checker.kinds.fields import (
    LIST,
    Caching,
    Connection,
    Count,
    Document,
    Duration,
    HttpVersion,
    IpAddress,
    IpVersion,
    Plain,
    Ratio,
    Scalar,
    Scalars,
    Size,
    Strict,
    Switch,
    Text,
    TlsVersion,
    at_most_one,
    described,
    exactly_one,
    written,
)

REFERENCE = parse_template("${work_id}")

GOOD: list[tuple[Any, Any, Any]] = [
    (Text, "a", "a"),
    (Plain, "a", "a"),
    (Scalar, "a", "a"),
    (Scalar, 1, 1),
    (Scalar, 0.5, 0.5),
    (Scalar, True, True),
    (Scalars, [1, "a", True], (1, "a", True)),
    (Scalars, "a", "a"),
    (Document, {"a": [None, 1]}, {"a": [None, 1]}),
    (Switch, False, False),
    (Count, 0, 0),
    (Duration, "250ms", 0.25),
    (Duration, "1h30m", 5400.0),
    (Size, "64KiB", 65536),
    (Size, 512, 512),
    (Ratio, "99.5%", 0.995),
    (IpAddress, "10.0.0.1", "10.0.0.1"),
    (IpAddress, "0:0::1", "::1"),
    (HttpVersion, 1.1, "1.1"),
    (HttpVersion, "2", "2"),
    (HttpVersion, 2, "2"),
    (IpVersion, "any", "any"),
    (IpVersion, 6, "6"),
    (TlsVersion, 1.3, "1.3"),
    (Connection, "reuse", "reuse"),
    (Caching, "bypass", "bypass"),
]

BAD: list[tuple[Any, Any, str]] = [
    (Text, 1, "expected a text, not a whole number"),
    (Text, None, "expected a text, not nothing"),
    (Scalar, None, "expected a text, a number or true or false, not nothing"),
    (Scalar, {}, "expected a text, a number or true or false, not a mapping"),
    (Scalars, [["a"]], "expected a text, a number or true or false, not a list"),
    (Plain, 0.5, "expected a text without run-time references, not a number"),
    (Switch, "yes", "expected true or false, not a text"),
    (Switch, 1, "expected true or false, not a whole number"),
    (Count, -1, "expected a whole number, 0 or more, not -1"),
    (Count, 1.0, "expected a whole number, 0 or more, not 1.0"),
    (Count, True, "expected a whole number, 0 or more, not true or false"),
    (Duration, "30", "'30' is not a duration; write a number and ms, s, m, h or d, such as 30s"),
    (Duration, 30, "expected a duration such as 30s, not a whole number"),
    (Size, "1MB", "'1MB' is not a size; write a number and B, KiB, MiB or GiB, such as 64KiB"),
    (Size, True, "expected a size such as 64KiB, not true or false"),
    (Ratio, 0.5, "expected a percentage such as 99.5%, not a number"),
    (IpAddress, "localhost", "'localhost' is not an IP address, such as 127.0.0.1 or ::1"),
    (HttpVersion, 3, "expected 1.1 or 2, not 3"),
    (HttpVersion, True, "expected 1.1 or 2, not true or false"),
    (IpVersion, "v4", "expected any, 4 or 6, not 'v4'"),
    (TlsVersion, [], "expected 1.2 or 1.3, not a list"),
]

ONLY_VALIDATION_KNOWS = (IpAddress,)
"""Types of which the schema says less than validation does."""


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_what_may_be_written(kind: Any, value: Any, expected: Any) -> None:
    adapter = TypeAdapter(kind)
    assert expected == adapter.validate_python(value, strict=True)
    jsonschema_rs.validate(adapter.json_schema(), value)


@pytest.mark.parametrize(("kind", "value", "message"), BAD)
def test_what_may_not_be_written(kind: Any, value: Any, message: str) -> None:
    adapter = TypeAdapter(kind)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value, strict=True)
    (error,) = caught.value.errors()
    assert message == error["msg"]
    assert error["loc"] == ()
    if kind not in ONLY_VALIDATION_KNOWS and "1.0" not in message:  # to JSON Schema, 1.0 is a whole number
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.validate(adapter.json_schema(), value)


@pytest.mark.parametrize("kind", [Text, Scalar, Scalars, Document])
def test_references_that_may_wait_for_the_run(kind: Any) -> None:
    assert REFERENCE == TypeAdapter(kind).validate_python(REFERENCE, strict=True)
    assert TypeAdapter(kind).dump_python(REFERENCE, mode="json") == "${work_id}"


@pytest.mark.parametrize(
    "kind", [Plain, Switch, Count, Duration, Size, Ratio, IpAddress, HttpVersion, IpVersion, TlsVersion]
)
def test_references_that_may_not(kind: Any) -> None:
    with pytest.raises(ValidationError, match="not a reference that is only known at run time"):
        TypeAdapter(kind).validate_python(REFERENCE, strict=True)


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_before_references_are_resolved_the_schema_admits_one_anywhere(
    kind: Any, value: Any, expected: Any
) -> None:
    jsonschema_rs.validate(TypeAdapter(kind).json_schema(), "${env.ANYTHING:-x}")


class Example(Strict):
    names: Annotated[tuple[Text, ...], LIST] = Field((), description="Names.")
    more: Mapping[str, Scalar] = Field({}, description="More.")


def test_a_mapping_is_strict_and_frozen() -> None:
    assert Example.model_validate({"names": ["a"], "more": {"b": 1}}).names == ("a",)
    for wrong in ({"other": 1}, {"names": "a"}, {"names": [1]}, {"more": {"b": None}}):
        with pytest.raises(ValidationError):
            Example.model_validate(wrong)
    with pytest.raises(ValidationError, match="frozen"):
        Example().names = ()  # type: ignore[misc]


def test_errors_do_not_quote_what_may_be_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        Example.model_validate({"names": [{"hunter2": 1}], "more": {"b": ["hunter2"]}})
    assert "hunter2" not in str(caught.value)


def test_schemas_of_alternatives() -> None:
    jsonschema_rs.validate(exactly_one("a", "b"), {"a": 1})
    jsonschema_rs.validate(at_most_one("a", "b", "c"), {})
    jsonschema_rs.validate(at_most_one("a", "b", "c"), {"b": 1})
    for schema, value in (
        (exactly_one("a", "b"), {}),
        (exactly_one("a", "b"), {"a": 1, "b": 1}),
        (at_most_one("a", "b", "c"), {"a": 1, "c": 1}),
    ):
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.validate(schema, value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("a", "a text"),
        (1, "a whole number"),
        (0.5, "a number"),
        (nan, "NaN"),
        (-inf, "infinity"),
        (True, "true or false"),
        ({}, "a mapping"),
        ([], "a list"),
        ((), "a list"),
        (None, "nothing"),
        (REFERENCE, "a reference that is only known at run time"),
        (b"", "a bytes"),
    ],
)
def test_described(value: object, name: str) -> None:
    assert name == described(value)


def test_written() -> None:
    template = parse_template("a ${b}")
    assert isinstance(template, Template)
    assert written({"a": [template, (1, "x")], "b": None}) == {"a": ["a ${b}", [1, "x"]], "b": None}
