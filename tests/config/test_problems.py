"""How a problem is shown."""

import pytest

from checker.config.problems import (
    InvalidConfiguration,
    Place,
    Problem,
    Problems,
    Source,
    did_you_mean,
    nearest,
)
from checker.core.errors import ConfigurationError
from tests.config.loading import told

SHOWN = [
    ("plain", "interval: x", 11, "bad", "", "f.yaml:2:11: bad\n  2 | interval: x\n    |           ^"),
    ("hint", "interval: x", 1, "bad", "good", "f.yaml:2:1: bad\n  2 | interval: x\n    | ^ good"),
    ("tabs", "\ta:\tb", 5, "bad", "", "f.yaml:2:5: bad\n  2 |     a:    b\n    |           ^"),
    ("wide characters", "日本: x", 5, "bad", "", "f.yaml:2:5: bad\n  2 | 日本: x\n    |       ^"),
    ("combining characters", "e\u0301: x", 5, "bad", "", "f.yaml:2:5: bad\n  2 | e\u0301: x\n    |    ^"),
    (
        "control characters",
        "a: \x1b[31m\x07",
        4,
        "\x1b]0;bad\x07",
        "\u202ehint",
        "f.yaml:2:4: ·]0;bad·\n  2 | a: ·[31m·\n    |    ^ ·hint",
    ),
    ("beyond the end", "a", 9, "bad", "", "f.yaml:2:9: bad\n  2 | a\n    |  ^"),
    ("trailing blanks", "a   ", 1, "bad", "", "f.yaml:2:1: bad\n  2 | a\n    | ^"),
]


@pytest.mark.parametrize(("name", "line", "column", "message", "hint", "expected"), SHOWN)
def test_a_problem_is_shown_with_its_line_and_a_caret(
    name: str, line: str, column: int, message: str, hint: str, expected: str
) -> None:
    source = Source.of("f.yaml", f"first\n{line}\n")
    assert expected == str(Problem.at(Place(source, 2, column), message, hint))


@pytest.mark.parametrize(
    ("column", "before"), [(1, ""), (50, "x" * 49), (150, "…" + "x" * 50), (300, "…" + "x" * 50)]
)
def test_a_long_line_is_cut_around_the_caret(column: int, before: str) -> None:
    text = "x" * (column - 1) + "y" + "z" * (300 - column)
    _, shown, caret = str(Problem.at(Place(Source.of("f", text), 1, column), "bad")).split("\n")
    assert shown.startswith(f"  1 | {before}y")
    assert len(shown) <= len("  1 | ") + 102
    assert shown.endswith("…") == (column < 300)
    assert len(f"    | {before}") == caret.index("^")


def test_the_margin_is_as_wide_as_the_number() -> None:
    source = Source.of("f", "\n" * 99 + "a: b")
    assert "f:100:4: bad\n  100 | a: b\n      |    ^" == str(Problem.at(Place(source, 100, 4), "bad"))


def test_a_source_as_a_whole_has_no_line() -> None:
    assert "f.yaml: bad; good" == str(Problem.at(Place(Source("f.yaml")), "bad", "good"))
    assert "f.yaml: bad" == str(Problem.at(Place(Source("f.yaml")), "bad"))


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        (("a",), " (in a)"),
        (("a", "b", "c"), " (in a, b, c)"),
        (("a", "b", "c", "d", "e"), " (in a, b, c and 2 more)"),
    ],
)
def test_a_problem_names_the_probes_that_it_shows_in(probes: tuple[str, ...], expected: str) -> None:
    problem = Problem.at(Place(Source("f")), "bad").shown_in(probes)
    assert f"f: bad{expected}" == str(problem)


def test_lines_are_counted_as_the_parser_counts_them() -> None:
    source = Source.of("f", "a\r\nb\rc\x85d\u2028e\nf")
    assert ("a", "b", "c", "d", "e", "f") == source.lines
    assert ("f", "", "") == (source.line(6), source.line(7), source.line(0))


def test_problems_come_in_order_and_once() -> None:
    problems = Problems()
    one, two = Source.of("a", "x\ny\nz"), Source.of("b", "x")
    problems.add(Place(two, 1, 1), "fifth")
    problems.add(Place(one, 3, 1), "fourth")
    problems.add(Place(one, 2, 9), "third")
    problems.add(Place(one, 2, 1), "first")
    problems.add(Place(one, 2, 1), "second")
    problems.add(Place(one, 2, 1), "first")
    assert ["first", "second", "third", "fourth", "fifth"] == [problem.message for problem in problems]
    assert problems
    assert not Problems()


def test_a_problem_collects_the_probes_that_it_shows_in() -> None:
    problems = Problems()
    problem = Problem.at(Place(Source("f")), "bad")
    for name in ("a", "b", "a"):
        problems.note(problem.shown_in((name,)))
    assert [("a", "b")] == [each.probes for each in problems]
    problems.note(problem)
    assert [()] == [each.probes for each in problems]


def test_an_invalid_configuration_tells_all_of_them() -> None:
    problems = Problems()
    source = Source.of("f", "a\nb")
    problems.add(Place(source, 1, 1), "one")
    problems.add(Place(source, 2, 1), "two")
    error = InvalidConfiguration(problems)
    expected = """
        f:1:1: one
          1 | a
            | ^

        f:2:1: two
          2 | b
            | ^
    """
    assert told(expected) == str(error)
    assert ["one", "two"] == [problem.message for problem in error.problems]
    assert isinstance(error, ConfigurationError)


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("intervall", ["timeout", "interval"], "did you mean 'interval'?"),
        ("zzz", ["timeout", "interval"], "known here: interval, timeout"),
        ("zzz", [f"key{index}" for index in range(20)], ""),
        ("zzz", [], "there are none"),
        ("x" * 100_000, ["xx"], "known here: xx"),
    ],
)
def test_hints(word: str, known: list[str], expected: str) -> None:
    assert expected == nearest(word, known)


def test_no_word_is_near() -> None:
    assert "" == did_you_mean("zzz", ["interval"])
