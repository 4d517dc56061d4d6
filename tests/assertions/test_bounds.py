from typing import Any

import pytest

from checker.assertions.bounds import contradiction
from checker.core.facts import Unit
from checker.core.template import parse_template


@pytest.mark.parametrize(
    ("matcher", "found"),
    [
        ({"gt": 5, "lt": 5}, ("lt", "nothing is > 5 and < 5")),
        ({"lt": 3, "gt": 5}, ("gt", "nothing is > 5 and < 3")),
        ({"gte": 5, "lt": 5}, ("lt", "nothing is >= 5 and < 5")),
        ({"gt": 5, "lte": 5}, ("lte", "nothing is > 5 and <= 5")),
        ({"gte": 6, "exists": True, "lte": 5}, ("lte", "nothing is >= 6 and <= 5")),
        ({"gte": 5, "lte": 5}, None),
        ({"gt": 4, "lt": 5}, None),
        ({"gt": 5}, None),
        ({"gt": 5, "gte": 7}, None),
        ({}, None),
        ({"gt": "2024-05-31T12:00:00Z", "lt": "2024-05-30T12:00:00Z"}, (
            "lt", "nothing is > 2024-05-31T12:00:00Z and < 2024-05-30T12:00:00Z"
        )),
        ({"gt": 5, "lt": "2024-05-30T12:00:00Z"}, None),  # of two kinds: nothing is said of their order
        ({"gt": "x", "lt": 5}, None),  # told of the operand itself
        ({"gt": parse_template("${x}"), "lt": 5}, None),
        ({"gt": 5, "lt": parse_template("${x}")}, None),
    ],
)  # fmt: skip
def test_bounds_that_leave_nothing_between_them(matcher: Any, found: tuple[str, str] | None) -> None:
    assert found == contradiction(matcher, Unit.PLAIN)


def test_bounds_are_read_in_the_unit_of_the_fact() -> None:
    assert ("lt", "nothing is > 1s and < 900ms") == contradiction({"gt": "1s", "lt": "900ms"}, Unit.DURATION)
    assert contradiction({"gt": "1s", "lt": "1100ms"}, Unit.DURATION) is None
    assert contradiction({"gte": 200, "lt": "3xx"}, Unit.STATUS) is None
