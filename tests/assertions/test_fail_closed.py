"""Every operator against everything that a broken answer can leave in the place of a value.

Read a row as: of a fact that is unknown (no answer, undecodable), missing from a decoded document, not selected
by a query, null, of a type that the operator does not take (true), an empty text, list and object, NaN.
"""

from typing import Any

import pytest

from checker.assertions.operators import OPERATORS
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Reason
from tests.assertions.facts import verdict

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

UNKNOWN = Absent("the body is not JSON", reason=Reason.UNDECODABLE)
KINDS = ("unknown", "missing", "unselected", "null", "another type", "text", "list", "object", "NaN")
DOCUMENTS: dict[str, object] = {
    "unknown": UNKNOWN,
    "missing": {"other": 1},
    "unselected": {"other": 1},
    "null": {"v": None},
    "another type": {"v": True},
    "text": {"v": ""},
    "list": {"v": []},
    "object": {"v": {}},
    "NaN": {"v": float("nan")},
}

NEVER = (U, U, U, U, U, U, U, U, U)

TABLE: tuple[tuple[dict[str, Any], tuple[Truth, ...]], ...] = (
    #                                        unknown  missing  unselected  null  type  text  list  object  NaN
    ({"eq": 5}, NEVER),
    ({"eq": None}, (U, U, U, H, M, M, M, M, U)),
    ({"eq": "x"}, (U, U, U, U, U, M, U, U, U)),
    ({"eq": ""}, (U, U, U, U, U, H, U, U, U)),
    ({"eq": []}, (U, U, U, U, U, U, H, U, U)),
    ({"eq": {}}, (U, U, U, U, U, U, U, H, U)),
    ({"ne": 5}, (U, U, U, H, H, H, H, H, U)),
    ({"ne": "x"}, (U, U, U, H, H, H, H, H, U)),
    ({"ne": None}, (U, U, U, M, H, H, H, H, U)),
    ({"ne": []}, (U, U, U, H, H, H, M, H, U)),
    ({"lt": 5}, NEVER),
    ({"lte": 5}, NEVER),
    ({"gt": -5}, NEVER),
    ({"gte": 0}, NEVER),
    ({"lt": "2999-01-01T00:00:00Z"}, NEVER),
    ({"between": [-5, 5]}, NEVER),
    ({"in": [0, 1]}, NEVER),
    ({"in": [5, "x"]}, (U, U, U, U, U, M, U, U, U)),
    ({"in": [5, None]}, (U, U, U, H, M, M, M, M, U)),
    ({"not_in": [5]}, (U, U, U, H, H, H, H, H, U)),
    ({"not_in": [5, None]}, (U, U, U, M, H, H, H, H, U)),
    ({"contains": "x"}, NEVER),
    ({"contains": None}, NEVER),
    ({"not_contains": "x"}, NEVER),
    ({"not_contains": 5}, NEVER),
    ({"starts_with": "x"}, NEVER),
    ({"ends_with": "x"}, NEVER),
    ({"matches": "x"}, NEVER),
    ({"matches": "^$"}, (U, U, U, U, U, H, U, U, U)),
    ({"not_matches": "x"}, NEVER),
    ({"not_matches": "^$"}, (U, U, U, U, U, M, U, U, U)),
    ({"exists": True}, (U, M, M, U, H, H, H, H, U)),
    ({"exists": False}, (U, H, H, U, M, M, M, M, U)),
    ({"empty": True}, (U, U, H, U, U, H, H, H, U)),
    ({"empty": False}, (U, U, M, U, U, M, M, M, U)),
    ({"length": 0}, (U, U, H, U, U, H, H, H, U)),
    ({"length": {"lt": 5}}, (U, U, H, U, U, H, H, H, U)),
    ({"length": {"gte": 1}}, (U, U, M, U, U, M, M, M, U)),
    ({"type": "null"}, (U, U, U, H, M, M, M, M, U)),
    ({"type": "string"}, (U, U, U, M, M, H, M, M, U)),
    ({"type": "number"}, (U, U, U, M, M, M, M, M, U)),
    ({"type": "boolean"}, (U, U, U, M, H, M, M, M, U)),
    ({"type": ["array", "object"]}, (U, U, U, M, M, M, H, H, U)),
    ({"newer_than": "1h"}, NEVER),
    ({"older_than": "1h"}, NEVER),
    ({"every": {"ne": "x"}}, NEVER),
    ({"any": {"ne": "x"}}, NEVER),
    ({"none": {"eq": "x"}}, (U, U, H, U, U, U, H, U, U)),
    ({"includes": {"a": 1}}, NEVER),
    ({"includes": ["a"]}, NEVER),
    ({"schema": {"type": ["object", "null"]}}, (U, U, U, U, M, M, M, H, U)),
    ({"schema": {"type": "object", "required": ["a"]}}, (U, U, U, U, M, M, M, M, U)),
    ({"not": {"eq": 5}}, NEVER),
    ({"not": {"lt": 5}}, NEVER),
    ({"not": {"contains": "x"}}, NEVER),
    ({"not": {"matches": "x"}}, NEVER),
    ({"not": {"every": {"eq": "x"}}}, NEVER),
    ({"not": {"includes": {"error": True}}}, NEVER),
    ({"not": {"type": "number", "gte": 1}}, NEVER),
    ({"not": {"ne": 5}}, (U, U, U, M, M, M, M, M, U)),
    ({"not": {"eq": None}}, (U, U, U, M, H, H, H, H, U)),
    ({"not": {"exists": True}}, (U, H, H, U, M, M, M, M, U)),
    ({"not": {"empty": True}}, (U, U, M, U, U, M, M, M, U)),
    ({"not": {"none": {"eq": "x"}}}, (U, U, M, U, U, U, M, U, U)),
    ({"any_of": [5, {"lt": 5}]}, NEVER),
    ({"any_of": [{"not": {"eq": 5}}, {"not": {"eq": 6}}]}, NEVER),
    ({"any_of": [{"exists": False}, {"gte": 1}]}, (U, H, H, U, U, U, U, U, U)),
    ({"any_of": [{"eq": None}, {"gte": 1}]}, (U, U, U, H, U, U, U, U, U)),
    ({"all_of": [{"ne": 5}, {"lt": 5}]}, NEVER),
    ({"all_of": [{"ne": 5}, {"ne": 6}]}, (U, U, U, H, H, H, H, H, U)),
    ({"all_of": [{"type": "string"}, {"ne": "x"}]}, (U, U, U, M, M, H, M, M, U)),
)

CASES = [
    pytest.param(matcher, kind, expected, id=f"{matcher} on {kind}")
    for matcher, row in TABLE
    for kind, expected in zip(KINDS, row, strict=True)
]


@pytest.mark.parametrize(("matcher", "kind", "expected"), CASES)
def test_what_an_operator_says_of_a_broken_value(matcher: object, kind: str, expected: Truth) -> None:
    path = "$.v[*]" if kind == "unselected" else "$.v"
    assert expected == verdict({"json": {path: matcher}}, {"json": DOCUMENTS[kind]}).verdict


def test_the_table_has_every_operator() -> None:
    assert set(OPERATORS) == {operator for matcher, _ in TABLE for operator in matcher}


def test_nothing_at_all_holds_on_what_is_unknown_or_not_finite() -> None:
    told = [
        matcher
        for matcher, row in TABLE
        if row[KINDS.index("unknown")] is not U or row[KINDS.index("NaN")] is not U
    ]
    assert [] == told


COMBINING = {"not", "any_of", "all_of"}


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("missing", {"exists"}),
        ("unselected", {"exists", "none", "empty", "length"}),
        ("null", {"eq", "type", "ne", "in", "not_in"}),
        ("another type", {"exists", "type", "ne", "not_in"}),
    ],
)
def test_only_the_listed_operators_hold_on_what_is_not_there(kind: str, allowed: set[str]) -> None:
    """`in` holds on null only where null is one of its values: it is `eq: null` by another name."""
    holding = {operator for matcher, row in TABLE for operator in matcher if row[KINDS.index(kind)] is H}
    assert allowed == holding - COMBINING


UNITS: dict[str, list[dict[str, Any]]] = {
    "status": [
        {"eq": 200},
        {"ne": "5xx"},
        {"lt": 300},
        {"between": [200, 299]},
        {"in": ["2xx"]},
        {"not_in": ["5xx"]},
    ],
    "latency": [
        {"eq": "2s"},
        {"ne": "2s"},
        {"lt": "2s"},
        {"gte": "0s"},
        {"between": ["0s", "1s"]},
        {"not_in": ["2s"]},
    ],
    "size": [{"eq": 5}, {"ne": 5}, {"lt": "64KiB"}, {"gte": 0}, {"between": [0, "1MiB"]}, {"not_in": [5]}],
}
BROKEN: list[object] = [
    UNKNOWN,
    Absent("not there", known=True),
    None,
    "",
    "2",
    "2024-05-31T12:00:00Z",
    True,
    [],
    {},
    float("nan"),
    b"2",
]


@pytest.mark.parametrize("value", BROKEN, ids=repr)
@pytest.mark.parametrize("fact", UNITS)
def test_a_measured_fact_of_another_type_cannot_be_told(fact: str, value: object) -> None:
    matchers = [*UNITS[fact], *({"not": matcher} for matcher in UNITS[fact])]
    told = [matcher for matcher in matchers if verdict({fact: matcher}, {fact: value}).verdict is not U]
    assert [] == told


@pytest.mark.parametrize(
    "matcher", [{"older_than": "1h"}, {"newer_than": "1h"}, {"ne": "2024-05-31T12:00:00Z"}]
)
@pytest.mark.parametrize(
    "value", [None, "yesterday", "2024-05-31T12:00:00", True, 1_700_000_000_000, -1.0, float("nan")]
)
def test_what_is_no_moment_cannot_be_told(matcher: object, value: object) -> None:
    """A number in milliseconds would be far in the future, and so newer than anything."""
    assert (
        U is verdict({"certificate": {"not_after": matcher}}, {"certificate": {"not_after": value}}).verdict
    )


@pytest.mark.parametrize("expect", [{"latency": {"exists": False}}, {"timings": {"dns": {"exists": False}}}])
def test_what_a_kind_did_not_tell_is_not_known_to_be_missing(expect: object) -> None:
    assert U is verdict(expect, {"timings": {}}).verdict


def test_a_header_or_cookie_of_an_answer_is_known_to_be_missing() -> None:
    facts = {"headers": {"etag": "x"}, "cookies": {}}
    assert H is verdict({"headers": {"Age": {"exists": False}}}, facts).verdict
    assert H is verdict({"cookies": {"session": {"exists": False}}}, facts).verdict


def test_a_part_of_something_that_has_no_parts_is_not_known_to_be_missing() -> None:
    assert U is verdict({"headers": {"age": {"exists": False}}}, {"headers": "HTTP/1.1"}).verdict
