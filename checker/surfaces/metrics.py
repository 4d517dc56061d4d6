"""What is exported about every probe, and what about its steps: one table, from a snapshot of the board.

Names, types and labels are public contract; docs/metrics.md lists them with a query for each.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf, isfinite

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.outcome import StepOutcome
from checker.core.reason import Phase, Result, State
from checker.surfaces.exposition import Family, escape

Value = Callable[[ProbeView], float | None]
Samples = Callable[[ProbeView, str], str]


def families(snapshot: Snapshot) -> tuple[Family, ...]:
    """Return all families about probes, in the order in which they are exported.

    A family has one type: as soon as one probe has `buckets`, the durations of all are histograms, those of the
    others with the bucket +Inf alone.
    """
    buckets = any(view.probe.buckets for view in snapshot.probes.values())
    return (*_STATE, _HISTOGRAM if buckets else _SUMMARY, *_RUN, *_SETTINGS)


def number(value: float) -> str:
    """Return a value as both formats write it."""
    if isinstance(value, int):
        return str(int(value))
    return repr(value) if isfinite(value) else {inf: "+Inf", -inf: "-Inf"}.get(value, "NaN")


def _gauge(name: str, explanation: str, value: Value) -> Family:
    """Declare a gauge with no labels of its own; it is absent where the value is None."""

    def samples(view: ProbeView, labels: str) -> str:
        found = value(view)
        return "" if found is None else f"{name}{{{labels}}} {number(found)}\n"

    return Family(name, "gauge", explanation, samples)


def success(view: ProbeView) -> int | None:
    """Return 1 where the last run passed, degraded or not, 0 where it failed, None where the checker could not tell."""
    if view.last is None or view.last.result is Result.ERROR:
        return None
    return int(view.last.result is not Result.FAIL)


def _shallow(view: ProbeView) -> bool | None:
    return view.last.shallow.healthy if view.last and view.last.shallow else None


def _around_labels(state: State) -> tuple[str, ...]:
    """Return the lines of a probe in `state` as what stands before, between and behind its labels."""
    lines = [f'\0,state="{one}"}} {int(one is state)}\n' for one in State]
    return tuple("".join(f"checker_probe_state{{{line}" for line in lines).split("\0"))


_STATES = {state: _around_labels(state) for state in State}


def _states(view: ProbeView, labels: str) -> str:
    return labels.join(_STATES[view.state])


def _failure(view: ProbeView, labels: str) -> str:
    if (failure := view.failure) is None:
        return ""
    step, reason = escape(failure.step or ""), failure.reason or ""
    return f'checker_probe_failure{{{labels},step="{step}",reason="{reason}"}} 1\n'


_RUNS = tuple((result, f',result="{result}"}} ') for result in Result)


def _runs(view: ProbeView, labels: str) -> str:
    begin, runs = f"checker_probe_runs_total{{{labels}", view.runs
    return "".join([f"{begin}{label}{runs.get(result, 0)}\n" for result, label in _RUNS])


def _skipped(view: ProbeView, labels: str) -> str:
    return f"checker_probe_runs_skipped_total{{{labels}}} {view.skipped}\n"


def _failures(view: ProbeView, labels: str) -> str:
    if not view.failure_counts:
        return ""
    counted = sorted(view.failure_counts.items())
    return "".join(
        [f'checker_probe_failures_total{{{labels},reason="{reason}"}} {count}\n' for reason, count in counted]
    )


def _summary(view: ProbeView, labels: str) -> str:
    name = "checker_probe_duration_seconds"
    count = sum(view.runs.values())
    return f"{name}_sum{{{labels}}} {number(view.duration_sum)}\n{name}_count{{{labels}}} {count}\n"


def _histogram(view: ProbeView, labels: str) -> str:
    name = "checker_probe_duration_seconds_bucket"
    bounds = [repr(float(bound)) for bound in view.probe.buckets]
    counts = (*view.duration_buckets[: len(bounds)], sum(view.runs.values()))
    return "".join(
        [
            f'{name}{{{labels},le="{le}"}} {count}\n'
            for le, count in zip((*bounds, "+Inf"), counts, strict=True)
        ]
    ) + _summary(view, labels)


def _steps(view: ProbeView) -> Iterable[StepOutcome]:
    return [step for step in view.last.steps if step.skipped is None] if view.last else ()


def _step_durations(view: ProbeView, labels: str) -> str:
    return "".join(
        [
            f'checker_step_duration_seconds{{{labels},step="{escape(step.step)}"}} {number(step.duration)}\n'
            for step in _steps(view)
        ]
    )


def _phases(view: ProbeView, labels: str) -> str:
    if not view.probe.full_metrics:
        return ""
    return "".join([_phases_of(step, f"checker_step_phase_seconds{{{labels}") for step in _steps(view)])


_PHASES = tuple((phase, f',phase="{phase}"}} ') for phase in Phase)


def _phases_of(step: StepOutcome, begin: str) -> str:
    begin, timings = f'{begin},step="{escape(step.step)}"', step.timings
    return "".join(
        [f"{begin}{label}{number(timings[phase])}\n" for phase, label in _PHASES if phase in timings]
    )


def _values(view: ProbeView, labels: str) -> str:
    if not (view.last and view.last.values):
        return ""
    values = sorted(view.last.values.items())
    return "".join(
        [
            f'checker_probe_value{{{labels},capture="{escape(name)}"}} {number(value)}\n'
            for name, value in values
        ]
    )


def _certificates(view: ProbeView, labels: str) -> str:
    name = "checker_certificate_not_after_timestamp_seconds"
    asked = [step for step in _steps(view) if "certificate" in step.facts]
    dated = [(escape(step.step), not_after(step.facts["certificate"])) for step in asked]
    return "".join(
        [f'{name}{{{labels},step="{step}"}} {number(date)}\n' for step, date in dated if date is not None]
    )


def not_after(certificate: object) -> float | None:
    """Return when a certificate ends; it is kept as net/ describes it, or as the fact that expectations read."""
    date = (
        certificate.get("not_after")
        if isinstance(certificate, Mapping)
        else getattr(certificate, "not_after", None)
    )
    return date if isinstance(date, int | float) else None


def _info(view: ProbeView, labels: str) -> str:
    probe = view.probe
    kinds = ",".join(dict.fromkeys(step.kind for step in probe.steps))
    own = f'severity="{probe.severity}",kind="{kinds}",owner="{escape(probe.owner)}",runbook="{escape(probe.runbook)}"'
    return f"checker_probe_info{{{labels},{own}}} 1\n"


_STATE = (
    _gauge(
        "checker_probe_success",
        "Whether the last run passed, degraded or not. Absent before the first run and after an error.",
        success,
    ),
    Family(
        "checker_probe_state",
        "gauge",
        "1 for the debounced state of the probe, 0 for the other states.",
        _states,
    ),
    _gauge(
        "checker_probe_masked",
        "1: the last run failed while the platform's own health check passed. Absent without its verdict.",
        lambda view: view.masked,
    ),
    _gauge(
        "checker_probe_shallow_success",
        "What the platform's own health check said during the last run. Absent without its verdict.",
        _shallow,
    ),
    _gauge(
        "checker_probe_blocked", "1: something that the probe depends on is down.", lambda view: view.blocked
    ),
    Family(
        "checker_probe_failure",
        "gauge",
        "1 for the step and reason of the latest failed run or error, until the probe is up again.",
        _failure,
    ),
    Family("checker_probe_runs", "counter", "Finished runs by result.", _runs),
    Family(
        "checker_probe_runs_skipped",
        "counter",
        "Slots without a run: the last one was not over, or too many were in flight.",
        _skipped,
    ),
    Family("checker_probe_failures", "counter", "Failed runs and errors by reason.", _failures),
)

_SUMMARY = Family("checker_probe_duration_seconds", "summary", "Duration of whole runs.", _summary)
_HISTOGRAM = Family("checker_probe_duration_seconds", "histogram", "Duration of whole runs.", _histogram)

_RUN = (
    _gauge(
        "checker_probe_last_duration_seconds",
        "Duration of the last run.",
        lambda view: view.last.duration if view.last else None,
    ),
    Family("checker_step_duration_seconds", "gauge", "Duration of a step in the last run.", _step_durations),
    Family(
        "checker_step_phase_seconds",
        "gauge",
        "Time in a phase of a step's last attempt in the last run.",
        _phases,
    ),
    Family("checker_probe_value", "gauge", "Value captured in the last run.", _values),
    _gauge(
        "checker_probe_last_run_timestamp_seconds",
        "When the last run started, in seconds since the epoch.",
        lambda view: view.last.started_at if view.last else None,
    ),
    _gauge(
        "checker_probe_last_success_timestamp_seconds",
        "When the last run that passed, degraded or not, started, in seconds since the epoch.",
        lambda view: view.last_success,
    ),
    Family(
        "checker_certificate_not_after_timestamp_seconds",
        "gauge",
        "When the certificate that a step was shown expires or has expired, in seconds since the epoch.",
        _certificates,
    ),
)

_SETTINGS = (
    _gauge(
        "checker_probe_interval_seconds",
        "Configured time from start to start.",
        lambda view: view.probe.interval,
    ),
    _gauge("checker_probe_timeout_seconds", "Configured limit of a run.", lambda view: view.probe.timeout),
    _gauge(
        "checker_probe_slo_objective_ratio",
        "Configured objective of availability. Absent without one.",
        lambda view: view.probe.slo,
    ),
    Family("checker_probe", "info", "What is configured about a probe; for joins.", _info),
)
