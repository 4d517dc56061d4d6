"""What each simple operator says of values that it can judge."""

from typing import Any

import pytest

from checker.core.outcome import Truth
from tests.assertions.facts import NOW, truth, verdict

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

CASES: list[tuple[Any, object, Truth]] = [
    (5, 5, H),
    (5, 5.0, H),
    (5, 6, M),
    (1, True, U),
    (True, True, H),
    (True, False, M),
    (True, 1, U),
    ("a", "a", H),
    ("a", "A", M),
    ("5", 5, U),
    (None, None, H),
    (None, 0, M),
    ([1, 2], 2, H),
    ([1, 2], 3, M),
    ([1, "a"], "b", M),
    ([1, 2], "a", U),
    ([1, None], "a", M),
    ({"eq": [1, 2]}, [1, 2], H),
    ({"eq": [1, 2]}, [2, 1], M),
    ({"eq": {"a": [1]}}, {"a": [1.0]}, H),
    ({"eq": {"a": 1}}, {"a": True}, M),
    ({"ne": 5}, 6, H),
    ({"ne": 5}, 5.0, M),
    ({"ne": 1}, True, H),
    ({"ne": {"a": 1}}, {"a": 2}, H),
    ({"lt": 5}, 4.9, H),
    ({"lt": 5}, 5, M),
    ({"lte": 5}, 5, H),
    ({"lte": 5}, 5.1, M),
    ({"gt": 5}, 5.1, H),
    ({"gt": 5}, 5, M),
    ({"gte": 5}, 5, H),
    ({"gte": 5}, 4, M),
    ({"gte": 5}, "5", U),
    ({"gte": 0}, True, U),
    ({"gt": "2023-01-01T00:00:00Z"}, "2023-01-01T01:00:00+00:30", H),
    ({"gt": "2023-01-01T00:00:00Z"}, "2023-01-01T00:30:00+01:00", M),
    ({"gt": "2023-01-01T00:00:00Z"}, "2023-01-02", U),
    ({"between": [1, 5]}, 1, H),
    ({"between": [1, 5]}, 5, H),
    ({"between": [1, 5]}, 5.5, M),
    ({"between": [1, 5]}, "3", U),
    ({"between": ["2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"]}, "2023-06-01T00:00:00Z", H),
    ({"in": ["a", "b"]}, "b", H),
    ({"in": ["a", "b"]}, "c", M),
    ({"in": [[1], [2]]}, [2], H),
    ({"not_in": ["a", "b"]}, "c", H),
    ({"not_in": ["a", "b"]}, "a", M),
    ({"not_in": ["a", 1]}, True, H),
    ({"exists": True}, 0, H),
    ({"exists": True}, False, H),
    ({"exists": False}, 0, M),
    ({"empty": True}, "", H),
    ({"empty": False}, [0], H),
    ({"empty": False}, {"a": 1}, H),
    ({"empty": True}, "a", M),
    ({"empty": True}, 0, U),
    ({"type": "string"}, "a", H),
    ({"type": "number"}, 1, H),
    ({"type": "number"}, True, M),
    ({"type": "integer"}, 1, H),
    ({"type": "integer"}, 1.0, H),
    ({"type": "integer"}, 1.5, M),
    ({"type": "integer"}, True, M),
    ({"type": "boolean"}, False, H),
    ({"type": "array"}, [], H),
    ({"type": "object"}, {}, H),
    ({"type": ["string", "null"]}, None, H),
    ({"type": ["string", "null"]}, 1, M),
    ({"newer_than": "1h"}, NOW - 3599, H),
    ({"newer_than": "1h"}, NOW - 3600, M),
    ({"newer_than": "1h"}, NOW + 3600, H),
    ({"newer_than": "1h"}, "2023-11-14T22:00:00Z", H),
    ({"newer_than": "1h"}, "2023-11-14T20:00:00Z", M),
    ({"newer_than": "1h"}, "Tue, 14 Nov 2023 22:00:00 GMT", H),
    ({"newer_than": "1h"}, "2023-11-14 22:00:00", U),
    ({"older_than": "1h"}, NOW - 3601, H),
    ({"older_than": "1h"}, NOW - 3600, M),
    ({"older_than": "1h"}, "2023-11-14T20:00:00Z", H),
]


@pytest.mark.parametrize(("matcher", "value", "expected"), CASES)
def test_operator(matcher: Any, value: object, expected: Truth) -> None:
    assert expected is truth(matcher, value)


UNITS: list[tuple[str, Any, object, Truth]] = [
    ("status", 200, 200, H),
    ("status", 200, 204, M),
    ("status", "2xx", 204, H),
    ("status", "2XX", 204, H),
    ("status", "2xx", 301, M),
    ("status", [200, "3xx"], 301, H),
    ("status", [200, "3xx"], 404, M),
    ("status", {"not_in": ["4xx", "5xx"]}, 301, H),
    ("status", {"not_in": ["4xx", "5xx"]}, 503, M),
    ("status", {"ne": "5xx"}, 404, H),
    ("status", {"ne": "5xx"}, 500, M),
    ("status", {"lt": 400}, 399, H),
    ("status", {"between": [200, 299]}, 299, H),
    ("status", {"not": "5xx"}, 404, H),
    ("status", {"any_of": [404, "2xx"]}, 404, H),
    ("latency", {"lt": "800ms"}, 0.8, M),
    ("latency", {"lt": "800ms"}, 0.7999, H),
    ("latency", {"between": ["1ms", "1m30s"]}, 90, H),
    ("latency", {"eq": "2s"}, 2.0, H),
    ("latency", {"exists": True}, 2.0, H),
    ("size", {"lt": "64KiB"}, 65535, H),
    ("size", {"lt": "64KiB"}, 65536, M),
    ("size", {"gte": 100}, 100, H),
    ("size", {"in": ["1KiB", 5]}, 1024, H),
]


@pytest.mark.parametrize(("fact", "matcher", "value", "expected"), UNITS)
def test_operands_are_written_in_the_unit_of_the_fact(
    fact: str, matcher: object, value: object, expected: Truth
) -> None:
    assert expected is verdict({fact: matcher}, {fact: value}).verdict


@pytest.mark.parametrize(
    ("matcher", "value", "expected"),
    [
        ({"gt": "2023-11-14T22:13:20Z"}, NOW + 1, H),
        ({"gt": "2023-11-14T22:13:20Z"}, NOW, M),
        ("2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00", H),
        ({"older_than": "1d"}, NOW - 86401, H),
        ({"newer_than": "1d"}, NOW + 1, H),
    ],
)
def test_a_fact_that_is_a_timestamp(matcher: object, value: object, expected: Truth) -> None:
    facts = {"certificate": {"not_after": value}}
    assert expected is verdict({"certificate": {"not_after": matcher}}, facts).verdict


def test_an_expired_certificate_has_less_than_nothing_left() -> None:
    facts = {"certificate": {"expires_in": -5.0}}
    assert M is verdict({"certificate": {"expires_in": {"gt": "0s"}}}, facts).verdict
