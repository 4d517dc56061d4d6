import pytest

from checker.app import explaining as explaining_module
from checker.app.explaining import MOST, Explaining
from checker.board.board import Board
from checker.core.clock import Clock
from checker.core.reason import State
from checker.surfaces.causes.likely import causes
from checker.surfaces.own import Own
from tests.board.outcomes import FAIL, PASS, outcome, plan, planned


class Moment:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.clock = Clock(wall=lambda: self.now, monotonic=lambda: self.now)


def down(clock: Clock) -> Board:
    root, leaf = planned("root"), planned("leaf", depends_on=("root",))
    board = Board(plan(root, leaf), clock)
    board.record(root, outcome(FAIL, "root"))
    board.record(leaf, outcome(FAIL, "leaf"))
    return board


def test_what_goes_down_is_explained() -> None:
    moment = Moment()
    board = down(moment.clock)
    explaining = Explaining(board, Own(), moment.clock)
    leaf, root = (board.snapshot().probes[name] for name in ("leaf", "root"))
    assert (explaining.cause(State.UP, leaf) or "").startswith("It depends on root, which fails ")
    assert explaining.cause(State.UP, root) is None
    assert explaining.cause(State.DOWN, leaf) is None


def test_who_suffers_alike_is_no_explanation() -> None:
    moment = Moment()
    probes = [planned(name, labels={"service": name[0]}) for name in ("a1", "a2", "b1")]
    board = Board(plan(*probes), moment.clock)
    for probe in probes:
        board.record(probe, outcome(FAIL, probe.name))
    view = board.snapshot().probes["a1"]
    assert [True] == [cause.peers for cause in causes(view, board.snapshot())]
    assert Explaining(board, Own(), moment.clock).cause(State.UP, view) is None


def test_what_recovers_is_not() -> None:
    moment = Moment()
    board = down(moment.clock)
    for _ in range(2):
        board.record(board.snapshot().probes["leaf"].probe, outcome(PASS, "leaf"))
    assert Explaining(board, Own(), moment.clock).cause(State.DOWN, board.snapshot().probes["leaf"]) is None


def test_an_outage_of_everything_is_explained_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = Moment()
    board = down(moment.clock)
    leaf = board.snapshot().probes["leaf"]
    monkeypatch.setattr(explaining_module, "WIDE", 1)
    assert Explaining(board, Own(), moment.clock).cause(State.UP, leaf) is None


def test_when_many_go_down_at_once_only_a_few_are_explained_in_a_second() -> None:
    moment = Moment()
    board = down(moment.clock)
    explaining = Explaining(board, Own(), moment.clock)
    leaf = board.snapshot().probes["leaf"]
    assert [True] * MOST + [False] == [bool(explaining.cause(State.UP, leaf)) for _ in range(MOST + 1)]
    moment.now += 1.0
    assert explaining.cause(State.UP, leaf)
