import re
import threading
from typing import Any

import jsonpath_rfc9535
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.assertions.jsonpath import JsonPath, Missing, Nothing, compile_path
from checker.assertions.walk import MOST_VISITS
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


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "a JSONPath begins with $"),
        ("foo", "a JSONPath begins with $"),
        (".foo", "a JSONPath begins with $"),
        ("$.", "not a JSONPath: "),
        ("$foo", "not a JSONPath: "),
        ("$[", "not a JSONPath: "),
        ("$['a", "not a JSONPath: "),
        ("$['\\", "not a JSONPath: "),
        ("$[01]", "not a JSONPath: "),
        ("$[" + "9" * 5000 + "]", "not a JSONPath: "),
        ("$[?@.a == 1e999]", "not a JSONPath: "),
        ("$[?@.a", "not a JSONPath: "),
        ("$[?foo(@.a)]", "not a JSONPath: "),
        ("$[?count(@.a)]", "not a JSONPath: "),
        ("$[?@.* == 1]", "not a JSONPath: "),
        ("$[?match(@.a, '(')]", "not a JSONPath: '(' is not an I-Regexp (RFC 9485)"),
        ("$[?search(@.a, '\\\\d')]", "not a JSONPath: '\\\\d' is not an I-Regexp (RFC 9485)"),
        ("$[?match(@.a, 'a{2000}')]", "not a JSONPath: 'a{2000}' is not an I-Regexp (RFC 9485)"),
    ],
)
def test_what_is_no_query_is_refused(query: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        compile_path(query)


@given(st.text() | st.text(alphabet="$.[]*?@'\"\\,:()!=<>&|01a \n").map(lambda text: "$" + text))
def test_any_text_is_a_query_or_refused_with_a_value_error(text: str) -> None:
    try:
        path = compile_path(text)
    except ValueError:
        return
    assert isinstance(path, JsonPath)
    path.find(WORKS)


@pytest.mark.parametrize(
    ("pattern", "text", "whole", "part"),
    [
        ("a.c", "abc", True, True),
        ("a.c", "xabcx", False, True),
        ("a.c", "a\nc", False, False),
        ("a.c", "a\rc", False, False),
        ("[.]", ".", True, True),
        ("[.]", "x", False, False),
        ("\\\\.", ".", True, True),
        ("\\\\.", "x", False, False),
        ("a|b", "xb", False, True),
        ("\\\\p{Lu}", "Ä", True, True),
        ("[a-c]{2}", "ab", True, True),
    ],
)
def test_match_and_search(pattern: str, text: str, whole: bool, part: bool) -> None:
    for function, expected in (("match", whole), ("search", part)):
        found = compile_path(f"$[?{function}(@, '{pattern}')]").find([text])
        assert expected is (found == [text])


@pytest.mark.parametrize("document", [[5], [None], ["\ud800"], [["a"]]])
def test_match_finds_nothing_in_what_is_no_text(document: list[object]) -> None:
    assert isinstance(compile_path("$[?search(@, 'a')]").find(document), Nothing)


def test_a_pattern_may_come_from_the_document() -> None:
    path = compile_path("$.texts[?match(@, $.pattern)]")
    assert ["abc"] == path.find({"pattern": "a.c", "texts": ["abc", "x"]})
    assert isinstance(path.find({"pattern": "(", "texts": ["("]}), Nothing)
    assert isinstance(path.find({"pattern": 5, "texts": ["5"]}), Nothing)


def test_patterns_take_linear_time() -> None:
    path = compile_path("$[?match(@, '(a|a)*(a|a)*(a|a)*b')]")
    assert isinstance(path.find(["a" * 20_000]), Nothing)


def nested(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("$..x", [[] for _ in range(MOST_VISITS)]),
        ("$[*]", [0] * (MOST_VISITS + 1)),
        ("$..*", {str(number): {} for number in range(MOST_VISITS)}),
        ("$[?@.x]", [{}] * (MOST_VISITS // 10)),
        ("$..[?@..x]", nested(800)),
        ("$[?count($..*) > 0]", [[0]] * 1000),
    ],
)
def test_a_query_that_visits_too_much_is_given_up_and_not_known(query: str, document: object) -> None:
    why = f"{query} visits more than 100000 values; write a narrower query"
    assert Absent(why) == compile_path(query).find(document)


def test_the_bound_is_of_each_query_anew() -> None:
    path = compile_path("$[*]")
    document = [0] * (MOST_VISITS - 10)
    for _ in range(3):
        assert document == path.find(document)


def test_queries_in_several_threads_do_not_count_for_each_other() -> None:
    path = compile_path("$..x")
    document: list[object] = [[] for _ in range(MOST_VISITS // 3)]
    document.append({"x": 1})
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(path.find(document))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[1]] * 4 == found


def test_a_comparison_too_deep_to_make_is_not_known() -> None:
    path = compile_path("$[?@ == $[0]]")
    assert Absent("$[?@ == $[0]] cannot be followed in this document") == path.find(
        [nested(100_000), nested(100_000)]
    )
