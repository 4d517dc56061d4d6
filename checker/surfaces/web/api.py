"""The board as JSON, under /api/v1, as docs/api.md describes it. Keys are added, and never change their meaning."""

import json
from collections.abc import Iterator
from typing import Any

from checker.board.snapshot import ProbeView, RunSummary, Snapshot
from checker.core.outcome import Exchange, Outcome
from checker.core.reason import Result
from checker.surfaces.causes.evidence import Cause, Happened
from checker.surfaces.causes.likely import NOTHING, causes
from checker.surfaces.report.curl import curl
from checker.surfaces.report.finished import Finished, rfc3339
from checker.surfaces.report.json import assertion_report, numbers, run_report, seconds, step_report, timings
from checker.surfaces.web.filters import Filter
from checker.surfaces.web.marks import mark_of


def listing(snapshot: Snapshot, wanted: Filter) -> Iterator[str]:
    """Yield `{"taken_at", "probes": [...]}` in pieces, a probe each, in the order of the configuration."""
    yield f'{{"taken_at":{json.dumps(rfc3339(snapshot.taken_at))},"probes":['
    comma = ""
    for view in snapshot.probes.values():
        if wanted.admits(mark_of(view), view):
            yield comma + json.dumps(summary(view))
            comma = ","
    yield "]}\n"


def summary(view: ProbeView) -> dict[str, Any]:
    """Return one probe as the listing has it."""
    return _settings(view) | _state(view) | _last(view.last)


def document(view: ProbeView, snapshot: Snapshot, happened: Happened = NOTHING) -> dict[str, Any]:
    """Return all that is known of one probe, its last run, its history and the evidence of its failures included."""
    last = view.last
    return {
        "taken_at": rfc3339(snapshot.taken_at),
        **summary(view),
        "causes": [_cause(cause) for cause in causes(view, snapshot, happened)],
        "steps": [step_report(step) for step in last.steps] if last else [],
        "history": [_past(run) for run in view.history],
        "failures": [_failure(view, outcome) for outcome in view.failures],
        "failure_counts": {reason.value: count for reason, count in sorted(view.failure_counts.items())},
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "text": cause.text,
        "probe": cause.probe,
        "since": None if cause.since is None else rfc3339(cause.since),
    }


def _settings(view: ProbeView) -> dict[str, Any]:
    probe = view.probe
    return {
        "probe": probe.name,
        "labels": dict(probe.labels),
        "description": probe.description,
        "severity": probe.severity.value,
        "owner": probe.owner,
        "runbook": probe.runbook,
        "interval_seconds": probe.interval,
        "timeout_seconds": probe.timeout,
        "slo": probe.slo,
        "depends_on": list(probe.depends_on),
    }


def _state(view: ProbeView) -> dict[str, Any]:
    return {
        "mark": mark_of(view).value,
        "state": view.state.value,
        "since": rfc3339(view.since),
        "masked": view.masked,
        "masked_since": None if view.masked_since is None else rfc3339(view.masked_since),
        "blocked_by": list(view.blocked_by),
        "last_success": None if view.last_success is None else rfc3339(view.last_success),
        "runs": {result.value: view.runs.get(result, 0) for result in Result},
        "skipped": view.skipped,
    }


def _last(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return dict.fromkeys(_LAST_KEYS)
    passed = outcome.result is Result.PASS
    told = (
        rfc3339(outcome.started_at),
        seconds(outcome.duration),
        outcome.result.value,
        None if passed else outcome.step,
        None if passed else outcome.reason,
        None if passed else outcome.message,
        numbers(outcome.values),
        _shallow(outcome),
    )
    return dict(zip(_LAST_KEYS, told, strict=True))


_LAST_KEYS = ("started_at", "duration_seconds", "result", "step", "reason", "message", "values", "shallow")


def _shallow(outcome: Outcome) -> dict[str, Any] | None:
    if (claim := outcome.shallow) is None:
        return None
    return {"healthy": claim.healthy, "message": claim.message, "duration_seconds": seconds(claim.duration)}


def _past(run: RunSummary) -> dict[str, Any]:
    return {
        "started_at": rfc3339(run.started_at),
        "duration_seconds": seconds(run.duration),
        "result": run.result.value,
        "reason": run.reason,
        "masked": run.masked,
        "values": numbers(run.values),
    }


def _failure(view: ProbeView, outcome: Outcome) -> dict[str, Any]:
    reported = run_report(Finished(view.probe, outcome, view.state))
    for told, step in zip(reported["steps"], outcome.steps, strict=True):
        told["warnings"] = [assertion_report(verdict) for verdict in step.warnings]
        told["exchanges"] = [_exchange(exchange) for exchange in step.exchanges]
    of_another_time = ("probe", "labels", "state")
    kept = {key: value for key, value in reported.items() if key not in of_another_time}
    return {"started_at": rfc3339(outcome.started_at), **kept, "shallow": _shallow(outcome)}


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "method": exchange.method,
        "url": exchange.url,
        "request_headers": [list(pair) for pair in exchange.request_headers],
        "request_body": exchange.request_body.decode("utf-8", "replace"),
        "status": exchange.status,
        "http_version": exchange.http_version,
        "response_headers": [list(pair) for pair in exchange.response_headers],
        "response_body": exchange.response_body.decode("utf-8", "replace"),
        "address": exchange.address,
        "started_at": rfc3339(exchange.started_at),
        "timings": timings(exchange.timings),
        "curl": curl(exchange),
    }
