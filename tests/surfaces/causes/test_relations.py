import pytest

from checker.surfaces.causes.relations import (
    hosts,
    needed_by,
    needs,
    reached,
    same_host,
    shared_labels,
    universal_labels,
)
from tests.surfaces.causes.boards import board, outcome, passing, planned, troubled


def test_dependencies_are_followed_both_ways() -> None:
    views = [
        passing("a", probe={"depends_on": ("b", "c")}),
        passing("b", probe={"depends_on": ("c", "d")}),
        passing("c"),
        passing("d"),
    ]
    ways = needs(board(*views))
    assert {"b": 1, "c": 1, "d": 2} == reached("a", ways)
    assert {"b": 1, "a": 2} == reached("d", needed_by(ways))
    assert {} == reached("d", ways)


@pytest.mark.parametrize(
    ("mine", "theirs", "shared"),
    [
        ({}, {}, ()),
        ({"a": "1"}, {"a": "1"}, (("a", "1"),)),
        ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, (("a", "1"), ("b", "2"))),
        ({"a": "1", "b": "2"}, {"b": "2"}, (("b", "2"),)),
        ({"a": "1", "b": "2"}, {"b": "2", "a": "2"}, ()),
        ({"name": "1", "b": "2"}, {"b": "2", "name": "2"}, (("b", "2"),)),
        ({"check": "one", "b": "2"}, {"b": "2", "check": "another"}, (("b", "2"),)),
        ({"check": "one"}, {"check": "another"}, ()),
    ],
)
def test_labels(mine: dict[str, str], theirs: dict[str, str], shared: object) -> None:
    one, another = planned("one", labels=mine), planned("another", labels=theirs)
    assert shared == shared_labels(one, another)


@pytest.mark.parametrize(
    ("labels", "universal"),
    [
        ([], ()),
        ([{"a": "1", "b": "2"}], (("a", "1"), ("b", "2"))),
        ([{"a": "1", "b": "2"}, {"b": "2", "a": "2"}, {"b": "2"}], (("b", "2"),)),
        ([{"a": "1"}, {}, {"a": "1"}], ()),
    ],
)
def test_labels_of_all(labels: list[dict[str, str]], universal: object) -> None:
    views = [passing(str(place), labels=each) for place, each in enumerate(labels)]
    assert universal == universal_labels(board(*views))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://A.example:80/x", {"a.example:80"}),
        ("https://user:***@b.example/", {"b.example"}),
        ("http://[broken", set()),
        ("", set()),
    ],
)
def test_hosts(url: str, host: set[str]) -> None:
    assert host == hosts(outcome("a", url=url))


def test_a_host_of_two_that_ran() -> None:
    one, another = (troubled(name, 1, last={"url": "http://a.example/"}) for name in "ab")
    assert "a.example" == same_host(one, another)
    assert "" == same_host(one, troubled("c", 1))
    assert "" == same_host(one, another._replace(last=None))
