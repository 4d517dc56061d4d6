from dataclasses import replace

import pytest

from checker.board import board as board_module
from checker.board.board import Board
from checker.board.history import FAILURES, RUNS, EvidenceBudget
from checker.board.onset import Onset
from checker.board.snapshot import ProbeView
from checker.core.clock import Clock
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.engine.plan import PlannedProbe
from tests.board.outcomes import DEGRADED, ERROR, FAIL, PASS, outcome, plan, planned


class Moment:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.clock = Clock(wall=lambda: self.now)


def board(*probes: PlannedProbe, moment: Moment | None = None) -> Board:
    return Board(plan(*(probes or (planned(),))), (moment or Moment()).clock)


def view(of: Board, name: str = "a") -> ProbeView:
    return of.snapshot().probes[name]


def record(to: Board, *results: Result, probe: PlannedProbe | None = None) -> None:
    probe = probe or planned()
    for result in results:
        to.record(probe, outcome(result, probe.name))


def test_before_the_first_run_everything_is_there_at_zero() -> None:
    probe = planned(buckets=(0.1, 1.0))
    expected = ProbeView(
        probe=probe,
        state=State.PENDING,
        since=1000.0,
        last=None,
        failure=None,
        failures=(),
        history=[],
        runs={PASS: 0, DEGRADED: 0, FAIL: 0, ERROR: 0},
        failure_counts={},
        skipped=0,
        duration_sum=0.0,
        duration_buckets=(0, 0),
        last_success=None,
        blocked_by=(),
    )
    seen = view(board(probe))
    assert expected == seen._replace(history=list(seen.history))


def test_runs_are_counted_by_result_and_failures_by_reason() -> None:
    kept = board()
    record(kept, PASS, PASS, DEGRADED, FAIL, FAIL, FAIL, ERROR)
    seen = view(kept)
    assert {PASS: 2, DEGRADED: 1, FAIL: 3, ERROR: 1} == seen.runs
    assert {Reason.SERVER_ERROR: 3, Reason.INTERNAL: 1} == seen.failure_counts
    assert 7 * 0.5 == seen.duration_sum


def test_durations_are_counted_in_cumulative_buckets() -> None:
    probe = planned(buckets=(0.1, 0.5, 2.0))
    kept = board(probe)
    for duration in (0.05, 0.5, 1.0, 9.0):
        kept.record(probe, replace(outcome(), duration=duration))
    assert (1, 2, 3) == view(kept).duration_buckets


def test_skipped_slots_are_counted() -> None:
    kept = board()
    before = kept.snapshot()
    kept.skipped(planned())
    kept.skipped(planned(), 41)
    kept.skipped(planned("unknown"))
    assert 42 == view(kept).skipped
    assert 0 == before.probes["a"].skipped


def test_a_state_has_its_own_age() -> None:
    moment = Moment()
    kept = board(moment=moment)
    ages = []
    for result in (PASS, FAIL, FAIL, FAIL, PASS, PASS):
        moment.now += 10
        record(kept, result)
        ages.append((view(kept).state.value, view(kept).since))
    assert [
        ("up", 1010.0),
        ("up", 1010.0),
        ("down", 1030.0),
        ("down", 1030.0),
        ("down", 1030.0),
        ("up", 1060.0),
    ] == ages


def test_the_policy_is_the_probes_own() -> None:
    probe = planned(fail_after=1, recover_after=1)
    kept = board(probe)
    states = []
    for result in (PASS, FAIL, PASS):
        record(kept, result, probe=probe)
        states.append(view(kept).state)
    assert [State.UP, State.DOWN, State.UP] == states


def test_the_latest_success_is_of_the_latest_good_run() -> None:
    kept = board()
    for number, result in enumerate((PASS, DEGRADED, FAIL, ERROR)):
        kept.record(planned(), outcome(result, started_at=100.0 + number))
    assert 101.0 == view(kept).last_success


def test_the_latest_failure_is_kept_until_the_probe_is_up_again() -> None:
    kept = board()
    told = []
    for result in (PASS, FAIL, PASS, ERROR, FAIL, FAIL, PASS, DEGRADED, PASS, PASS):
        record(kept, result)
        failure = view(kept).failure
        told.append((view(kept).state.value, failure and failure.result.value))
    assert [
        ("up", None),
        ("up", "fail"),
        ("up", None),
        ("up", "error"),
        ("up", "fail"),
        ("down", "fail"),
        ("down", "fail"),
        ("degraded", "fail"),
        ("degraded", "fail"),
        ("up", None),
    ] == told


def test_failures_are_kept_longer_than_successes() -> None:
    kept = board()
    for number in range(FAILURES + 2):
        kept.record(planned(), outcome(FAIL, started_at=float(number), evidence=10))
    record(kept, *[PASS] * (RUNS + 1))
    seen = view(kept)
    assert [float(number) for number in range(2, FAILURES + 2)] == [one.started_at for one in seen.failures]
    assert all(one.steps[0].exchanges for one in seen.failures)
    assert {PASS} == {run.result for run in seen.history}
    assert RUNS == len(seen.history)


def test_the_last_run_keeps_its_evidence_unless_it_passed() -> None:
    kept = board()
    seen = []
    for result in Result:
        kept.record(planned(), outcome(result, evidence=10))
        last = view(kept).last
        assert last
        seen.append((result, bool(last.steps[0].exchanges)))
    assert [(PASS, False), (DEGRADED, True), (FAIL, True), (ERROR, True)] == seen


def evidence(view_: ProbeView) -> list[bool]:
    return [bool(one.steps[0].exchanges) for one in view_.failures]


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget for the evidence of three failures."""
    monkeypatch.setattr(board_module, "EvidenceBudget", lambda: EvidenceBudget(3 * 2100))


@pytest.mark.usefixtures("tight")
def test_the_oldest_evidence_of_all_probes_goes_when_it_grows_too_much() -> None:
    probes = planned("a"), planned("b")
    kept = board(*probes)
    for probe in (probes[0], probes[1], probes[0], probes[1]):
        kept.record(probe, outcome(FAIL, probe.name, evidence=1500))
    assert ([False, True], [True, True]) == (evidence(view(kept, "a")), evidence(view(kept, "b")))


@pytest.mark.usefixtures("tight")
def test_evidence_that_is_larger_than_all_may_be_is_not_kept_at_all() -> None:
    kept = board()
    kept.record(planned(), outcome(FAIL, evidence=100_000))
    seen = view(kept)
    assert [False] == evidence(seen)
    assert seen.failures[0] is seen.last is seen.failure


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("end", ["removed", "changed", "replaced by the next runs"])
def test_evidence_that_is_gone_makes_room(end: str) -> None:
    """Degraded runs fill the budget; where they still counted, an older failure would lose its evidence."""
    probes = [planned(name) for name in "ab"]
    kept = board(*probes, planned("d"))
    kept.record(planned("d"), outcome(FAIL, "d", evidence=1500))
    for probe in probes:
        kept.record(probe, outcome(DEGRADED, probe.name, evidence=1500))
    if end == "removed":
        kept.replace(plan(planned("d")))
    elif end == "changed":
        kept.replace(plan(*(replace(probe, fingerprint="2") for probe in probes), planned("d")))
    else:
        for probe in probes:
            record(kept, PASS, probe=probe)
    for _ in range(2):
        kept.record(planned("d"), outcome(FAIL, "d", evidence=1500))
    assert [True, True, True] == evidence(view(kept, "d"))


def test_masked_is_of_the_last_run() -> None:
    kept = board()
    seen = []
    for result, healthy in ((FAIL, True), (FAIL, False), (PASS, True), (FAIL, None)):
        kept.record(planned(), outcome(result, healthy=healthy))
        seen.append(view(kept).masked)
    assert [True, False, False, None] == seen


def test_a_snapshot_is_made_once_until_something_changes() -> None:
    kept = board()
    first = kept.snapshot()
    assert first is kept.snapshot()
    record(kept, PASS)
    second = kept.snapshot()
    assert first is not second
    assert (State.PENDING, State.UP) == (first.probes["a"].state, second.probes["a"].state)


def test_a_snapshot_does_not_change_with_the_board() -> None:
    kept = board()
    record(kept, FAIL)
    seen = view(kept)
    record(kept, FAIL, ERROR)
    assert {PASS: 0, DEGRADED: 0, FAIL: 1, ERROR: 0} == seen.runs
    assert {Reason.SERVER_ERROR: 1} == seen.failure_counts
    assert 1 == len(seen.history)
    with pytest.raises(AttributeError):
        seen.skipped = 1  # type: ignore[misc]


def test_a_snapshot_has_the_probes_in_the_order_of_the_plan_and_its_label_keys() -> None:
    kept = Board(plan(planned("b"), planned("a"), label_keys=("env",)), Moment().clock)
    record(kept, PASS, probe=planned("b"))
    snapshot = kept.snapshot()
    assert ["b", "a"] == list(snapshot.probes)
    assert ("env",) == snapshot.label_keys
    assert 1000.0 == snapshot.taken_at


def test_a_listener_hears_of_each_run_until_it_ends_that() -> None:
    kept = board()
    heard: list[tuple[State, State, Outcome | None]] = []
    end = kept.subscribe(lambda before, after: heard.append((before, after.state, after.last)))
    first, second = outcome(PASS), outcome(FAIL)
    kept.record(planned(), first)
    kept.record(planned(), second)
    end()
    record(kept, FAIL)
    assert [(State.PENDING, State.UP, first), (State.UP, State.UP, second)] == heard


CHAIN = (
    planned("account"),
    planned("database", depends_on=("account",)),
    planned("api", depends_on=("cache", "database")),
    planned("cache"),
    planned("page", depends_on=("api", "left out")),
)


def blocked(kept: Board) -> dict[str, tuple[str, ...]]:
    return {name: seen.blocked_by for name, seen in kept.snapshot().probes.items() if seen.blocked}


def test_what_is_down_blocks_all_that_depends_on_it_also_by_others() -> None:
    kept = board(*CHAIN)
    record(kept, FAIL, probe=CHAIN[0])
    assert {"database": ("account",), "api": ("account",), "page": ("account",)} == blocked(kept)
    record(kept, PASS, PASS, probe=CHAIN[0])
    assert {} == blocked(kept)


def test_the_nearest_of_what_blocks_comes_first() -> None:
    kept = board(*CHAIN)
    for probe in (CHAIN[0], CHAIN[2], CHAIN[3]):
        record(kept, FAIL, probe=probe)
    assert ("api", "cache", "account") == view(kept, "page").blocked_by


@pytest.mark.parametrize("result", [PASS, DEGRADED, ERROR])
def test_only_what_is_down_blocks(result: Result) -> None:
    kept = board(*CHAIN)
    record(kept, result, result, probe=CHAIN[0])
    assert {} == blocked(kept)


def test_dependencies_that_go_round_in_a_circle_are_walked_once() -> None:
    """A configuration with a circle is refused; should one get here, the board still ends."""
    circle = planned("a", depends_on=("b",)), planned("b", depends_on=("a",))
    kept = board(*circle)
    record(kept, FAIL, probe=circle[0])
    assert {"a": ("a",), "b": ("a",)} == blocked(kept)


def test_a_probe_that_stays_as_it_was_keeps_everything() -> None:
    kept = board()
    record(kept, PASS, FAIL, FAIL)
    before = view(kept)
    relabelled = planned(labels={"env": "prod"})
    kept.replace(plan(relabelled, planned("b")))
    seen = view(kept)
    assert before._replace(probe=relabelled) == seen
    assert ["a", "b"] == list(kept.snapshot().probes)
    record(kept, PASS)
    assert State.DOWN is view(kept).state


def test_a_probe_that_changed_begins_anew_but_keeps_what_is_counted_by_its_name() -> None:
    moment = Moment()
    kept = board(moment=moment)
    record(kept, PASS, FAIL, FAIL)
    moment.now += 5
    kept.replace(plan(planned(fingerprint="2")))
    seen = view(kept)
    assert (State.PENDING, 1005.0, None, None) == (seen.state, seen.since, seen.last, seen.failure)
    assert {PASS: 1, DEGRADED: 0, FAIL: 2, ERROR: 0} == seen.runs
    assert (3, 2) == (len(seen.history), len(seen.failures))


def test_a_run_that_began_before_a_change_is_not_held_against_what_is_new() -> None:
    kept = board()
    kept.replace(plan(planned(fingerprint="2")))
    record(kept, FAIL, probe=planned())
    record(kept, FAIL, probe=planned("removed"))
    assert State.PENDING is view(kept).state


def test_other_buckets_begin_to_count_anew() -> None:
    """A histogram whose buckets do not belong to its count would be wrong for ever."""
    kept = board(planned(buckets=(0.1, 1.0)))
    record(kept, PASS, PASS, probe=planned(buckets=(0.1, 1.0)))
    kept.replace(plan(planned(buckets=(0.5,))))
    seen = view(kept)
    assert ((0,), 0, 0.0) == (seen.duration_buckets, sum(seen.runs.values()), seen.duration_sum)
    assert State.UP is seen.state
    record(kept, PASS)
    assert (1,) == view(kept).duration_buckets


def test_a_removed_probe_disappears_and_blocks_nobody() -> None:
    kept = board(*CHAIN)
    record(kept, FAIL, probe=CHAIN[0])
    kept.replace(plan(*CHAIN[1:]))
    assert {} == blocked(kept)
    assert "account" not in kept.snapshot().probes


def test_masked_counts_from_the_first_of_the_masked_runs_in_a_row() -> None:
    moment = Moment()
    kept = board(moment=moment)
    seen = []
    for second, (result, healthy) in enumerate(
        [(PASS, True), (FAIL, True), (FAIL, True), (FAIL, None), (FAIL, True), (PASS, True)]
    ):
        moment.now = 1000.0 + second
        kept.record(planned(), outcome(result, healthy=healthy))
        seen.append(view(kept).masked_since)
    assert [None, 1001.0, 1001.0, None, 1004.0, None] == seen


def test_the_onset_is_the_first_run_that_went_wrong_as_the_last_one_does() -> None:
    kept, seen = board(), []
    for second, result in enumerate([FAIL, ERROR, PASS, DEGRADED, DEGRADED, FAIL, ERROR, DEGRADED, PASS]):
        kept.record(planned(), outcome(result, started_at=100.0 + second))
        onset = view(kept).onset
        seen.append(onset and (onset.at - 100, onset.seen))
    assert [(0, False), (0, False), None, (3, True), (3, True), (5, True), (5, True), (7, True), None] == seen


def test_a_change_of_a_probe_is_known_and_is_not_the_onset_of_what_was_wrong_before() -> None:
    moment = Moment()
    kept = board(moment=moment)
    assert view(kept).redefined_at is None
    kept.record(planned(), outcome(FAIL, started_at=100.0))
    moment.now = 2000.0
    changed = planned(fingerprint="a 2")
    kept.replace(plan(changed))
    kept.record(changed, outcome(FAIL, started_at=2001.0))
    assert (2000.0, Onset(100.0, seen=False)) == (view(kept).redefined_at, view(kept).onset)
    kept.replace(plan(replace(changed, owner="ours")))
    assert 2000.0 == view(kept).redefined_at


def test_masked_outlives_a_reload_that_changes_nothing() -> None:
    moment = Moment()
    kept = board(moment=moment)
    kept.record(planned(), outcome(FAIL, healthy=True))
    moment.now = 2000.0
    kept.replace(plan(planned(owner="ours")))
    assert (1000.0, "ours") == (view(kept).masked_since, view(kept).probe.owner)
    kept.replace(plan(planned(fingerprint="a 2")))
    assert view(kept).masked_since is None
