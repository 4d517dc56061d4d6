"""Panels of the overview about what is not down yet: budgets, durations, certificates, secrets."""

from grafana_foundation_sdk.builders import bargauge

from scripts.dashboards import links, looks, promql
from scripts.dashboards.panels import (
    Builder,
    Size,
    Text,
    bars_of,
    field,
    heat,
    lines_of,
    linked,
    now,
    over_time,
    rows,
    table_of,
    with_lines,
)
from scripts.dashboards.promql import ALL, COPY_KEYS, by, pick, theirs

NAME = "{{probe}} {{env}}"
DAY = 86_400
MOST = 15
"""Bars that fit into a panel."""


def budgets() -> Builder:
    """What is left of each error budget."""
    panel = bars_of(
        Text(
            "Error budget left, of 30 days",
            "How much of what may fail (1 - objective) has not failed yet, the least first. Below nothing, the "
            "objective is missed. Runs in which the checker could not tell count for nothing. It reads 30 days "
            "of counters: with thousands of probes, narrow the choices above.",
            "percentunit",
            "No probe has an objective (slo: {availability: 99.5%} in checks.yaml) and a run.",
        ),
        Size(12, 10),
        now(f"sort(bottomk({MOST}, {theirs(promql.budget(ALL))}))", NAME),
    )
    panel.min(0).max(1).decimals(1).thresholds(
        looks.steps(looks.VERMILLION, (0, looks.ORANGE), (0.25, looks.GREEN))
    )
    return _linked(panel)


def burns() -> Builder:
    """How fast they go."""
    panel = lines_of(
        Text(
            "Burn rate over an hour, the ten highest",
            "How many times faster than 30 days allow the budget goes. At 1 it lasts exactly that long; at 6 it "
            "is worth a look, at 14.4 it is gone in two days: from there on `checker rules` pages.",
            "short",
            "No probe has an objective (slo: {availability: 99.5%} in checks.yaml) and a run.",
        ),
        Size(12, 10),
        over_time(f"topk(10, {theirs(promql.burn(ALL, '1h'))})", NAME),
    )
    return with_lines(panel, (6, looks.ORANGE), (14.4, looks.VERMILLION))


def slowest() -> Builder:
    """Those whose runs take longest."""
    total, count = (
        f"sum {by()} (increase({pick(f'checker_probe_duration_seconds_{part}', ALL)}[$__range]))"
        for part in ("sum", "count")
    )
    panel = bars_of(
        Text(
            "Slowest: mean duration of a run",
            "Over the time range, all steps, polls and waits included.",
            "s",
            "No probe has run in this time range.",
        ),
        Size(12, 10),
        now(f"sort_desc(topk({MOST}, {theirs(f'{total} / ({count} > 0)')}))", NAME),
    )
    return _linked(panel.min(0))


def near_limits() -> Builder:
    """Those that may soon fail because they are slow."""
    last = f"max_over_time({pick('checker_probe_last_duration_seconds', ALL)}[$__range])"
    limit = pick("checker_probe_timeout_seconds", ALL)
    panel = bars_of(
        Text(
            "Closest to their time limit",
            "The longest run of the time range as a share of the probe's `timeout`. From 80 % on, a slower day "
            "is a failure.",
            "percentunit",
            "No probe has run in this time range.",
        ),
        Size(12, 10),
        now(f"sort_desc(topk({MOST}, {theirs(f'max {by()} ({last} / on ({COPY_KEYS}) {limit})')}))", NAME),
    )
    panel.min(0).max(1).thresholds(looks.steps(looks.BLUE, (0.8, looks.ORANGE), (1, looks.VERMILLION)))
    return _linked(panel)


def certificates() -> Builder:
    """Those that end first."""
    ends = f"min {by('step')} ({pick('checker_certificate_not_after_timestamp_seconds', ALL)})"
    panel = bars_of(
        Text(
            "Certificates: time left, the first to end first",
            "As the servers showed them in the last runs. Orange from 14 days on, as the alerts do; red from "
            "two. One that has ended is below nothing.",
            "s",
            "No probe was shown a certificate: none speaks TLS.",
        ),
        Size(12, 8),
        now(f"sort(bottomk({MOST}, {theirs(f'{ends} - time()')}))", f"{NAME} {{{{step}}}}"),
    )
    panel.min(0).max(90 * DAY).thresholds(
        looks.steps(looks.VERMILLION, (2 * DAY, looks.ORANGE), (14 * DAY, looks.GREEN))
    )
    return _linked(panel)


def secrets() -> Builder:
    """Whether they can be read, and what has just been rotated."""
    panel = table_of(
        Text(
            "Secrets",
            "Whether each secret of the configuration can be read, on the copy where it goes worst, and how long "
            "ago its value was last seen to change: failures since then (auth_rejected) may come from the rotation.",
            "short",
            "No probe needs a secret.",
        ),
        Size(12, 8),
        rows("min by (secret) (checker_secret_readable)"),
        rows(
            "(time() - max by (secret) (checker_secret_changed_timestamp_seconds))"
            " or 0 / 0 * max by (secret) (checker_secret_readable)"
        ),
        columns={"secret": "Secret", "Value #A": "Readable", "Value #B": "Last change"},
    )
    readable = {1: ("yes", looks.GREEN), 0: ("NO", looks.VERMILLION)}
    field(
        panel,
        "Readable",
        {**heat([(None, looks.GREY)]), "mappings": looks.words(readable), "custom.width": 110},
    )
    field(panel, "Last change", {"unit": "s", "decimals": 0, "mappings": looks.words({}, "not known")})
    return panel


def _linked(panel: bargauge.Panel) -> bargauge.Panel:
    return linked(panel, "Dashboard of this probe", links.to_probe(links.SERIES))
