"""What is said of the contents of texts, lists and objects."""

from typing import Any

import pytest

from checker.core.outcome import Truth
from tests.assertions.facts import truth

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

CASES: list[tuple[Any, object, Truth]] = [
    ({"contains": "b"}, "abc", H),
    ({"contains": "x"}, "abc", M),
    ({"contains": 5}, "a5", U),
    ({"contains": 2}, [1, 2], H),
    ({"contains": 3}, [1, 2], M),
    ({"contains": 1}, [True], M),
    ({"contains": "a"}, {"a": 1}, U),
    ({"not_contains": "x"}, "abc", H),
    ({"not_contains": "b"}, "abc", M),
    ({"not_contains": 3}, [1, 2], H),
    ({"starts_with": "ab"}, "abc", H),
    ({"starts_with": "b"}, "abc", M),
    ({"starts_with": "a"}, ["a"], U),
    ({"ends_with": "bc"}, "abc", H),
    ({"ends_with": "b"}, "abc", M),
    ({"matches": "^[a-z0-9]{8}$"}, "a2239muq", H),
    ({"matches": "^[a-z0-9]{8}$"}, "a2239muq\n", M),
    ({"matches": "239"}, "a2239muq", H),
    ({"matches": "(?i)A"}, "a", H),
    ({"matches": "ü"}, "grün", H),
    ({"matches": "5"}, 5, U),
    ({"matches": "x"}, "\ud800", U),
    ({"not_matches": "x"}, "\ud800", U),
    ({"not_matches": "[0-9]"}, "abc", H),
    ({"not_matches": "[0-9]"}, "a1", M),
    ({"includes": {"a": 1}}, {"a": 1, "b": 2}, H),
    ({"includes": {"a": 2}}, {"a": 1, "b": 2}, M),
    ({"includes": {"c": 2}}, {"a": 1, "b": 2}, M),
    ({"includes": [2]}, [1, 2], H),
    ({"includes": [3]}, [1, 2], M),
    ({"includes": {"a": 1}}, [{"a": 1}], U),
]


@pytest.mark.parametrize(("matcher", "value", "expected"), CASES)
def test_contents(matcher: Any, value: object, expected: Truth) -> None:
    assert expected is truth(matcher, value)
