"""The work of a query is bounded, whatever the document."""

import threading

import pytest

from checker.assertions.jsonpath import compile_path
from checker.assertions.walk import MOST_VISITS
from checker.core.facts import Absent


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
