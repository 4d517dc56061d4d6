import pytest

from checker.board.snapshot import ProbeView
from checker.core.reason import Result, Severity, State
from checker.surfaces.web.marks import MEANINGS, Mark, mark_of, urgency
from tests.surfaces.samples import failed, masked_view, outcome, probe, unhealthy, view


@pytest.mark.parametrize(
    ("shown", "mark"),
    [
        (view(), Mark.PENDING),
        (view(last=outcome()), Mark.UP),
        (view(last=outcome(result=Result.DEGRADED), state=State.DEGRADED), Mark.DEGRADED),
        (view(last=failed(shallow=None), state=State.DOWN), Mark.DOWN),
        (view(last=failed(shallow=unhealthy()), state=State.DOWN), Mark.DOWN),
        (view(last=outcome(result=Result.ERROR), state=State.UNKNOWN), Mark.UNKNOWN),
        (masked_view(), Mark.MASKED),
        (masked_view(state=State.UP), Mark.MASKED),
        (masked_view(blocked_by=("login",)), Mark.BLOCKED),
        (masked_view(blocked_by=("login",), state=State.UP), Mark.BLOCKED),
        (view(last=failed(shallow=None), blocked_by=("login",)), Mark.UP),
        (view(last=failed(shallow=None), state=State.DOWN, blocked_by=("login",)), Mark.BLOCKED),
        (view(blocked_by=("login",)), Mark.BLOCKED),
        (view(last=outcome(), blocked_by=("login",)), Mark.UP),
    ],
    ids=[
        "before the first run",
        "up",
        "degraded",
        "down without a claim",
        "down, and the platform says so",
        "the checker cannot tell",
        "the platform says healthy",
        "masked from the first failed run on",
        "masked, but the cause is elsewhere",
        "masked since a moment ago, but the cause is elsewhere",
        "failed once, and its dependency is down",
        "down, but the cause is elsewhere",
        "waiting, and its dependency is down",
        "up although its dependency is down",
    ],
)
def test_the_mark(shown: ProbeView, mark: Mark) -> None:
    assert mark is mark_of(shown)


def test_every_mark_has_a_word_and_a_meaning() -> None:
    assert set(Mark) == set(MEANINGS)
    assert ["Masked", "Down", "Unknown", "Degraded", "Blocked", "Pending", "Up"] == [
        mark.word for mark in Mark
    ]


def test_the_worst_and_most_severe_comes_first_and_equals_by_name() -> None:
    page = Severity.PAGE
    shown = [
        (Mark.UP, view(probe("d"), outcome("d"))),
        (Mark.UP, view(probe("c"), failed("c", shallow=None))),
        (Mark.DOWN, view(probe("b"))),
        (Mark.DOWN, view(probe("z", severity=page))),
        (Mark.DOWN, view(probe("a"))),
        (Mark.MASKED, view(probe("y"))),
    ]
    ordered = sorted(shown, key=lambda pair: urgency(*pair))
    assert ["y", "z", "a", "b", "c", "d"] == [one.probe.name for _, one in ordered]
