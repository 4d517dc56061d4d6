"""A probe as `checker show` prints it: with everything in place that includes, templates and defaults gave it."""

from collections.abc import Callable
from typing import Any

from checker.config.configuration import ProbeConfig, StepConfig
from checker.config.literals import masked
from checker.core.duration import format_duration
from checker.kinds.fields import written


def resolved(probe: ProbeConfig, redact: Callable[[str], str]) -> dict[str, Any]:
    """Return the probe as a document in which nothing is left to a default; what says nothing is left out.

    `redact` is called for each text: what stands in the file as `${env.…}` may be declared as a secret too. Credentials
    that stand in it literally are masked.
    """
    document = {
        "description": probe.description,
        "labels": dict(probe.labels),
        "interval": format_duration(probe.interval),
        "interval_on_failure": probe.interval_on_failure and format_duration(probe.interval_on_failure),
        "timeout": format_duration(probe.timeout),
        "cleanup_timeout": format_duration(probe.cleanup_timeout),
        "fail_after": probe.fail_after,
        "recover_after": probe.recover_after,
        "severity": probe.severity.value,
        "owner": probe.owner,
        "runbook": probe.runbook,
        "slo": {"availability": f"{probe.slo * 100:g}%"} if probe.slo else None,
        "depends_on": list(probe.depends_on),
        "effects": probe.effects,
        "runs_on": probe.runs_on,
        "metrics": probe.metrics,
        "buckets": [format_duration(bound) for bound in probe.buckets],
        "shallow": _step(probe.shallow) if probe.shallow else None,
        "steps": [{"step": None} | _step(step) | {"step": step.name} for step in probe.steps],
    }
    return {key: _struck(value, redact) for key, value in document.items() if value not in (None, "", [], {})}


def _step(step: StepConfig) -> Any:
    return masked(step, written(step.node.data))


def _struck(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {_struck(key, redact): _struck(item, redact) for key, item in value.items()}
    return [_struck(item, redact) for item in value] if isinstance(value, list) else value
