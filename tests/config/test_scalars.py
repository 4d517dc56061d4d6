"""Texts to values, the way of YAML 1.2."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.config.scalars import canonical_scalar, core_scalar, tagged_scalar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("", None), ("null", None), ("Null", None), ("NULL", None), ("~", None), ("nULL", "nULL")),
        *(("true", True), ("True", True), ("TRUE", True), ("false", False), ("tRUE", "tRUE"), ("yes", "yes")),
        *(("0", 0), ("-1", -1), ("+7", 7), ("007", 7), ("0o10", 8), ("0xfF", 255), ("0b1", "0b1")),
        *(
            ("1.", 1.0),
            (".5", 0.5),
            ("-1.5e-3", -0.0015),
            ("1e3", 1000.0),
            ("1e", "1e"),
            (".", "."),
            ("+", "+"),
        ),
        *((".inf", math.inf), ("-.INF", -math.inf), ("1.2.3", "1.2.3"), ("1:30", "1:30"), ("٣", "٣")),
    ],
)
def test_core_schema(text: str, expected: Any) -> None:
    assert (type(expected), expected) == (type(core_scalar(text)), core_scalar(text))


def test_not_a_number() -> None:
    assert all(math.isnan(float(str(core_scalar(text)))) for text in (".nan", ".NaN", ".NAN"))


@pytest.mark.parametrize("text", ["9" * 401, "-" + "1" * 5000, "1" * 300 + "." + "1" * 300])
def test_long_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is too long; quote it"):
        core_scalar(text)


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("!", "1", "1"),
        ("str", "1", "1"),
        ("int", "0x10", 16),
        ("float", "1", 1.0),
        ("bool", "true", True),
        ("null", "", None),
    ],
)
def test_tags(tag: str, text: str, expected: Any) -> None:
    found = tagged_scalar(tag if tag == "!" else f"tag:yaml.org,2002:{tag}", text)
    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("tag:yaml.org,2002:int", "1.5", "'1.5' is not what its tag !!int says"),
        ("tag:yaml.org,2002:bool", "yes", "'yes' is not what its tag !!bool says"),
        ("tag:yaml.org,2002:binary", "aGk=", "there is no tag 'tag:yaml.org,2002:binary' here"),
        (
            "!secret",
            "x",
            "there is no tag '!secret' here; known are !!str, !!int, !!float, !!bool and !!null",
        ),
    ],
)
def test_tags_that_do_not_fit(tag: str, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        tagged_scalar(tag, text)


def test_the_float_of_a_huge_integer_is_infinite() -> None:
    assert math.inf == tagged_scalar("tag:yaml.org,2002:float", "9" * 350)


@given(
    st.text(max_size=30)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.sampled_from(["true", "false", "null", "1.0", "-0", "1e5"])
)
def test_a_canonical_scalar_reads_back_as_the_same_text(text: str) -> None:
    value = canonical_scalar(text)
    if isinstance(value, bool):
        assert text == str(value).lower()
    elif value != text:
        assert text == repr(value)


@given(st.text(max_size=450))
def test_any_text_is_a_scalar_or_refused(text: str) -> None:
    try:
        core_scalar(text)
    except ValueError as error:
        assert "too long" in str(error)  # noqa: PT017 - whether it raises is up to the text
