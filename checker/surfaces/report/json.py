"""`run --format json`: the machine-readable report, version 1. Its keys are public contract."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from checker.core.outcome import StepOutcome, Verdict
from checker.core.reason import Phase, Result
from checker.surfaces.report.finished import Finished, rfc3339

VERSION = 1


def report(runs: Iterable[Finished], started_at: float, duration: float) -> dict[str, Any]:
    """Return the report. `started_at` in seconds since the epoch, `duration` of the whole in seconds."""
    return {
        "version": VERSION,
        "started_at": rfc3339(started_at),
        "duration_seconds": seconds(duration),
        "probes": [run_report(run) for run in runs],
    }


def run_report(run: Finished) -> dict[str, Any]:
    """Return one probe of the report."""
    outcome = run.outcome
    silent = outcome.result is Result.PASS
    return {
        "probe": outcome.probe,
        "labels": dict(run.probe.labels),
        "result": outcome.result.value,
        "state": run.state.value,
        "masked": outcome.masked,
        "step": None if silent else outcome.step,
        "reason": None if silent else outcome.reason,
        "message": None if silent else outcome.message,
        "duration_seconds": seconds(outcome.duration),
        "values": numbers(outcome.values),
        "steps": [step_report(step) for step in outcome.steps],
    }


def step_report(step: StepOutcome) -> dict[str, Any]:
    """Return one step of a probe of the report."""
    return {
        "step": step.step,
        "kind": step.kind,
        "result": step.result.value,
        "reason": step.reason,
        "message": step.message,
        "duration_seconds": seconds(step.duration),
        "timings": timings(step.timings),
        "assertions": [assertion_report(verdict) for verdict in step.assertions],
    }


def assertion_report(verdict: Verdict) -> dict[str, str]:
    """Return one assertion of a step of the report."""
    return {
        "subject": verdict.subject,
        "operator": verdict.operator,
        "expected": verdict.expected,
        "seen": verdict.seen,
        "verdict": verdict.verdict.value,
    }


def timings(spent: Mapping[Phase, float]) -> dict[str, float]:
    """Return the time of each phase, in the order of the phases."""
    return {phase.value: seconds(spent[phase]) for phase in Phase if phase in spent}


def numbers(values: Mapping[str, float]) -> dict[str, float]:
    """Return the values that JSON has a number for: not NaN, not infinity."""
    return {name: value for name, value in values.items() if isfinite(value)}


def seconds(value: float) -> float:
    """Return a duration to the microsecond; more digits are noise."""
    return round(value, 6)
