import pytest

from checker.board.onset import Onset
from checker.surfaces.causes.wording import clock, gap, listed, message, since
from tests.surfaces.causes.boards import NOON, outcome


def test_a_day_is_told_where_it_is_another() -> None:
    assert ("12:00:00", "2030-03-16 23:59:59") == (clock(NOON, NOON), clock(NOON - 43201, NOON))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (0.0, "at the same time"),
        (-0.04, "at the same time"),
        (-0.4, "400ms before"),
        (3.0, "3s after"),
        (125.4, "2m5s after"),
        (-7203.0, "2h before"),
        (-86400.0 * 9 - 7, "9d before"),
    ],
)
def test_a_gap(at: float, words: str) -> None:
    assert words == gap(NOON + at, NOON)


def test_a_gap_is_not_told_where_one_of_the_two_times_is_none() -> None:
    known, unknown = Onset(NOON, seen=True), Onset(NOON, seen=False)
    assert "since 12:00:00 (at the same time)" == since(known, known, NOON)
    assert "since 12:00:00" == since(known, unknown, NOON)
    assert "at least since 12:00:00" == since(unknown, known, NOON)


def test_names_are_bounded_and_harmless() -> None:
    assert "a, b\\x1b, c and 2 more" == listed(["a", "b\x1b", "c", "d", "e"])


def test_messages_too() -> None:
    told = message(outcome("a", message="\x1b[2J" + "long " * 100))
    assert told.startswith("\\x1b[2Jlong long")
    assert 240 == len(told)
