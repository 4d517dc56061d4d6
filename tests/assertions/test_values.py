from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given

from checker.assertions.values import contains, includes, kind, parse_timestamp, same, timestamp
from checker.core.facts import Absent
from tests.assertions.strategies import documents

NAN = float("nan")


class Word(StrEnum):
    ONE = "one"


class Number(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "string"),
        (Word.ONE, "string"),
        (0, "number"),
        (Number.ONE, "number"),
        (0.5, "number"),
        (10**400, "number"),
        (True, "boolean"),
        (None, "null"),
        ([], "array"),
        ((1,), "array"),
        ({}, "object"),
        (MappingProxyType({}), "object"),
        (NAN, None),
        (float("inf"), None),
        (float("-inf"), None),
        (b"bytes", None),
        ({1}, None),
        (object(), None),
        (Absent("x", known=True), None),
    ],
)
def test_kind(value: object, expected: str | None) -> None:
    assert expected == kind(value)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, None, True),
        (None, 0, False),
        ([1, "a"], (1, "a"), True),
        ([1], [True], False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": "1"}, False),
        (NAN, NAN, None),
        ([1, NAN], [1, 2], None),
        ({"a": NAN}, {"a": 1}, None),
        (b"x", "x", None),
        (2**63, 2**63 + 0.0, True),
        (2**63 + 1, 2**63 + 0.0, False),
    ],
)
def test_same(left: Any, right: Any, expected: bool | None) -> None:
    assert expected is same(left, right)
    assert expected is same(right, left)


@given(documents)
def test_every_document_equals_itself(value: object) -> None:
    assert same(value, value) is True
    assert includes(value, value) is True


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, True),
        ({"a": {"b": 1}}, {"a": {}}, True),
        ({"a": 1}, {"a": {}}, False),
        ([1, 2, 3], [3, 1], True),
        ([1], [1, 1], True),
        ([1], [2], False),
        ([{"id": 1, "x": 2}], [{"id": 1}], True),
        ({"tags": [{"k": "a", "v": 1}]}, {"tags": [{"k": "a"}]}, True),
        ({"a": None}, {"a": None}, True),
        ({}, {"a": None}, False),
        ({"a": NAN}, {"a": 1}, None),
        ([NAN, 1], [1], True),
        ([NAN], [1], None),
    ],
)
def test_includes(whole: Any, part: Any, expected: bool | None) -> None:
    assert expected is includes(whole, part)


@pytest.mark.parametrize(
    ("items", "wanted", "expected"),
    [
        ([1, 2], 2, True),
        ([1, True], 1, True),
        ([True], 1, False),
        ([], 1, False),
        ([NAN, 1], 1, True),
        ([NAN], 1, None),
    ],
)
def test_contains(items: list[object], wanted: object, expected: bool | None) -> None:
    assert expected is contains(items, wanted)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01t00:00:01.5z", 1.5),
        ("1970-01-01 01:00:00+01:00", 0.0),
        ("1969-12-31T23:00:00.123456789-01:00", 0.123456),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 60.0),
        (0, 0.0),
        (1_700_000_000.5, 1_700_000_000.5),
        ("1970-01-01", None),
        ("1970-01-01T00:00:00", None),
        ("1970-13-01T00:00:00Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:60Z", None),
        ("Thu, 31 Feb 1970 00:01:00 GMT", None),
        ("Thu, 01 Foo 1970 00:01:00 GMT", None),
        ("x1970-01-01T00:00:00Z", None),
        ("\N{FULLWIDTH DIGIT ONE}970-01-01T00:00:00Z", None),
        (1_700_000_000_000, None),
        (-1, None),
        (True, None),
        (NAN, None),
        (None, None),
    ],
)
def test_timestamp(value: object, expected: float | None) -> None:
    assert expected == timestamp(value)


@pytest.mark.parametrize("text", ["", "now", "2024-05-31", "2024-05-31T12:00:00", "2024-02-31T12:00:00Z"])
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        parse_timestamp(text)
