from dataclasses import replace

from checker.core.reason import Reason, Result, State
from checker.surfaces.causes.evidence import Happened
from checker.surfaces.web.detail import CauseView, Detail, detail
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
    assert ("engine-key", "probes/engine-key") == (first.probe, first.href)
    assert first.text.startswith("engine-key (service=catalogue) fails since 12:00:01")
    assert (
        CauseView("The platform’s own check passed meanwhile (12:00:55): it does not see this", "", "")
        == last
    )


def test_what_happened_beside_the_board_is_a_cause_too() -> None:
    board = rotated()
    happened = Happened(reloaded_at=NOON)
    words = [
        cause.text for cause in detail(board.probes["works-search"], board, Filter(), (), happened).causes
    ]
    assert words[-1].startswith("The configuration was reloaded")


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
        ("Down after", "3 failed runs in a row"),
        ("Up after", "2 passed runs in a row"),
        ("Objective", "99.95% available"),
        ("Runs", "6, of which 4 passed; 1 skipped"),
        ("Effects", "writes at its target"),
    ) == detail(board.probes["works-search"], board, Filter()).facts


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
    assert ("hits", "14", "3 values between 14 and 16") == (value.name, value.latest, value.words)
    assert value.trend


def test_ticks_tell_when_and_why() -> None:
    board = snapshot(view(last=outcome(), history=past("pm")))
    first, second = detail(board.probes["works-search"], board, Filter()).ticks
    assert (0, "2030-03-17 17:46:13 UTC: pass, 40ms") == (first.x, first.words)
    assert (5, "2030-03-17 17:46:28 UTC: fail (auth_rejected), 60ms") == (second.x, second.words)
    assert Reason.AUTH_REJECTED
    assert first.blocks != second.blocks
