"""Matchers around matchers: of the same value, of its items, of its length."""

from typing import Any

import pytest

from checker.core.outcome import Truth
from tests.assertions.facts import truth

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

CASES: list[tuple[Any, object, Truth]] = [
    ({"length": 3}, "äöü", H),
    ({"length": 2}, {"a": 1, "b": 2}, H),
    ({"length": [1, 2]}, [1], H),
    ({"length": {"gte": 1, "lt": 3}}, [1, 2, 3], M),
    ({"length": {"between": [1, 3]}}, [1, 2, 3], H),
    ({"length": 1}, 1, U),
    ({"every": {"gte": 1}}, [1, 2], H),
    ({"every": {"gte": 1}}, [1, 0], M),
    ({"every": {"gte": 1}}, [1, None], U),
    ({"every": {"gte": 1}}, [0, None], U),
    ({"every": 1}, [1, 1.0], H),
    ({"every": [1, 2]}, [1, 2, 1], H),
    ({"every": {"gte": 1, "lt": 3}}, [1, 3], M),
    ({"every": {"every": {"gte": 1}}}, [[1], [2]], H),
    ({"every": 1}, {"a": 1}, U),
    ({"every": 1}, 1, U),
    ({"any": {"gte": 2}}, [1, 2], H),
    ({"any": {"gte": 3}}, [1, 2], M),
    ({"any": {"gte": 2}}, [None, 2], H),
    ({"any": {"gte": 3}}, [None, 2], U),
    ({"none": {"gte": 3}}, [1, 2], H),
    ({"none": {"gte": 2}}, [1, 2], M),
    ({"none": {"gte": 3}}, [None, 2], U),
    ({"none": {"gte": 2}}, [None, 2], M),
    ({"not": 5}, 6, H),
    ({"not": [5, 6]}, 6, M),
    ({"not": {"gte": 1, "lt": 3}}, 5, H),
    ({"any_of": [1, {"gte": 5}]}, 7, H),
    ({"any_of": [1, {"gte": 5}]}, 2, M),
    ({"any_of": [None, "x"]}, None, H),
    ({"all_of": [{"gte": 1}, {"lt": 5}]}, 3, H),
    ({"all_of": [{"gte": 1}, {"lt": 5}]}, 5, M),
]


@pytest.mark.parametrize(("matcher", "value", "expected"), CASES)
def test_combination(matcher: Any, value: object, expected: Truth) -> None:
    assert expected is truth(matcher, value)
