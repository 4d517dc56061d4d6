"""What is a query, and what the functions in its filters say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.assertions.jsonpath import JsonPath, Nothing, compile_path


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
    path.find({"a": [1, "b"]})


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
