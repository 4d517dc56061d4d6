"""The books notice what does not add up: a run too many, one too few, a verdict without a cause."""

from collections import Counter
from typing import Any

import pytest

from tests.soak.ledger import Told, against_metrics, against_target, exported, newer, slots, unasked

PROBE = "plain-0"


def told(**endings: int) -> Told:
    """Return a log with so many runs of each ending: `fail_timeout` is a result and its reason."""
    log = Told()
    for name, count in endings.items():
        result, _, reason = name.partition("_")
        for _ in range(count):
            log.take({"event": "run", "probe": PROBE, "result": result, "reason": reason or None})
    return log


def seen(**first: int) -> dict[str, Any]:
    return {PROBE: {"first": {name.replace("_", " "): count for name, count in first.items()}}}


@pytest.mark.parametrize(
    ("log", "target"),
    [
        (told(**{"pass": 3, "fail_server_error": 2}), seen(well=3, broken=1, away=1)),
        (told(**{"pass": 2, "fail_timeout": 2}), seen(well=3, hang=1)),
        (told(**{"pass": 3, "error_overloaded": 1}), seen(well=3)),
    ],
    ids=["as it was", "one was late", "one had no time to ask"],
)
def test_what_adds_up(log: Told, target: dict[str, Any]) -> None:
    assert [] == list(against_target(log, target, [PROBE]))


@pytest.mark.parametrize(
    ("log", "target", "problem"),
    [
        (told(**{"pass": 3}), seen(well=4), "3 runs, 4 requests"),
        (told(**{"pass": 4}), seen(well=3), "4 runs, 3 requests"),
        (told(**{"pass": 4}), seen(well=3, broken=1), "4 times pass, 3 causes for it"),
        (told(**{"pass": 3, "fail_reset": 1}), seen(well=4), "1 times fail reset, 0 causes for it"),
        (told(**{"pass": 4}), seen(well=3, hang=1), "0 runs ended for want of time, 1 requests were left"),
    ],
    ids=[
        "a lost run",
        "a run without a request",
        "a wrong pass",
        "a wrong failure",
        "a hang that nobody saw",
    ],
)
def test_what_does_not_add_up(log: Told, target: dict[str, Any], problem: str) -> None:
    assert any(problem in one for one in against_target(log, target, [PROBE]))


def test_the_legs_of_a_run_are_counted_too() -> None:
    log, legs = told(**{"pass": 3}), seen(well=3)
    legs[PROBE] |= {"second": {"well": 2}, "health": {"well": 1}}
    problems = " ".join(against_target(log, legs, [PROBE]))
    assert "3 runs, 1 shallow checks" in problems
    assert "3 good first steps, 2 second ones" in problems


def metrics(runs: int, skips: int) -> str:
    return (
        f'checker_probe_runs_total{{probe="{PROBE}",result="pass"}} {runs}\n'
        f'checker_probe_runs_total{{probe="{PROBE}",result="fail"}} 0\n'
        f'checker_probe_runs_skipped_total{{probe="{PROBE}"}} {skips}\n'
    )


def test_the_counters_are_held_against_the_log() -> None:
    log = told(**{"pass": 3})
    assert {PROBE: Counter({"pass": 3, "fail": 0})} == exported(metrics(3, 0))
    assert [] == list(against_metrics(log, metrics(3, 0), [PROBE]))
    assert [f"{PROBE}: the metrics have {{'pass': 2}}, the log {{'pass': 3}}"] == list(
        against_metrics(log, metrics(2, 0), [PROBE])
    )


def test_each_slot_is_a_run_or_counted_as_skipped() -> None:
    assert [] == list(slots(metrics(10, 1), metrics(26, 3), [PROBE], 19.2))
    assert [f"{PROBE}: 16 runs and 2 skipped, where 21.0 slots were"] == list(
        slots(metrics(10, 1), metrics(26, 3), [PROBE], 21.0)
    )


def test_only_what_was_seen_since_then_counts() -> None:
    later, earlier = seen(well=5, broken=1), seen(well=2, broken=1)
    assert {PROBE: {"first": Counter(well=3)}} == newer(later, earlier)
    assert 1 == unasked(told(**{"pass": 4}), newer(later, earlier), [PROBE])


def test_whatever_else_the_log_says_is_kept() -> None:
    log = told()
    for name in ("start", "internal", "log", "reload_failed"):
        log.take({"event": name})
    assert 3 == len(log.odd)
