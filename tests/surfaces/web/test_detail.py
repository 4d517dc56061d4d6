from dataclasses import replace

import pytest

from checker.core.reason import Reason, Result, State
from checker.surfaces.causes.evidence import Cause, Happened
from checker.surfaces.web.detail import Detail, _cause, detail
from checker.surfaces.web.drawing import RUN_WIDTH
from checker.surfaces.web.filters import Filter
from tests.surfaces.causes.boards import NOON, rotated
from tests.surfaces.samples import (
    NOW,
    failed,
    outcome,
    past,
    probe,
    snapshot,
    trouble,
    view,
)


def shown(name: str) -> Detail:
    board = trouble()
    return detail(board.probes[name], board, Filter(), ("a notice",))


def test_the_head_of_the_page() -> None:
    page = shown("works-search")
    assert "works-search: masked - checker" == page.title
    assert "A real search returns real works, and its first hit can be opened." == page.description
    assert (
        "The credentials were refused: rotated, revoked, outdated, or without the permission."
        == page.reason_meaning
    )
    assert ("a notice",) == page.notices


def test_a_probe_that_is_up_needs_no_explanation() -> None:
    assert "" == shown("works-cdn").reason_meaning


def test_likely_causes_lead_to_the_probes_that_they_are_from() -> None:
    board = rotated()
    first, *_, last = detail(board.probes["works-search"], board, Filter()).causes
    assert ("engine-key", "probes/engine-key") == first.parts[0]
    assert first.text.startswith("engine-key (service=catalogue) fails since 12:00:01")
    assert (False, True) == (first.peers, last.peers)
    assert (
        ("Also failing with server_error, since 12:00:02: ", ""),
        ("images-search", "probes/images-search"),
        (" (labels in common)", ""),
    ) == last.parts


@pytest.mark.parametrize(
    ("names", "text", "parts"),
    [
        (["a", "b"], "2 have it: a, b", ["2 have it: ", "<a>", ", ", "<b>"]),
        (["b.c/d"], "x-b.c/d, b.c/d and b.c/d", ["x-b.c/d, ", "<b.c/d>", " and b.c/d"]),
        (["a", "a-b"], "a-b before a", ["<a-b>", " before ", "<a>"]),
        (["gone"], "nobody is named", ["nobody is named"]),
        ([], "nobody is named", ["nobody is named"]),
    ],
)
def test_names_are_found_where_they_stand_alone(names: list[str], text: str, parts: list[str]) -> None:
    shown = _cause(Cause(text, next(iter(names), None), also=tuple(names[1:])))
    assert parts == [f"<{text}>" if href else text for text, href in shown.parts]
    assert {f"probes/{name}" for name in names if name in text} == {href for _, href in shown.parts if href}


def test_what_happened_beside_the_board_is_a_cause_too() -> None:
    board = rotated()
    happened = Happened(reloaded_at=NOON)
    words = [
        cause.text for cause in detail(board.probes["works-search"], board, Filter(), (), happened).causes
    ]
    assert words[-2].startswith("The configuration was reloaded")


def test_the_settings() -> None:
    board = snapshot(
        view(
            probe(interval=300.0, slo=0.9995, fail_after=3, writes=True),
            outcome(),
            runs={Result.PASS: 3, Result.DEGRADED: 1, Result.FAIL: 2},
            skipped=1,
        )
    )
    assert (
        ("Every", "5m"),
        ("Timeout", "10s"),
        ("Down after", "3 failed runs in a row; the first run after a start decides alone"),
        ("Up after", "2 passed runs in a row"),
        ("Objective", "99.95% available"),
        ("Runs", "6, of which 4 passed; 1 skipped"),
        ("Effects", "writes at its target"),
    ) == detail(board.probes["works-search"], board, Filter()).facts


@pytest.mark.parametrize(
    ("failing", "words"), [(None, "15s"), (15.0, "15s"), (5.0, "15s; 5s while its runs fail")]
)
def test_how_often_it_runs_while_its_runs_fail(failing: float | None, words: str) -> None:
    board = snapshot(view(probe(interval=15.0, interval_on_failure=failing)))
    assert ("Every", words) in detail(board.probes["works-search"], board, Filter()).facts


def test_one_failed_run_may_be_enough() -> None:
    board = snapshot(view(probe(fail_after=1)))
    assert ("Down after", "1 failed run") in detail(board.probes["works-search"], board, Filter()).facts


def test_an_objective_that_is_round() -> None:
    board = snapshot(view(probe(slo=1.0)))
    assert ("Objective", "100% available") in detail(board.probes["works-search"], board, Filter()).facts


def test_a_probe_without_a_run() -> None:
    page = shown("heartbeat")
    assert (None, (), (), ()) == (page.last, page.failures, page.values, page.ticks)
    assert ("", "between 0ms and 0ms") == (page.durations.trend, page.durations.words)


def test_the_last_run_is_not_told_twice() -> None:
    last, earlier, earliest = failed(), failed(started_at=NOW - 60), failed(started_at=NOW - 90)
    board = snapshot(view(last=last, state=State.DOWN, failures=(earliest, earlier, last)))
    page = detail(board.probes["works-search"], board, Filter())
    assert ["1 min", "1 min"] == [one.at.age for one in page.failures]
    assert ["2030-03-17T17:45:40Z", "2030-03-17T17:45:10Z"] == [one.at.iso for one in page.failures]
    assert page.last
    assert "12 s" == page.last.at.age


def test_captured_values_over_time() -> None:
    history = past("pppp", hits=10.0)
    history = (replace(history[0], values={"hits": float("nan")}), *history[1:])
    board = snapshot(view(last=outcome(), history=history))
    (value,) = detail(board.probes["works-search"], board, Filter()).values
    words = "16 at first, between 14 and 16, in 3 of 4 runs"
    assert ("hits", "14", words) == (value.name, value.latest, value.words)
    assert value.trend.startswith("M200.3 2.0h0L")


@pytest.mark.parametrize(
    ("number", "shown"),
    [(4711.0, "4711"), (1234567.0, "1234567"), (0.123456789, "0.123457"), (1e20, "1e+20")],
)
def test_a_value_that_never_changes(number: float, shown: str) -> None:
    history = tuple(replace(run, values={"hits": number}) for run in past("pp"))
    board = snapshot(view(last=outcome(), history=history))
    (value,) = detail(board.probes["works-search"], board, Filter()).values
    assert (shown, f"{shown} at first, never another, in 2 of 2 runs", "") == (
        value.latest,
        value.words,
        value.trend,
    )


def test_evidence_of_failures_can_be_taken_away() -> None:
    last, earlier = failed(), failed(started_at=NOW - 60)
    bare = failed(started_at=NOW - 90, steps=())
    board = snapshot(view(probe("works/prod"), last, state=State.DOWN, failures=(bare, earlier, last)))
    page = detail(board.probes["works/prod"], board, Filter())
    assert page.last
    assert "probes/works/prod/failures/2030-03-17T17:46:28.000Z.har" == page.last.har
    assert ["probes/works/prod/failures/2030-03-17T17:45:40.000Z.har", ""] == [
        one.har for one in page.failures
    ]
    degraded = snapshot(view(last=outcome(result=Result.DEGRADED, steps=failed().steps)))
    last_run = detail(degraded.probes["works-search"], degraded, Filter()).last
    assert last_run
    assert "" == last_run.har


def test_durations_are_below_their_runs() -> None:
    board = snapshot(view(last=outcome(), history=past("pp")))
    page = detail(board.probes["works-search"], board, Filter())
    assert page.durations.trend.startswith("M578.4 ")
    assert [28 * RUN_WIDTH, 29 * RUN_WIDTH] == [tick.x for tick in page.ticks]


def test_the_words_below_the_runs_are_about_all_that_are_drawn() -> None:
    board = snapshot(view(last=outcome(), history=past("p" * 20 + "f" * 40)))
    page = detail(board.probes["works-search"], board, Filter())
    assert (60, "last 60 runs: 20 passed, 40 failed") == (len(page.ticks), page.strip_words)


def test_ticks_tell_when_and_why() -> None:
    board = snapshot(view(last=outcome(), history=past("pm")))
    first, second = detail(board.probes["works-search"], board, Filter()).ticks
    assert (140, "2030-03-17 17:46:13 UTC: pass, 40ms") == (first.x, first.words)
    assert (145, "2030-03-17 17:46:28 UTC: fail (auth_rejected), 60ms") == (second.x, second.words)
    assert Reason.AUTH_REJECTED
    assert first.blocks != second.blocks
