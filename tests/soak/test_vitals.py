"""What grows is seen, what swings is not."""

from dataclasses import replace

import pytest

from tests.soak.vitals import Census, leaked, slope

BEFORE = Census(1000, 10, 1 << 20, 3, {"serve": 1}, {"dict": 100})


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(0, 5), (1, 7), (2, 9)], 2.0),
        ([(0, 5), (1, 5), (2, 500), (3, 5), (4, 5)], 0.0),
        ([(number, number % 2) for number in range(2000)], 0.0),
        ([(1, 1)], 0.0),
        ([], 0.0),
    ],
    ids=["steady", "one peak", "a swing", "one point", "none"],
)
def test_the_slope_of_points(points: list[tuple[float, float]], expected: float) -> None:
    assert expected == pytest.approx(slope(points), abs=0.01)


def test_nothing_has_leaked() -> None:
    assert [] == list(leaked(BEFORE, replace(BEFORE, runs=2000, timers=5, objects={"dict": 185})))


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (replace(BEFORE, descriptors=11), "11 descriptors, 10 before"),
        (replace(BEFORE, timers=6), "6 timers, 3 before"),
        (replace(BEFORE, tasks={"serve": 1, "run": 2}), "tasks {'run': 2}, before {'serve': 1}"),
        (replace(BEFORE, objects={"dict": 176}), "176 objects of dict, 100 before"),
    ],
    ids=["descriptors", "timers", "tasks", "objects"],
)
def test_what_has_leaked(after: Census, problem: str) -> None:
    assert [problem] == list(leaked(BEFORE, after))
