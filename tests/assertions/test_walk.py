"""The work of a query is bounded, whatever the document."""

import threading

import pytest

from checker.assertions.jsonpath import compile_path
from checker.assertions.walk import MOST_VISITS
from checker.core.facts import Absent
from checker.core.outcome import Truth
from tests.assertions.facts import document, truth


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
    assert () == compile_path(query).locate(document)


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


@pytest.mark.parametrize(
    "matcher",
    [
        {"every": 0},
        {"any": 0},
        {"none": 1},
        {"contains": 0},
        {"not_contains": 1},
        {"includes": [0]},
        {"not": {"every": 1}},
    ],
)
def test_the_items_of_a_list_that_is_too_long_cannot_be_told(matcher: object) -> None:
    assert Truth.HOLDS is truth(matcher, [0] * MOST_VISITS)
    too_long = document(matcher, [0] * (MOST_VISITS + 1))
    assert Truth.UNTELLABLE is too_long.verdict
    assert "its length is 100001, and 100000 is the most that can be judged" in too_long.message
