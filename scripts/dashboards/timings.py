"""Panels of a probe's page about time: the whole run, its steps, and the phases of each connection."""

from collections.abc import Sequence

from scripts.dashboards import looks
from scripts.dashboards.panels import Builder, Size, Text, coloured, field, layers_of, lines_of, over_time
from scripts.dashboards.promql import ONE, pick


def timings() -> Sequence[Builder]:
    """Return the panels of that row."""
    return (_phases(), _steps(), _durations())


def _phases() -> Builder:
    seconds = f"avg by (step, phase) ({pick('checker_step_phase_seconds', ONE)})"
    panel = layers_of(
        Text(
            "Phases, stacked",
            "Where the last attempts of all steps spent their time, measured at the socket: looking up the name, "
            "connecting, TLS, sending, waiting for the first byte, receiving. The mean over copies.",
            "s",
            "No phases: nothing was connected to, or the probe has `metrics: basic`.",
        ),
        Size(12, 9),
        over_time(f"sum by (phase) ({seconds})", "{{phase}}"),
    )
    coloured(panel, looks.PHASES)
    return panel


def _steps() -> Builder:
    return layers_of(
        Text(
            "Steps, stacked",
            "How long each step of the last run took, attempts and waits included. A step that is missing was "
            "not reached, or skipped. The mean over copies.",
            "s",
            "No run has finished in this time range.",
        ),
        Size(12, 9),
        over_time(f"avg by (step) ({pick('checker_step_duration_seconds', ONE)})", "{{step}}"),
    )


def _durations() -> Builder:
    last = pick("checker_probe_last_duration_seconds", ONE)
    panel = lines_of(
        Text(
            "Duration of runs, and their limit",
            "The slowest and the mean copy's last run, and the probe's `timeout`, at which a run is cut off.",
            "s",
            "No run has finished in this time range.",
        ),
        Size(24, 8),
        over_time(f"max({last})", "slowest"),
        over_time(f"avg({last})", "mean"),
        over_time(f"max({pick('checker_probe_timeout_seconds', ONE)})", "limit"),
    )
    coloured(panel, {"slowest": looks.BLUE, "mean": looks.GREEN, "limit": looks.VERMILLION})
    field(panel, "limit", {"custom.lineStyle": {"fill": "dash", "dash": [8, 8]}, "custom.fillOpacity": 0})
    return panel
