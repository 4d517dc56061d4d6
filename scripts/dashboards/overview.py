"""The overview: what is wrong, and above all what nobody else would say; then what will be, and who watches."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from scripts.dashboards import links, looks, promql
from scripts.dashboards.boards import Board, Row, choices, labels, link, mark, reloads
from scripts.dashboards.checker_itself import itself
from scripts.dashboards.matters import budgets, burns, certificates, near_limits, secrets, slowest
from scripts.dashboards.panels import (
    Builder,
    Size,
    Text,
    field,
    heat,
    lanes_of,
    layers_of,
    leads_to,
    now,
    over_time,
    rows,
    sorted_by,
    stat_of,
    table_of,
)
from scripts.dashboards.promql import ALL, KEYS, by, theirs, whose

_MARK = {
    **heat([(None, looks.GREY)]),
    **leads_to("On the status page", links.to_status_page(links.CELL), elsewhere=True),
    "mappings": looks.words(looks.MARKS),
    "custom.width": 100,
}

LANES = 50
"""More than a screen holds; the worst of the time range are among them."""


def overview() -> Board:
    """Return the dashboard of everything."""
    return Board(
        uid=links.OVERVIEW,
        title="Checker: overview",
        description="What users can do now, what no health check tells, error budgets, and the checker's own health.",
        hours=6,
        rows=(
            Row("What is broken now", (_masked_count(), _masked(), _marks())),
            Row("Every probe", (_everything(), _lanes(), _reasons())),
            Row("Objectives", (budgets(), burns())),
            Row("Slow", (slowest(), near_limits())),
            Row("About to matter: certificates and secrets", (certificates(), secrets())),
            Row("The checker itself", itself()),
        ),
        variables=(
            *labels(),
            choices(
                "probe", "Probe", promql.INFO_OF_CHOSEN, description="The probes that the panels speak of."
            ),
        ),
        links=(link("Status page", f"{links.TO_STATUS_PAGE}/", elsewhere=True),),
        annotations=_annotations(),
    )


def _annotations() -> Sequence[AnnotationQuery]:
    return (
        mark(
            "Masked",
            theirs(f"max {by()} ({promql.masked(ALL)})"),
            looks.PURPLE,
            "masked: {{probe}}",
            "It fails, and the platform says healthy.",
        ),
        mark(
            "Down",
            theirs(f"max {by()} ({promql.state('down', ALL)}) == 1"),
            looks.VERMILLION,
            "down: {{probe}}",
            "From when it was found down until it was up again.",
        ),
        reloads(),
    )


def _masked_count() -> Builder:
    panel = stat_of(
        Text(
            "Masked failures",
            "Probes whose last run failed while the platform's own health check passed: nothing else tells of them, "
            "and no restart will come by itself. Those behind a dependency that is down are not counted here.",
            "short",
            "No data: no checker is scraped",
        ),
        Size(6, 8),
        now(f"count({theirs(f'max {by()} ({promql.masked(ALL)})')}) or vector(0)", "masked"),
    )
    return (
        panel.thresholds(looks.steps(looks.GREEN, (1, looks.PURPLE)))
        .mappings(looks.words({0: ("none", looks.GREEN)}))
        .decimals(0)
    )


def _masked() -> Builder:
    also = f" and {promql.COPY} {promql.masked(ALL)}"
    panel = table_of(
        Text(
            "Masked: the platform says healthy, the user's path is broken",
            "Step and reason of each masked failure, and whose it is. Of many copies of a checker, the reason "
            "that most of them give, and how many do. A probe's name leads to its dashboard.",
            "short",
            "Nothing is masked: where the platform says healthy, users can do what they came for.",
        ),
        Size(18, 8),
        rows(whose(promql.why(ALL, also))),
        columns={
            "probe": "Probe",
            "env": "env",
            "step": "Step",
            "reason": "Reason",
            "owner": "Owner",
            "severity": "Severity",
            "runbook": "Runbook",
            "Value": "Copies",
        },
    )
    _linked(panel)
    field(panel, "Reason", {**heat([(None, looks.PURPLE)]), "custom.minWidth": 120})
    field(panel, "Copies", {"custom.width": 80})
    return panel


def _linked(panel: Builder) -> None:
    """Let a probe's name lead to its dashboard, and its runbook to the runbook."""
    field(
        panel,
        "Probe",
        {**leads_to("Dashboard of this probe", links.to_probe(links.CELL)), "custom.minWidth": 180},
    )
    field(panel, "Runbook", leads_to("Runbook", links.TO_RUNBOOK, elsewhere=True))


def _marks() -> Builder:
    panel = stat_of(
        Text(
            "Probes by mark",
            "Each probe is counted once, under the mark that the status page gives it: masked, down, unknown (the "
            "checker cannot tell), degraded, blocked (a dependency is down), pending, up. Of many copies the worst "
            "counts. A mark that no probe has is not shown.",
            "short",
            "No probe is there: no checker is scraped, or the choices above fit none.",
        ),
        Size(24, 4),
        now(f'count_values("mark", {theirs(promql.mark(ALL))})', "{{mark}}"),
    )
    for number, (word, colour) in looks.MARKS.items():
        field(panel, str(number), {"displayName": word, "color": {"mode": "fixed", "fixedColor": colour}})
    return panel.decimals(0)


def _everything() -> Builder:
    # Those without a reason are in its table as well: Grafana joins tables by the columns that all of them have.
    any_reason = (
        f"({promql.why(ALL)})\n  or on ({KEYS}) group {by()} ({promql.pick('checker_probe_info', ALL)})"
    )
    panel = table_of(
        Text(
            "Every probe, worst first",
            "The mark of each probe, step and reason of its latest failure until it is up again, when it last "
            "passed, how long its last run took, and whose it is. Its name leads to its dashboard, its mark to "
            "the status page.",
            "short",
            "No probe is there: no checker is scraped, or the choices above fit none.",
        ),
        Size(24, 11),
        rows(whose(promql.mark(ALL))),
        rows(theirs(any_reason)),
        rows(theirs(promql.age("checker_probe_last_success_timestamp_seconds", ALL))),
        rows(theirs(f"max {by()} ({promql.pick('checker_probe_last_duration_seconds', ALL)})")),
        columns={
            "Value #A": "Mark",
            "probe": "Probe",
            "env": "env",
            "step": "Step",
            "reason": "Reason",
            "Value #C": "Last passed",
            "Value #D": "Last run took",
            "owner": "Owner",
            "severity": "Severity",
            "runbook": "Runbook",
        },
        hidden=("Value #B",),
    )
    _linked(panel)
    field(panel, "Mark", _MARK)
    field(panel, "Last passed", {"unit": "s", "decimals": 0, "noValue": "never"})
    field(panel, "Last run took", {"unit": "s"})
    return panel.sort_by([sorted_by("Mark")])


def _lanes() -> Builder:
    worst = f"avg {by()} (avg_over_time({promql.state('up', ALL)}[$__range] @ end()))"
    panel = lanes_of(
        Text(
            f"Marks over time, of the {LANES} that were up least",
            "One lane a probe. Where a lane is empty, no checker told of the probe.",
            "none",
            "No probe is there: no checker is scraped, or the choices above fit none.",
        ),
        Size(24, 12),
        over_time(
            f"{theirs(promql.mark(ALL))}\n  and on ({KEYS}) bottomk({LANES}, {worst})", "{{probe}} {{env}}"
        ),
    )
    return panel.mappings(looks.words(looks.MARKS))


def _reasons() -> Builder:
    failing = theirs(f"max {by('reason')} ({promql.pick('checker_probe_failure', ALL)})")
    return layers_of(
        Text(
            "Probes in trouble, by reason",
            "How many probes have failed or could not tell, and are not up again, by the reason of their latest "
            "failure. Many of one reason at once have one cause: a secret, a network, a certificate.",
            "short",
            "No probe has failed in this time range.",
        ),
        Size(24, 8),
        over_time(f"count by (reason) ({failing})", "{{reason}}"),
    )
