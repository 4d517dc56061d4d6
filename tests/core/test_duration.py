import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.duration import format_duration, format_size, parse_duration, parse_percent, parse_size

TEN_YEARS = 10 * 365 * 86400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", 0.25),
        ("700ms", 0.7),
        ("0s", 0),
        ("30s", 30),
        ("1.5s", 1.5),
        ("5m", 300),
        ("1h", 3600),
        ("7d", 604800),
        ("1h30m", 5400),
        ("1m500ms", 60.5),
        ("3650d", TEN_YEARS),
    ],
)
def test_parse_duration(text: str, expected: float) -> None:
    assert expected == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "5 s",
            " 5s",
            "5s ",
            "5s\n",
            "5S",
            "5sec",
            "1e3s",
            ".5s",
            "5.s",
            "1,5s",
        ),
        *("5s-", "1h 30m", "nans", "infs", "5µs", "5us", "5w", "5y", "٣s", "1_000s"),
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=re.escape(f"{text!r} is not a duration; write a number and ms, s, m, h or d")
    ):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3651d", "3650d1ms", "9" * 400 + "s"])
def test_a_duration_has_a_longest(text: str) -> None:
    with pytest.raises(ValueError, match="is longer than ten years"):
        parse_duration(text)


UNITS = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
parts = st.lists(st.tuples(st.integers(0, 999), st.sampled_from(list(UNITS))), min_size=1, max_size=4)


@given(parts)
def test_a_sum_is_as_exact_as_a_float_can_be(several: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in several)
    assert float(sum(number * UNITS[unit] for number, unit in several)) == parse_duration(text)


@given(st.text(alphabet="0123456789.smhd ", max_size=8) | st.text(max_size=5))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds <= TEN_YEARS


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0ms"),
        (1e-9, "0ms"),
        (0.000_25, "0.25ms"),
        (0.038, "38ms"),
        (0.123_456, "123ms"),
        (0.9994, "999ms"),
        (0.999_51, "1s"),
        (0.9999, "1s"),
        (1.25, "1.25s"),
        (2.314, "2.31s"),
        (59.94, "59.9s"),
        (59.96, "1m"),
        (59.999, "1m"),
        (60, "1m"),
        (90, "1m30s"),
        (120, "2m"),
        (3599.6, "1h"),
        (5400, "1h30m"),
        (90_061, "1d1h"),
        (604_800, "7d"),
        (-5, "-5s"),
        (-0.0, "0ms"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (float("nan"), "nan"),
    ],
)
def test_format_duration(seconds: float, expected: str) -> None:
    assert expected == format_duration(seconds)


@given(st.floats(0.001, TEN_YEARS - 86400))
def test_what_is_formatted_can_be_parsed_and_is_near(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=0.05)


@given(st.integers(0, 59), st.sampled_from(["ms", "s", "m"]))
def test_whole_numbers_of_one_unit_survive(number: int, unit: str) -> None:
    expected = f"{number}{unit}" if number else "0ms"
    assert expected == format_duration(parse_duration(f"{number}{unit}"))


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_number_of_seconds_has_a_text(seconds: float) -> None:
    assert "e" not in format_duration(seconds).removesuffix("d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("512", 512),
        ("512B", 512),
        ("64KiB", 65536),
        ("1MiB", 1 << 20),
        ("2GiB", 2 << 30),
        ("007B", 7),
    ],
)
def test_parse_size(text: str, expected: int) -> None:
    assert expected == parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "KiB", "64KB", "64kib", "64 KiB", "1.5KiB", "-1", "1TiB", "٣B", "5\n", "9" * 5000]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not a size; write a number and B, KiB, MiB or GiB, such as 64KiB"
    ):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0B"),
        (512, "512B"),
        (1023, "1023B"),
        (1024, "1KiB"),
        (3500, "3.42KiB"),
        (1000 * 1024, "1000KiB"),
        (1023 * 1024, "1023KiB"),
        (1 << 20, "1MiB"),
        (1 << 40, "1024GiB"),
        (1 << 50, "1048576GiB"),
        (-5, "-5B"),
    ],
)
def test_format_size(size: int, expected: str) -> None:
    assert expected == format_size(size)


@given(st.integers(0, 1 << 60))
def test_a_formatted_size_is_near(size: int) -> None:
    match = re.fullmatch(r"([0-9.]+)(B|KiB|MiB|GiB)", format_size(size))
    assert match
    assert float(match[1]) * parse_size("1" + match[2]) == pytest.approx(size, rel=0.005)


@pytest.mark.parametrize(
    ("text", "expected"), [("99.5%", 0.995), ("0%", 0), ("100%", 1), ("99.999%", 0.99999)]
)
def test_parse_percent(text: str, expected: float) -> None:
    assert expected == parse_percent(text)


@pytest.mark.parametrize(
    "text", ["", "99.5", "%", "100.1%", "101%", "1000%", "-1%", "99,5%", "99.5 %", "٩%", "5%\n"]
)
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not a percentage; write a number from 0 to 100 and %, such as 99.5%"
    ):
        parse_percent(text)
