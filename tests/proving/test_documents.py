from typing import Any

import pytest
from hypothesis import given

from checker.assertions.jsonpath import compile_path
from checker.proving.documents import drop, get, is_total, lists_on, main_list, path_of, put, totals
from tests.assertions.strategies import documents

WORKS = {
    "totalResults": 2,
    "pageSize": 10,
    "totalPages": 1,
    "results": [{"id": "a", "tags": ["x"]}, {"id": "b", "tags": []}],
    "hits": {"total": {"count": 0}, "hitCount": 7},
}


def at(query: str, document: Any = WORKS) -> tuple[Any, ...]:
    return compile_path(query).locate(document)


def test_values_are_put_in_the_place_of_others() -> None:
    changed = put(WORKS, at("$.results[*].id"), str.upper)
    assert ["A", "B"] == compile_path("$.results[*].id").find(changed)
    assert ["a", "b"] == compile_path("$.results[*].id").find(WORKS)
    assert changed["hits"] is WORKS["hits"]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("$.results[*].id", {"results": [{"tags": ["x"]}, {"tags": []}]}),
        ("$.results[*]", {"results": []}),
        ("$.results[0]", {"results": [{"id": "b", "tags": []}]}),
    ],
)
def test_values_are_dropped(query: str, left: dict[str, Any]) -> None:
    assert {**WORKS, **left} == drop(WORKS, at(query))


@given(documents)
def test_the_document_itself_can_be_another_one(document: Any) -> None:
    assert "other" == put(document, ((),), lambda _: "other")
    assert document == get(document, ())


@given(documents)
def test_what_changes_nothing_changes_nothing(document: Any) -> None:
    places = at("$..*", document)
    assert document == put(document, places, lambda value: value)
    assert document == put(document, (), lambda _: None)


def test_lists_on_the_way() -> None:
    found = dict(lists_on(at("$.results[*].tags[*]")))
    assert {"$.results": (("results",),), "$.results[*].tags": (("results", 0, "tags"),)} == found
    assert [] == list(lists_on(at("$.totalResults")))


def test_a_place_as_a_path() -> None:
    assert "$.results[*].tags" == path_of(("results", 0, "tags"))
    assert "$['first name']" == path_of(("first name",))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (WORKS, None),
        ({"total": 2, "results": [{"id": "a2239muq", "title": "Botany"}] * 3}, ("results",)),
        ({"hits": {"total": 1, "hits": [{"id": "a2239muq"}] * 3}}, ("hits", "hits")),
        ([{"id": "a"}], ()),
        ([], None),
        ({"id": "a2239muq", "title": "A flora of the world", "genres": ["Book"]}, None),
        ({"a": {"b": {"c": {"d": ["too deep for anybody to look"]}}}}, None),
        ("text", None),
        (None, None),
    ],
)
def test_the_list_that_a_document_mostly_is(document: Any, expected: Any) -> None:
    assert expected == main_list(document)


def test_how_much_there_is() -> None:
    assert {("totalResults",), ("hits", "hitCount")} == set(totals(WORKS))


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("totalResults", 3, True),
        ("TOTAL", 3.0, True),
        ("hit_count", 0, True),
        ("found", True, False),
        ("total", "3", False),
        ("totalPages", 3, False),
        ("country", 3, False),
        ("size", 3, False),
    ],
)
def test_what_says_by_its_name_how_much_there_is(name: str, value: object, is_one: bool) -> None:
    assert is_one is is_total(("a", name), value)
    assert not is_total(("total", 0), value)
