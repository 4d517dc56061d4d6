"""Patterns for what becomes of a value; what strikes them out, and what does not, is in test_redaction.py."""

import re
from base64 import b64encode

import pytest

from checker.secrets.spellings import SHORTEST, forms, spellings, usual

TOKEN = "eyJhbGciOi.J-IUzI1_NiJ9"


@pytest.mark.parametrize("text", [TOKEN, "a b&c/d é☃ then-a-run"])
def test_an_anchor_is_in_all_that_its_pattern_matches(text: str) -> None:
    matched = 0
    encoded = (
        text.encode(),
        text.encode("utf-16-le"),
        *(b64encode(b"x" * n + text.encode()) for n in range(3)),
    )
    for form in forms(text):
        for data in encoded:
            found = re.search(form.pattern, data)
            assert found is None or form.anchor in found[0]
            matched += bool(found)
    assert matched >= len(encoded)


def test_a_value_without_a_run_of_letters_has_no_anchor() -> None:
    assert b"" == next(forms("&&ab&&")).anchor


def test_a_long_value_comes_in_pieces_none_of_which_is_too_short() -> None:
    value = "x" * (512 * 2 + SHORTEST - 1)
    assert {512, 512 + SHORTEST - 1} == {
        len(form.anchor) for form in forms(value) if form.anchor in value.encode()
    }


def test_the_usual_spellings_begin_with_the_longest() -> None:
    lengths = [len(text) for text in usual('a&"b')]
    assert sorted(lengths, reverse=True) == lengths
    assert {'a&"b', "a%26%22b", 'a&\\"b', "a&amp;&quot;b"} == set(usual('a&"b'))


def test_a_plain_character_has_one_spelling() -> None:
    assert spellings("a1") == b"a1"
    assert re.fullmatch(spellings("&"), b"%2526")
