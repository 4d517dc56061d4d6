"""Config → Plan: everything that can be worked out before the first run.

Expectations are compiled, kinds have prepared their steps, names are resolved, offsets are fixed. Running a
probe then only does what differs from run to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from checker.assertions.capture import Capture
from checker.assertions.evaluate import Assertion
from checker.assertions.subjects import Subject
from checker.config.configuration import Config, Poll, ProbeConfig, Retry, StepConfig
from checker.core.reason import Severity
from checker.kinds.contract import Kind, Observe

NO_RETRY = Retry()

LATEST_FIRST_RUN = 10.0
"""Seconds after the start within which every probe without side effects has run once."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, ready to run."""

    name: str
    kind: str
    observe: Observe
    expect: tuple[Assertion, ...] = ()
    warn: tuple[Assertion, ...] = ()
    captures: tuple[Capture, ...] = ()
    timeout: float | None = None
    poll: Poll | None = None
    retry: Retry = NO_RETRY
    always: bool = False
    needs: frozenset[str] = frozenset()  # captures that its spec refers to
    asked: frozenset[str] = frozenset()  # facts that it speaks of
    asserted: frozenset[str] = frozenset()  # those that its expectations speak of
    secrets: frozenset[str] = frozenset()  # that it refers to, by name
    inspects: bool = False  # asks what a target runs on, and is no user's path itself


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """One probe, ready to run. Times are in seconds.

    `fingerprint` is equal for two plans' probes that would behave the same: a reload keeps the state,
    counters and schedule of those.
    """

    name: str
    steps: tuple[PlannedStep, ...]
    fingerprint: str
    interval: float = 30.0
    timeout: float = 10.0
    cleanup_timeout: float = 5.0
    interval_on_failure: float | None = None
    fail_after: int = 2
    recover_after: int = 2
    offset: float = 0.0  # of its slots on the wall clock's grid, 0 <= offset < interval
    first_delay: float = 0.0  # from the start to the first run: hash(name) × min(interval, 10 s)
    shallow: PlannedStep | None = None
    depends_on: tuple[str, ...] = ()
    writes: bool = False
    runs_on: str = "any"
    labels: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = Severity.TICKET
    owner: str = ""
    runbook: str = ""
    description: str = ""
    slo: float | None = None  # objective as a ratio
    buckets: tuple[float, ...] = ()  # of the duration histogram; empty: a summary
    full_metrics: bool = True  # phases too


@dataclass(frozen=True, slots=True)
class Plan:
    """All probes of a configuration, in its order, and the one set of label keys that they share.

    Without `scheduled`, a probe runs only when somebody asks for it.
    """

    probes: Mapping[str, PlannedProbe]
    label_keys: tuple[str, ...] = ()
    max_in_flight: int = 100
    scheduled: bool = True


def plan(config: Config, kinds: Mapping[str, Kind[Any]], role: str = "sentinel") -> Plan:
    """Prepare every probe that `role` (sidecar or sentinel) runs."""
    return Plan(
        probes={probe.name: _probe(probe, kinds) for probe in config.probes if left_out(probe, role) is None},
        label_keys=tuple(sorted({key for probe in config.probes for key in probe.labels})),
        max_in_flight=config.server.max_in_flight,
        scheduled=config.server.schedule,
    )


def left_out(probe: ProbeConfig, role: str) -> str | None:
    """Return why a role does not run a probe, or None if it does."""
    if probe.runs_on in ("any", role):
        return None
    if probe.runs_on == "sentinel" and probe.effects == "writes":
        return "writes, and every sidecar would repeat it"
    return f"runs on a {probe.runs_on}"


def _probe(probe: ProbeConfig, kinds: Mapping[str, Kind[Any]]) -> PlannedProbe:
    spread = _spread(probe.name)
    return PlannedProbe(
        name=probe.name,
        steps=tuple(_step(step, kinds) for step in probe.steps),
        shallow=_step(probe.shallow, kinds) if probe.shallow else None,
        fingerprint=probe.fingerprint,
        interval=probe.interval,
        timeout=probe.timeout,
        cleanup_timeout=probe.cleanup_timeout,
        interval_on_failure=probe.interval_on_failure,
        fail_after=probe.fail_after,
        recover_after=probe.recover_after,
        offset=spread * probe.interval,
        first_delay=spread * min(probe.interval, LATEST_FIRST_RUN),
        depends_on=probe.depends_on,
        writes=probe.effects == "writes",
        runs_on=probe.runs_on,
        labels=probe.labels,
        severity=probe.severity,
        owner=probe.owner,
        runbook=probe.runbook,
        description=probe.description,
        slo=probe.slo,
        buckets=probe.buckets,
        full_metrics=probe.metrics == "full",
    )


def _spread(name: str) -> float:
    """Return a number from 0 to 1, always the same for a name, so that a restart does not move the load."""
    return int.from_bytes(sha256(name.encode()).digest()[:6]) / 2**48


def _step(step: StepConfig, kinds: Mapping[str, Kind[Any]]) -> PlannedStep:
    return PlannedStep(
        name=step.name,
        kind=step.kind,
        observe=kinds[step.kind].prepare(step.spec),
        expect=step.expect,
        warn=step.warn,
        captures=step.captures,
        timeout=step.timeout,
        poll=step.poll,
        retry=step.retry,
        always=step.always,
        needs=step.needs,
        asked=_asked(step),
        asserted=frozenset(_fact_of(assertion.subject) for assertion in step.expect),
        secrets=step.secrets,
        inspects=kinds[step.kind].inspects,
    )


def _asked(step: StepConfig) -> frozenset[str]:
    """Return the names of the facts that expectations, warnings, captures and the end of a poll speak of."""
    assertions = (*step.expect, *step.warn, *(step.poll.stop_if if step.poll else ()))
    subjects = [assertion.subject for assertion in assertions]
    subjects += [capture.selector.subject for capture in step.captures]
    return frozenset(map(_fact_of, subjects))


def _fact_of(subject: Subject) -> str:
    return subject.text.partition(".")[0]
