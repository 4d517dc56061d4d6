"""One run as blackbox_exporter would tell it, held against the parsers of prometheus_client."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from checker.board.snapshot import ProbeView
from checker.core.outcome import StepOutcome
from checker.core.reason import Phase, Reason, Result, State
from checker.surfaces.blackbox import exposition
from tests.surfaces.samples import NOW, PHASES, failed, healthy, outcome, probe, step, trouble, view

Sample = tuple[str, tuple[tuple[str, str], ...]]


def told(shown: ProbeView) -> Mapping[Sample, float]:
    families = parse_text(exposition(shown, openmetrics=False))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def plain(shown: ProbeView) -> Mapping[str, float]:
    """Return the samples of blackbox_exporter's own names that have no labels."""
    return {
        name: value for (name, labels), value in told(shown).items() if name[:6] == "probe_" and not labels
    }


def phases(shown: ProbeView) -> Mapping[str, float]:
    found = told(shown).items()
    return {
        dict(labels)["phase"]: value
        for (name, labels), value in found
        if name[:11] == "probe_http_" and labels
    }


def ran(*steps: StepOutcome, result: Result = Result.PASS) -> ProbeView:
    return view(probe(), outcome(result=result, steps=steps))


ANSWER = {"status": 200, "http_version": "HTTP/1.1", "address": "127.0.0.1"}


def test_a_passed_run() -> None:
    seen = {
        "probe_success": 1.0,
        "probe_duration_seconds": 0.04,
        "probe_dns_lookup_time_seconds": 0.001,
        "probe_http_status_code": 200.0,
        "probe_http_ssl": 0.0,
        "probe_http_version": 1.1,
    }
    assert seen == plain(ran(step(facts=ANSWER)))


def test_the_phases_have_the_names_that_dashboards_know_and_add_up_over_the_steps() -> None:
    once = {"resolve": 0.001, "connect": 0.002, "tls": 0.004, "processing": 0.0305, "transfer": 0.0025}
    assert once == pytest.approx(phases(ran(step())))
    assert {name: 2 * spent for name, spent in once.items()} == pytest.approx(
        phases(ran(step(), step("open")))
    )


def test_a_phase_that_there_was_not_took_no_time() -> None:
    found = phases(ran(step(timings={Phase.CONNECT: 0.25})))
    assert {"resolve": 0.0, "connect": 0.25, "tls": 0.0, "processing": 0.0, "transfer": 0.0} == found


def test_over_tls() -> None:
    facts = {**ANSWER, "http_version": "HTTP/2", "tls": object(), "certificate": {"not_after": NOW + 60}}
    earlier = {**facts, "certificate": SimpleNamespace(not_after=NOW + 5.5)}
    seen = plain(ran(step(facts=facts), step("open", facts=earlier), step("last", facts=facts)))
    assert (1.0, 2.0, NOW + 5.5) == (
        seen["probe_http_ssl"],
        seen["probe_http_version"],
        seen["probe_ssl_earliest_cert_expiry"],
    )


def test_the_status_is_that_of_the_last_answer_and_not_of_a_clean_up() -> None:
    steps = (
        step(facts=ANSWER),
        step("open", Result.FAIL, facts={"status": 503}),
        step("clean-up", facts={"status": 204}, always=True),
    )
    seen = ran(*steps, result=Result.FAIL)
    assert (0.0, 503.0) == (plain(seen)["probe_success"], plain(seen)["probe_http_status_code"])
    assert 0.002 == pytest.approx(plain(seen)["probe_dns_lookup_time_seconds"])


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.REFUSED, 0.0),
        (Reason.TIMEOUT, 0.0),
        (Reason.TLS_EXPIRED, 0.0),
        (Reason.REDIRECT_LIMIT, None),
        (Reason.OVERLOADED, None),
    ],
)
def test_without_an_answer_the_status_is_0_and_without_knowing_it_is_absent(
    reason: Reason, status: float | None
) -> None:
    bad = step(result=reason.result, reason=reason, timings={Phase.CONNECT: 0.1})
    assert status == plain(ran(bad, result=reason.result)).get("probe_http_status_code")


@pytest.mark.parametrize("steps", [(), (step(result=Result.ERROR, timings={}),)])
def test_a_run_that_asked_nothing_says_nothing_of_the_target(steps: tuple[StepOutcome, ...]) -> None:
    shown = ran(*steps, result=Result.ERROR)
    assert {"probe_duration_seconds": 0.04} == plain(shown)
    assert {} == phases(shown)
    assert "checker_probe_success" not in exposition(shown, openmetrics=False)


@pytest.mark.parametrize(("result", "value"), [(Result.PASS, 1), (Result.DEGRADED, 1), (Result.FAIL, 0)])
def test_success(result: Result, value: int) -> None:
    assert value == plain(ran(step(), result=result))["probe_success"]


def test_another_kind_has_no_status_and_no_phases_of_http() -> None:
    shown = ran(step(kind="dns", timings={Phase.DNS: 0.25}))
    assert {
        "probe_success": 1.0,
        "probe_duration_seconds": 0.04,
        "probe_dns_lookup_time_seconds": 0.25,
    } == plain(shown)
    assert {} == phases(shown)


def test_before_the_first_run_there_is_nothing_of_blackboxs() -> None:
    assert {} == plain(view())


def test_the_checkers_own_gauges_are_there_and_no_counters() -> None:
    planned = probe(slo=0.995, labels={"env": "prod"}, depends_on=("a",), buckets=(1.0,))
    bad = step(result=Result.FAIL, reason=Reason.TLS_EXPIRED, facts={"certificate": {"not_after": NOW}})
    run = failed(steps=(bad,), values={"hits": 4.0}, shallow=healthy())
    shown = view(planned, run, state=State.DOWN, blocked_by=("a",), last_success=NOW)
    assert {
        "checker_probe_success",
        "checker_probe_state",
        "checker_probe_masked",
        "checker_probe_shallow_success",
        "checker_probe_failure",
        "checker_probe_last_duration_seconds",
        "checker_step_duration_seconds",
        "checker_step_phase_seconds",
        "checker_probe_value",
        "checker_probe_last_run_timestamp_seconds",
        "checker_probe_last_success_timestamp_seconds",
        "checker_certificate_not_after_timestamp_seconds",
        "checker_probe_interval_seconds",
        "checker_probe_timeout_seconds",
        "checker_probe_slo_objective_ratio",
        "checker_probe_info",
    } == {name for name, _ in told(shown) if name.startswith("checker_")}


@pytest.mark.parametrize("shown", trouble().probes.values(), ids=trouble().probes)
def test_both_formats_say_the_same_and_nothing_has_a_label_of_the_targets(shown: ProbeView) -> None:
    hostile = 'a{, "b"\nc{} {,'
    planned = probe(shown.probe.name, labels={"env": "prod", "team": "x"}, owner=hostile)
    shown = view(planned, shown.last, failure=shown.failure, state=shown.state)
    text, openmetrics = (exposition(shown, openmetrics=value) for value in (False, True))
    families = tuple(parse_text(text))
    strict = tuple(parse_openmetrics(openmetrics))  # type: ignore[no-untyped-call]  # untyped there
    samples = [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]
    assert samples == [(one.name, one.labels, one.value) for family in strict for one in family.samples]
    assert set() == {key for _, found, _ in samples for key in found} & {
        "probe",
        "env",
        "team",
        "instance",
        "job",
    }
    assert [hostile] == [found["owner"] for name, found, _ in samples if name == "checker_probe_info"]
    assert set(PHASES) >= {
        found["phase"] for name, found, _ in samples if name == "checker_step_phase_seconds"
    }
