"""Panels of a probe's page about what its runs saw: captured values, reasons, certificates, copies."""

from collections.abc import Sequence

from scripts.dashboards import looks
from scripts.dashboards.panels import (
    Builder,
    Size,
    Text,
    coloured,
    layers_of,
    lines_of,
    now,
    over_time,
    stat_of,
)
from scripts.dashboards.promql import ONE, pick

DAY = 86_400


def seen() -> Sequence[Builder]:
    """Return the panels of that row."""
    return (_values(), _reasons(), _copies(), _certificate())


def _values() -> Builder:
    return lines_of(
        Text(
            "Captured values",
            "Numbers that the probe takes out of answers (`capture` with `metric: true`): the least and the "
            "greatest over copies. A catalogue that shrinks shows here before it is empty.",
            "short",
            "This probe exports no captured value (capture: {hits: {json: …, metric: true}}).",
        ),
        Size(12, 9),
        over_time(f"min by (capture) ({pick('checker_probe_value', ONE)})", "{{capture}}, least"),
        over_time(f"max by (capture) ({pick('checker_probe_value', ONE)})", "{{capture}}, greatest"),
    )


def _reasons() -> Builder:
    return layers_of(
        Text(
            "Reasons",
            "Copies that have failed or could not tell and are not up again, by step and reason of their latest "
            "failure.",
            "short",
            "It has not failed in this time range.",
        ),
        Size(12, 9),
        over_time(f"count by (step, reason) ({pick('checker_probe_failure', ONE)})", "{{step}}: {{reason}}"),
    )


def _copies() -> Builder:
    panel = layers_of(
        Text(
            "Copies, by state",
            "How many copies of the checker find the probe in which state. One that is down among many that are "
            "up: a single task with an old secret, an old image or a bad host.",
            "short",
            "No checker tells of this probe in this time range.",
        ),
        Size(16, 7),
        over_time(f"sum by (state) ({pick('checker_probe_state', ONE)})", "{{state}}"),
    )
    coloured(panel, looks.STATES)
    return panel


def _certificate() -> Builder:
    ends = pick("checker_certificate_not_after_timestamp_seconds", ONE)
    panel = stat_of(
        Text(
            "Certificates: time left",
            "Until the certificate that each step was shown ends. Orange from 14 days on, red from two.",
            "s",
            "No certificate: no step speaks TLS.",
        ),
        Size(8, 7),
        now(f"min by (step) ({ends}) - time()", "{{step}}"),
    )
    return panel.decimals(0).thresholds(
        looks.steps(looks.VERMILLION, (2 * DAY, looks.ORANGE), (14 * DAY, looks.GREEN))
    )
