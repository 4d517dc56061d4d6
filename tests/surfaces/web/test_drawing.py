import pytest

from checker.core.reason import Result
from checker.surfaces.web.drawing import RUNS, Strip, blocks, strip, trend
from tests.surfaces.samples import past


def test_a_strip_has_a_path_for_each_kind_of_result() -> None:
    assert Strip(
        (("fail", "M10 0h4v20h-4z"), ("pass", "M5 12h4v8h-4zM15 12h4v8h-4z")),
        "last 3 runs: 2 passed, 1 failed",
        20,
        20,
    ) == strip(past("pfp"), runs=4)


def test_only_the_latest_runs_are_drawn() -> None:
    drawn = strip(past("f" + "p" * RUNS))
    assert ["pass"] == [kind for kind, _ in drawn.paths]
    assert f"last {RUNS} runs: {RUNS} passed" == drawn.words


def test_results_differ_in_shape_and_not_by_colour_alone() -> None:
    shapes = {tuple(part[1:] for part in blocks(run)) for run in past("pdfem")}
    assert 5 == len(shapes)
    assert len(Result) + 1 == 5


def test_a_masked_failure_is_healthy_on_the_surface() -> None:
    (run,) = past("m")
    assert (("cap", 0, 5), ("fail", 7, 20)) == blocks(run)


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("", "no run yet"),
        ("p", "last 1 runs: 1 passed"),
        ("ppdfme", "last 6 runs: 2 passed, 1 degraded, 2 failed, 1 could not tell (1 masked)"),
    ],
)
def test_the_same_in_words(history: str, words: str) -> None:
    assert words == strip(past(history)).words


def test_a_trend_runs_from_left_to_right_and_up() -> None:
    assert "M1.0 18.0h0L40.0 10.0L79.0 2.0" == trend([0.0, 1.0, 2.0])


def test_a_trend_of_durations_starts_at_zero() -> None:
    assert "M1.0 10.0h0L79.0 2.0" == trend([1.0, 2.0])
    assert "M1.0 18.0h0L79.0 2.0" == trend([1.0, 2.0], low=1.0)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, float("nan")], [float("inf"), 1.0]])
def test_fewer_than_two_numbers_are_no_trend(values: list[float]) -> None:
    assert "" == trend(values)


def test_what_is_no_number_is_a_gap_and_a_lone_number_a_dot() -> None:
    nan, inf = float("nan"), float("inf")
    assert "M1.0 18.0h0M40.0 10.0h0M79.0 2.0h0" == trend([0.0, nan, 1.0, inf, 2.0])
    assert "M20.5 18.0h0L40.0 10.0M79.0 2.0h0" == trend([nan, 0.0, 1.0, nan, 2.0])


def test_a_flat_line_is_flat() -> None:
    assert "M1.0 18.0h0L79.0 18.0" == trend([0.0, 0.0])
    assert "M1.0 18.0h0L79.0 18.0" == trend([5.0, 5.0], low=5.0)
