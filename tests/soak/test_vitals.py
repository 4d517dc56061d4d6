"""What grows is seen, what swings is not."""

from dataclasses import replace

import pytest

from tests.soak.vitals import Census, leaked, most_growth, settled, slope

BEFORE = Census(1000, 10, 1 << 20, 3, 500_000, 10 << 20, {"serve": 1}, {"dict": 100})


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


def test_what_fills_up_at_first_is_not_held_against_it() -> None:
    points = [(runs, min(runs, 5000) * 100.0) for runs in range(0, 20_000, 100)]
    assert 0 == slope(settled(points)) < slope(points[:100])


def test_a_small_object_that_stays_with_each_run_is_too_much() -> None:
    """The fewer the runs, the less can be told from the system's steps; what Python has allocated tells it then."""
    long = [(runs, runs * 60.0) for runs in range(0, 750_000, 1000)]
    assert slope(settled(long)) > 3 * most_growth(settled(long), 15.0)
    short = [(runs, runs * 60.0) for runs in range(0, 9000, 100)]
    assert slope(settled(short)) < most_growth(settled(short), 15.0)
    assert list(leaked(BEFORE, replace(BEFORE, runs=20_000, blocks=519_000)))


def test_nothing_has_leaked() -> None:
    after = replace(BEFORE, runs=2000, timers=5, blocks=500_500, used=12 << 20, objects={"dict": 185})
    assert [] == list(leaked(BEFORE, after))


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (replace(BEFORE, descriptors=11), "11 descriptors, 10 before"),
        (replace(BEFORE, timers=6), "6 timers, 3 before"),
        (replace(BEFORE, tasks={"serve": 1, "run": 2}), "tasks {'run': 2}, before {'serve': 1}"),
        (replace(BEFORE, objects={"dict": 176}), "176 objects of dict, 100 before"),
        (
            replace(BEFORE, runs=751_000, blocks=500_000 + 750_000 // 10, objects={}),
            "575000 blocks of Python's, 500000 before",
        ),
        (
            replace(BEFORE, runs=751_000, used=(10 << 20) + 750_000 * 10),
            "17985760 bytes of the C library's, 10485760 before",
        ),
        (
            replace(BEFORE, runs=751_000, resident=(1 << 20) + 750_000 * 60),
            "46048576 bytes in memory, 1048576 before",
        ),
    ],
    ids=[
        "descriptors",
        "timers",
        "tasks",
        "objects",
        "a text in ten runs",
        "10 bytes a run",
        "60 bytes a run",
    ],
)
def test_what_has_leaked(after: Census, problem: str) -> None:
    assert [problem] == list(leaked(BEFORE, after))
