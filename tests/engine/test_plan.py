from pathlib import Path

import pytest

from checker.app.wiring import wire
from checker.config.load import load
from checker.core.clock import Clock
from checker.core.reason import Severity
from checker.engine.plan import LATEST_FIRST_RUN, Plan, left_out
from checker.secrets.store import SecretStore

CHECKS = """\
version: 1
server: {max_in_flight: 7}
probes:
  rich:
    description: All that may be said
    labels: {team: a}
    interval: 1m
    timeout: 20s
    cleanup_timeout: 3s
    interval_on_failure: 5s
    fail_after: 3
    recover_after: 4
    severity: page
    owner: a
    runbook: https://example.org/rich
    slo: {availability: 99.5%}
    depends_on: [bare]
    metrics: basic
    buckets: [100ms, 1s]
    shallow: {http: {url: "http://127.0.0.1:9/health"}}
    steps:
      - {step: first, timeout: 2s, http: {url: "http://127.0.0.1:9/"}, capture: {id: {json: $.id}}}
      - {step: last, always: true, http: {url: "http://127.0.0.1:9/${id}", method: DELETE}}
  bare: {labels: {env: test}, http: {url: "http://127.0.0.1:9/"}}
  beside: {runs_on: sidecar, http: {url: "http://127.0.0.1:9/"}}
  anywhere: {runs_on: any, http: {url: "http://127.0.0.1:9/", method: POST}}
"""


def planned(path: Path, role: str = "sentinel") -> Plan:
    path.write_text(CHECKS)
    return wire(load(str(path), {}), SecretStore({}), role=role, clock=Clock()).plan


def test_a_step_inspects_where_its_kind_does(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    path.write_text('{version: 1, probes: {a: {aws_identity: {}}, b: {http: {url: "http://127.0.0.1:9/"}}}}')
    probes = wire(load(str(path), {}), SecretStore({}), role="sentinel", clock=Clock()).plan.probes
    assert [True, False] == [step.inspects for probe in probes.values() for step in probe.steps]


def test_everything_that_is_configured_is_planned(tmp_path: Path) -> None:
    rich = planned(tmp_path / "checks.yaml").probes["rich"]
    assert (60.0, 20.0, 3.0, 5.0) == (
        rich.interval,
        rich.timeout,
        rich.cleanup_timeout,
        rich.interval_on_failure,
    )
    assert (3, 4, 0.995, (0.1, 1.0)) == (rich.fail_after, rich.recover_after, rich.slo, rich.buckets)
    assert (Severity.PAGE, "a", "https://example.org/rich") == (rich.severity, rich.owner, rich.runbook)
    assert ("All that may be said", {"team": "a"}) == (rich.description, rich.labels)
    assert (("bare",), True, False) == (rich.depends_on, rich.writes, rich.full_metrics)
    assert rich.shallow
    assert [("first", 2.0, False), ("last", None, True)] == [
        (step.name, step.timeout, step.always) for step in rich.steps
    ]
    assert frozenset({"id"}) == rich.steps[1].needs


def test_a_step_tells_its_kind_which_facts_it_speaks_of(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    path.write_text("""\
version: 1
probes:
  a:
    http: {url: "http://127.0.0.1:9/"}
    expect: {headers: {x-a: b}, timings: {dns: {lt: 1s}}}
    warn: {latency: {lt: 1s}}
    capture: {id: {json: $.id}}
    poll: {every: 1s, within: 2s, stop_if: {body: {contains: failed}}}
""")
    plan = wire(load(str(path), {}), SecretStore({}), role="sentinel", clock=Clock()).plan
    (step,) = plan.probes["a"].steps
    assert {"status", "headers", "timings", "latency", "json", "body"} == step.asked
    assert {"status", "headers", "timings"} == step.asserted


def test_a_plan_has_one_set_of_label_keys_and_the_limit(tmp_path: Path) -> None:
    plan = planned(tmp_path / "checks.yaml")
    assert (("env", "team"), 7) == (plan.label_keys, plan.max_in_flight)


def test_offsets_are_within_the_interval_and_the_same_after_a_restart(tmp_path: Path) -> None:
    first, second = (planned(tmp_path / "checks.yaml").probes for _ in range(2))
    for name, probe in first.items():
        assert 0 <= probe.offset < probe.interval
        assert 0 <= probe.first_delay < min(probe.interval, LATEST_FIRST_RUN)
        assert (second[name].offset, second[name].first_delay) == (probe.offset, probe.first_delay)
        assert second[name].fingerprint == probe.fingerprint
    assert len(first) == len({probe.offset for probe in first.values()})


@pytest.mark.parametrize(
    ("role", "expected"),
    [("sentinel", ["rich", "bare", "anywhere"]), ("sidecar", ["bare", "beside", "anywhere"])],
)
def test_a_role_runs_what_is_its_own(tmp_path: Path, role: str, expected: list[str]) -> None:
    assert expected == list(planned(tmp_path / "checks.yaml", role).probes)


def test_says_why_a_probe_is_left_out(tmp_path: Path) -> None:
    planned(tmp_path / "checks.yaml")
    probes = {probe.name: probe for probe in load(str(tmp_path / "checks.yaml"), {}).probes}
    assert "writes, and every sidecar would repeat it" == left_out(probes["rich"], "sidecar")
    assert "runs on a sidecar" == left_out(probes["beside"], "sentinel")
    assert left_out(probes["bare"], "sidecar") is None
