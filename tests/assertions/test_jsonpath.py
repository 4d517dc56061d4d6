from typing import Any

import jsonpath_rfc9535
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.assertions.jsonpath import Missing, Nothing, compile_path
from checker.core.facts import Absent
from tests.assertions.strategies import documents

WORKS = {
    "type": "ResultList",
    "totalResults": 2,
    "results": [{"id": "a2239muq", "n": 1, "tags": ["x"]}, {"id": "b3", "n": 2, "tags": []}, {"id": None}],
    "first name": "x",
}

QUERIES = (
    "$",
    "$.totalResults",
    "$['first name']",
    "$.results[0].id",
    "$.results[-1].id",
    "$.results[*].id",
    "$.results[0:2].n",
    "$.results[::-1].id",
    "$.results[0,1].id",
    "$['type','totalResults']",
    "$..id",
    "$..*",
    "$..[0]",
    "$.*",
    "$.results[?@.n > 1].id",
    "$.results[?@.n].id",
    "$.results[?!@.n]",
    "$.results[?@.id == null]",
    "$.results[?@.n >= 1 && @.id != 'b3'].n",
    "$.results[?match(@.id, '[a-z0-9]{8}')].n",
    "$.results[?search(@.id, '3')].n",
    "$.results[?length(@.id) == 2].n",
    "$.results[?count(@.tags[*]) == 1].n",
    "$.results[?value(@..n) == 2].id",
    "$..[?@.n]",
    "$.results[?@.tags[?@ == 'x']].id",
    "$.results[?@.n == $.totalResults].id",
)


def reference(query: str, document: Any) -> list[object]:
    return jsonpath_rfc9535.find(query, document).values()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_what_the_reference_implementation_finds(query: str) -> None:
    found, expected = compile_path(query).find(WORKS), reference(query, WORKS)
    assert expected
    assert expected == (found if isinstance(found, list) and compile_path(query).segments else [found])


@given(
    st.sampled_from([query.replace("results", "a").replace("totalResults", "b") for query in QUERIES]),
    documents,
)
def test_queries_agree_with_the_reference_on_any_document(query: str, document: Any) -> None:
    path = compile_path(query)
    found, expected = path.find(document), reference(query, document)
    if isinstance(found, Absent):
        assert [] == expected
    else:
        assert expected == (found if path.segments else [found])


@given(
    st.sampled_from([query.replace("results", "a").replace("totalResults", "b") for query in QUERIES]),
    documents,
)
def test_values_are_where_the_reference_has_them(query: str, document: Any) -> None:
    expected = [node.location for node in jsonpath_rfc9535.find(query, document)]
    assert expected == [*compile_path(query).locate(document)]


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_locates_what_it_finds(query: str) -> None:
    expected = [node.location for node in jsonpath_rfc9535.find(query, WORKS)]
    assert expected == [*compile_path(query).locate(WORKS)]


@pytest.mark.parametrize("query", ["$.result", "$.results[7]", "$.totalResults.x", "$[0]", "$.result[*]"])
def test_what_is_not_there_is_nowhere(query: str) -> None:
    assert () == compile_path(query).locate(WORKS)


def test_the_document_is_the_same_to_nested_filters() -> None:
    """RFC 9535, 2.3.5.2: `$` is the whole document, however deep the filter stands."""
    document = {"wanted": 2, "groups": [{"items": [{"n": 1}]}, {"items": [{"n": 2}]}]}
    found = compile_path("$.groups[?@.items[?@.n == $.wanted]]").find(document)
    assert [{"items": [{"n": 2}]}] == found


@pytest.mark.parametrize(
    ("query", "parent", "at", "step", "why"),
    [
        ("$.result", WORKS, "$", "result", "there is no $.result"),
        ("$.results[0].idd", WORKS["results"][0], "$.results[0]", "idd", "there is no $.results[0].idd"),  # type: ignore[index]
        ("$.results[7].id", WORKS["results"], "$.results", 7, "there is no $.results[7]"),
        ("$.totalResults.x", 2, "$.totalResults", "x", "there is no $.totalResults.x"),
        ("$['first name'].x", "x", "$['first name']", "x", "there is no $['first name'].x"),
        ("$[0]", WORKS, "$", 0, "there is no $[0]"),
    ],
)
def test_a_path_that_leads_nowhere_tells_how_far_it_leads(
    query: str, parent: object, at: str, step: str | int, why: str
) -> None:
    assert Missing(why, known=True, parent=parent, at=at, step=step) == compile_path(query).find(WORKS)


def test_a_query_that_selects_nothing() -> None:
    path = "$.results[?@.n > 5]"
    expected = Nothing(f"{path} selects nothing", known=True, parent=WORKS["results"], at="$.results")
    assert expected == compile_path(path).find(WORKS)


def test_a_query_below_what_is_missing() -> None:
    expected = Nothing("there is no $.result", known=True, parent=WORKS, at="$", step="result")
    assert expected == compile_path("$.result[*].id").find(WORKS)
