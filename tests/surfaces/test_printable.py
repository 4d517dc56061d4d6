import pytest

from checker.surfaces.printable import block, body, line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢字 🙂", "plain é 漢字 🙂"),
        ("two\nlines", r"two\nlines"),
        ("\r\n\t", r"\r\n\t"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("\x00\x7f", r"\x00\x7f"),
        ("abc\u202ecba", r"abc\u202ecba"),
        ("a\u2028b\u2066c\ufeff", r"a\u2028b\u2066c\ufeff"),
        ("half \ud800 of a pair", r"half \ud800 of a pair"),
        ("", ""),
    ],
)
def test_a_line_shows_what_is_not_plainly_visible(text: str, shown: str) -> None:
    assert shown == line(text)


def test_a_block_keeps_its_layout_and_nothing_else() -> None:
    assert "a\n\tb\nc\\x1b\\rd" == block("a\n\tb\r\nc\x1b\rd")


def test_a_body_is_text() -> None:
    assert '{"a":\n1}' == body(b'{"a":\n1}')


def test_a_body_that_is_not_utf8_is_shown_as_far_as_it_can_be() -> None:
    assert "a\ufffdb" == body(b"a\xffb")


def test_a_binary_body_is_not_shown() -> None:
    assert "(4 bytes that are no text)" == body(b"\x89P\x00G")


def test_a_long_body_says_how_much_is_missing() -> None:
    assert "aaaa\n… (6 more bytes)" == body(b"a" * 10, limit=4)
