import re

import pytest

from checker.assertions.patterns import compile_pattern, searched


def test_a_pattern_is_searched_for() -> None:
    assert searched(compile_pattern("b+"), "abbc")
    assert searched(compile_pattern("^b"), "abbc") is None


def test_groups_are_bytes() -> None:
    assert "ü".encode() == searched(compile_pattern("gr(.)n"), "grün").group(1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(", "not a regular expression: missing ): ("),
        ("a{2000}", "not a regular expression: invalid repetition size: {2000}"),
        ("(a)\\1", "not a regular expression: invalid escape sequence: \\1"),
        ("((((a{999}){999}){999}){999})", "not a regular expression: "),
        ("\ud800", "not a regular expression: it is no valid Unicode"),
        (5, "a regular expression is a text"),
    ],
)
def test_what_is_no_pattern_is_refused(text: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        compile_pattern(text)


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="regular"):
        compile_pattern("(hunter2")
    assert ("", "") == capfd.readouterr()


def test_a_pattern_that_would_take_exponential_time_elsewhere() -> None:
    assert searched(compile_pattern("(a*)*b"), "a" * 200_000) is None
