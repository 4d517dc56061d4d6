"""Outcomes and probes as the board is given them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.core.outcome import Exchange, Outcome, ShallowOutcome, StepOutcome
from checker.core.reason import Reason, Result
from checker.engine.plan import Plan, PlannedProbe

PASS, DEGRADED, FAIL, ERROR = Result
REASONS = {FAIL: Reason.SERVER_ERROR, ERROR: Reason.INTERNAL}


def planned(name: str = "a", **changes: Any) -> PlannedProbe:
    return replace(PlannedProbe(name, (), fingerprint=f"{name} 1"), **changes)


def plan(*probes: PlannedProbe, **changes: Any) -> Plan:
    return Plan({probe.name: probe for probe in probes}, **changes)


def exchange(size: int) -> Exchange:
    return Exchange("GET", "http://127.0.0.1/", (), b"", status=500, response_body=b"x" * size)


def outcome(
    result: Result = PASS,
    probe: str = "a",
    *,
    started_at: float = 100.0,
    evidence: int = 0,
    healthy: bool | None = None,
    values: Mapping[str, float] | None = None,
) -> Outcome:
    reason = REASONS.get(result)
    exchanges = (exchange(evidence),) if evidence else ()
    step = StepOutcome("get", "http", result, reason, None, 0.5, {}, exchanges=exchanges)
    return Outcome(
        probe,
        started_at,
        0.5,
        result,
        "get" if reason else None,
        reason,
        steps=(step,),
        values=values or {},
        shallow=None if healthy is None else ShallowOutcome(healthy, None, 0.1),
    )
