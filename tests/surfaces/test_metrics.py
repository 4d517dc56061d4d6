from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from checker.board.snapshot import ProbeView
from checker.core.outcome import ShallowOutcome
from checker.core.reason import Phase, Reason, Result, Severity, State
from checker.surfaces.exposition import Exposition
from checker.surfaces.metrics import families, number
from checker.surfaces.own import Own
from tests.surfaces.samples import (
    NOW,
    failed,
    healthy,
    outcome,
    planned_step,
    probe,
    snapshot,
    step,
    unhealthy,
    view,
)

ERROR = outcome(result=Result.ERROR, step="http", reason=Reason.SECRET_UNAVAILABLE, message="no", steps=())


def exported(*views: ProbeView, name: str) -> list[str]:
    """All samples of one name, without the name and the label that all of them have."""
    board = snapshot(*views)
    shown = "".join(Exposition().pieces(board, families(board), Own(), openmetrics=False))
    lines = [line for line in shown.splitlines() if line.startswith(f"{name}{{")]
    return [
        line.removeprefix(name).replace('{probe="works-search"', "{").replace("{,", "{") for line in lines
    ]


@pytest.mark.parametrize(
    ("shown", "samples"),
    [
        (view(), []),
        (view(last=outcome()), ["{} 1"]),
        (view(last=outcome(result=Result.DEGRADED)), ["{} 1"]),
        (view(last=failed()), ["{} 0"]),
        (view(last=ERROR), []),
    ],
    ids=["pending", "pass", "degraded", "fail", "error"],
)
def test_success_is_absent_where_nothing_is_known(shown: ProbeView, samples: list[str]) -> None:
    assert samples == exported(shown, name="checker_probe_success")


@pytest.mark.parametrize("state", list(State))
def test_exactly_one_state_is_1(state: State) -> None:
    values = {
        line.split('"')[1]: line[-1] for line in exported(view(state=state), name="checker_probe_state")
    }
    assert {each.value: "1" if each is state else "0" for each in State} == values


@pytest.mark.parametrize(
    ("shallow", "deep", "masked", "believed"),
    [
        (None, Result.FAIL, [], []),
        (ShallowOutcome(None, "could not tell", 0.1), Result.FAIL, [], []),
        (healthy(), Result.FAIL, ["{} 1"], ["{} 1"]),
        (healthy(), Result.PASS, ["{} 0"], ["{} 1"]),
        (healthy(), Result.ERROR, ["{} 0"], ["{} 1"]),
        (unhealthy(), Result.FAIL, ["{} 0"], ["{} 0"]),
    ],
)
def test_masked_needs_a_shallow_verdict(
    shallow: ShallowOutcome | None, deep: Result, masked: list[str], believed: list[str]
) -> None:
    shown = view(last=outcome(result=deep, shallow=shallow))
    assert masked == exported(shown, name="checker_probe_masked")
    assert believed == exported(shown, name="checker_probe_shallow_success")


def test_blocked() -> None:
    assert ["{} 0"] == exported(view(), name="checker_probe_blocked")
    assert ["{} 1"] == exported(view(blocked_by=("aws-account",)), name="checker_probe_blocked")


def test_the_failure_outlives_the_run_that_it_happened_in() -> None:
    shown = view(last=outcome(), failure=failed())
    assert ['{step="search",reason="auth_rejected"} 1'] == exported(shown, name="checker_probe_failure")
    assert [] == exported(view(last=outcome()), name="checker_probe_failure")


def test_a_failure_between_steps_has_an_empty_step() -> None:
    shown = view(last=failed(step=None, reason=None))
    assert ['{step="",reason=""} 1'] == exported(shown, name="checker_probe_failure")


def test_runs_count_from_zero() -> None:
    assert [f'{{result="{result}"}} 0' for result in Result] == exported(
        view(runs={}), name="checker_probe_runs_total"
    )


def test_counters() -> None:
    shown = view(
        runs={Result.PASS: 7, Result.FAIL: 2}, skipped=3, failure_counts={Reason.TIMEOUT: 1, Reason.DNS: 1}
    )
    assert [
        '{result="pass"} 7',
        '{result="degraded"} 0',
        '{result="fail"} 2',
        '{result="error"} 0',
    ] == exported(shown, name="checker_probe_runs_total")
    assert ["{} 3"] == exported(shown, name="checker_probe_runs_skipped_total")
    assert ['{reason="dns"} 1', '{reason="timeout"} 1'] == exported(
        shown, name="checker_probe_failures_total"
    )


def test_durations_are_a_summary() -> None:
    shown = view(last=outcome(), runs={Result.PASS: 3, Result.ERROR: 1}, duration_sum=1.25)
    assert ["{} 1.25"] == exported(shown, name="checker_probe_duration_seconds_sum")
    assert ["{} 4"] == exported(shown, name="checker_probe_duration_seconds_count")
    assert [] == exported(shown, name="checker_probe_duration_seconds_bucket")


def test_one_probe_with_buckets_makes_all_durations_histograms() -> None:
    """A family has one type; a probe without buckets of its own has the one that every histogram has."""
    own_buckets = view(
        probe(buckets=(0.5, 1, 10)), runs={Result.PASS: 9}, duration_buckets=(4, 6, 8), duration_sum=20
    )
    assert ['{le="0.5"} 4', '{le="1.0"} 6', '{le="10.0"} 8', '{le="+Inf"} 9'] == exported(
        own_buckets, name="checker_probe_duration_seconds_bucket"
    )
    assert ["{} 20"] == exported(own_buckets, name="checker_probe_duration_seconds_sum")
    without = view(probe("plain"), runs={Result.PASS: 2})
    lines = exported(own_buckets, without, name="checker_probe_duration_seconds_bucket")
    assert '{probe="plain",le="+Inf"} 2' == lines[-1]


def test_what_the_board_counted_beyond_the_buckets_is_left_to_infinity() -> None:
    shown = view(probe(buckets=(0.5,)), runs={Result.PASS: 9}, duration_buckets=(4, 9))
    assert ['{le="0.5"} 4', '{le="+Inf"} 9'] == exported(shown, name="checker_probe_duration_seconds_bucket")


def test_a_failing_last_run() -> None:
    shown = view(last=failed(), last_success=NOW - 100)
    assert ["{} 0.041"] == exported(shown, name="checker_probe_last_duration_seconds")
    assert [f"{{}} {NOW - 12!r}"] == exported(shown, name="checker_probe_last_run_timestamp_seconds")
    assert [f"{{}} {NOW - 100!r}"] == exported(shown, name="checker_probe_last_success_timestamp_seconds")


@pytest.mark.parametrize(
    "name",
    [
        "checker_probe_last_duration_seconds",
        "checker_probe_last_run_timestamp_seconds",
        "checker_probe_last_success_timestamp_seconds",
        "checker_probe_value",
        "checker_step_duration_seconds",
        "checker_step_phase_seconds",
        "checker_certificate_not_after_timestamp_seconds",
        "checker_probe_masked",
        "checker_probe_shallow_success",
    ],
)
def test_nothing_is_said_about_a_run_before_the_first(name: str) -> None:
    assert [] == exported(view(), name=name)


def test_steps_and_phases() -> None:
    timings = {Phase.WAIT: 0.25, Phase.DNS: 0.125}
    skipped = step("clean-up", skipped="no token was ever captured", timings={})
    shown = view(last=outcome(steps=(step("search", duration=0.5, timings=timings), skipped)))
    assert ['{step="search"} 0.5'] == exported(shown, name="checker_step_duration_seconds")
    assert ['{step="search",phase="dns"} 0.125', '{step="search",phase="wait"} 0.25'] == exported(
        shown, name="checker_step_phase_seconds"
    )


def test_basic_metrics_have_no_phases() -> None:
    shown = view(probe(full_metrics=False), outcome())
    assert [] == exported(shown, name="checker_step_phase_seconds")
    assert 1 == len(exported(shown, name="checker_step_duration_seconds"))


def test_captured_values() -> None:
    shown = view(last=outcome(values={"hits": 12.0, "age": float("nan"), "deep": float("inf")}))
    assert ['{capture="age"} NaN', '{capture="deep"} +Inf', '{capture="hits"} 12.0'] == exported(
        shown, name="checker_probe_value"
    )


@pytest.mark.parametrize(
    ("certificate", "samples"),
    [
        (SimpleNamespace(not_after=1.5e9), ['{step="http"} 1500000000.0']),
        ({"not_after": 1.5e9}, ['{step="http"} 1500000000.0']),
        (None, []),
        ({}, []),
        ("a text", []),
    ],
)
def test_certificates_that_have_expired_are_exported_too(certificate: object, samples: list[str]) -> None:
    facts: Mapping[str, object] = {"certificate": certificate}
    shown = view(last=failed(steps=(step(result=Result.FAIL, facts=facts),)))
    assert samples == exported(shown, name="checker_certificate_not_after_timestamp_seconds")


def test_settings() -> None:
    shown = view(probe(interval=15.0, timeout=10.0, slo=0.995))
    assert ["{} 15.0"] == exported(shown, name="checker_probe_interval_seconds")
    assert ["{} 10.0"] == exported(shown, name="checker_probe_timeout_seconds")
    assert ["{} 0.995"] == exported(shown, name="checker_probe_slo_objective_ratio")
    assert [] == exported(view(), name="checker_probe_slo_objective_ratio")


def test_info() -> None:
    steps = (planned_step("a"), planned_step("b", "dns"), planned_step("c"))
    planned = probe(severity=Severity.PAGE, owner="catalogue", runbook="https://example.org/r")
    shown = view(
        type(planned)("works-search", steps, "f", severity=Severity.PAGE, owner="catalogue", runbook="r")
    )
    assert ['{severity="page",kind="http,dns",owner="catalogue",runbook="r"} 1'] == exported(
        shown, name="checker_probe_info"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "1"),
        (False, "0"),
        (3, "3"),
        (0.1, "0.1"),
        (1e-9, "1e-09"),
        (1e22, "1e+22"),
        (float("-inf"), "-Inf"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert text == number(value)
