from typing import Any

import pytest

from checker.assertions.values import kind, timestamp
from checker.core.facts import Absent, Unit
from checker.proving.values import LONG_AGO, aged, emptied, filled, in_place_of, other_type, variants


@pytest.mark.parametrize("value", ["a", "", 1, 1.5, True, [], ["a"], {}, {"a": 1}, None])
def test_another_type_is_another_type(value: Any) -> None:
    assert kind(value) != kind(other_type(value))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("a", "a number in the place of the text"),
        (1, "a text in the place of the number"),
        (True, "a text in the place of true or false"),
        (["a"], "an empty object in the place of the list"),
        ({"a": 1}, "an empty list in the place of the object"),
        (None, "a text in the place of null"),
    ],
)
def test_another_type_is_told(value: Any, told: str) -> None:
    assert told == in_place_of(value)


@pytest.mark.parametrize(
    ("value", "left"), [("a", ""), ([1], []), ({"a": 1}, {}), (7, 7), (True, True), (None, None)]
)
def test_emptied(value: Any, left: Any) -> None:
    assert left == emptied(value)


@pytest.mark.parametrize(("value", "full"), [([], ["?"]), (["a"], ["a"]), ({}, {}), ("", "")])
def test_filled(value: Any, full: Any) -> None:
    assert full == filled(value)


@pytest.mark.parametrize(
    "text", ["2024-05-31T12:00:00Z", "2024-02-29T12:00:00.5+02:00", "Fri, 31 May 2024 12:00:00 GMT"]
)
def test_a_timestamp_of_long_ago(text: str) -> None:
    seconds = timestamp(aged(text))
    assert seconds is not None
    assert abs(seconds - LONG_AGO) < 86400


@pytest.mark.parametrize("value", ["2024-05-31", "a text", "", 1_700_000_000, None, ["2024-05-31T12:00:00Z"]])
def test_what_is_no_timestamp_in_words_has_no_age(value: Any) -> None:
    assert value == aged(value)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (True, Unit.PLAIN, {"negated": False}),
        (3, Unit.PLAIN, {"zero": 0, "huge": 1_003_000}),
        (0, Unit.PLAIN, {"huge": 1_000_000}),
        (5.0, Unit.TIMESTAMP, {"zero": 0, "huge": 1_005_000, "old_timestamp": LONG_AGO}),
        ("ACTIVE", Unit.PLAIN, {"other": "?", "emptied": ""}),
        (
            "2024-05-31T12:00:00Z",
            Unit.PLAIN,
            {"other": "?", "emptied": "", "old_timestamp": "2000-01-01T12:00:00Z"},
        ),
        (("a",), Unit.PLAIN, {"emptied": []}),
        ([], Unit.PLAIN, {"filled": ["?"]}),
        ({"a": 1}, Unit.PLAIN, {"emptied": {}}),
        ({}, Unit.PLAIN, {"filled": "?"}),
        (None, Unit.PLAIN, {"filled": "?"}),
        (Absent("there is none"), Unit.PLAIN, {"filled": "?"}),
    ],
)
def test_what_a_fact_might_have_been(value: object, unit: Unit, expected: dict[str, object]) -> None:
    assert expected == {variant.name: variant.value for variant in variants(value, unit)}
