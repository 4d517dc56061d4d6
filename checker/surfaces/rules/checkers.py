"""Alerts about the checker itself, which whatever watches has to be asked for by somebody else: Prometheus."""

from collections.abc import Sequence

from checker.surfaces.rules.links import Links
from checker.surfaces.rules.recorded import PER_COPY, without
from checker.surfaces.rules.rule import Alert


def alerts(copies: Sequence[str], links: Links) -> tuple[Alert, ...]:
    """Return the alerts that are about no probe."""
    return (
        _absent(links),
        _secret(copies, links),
        _reload(copies, links),
        _overloaded(copies, links),
        _skips(copies, links),
        _watchdog(links),
    )


def _absent(links: Links) -> Alert:
    texts = links.about_checker(
        "CheckerAbsent",
        "No checker is there",
        "Prometheus has scraped none for 3 minutes: nothing that users do is watched.",
    )
    return Alert("CheckerAbsent", "critical", "absent(checker_build_info)", texts, "3m")


def _secret(copies: Sequence[str], links: Links) -> Alert:
    texts = links.about_checker(
        "CheckerSecretUnreadable",
        "The checker cannot read its secret {{ $labels.secret }}",
        "Copies that cannot: {{ $value }}. Probes that need it cannot tell anything.",
    )
    expression = f"count {without(copies)} (checker_secret_readable == 0)"
    return Alert("CheckerSecretUnreadable", "warning", expression, texts, "5m")


def _reload(copies: Sequence[str], links: Links) -> Alert:
    texts = links.about_checker(
        "CheckerReloadFailed",
        "The checker has refused its new configuration",
        "Copies that run with the one before, or with none: {{ $value }}. The status page and the log say why.",
    )
    expression = f"count {without(copies)} (checker_config_last_reload_successful == 0)"
    return Alert("CheckerReloadFailed", "warning", expression, texts, "2m")


def _overloaded(copies: Sequence[str], links: Links) -> Alert:
    texts = links.about_checker(
        "CheckerOverloaded",
        "The checker loses {{ $value | humanizePercentage }} of its time",
        "Its event loop stalls: it wants more CPU, or fewer probes. Its timings are not to be trusted.",
    )
    expression = f"max {without(copies)} (rate(checker_event_loop_stalled_seconds_total[5m])) > 0.05"
    return Alert("CheckerOverloaded", "warning", expression, texts, "5m")


def _skips(copies: Sequence[str], links: Links) -> Alert:
    texts = links.about_probe(
        "CheckerRunsSkipped",
        "{{ $labels.probe }} misses {{ $value | humanizePercentage }} of its runs",
        "The last run was not over when the next was due, or too many were in flight (server.max_in_flight).",
    )
    share = f"""\
max {without(copies)} (
  rate(checker_probe_runs_skipped_total[10m])
    * {PER_COPY} group_left () checker_probe_interval_seconds
) > 0.1"""
    return Alert("CheckerRunsSkipped", "warning", share, texts, "10m")


def _watchdog(links: Links) -> Alert:
    """Its severity is that of every other Watchdog: routes pick it by its name."""
    texts = links.about_checker(
        "Watchdog",
        "Alerts find their way",
        "Always fires. Send it to a dead man's switch, which tells you when it does not arrive.",
    )
    return Alert("Watchdog", "none", "vector(1)", texts, keep=False)
