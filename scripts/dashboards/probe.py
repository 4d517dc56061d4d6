"""The page of one probe: whether it works, since when not, why, and where the time goes."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from scripts.dashboards import links, looks, promql
from scripts.dashboards.boards import Board, Row, choice, choices, labels, link, mark, reloads
from scripts.dashboards.panels import (
    Builder,
    Size,
    Text,
    coloured,
    field,
    heat,
    lanes_of,
    layers_of,
    leads_to,
    now,
    over_time,
    rows,
    stat_of,
    table_of,
)
from scripts.dashboards.promql import ONE, by, pick
from scripts.dashboards.seen import seen
from scripts.dashboards.timings import timings

_NO_PROBE = "No checker tells of this probe in this time range."
_PATH = {1: ("works", looks.GREEN), 0: ("BROKEN", looks.VERMILLION)}
_CLAIM = {1: ("healthy", looks.GREEN), 0: ("unhealthy", looks.VERMILLION)}


def probe() -> Board:
    """Return the dashboard of one probe."""
    instances = f'checker_probe_info{{probe="$probe",{promql.MATCHERS}}}'
    return Board(
        uid=links.PROBE,
        title="Checker: probe",
        description="One probe: what users get and what the platform says, why, and where the time goes.",
        hours=3,
        rows=(
            Row("Now", (_mark(), _claims(), _last_passed(), _availability(), _budget(), _why(), _about())),
            Row("Over time", (_lanes(), _results())),
            Row("Where the time goes", timings()),
            Row("What was seen", seen()),
        ),
        variables=(
            *labels(),
            choice(
                "probe", "Probe", promql.INFO_OF_CHOSEN, description="The probe that all panels speak of."
            ),
            choices("instance", "Checker", instances, description="The copies of the checker that run it."),
        ),
        links=(
            link("Overview", links.TO_OVERVIEW, keep_time=True),
            link("Status page", f"{links.TO_STATUS_PAGE}/probes/${{probe:raw}}", elsewhere=True),
        ),
        annotations=(*_states(), reloads()),
    )


def _states() -> Sequence[AnnotationQuery]:
    told = {
        "down": "From when it was found down until it was up again.",
        "degraded": "It did what it is for, but missed what it should keep to.",
        "unknown": "The checker could not tell.",
    }
    masked = mark(
        "Masked",
        f"max {by()} ({promql.masked(ONE)})",
        looks.PURPLE,
        "masked",
        "It failed, and the platform said healthy.",
    )
    return (
        masked,
        *(
            mark(
                name.capitalize(),
                f"max {by()} ({promql.state(name, ONE)}) == 1",
                looks.STATES[name],
                name,
                text,
            )
            for name, text in told.items()
        ),
    )


def _mark() -> Builder:
    return stat_of(
        Text(
            "Mark",
            "As on the status page: masked, down, unknown, degraded, blocked, pending or up. Of many copies the "
            "worst.",
            "none",
            _NO_PROBE,
        ),
        Size(5, 5),
        now(promql.mark(ONE), "mark"),
    ).mappings(looks.words(looks.MARKS))


def _claims() -> Builder:
    panel = stat_of(
        Text(
            "The user's path, and what the platform says",
            "The result of the last run beside that of the platform's own health check during it. They differ: "
            "masked. One that is missing could not be told, or has no shallow check.",
            "none",
            "Nothing is known: the last run could not tell (error), or there was none.",
        ),
        Size(7, 5),
        now(f"min {by()} ({pick('checker_probe_success', ONE)})", "user's path"),
        now(f"min {by()} ({pick('checker_probe_shallow_success', ONE)})", "platform"),
    )
    field(panel, "user's path", {"mappings": looks.words(_PATH)})
    field(panel, "platform", {"mappings": looks.words(_CLAIM)})
    return panel


def _last_passed() -> Builder:
    return stat_of(
        Text(
            "Last passed",
            "How long ago the last run that passed, degraded or not, was started.",
            "s",
            "never",
        ),
        Size(4, 5),
        now(promql.age("checker_probe_last_success_timestamp_seconds", ONE), "ago"),
    ).decimals(0)


def _availability() -> Builder:
    good, told = promql.runs(ONE, '=~"pass|degraded"', "$__range"), promql.runs(ONE, '!="error"', "$__range")
    return stat_of(
        Text(
            "Availability in this time range",
            "The share of runs that passed, degraded or not; those in which the checker could not tell are left out.",
            "percentunit",
            "No run has told anything.",
        ),
        Size(4, 5),
        now(f"{good}\n  / ({told} > 0)", "availability"),
    ).decimals(2)


def _budget() -> Builder:
    panel = stat_of(
        Text(
            "Error budget left, of 30 days",
            "How much of what may fail (1 - objective) has not failed yet. Below nothing, the objective is missed.",
            "percentunit",
            "no objective",
        ),
        Size(4, 5),
        now(promql.budget(ONE), "budget"),
    )
    return panel.decimals(1).thresholds(looks.steps(looks.VERMILLION, (0, looks.ORANGE), (0.25, looks.GREEN)))


def _why() -> Builder:
    panel = table_of(
        Text(
            "Why",
            "Step and reason of the latest failure, until the probe is up again, and how many copies say so. "
            "What the reasons mean is in docs/metrics.md; what was expected and seen is on the status page.",
            "short",
            "Nothing to explain: no failure since it was last up.",
        ),
        Size(10, 5),
        rows(f"count {by('step', 'reason')} ({pick('checker_probe_failure', ONE)})"),
        columns={"step": "Step", "reason": "Reason", "Value": "Copies", "env": "env"},
        hidden=("probe",),
    )
    field(panel, "Reason", heat([(None, looks.VERMILLION)]))
    field(
        panel,
        "Step",
        leads_to(
            "What was expected and seen", f"{links.TO_STATUS_PAGE}/probes/${{probe:raw}}", elsewhere=True
        ),
    )
    field(panel, "Copies", {"custom.width": 80})
    return panel


def _about() -> Builder:
    panel = table_of(
        Text(
            "What it is",
            "Owner, severity, kinds of steps and runbook, how often it runs and how long a run may take.",
            "s",
            _NO_PROBE,
        ),
        Size(14, 5),
        rows(f"group {by('owner', 'severity', 'kind', 'runbook')} ({pick('checker_probe_info', ONE)})"),
        rows(f"max {by()} ({pick('checker_probe_interval_seconds', ONE)})"),
        rows(f"max {by()} ({pick('checker_probe_timeout_seconds', ONE)})"),
        columns={
            "runbook": "Runbook",
            "owner": "Owner",
            "severity": "Severity",
            "kind": "Steps",
            "Value #B": "Every",
            "Value #C": "At most",
            "env": "env",
        },
        hidden=("probe", "Value #A"),
    )
    field(panel, "Runbook", leads_to("Runbook", links.TO_RUNBOOK, elsewhere=True))
    return panel


def _lanes() -> Builder:
    panel = lanes_of(
        Text(
            "What users got, and what the platform said",
            "The mark, the result of each run, and the platform's own health check. Where the user's path is "
            "broken and the platform healthy, the failure is masked. An empty place: not told.",
            "none",
            _NO_PROBE,
        ),
        Size(24, 7),
        over_time(promql.mark(ONE), "mark"),
        over_time(f"min {by()} ({pick('checker_probe_success', ONE)})", "user's path"),
        over_time(f"min {by()} ({pick('checker_probe_shallow_success', ONE)})", "platform"),
    )
    field(panel, "mark", {"mappings": looks.words(looks.MARKS)})
    field(panel, "user's path", {"mappings": looks.words(_PATH)})
    field(panel, "platform", {"mappings": looks.words(_CLAIM)})
    return panel


def _results() -> Builder:
    panel = layers_of(
        Text(
            "Runs, by result",
            "Finished runs between two points. `error` is the checker's own trouble and says nothing about the "
            "target.",
            "short",
            _NO_PROBE,
        ),
        Size(24, 7),
        over_time(
            f"sum by (result) (increase({pick('checker_probe_runs_total', ONE)}[$__rate_interval]))",
            "{{result}}",
        ),
        bars=True,
    )
    coloured(panel, looks.RESULTS)
    return panel
