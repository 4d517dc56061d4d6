"""Panels about the checker: whatever watches has to be watched."""

from collections.abc import Sequence

from scripts.dashboards import looks
from scripts.dashboards.panels import (
    Builder,
    Size,
    Text,
    coloured,
    field,
    layers_of,
    lines_of,
    now,
    over_time,
    stat_of,
    with_lines,
)
from scripts.dashboards.promql import ALL, COPY_KEYS, by, pick, theirs

_NO_CHECKER = "No checker is scraped: nothing that users do is watched."
_COPY = "{{instance}}"
_OWN = "and on (job, instance) checker_build_info"


def itself() -> Sequence[Builder]:
    """Return the panels of that row. The choices above narrow only those that speak of probes."""
    return (
        _versions(),
        _reload(),
        _overdue(),
        _lag(),
        _stalls(),
        _in_flight(),
        _results(),
        _skips(),
        _memory(),
        _cpu(),
    )


def _versions() -> Builder:
    return stat_of(
        Text("Checkers, by version", "How many copies Prometheus has just scraped.", "short", _NO_CHECKER),
        Size(8, 4),
        now("count by (version) (checker_build_info)", "{{version}}"),
    ).decimals(0)


def _reload() -> Builder:
    panel = stat_of(
        Text(
            "Configuration",
            "Whether the file that was read last is in use, on the copy where it goes worst, and since when the "
            "newest one is. After a refused one the old one goes on: the log and the status page say why.",
            "s",
            f"No configuration was read yet. {_NO_CHECKER}",
        ),
        Size(8, 4),
        now("min(checker_config_last_reload_successful)", "last reload"),
        now("time() - max(checker_config_last_reload_success_timestamp_seconds)", "in use for"),
    )
    words = {1: ("accepted", looks.GREEN), 0: ("REFUSED", looks.VERMILLION)}
    field(panel, "last reload", {"unit": "none", "mappings": looks.words(words)})
    return panel.decimals(0)


def _overdue() -> Builder:
    late = f"time() - {pick('checker_probe_last_run_timestamp_seconds', ALL)}"
    limit = (
        f"3 * {pick('checker_probe_interval_seconds', ALL)} + {pick('checker_probe_timeout_seconds', ALL)}"
    )
    overdue = theirs(f"count {by()} ({late} > on ({COPY_KEYS}) ({limit}))")
    panel = stat_of(
        Text(
            "Probes overdue",
            "Probes that some copy has not run for three intervals and a timeout: what is shown of them is old.",
            "short",
            _NO_CHECKER,
        ),
        Size(8, 4),
        now(f"count({overdue}) or vector(0)", "overdue"),
    )
    words = looks.words({0: ("none", looks.GREEN)})
    return panel.thresholds(looks.steps(looks.GREEN, (1, looks.VERMILLION))).mappings(words).decimals(0)


def _lag() -> Builder:
    buckets = "sum by (instance, le) (rate(checker_schedule_lag_seconds_bucket[$__rate_interval]))"
    panel = lines_of(
        Text(
            "Lag: how late runs start, 99 of 100 at most",
            "Over a second the checker has more to do than it can: more CPU, fewer probes or longer intervals. "
            "The ten copies where it is longest.",
            "s",
            f"No run has started in this time range. {_NO_CHECKER}",
        ),
        Size(12, 8),
        over_time(f"topk(10, histogram_quantile(0.99, {buckets}))", _COPY),
    )
    return with_lines(panel, (1, looks.ORANGE))


def _stalls() -> Builder:
    panel = lines_of(
        Text(
            "Time lost in stalls of its own",
            "The share of time in which the checker's event loop stood still for more than 20 ms. Its timings "
            "are too long by as much; from 5 % on it is called overloaded. The ten copies where it is most.",
            "percentunit",
            _NO_CHECKER,
        ),
        Size(12, 8),
        over_time("topk(10, rate(checker_event_loop_stalled_seconds_total[$__rate_interval]))", _COPY),
    )
    return with_lines(panel, (0.05, looks.ORANGE))


def _in_flight() -> Builder:
    return lines_of(
        Text(
            "Runs in flight",
            "Runs that go on at once; `server.max_in_flight` (100) is the limit, at which slots are skipped. The ten "
            "copies with the most.",
            "short",
            _NO_CHECKER,
        ),
        Size(12, 8),
        over_time("topk(10, checker_runs_in_flight)", _COPY),
    )


def _results() -> Builder:
    rates = theirs(f"sum {by('result')} (rate({pick('checker_probe_runs_total', ALL)}[$__rate_interval]))")
    panel = layers_of(
        Text(
            "Runs a minute, by result",
            "`error` is the checker's own trouble and says nothing about the target.",
            "opm",
            f"No probe has run. {_NO_CHECKER}",
        ),
        Size(12, 8),
        over_time(f"60 * sum by (result) ({rates})", "{{result}}"),
    )
    coloured(panel, looks.RESULTS)
    return panel


def _skips() -> Builder:
    skips = f"sum {by()} (increase({pick('checker_probe_runs_skipped_total', ALL)}[$__rate_interval]))"
    return lines_of(
        Text(
            "Skipped slots, the ten probes with the most",
            "Slots without a run: the last run was not over, or too many were in flight. All at 0 is how it "
            "should be.",
            "short",
            _NO_CHECKER,
        ),
        Size(8, 8),
        over_time(f"topk(10, {theirs(skips)})", "{{probe}} {{env}}"),
    )


def _memory() -> Builder:
    return lines_of(
        Text("Memory", "Resident, of the ten copies with the most.", "bytes", _NO_CHECKER),
        Size(8, 8),
        over_time(f"topk(10, process_resident_memory_bytes {_OWN})", _COPY),
    )


def _cpu() -> Builder:
    return lines_of(
        Text("CPU", "Of one core, of the ten copies with the most.", "percentunit", _NO_CHECKER),
        Size(8, 8),
        over_time(f"topk(10, rate(process_cpu_seconds_total[$__rate_interval]) {_OWN})", _COPY),
    )
