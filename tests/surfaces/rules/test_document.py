import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.core.reason import Severity
from checker.surfaces.rules.document import Options, document
from checker.surfaces.rules.links import Links
from checker.surfaces.rules.matter import Subject
from checker.surfaces.rules.writing import written
from tests.surfaces.rules.promtool import check
from tests.surfaces.test_docs import exported

PER_PROBE = Options(
    subjects=(
        Subject("search", Severity.PAGE, shallow=True, objective=True),
        Subject("through/a", Severity.TICKET),
        Subject("recorded", Severity.INFO, objective=True),
    )
)


def groups(options: Options) -> dict[str, list[dict[str, Any]]]:
    read = yaml.safe_load(written(document(options), "Rules"))
    return {group["name"]: group["rules"] for group in read["groups"]}


def rules(options: Options) -> list[dict[str, Any]]:
    return [rule for group in groups(options).values() for rule in group]


def alerts(options: Options) -> list[dict[str, Any]]:
    return [rule for rule in rules(options) if "alert" in rule]


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    "options",
    [
        Options(),
        PER_PROBE,
        Options(Links("https://docs.example/a", "https://grafana.example/d/x?a=b", ""), ("instance", "task")),
    ],
)
def test_promtool_has_nothing_against_them(tmp_path: Path, options: Options) -> None:
    assert "" == check(tmp_path, document(options))


@pytest.mark.needs("promtool")
def test_promtool_would_say_so(tmp_path: Path) -> None:
    broken = replace(PER_PROBE, subjects=(*(PER_PROBE.subjects or ()), Subject("search", Severity.PAGE)))
    assert "repeated" in check(tmp_path, document(broken))


@pytest.mark.parametrize("options", [Options(), PER_PROBE])
def test_every_alert_says_what_how_grave_and_where_to_go(options: Options) -> None:
    for alert in alerts(options):
        assert {"summary", "description", "runbook_url", "dashboard_url"} == set(alert["annotations"])
        assert all(alert["annotations"].values())
        watchdog = alert["alert"] == "Watchdog"
        assert alert["labels"]["severity"] in ({"none"} if watchdog else {"critical", "warning", "info"})
        assert (None if watchdog else "2m") == alert.get("keep_firing_for")


def test_every_alert_has_its_section_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerting.md").read_text()
    named = list(dict.fromkeys(alert["alert"] for alert in alerts(Options())))
    assert sorted(named) == sorted(re.findall(r"^### (\w+)$", page, re.MULTILINE))


def test_the_file_for_all_probes_knows_none_by_name() -> None:
    assert not any(re.search(r'probe="', rule["expr"]) for rule in rules(Options()))


def test_only_what_is_exported_or_recorded_is_asked_for() -> None:
    expressions = "\n".join(rule["expr"] for options in (Options(), PER_PROBE) for rule in rules(options))
    recorded = {rule["record"] for rule in rules(Options()) if "record" in rule}
    assert set() == set(re.findall(r"probe:[\w:]+", expressions)) - recorded
    metrics = set(re.findall(r"(?<![\w:])checker_\w+", expressions))
    assert set() == metrics - set(exported())


def test_what_is_recorded_is_used() -> None:
    recorded = [rule["record"] for rule in rules(Options()) if "record" in rule]
    expressions = "\n".join(rule["expr"] for rule in rules(Options()))
    assert [] == [name for name in recorded if not re.search(rf"{name}\b", expressions)]


def test_copies_are_told_apart_by_the_labels_that_are_named() -> None:
    expressions = [rule["expr"] for rule in rules(Options(copies=("instance", "task_id")))]
    clauses = {clause for each in expressions for clause in re.findall(r"without \(([^)]*)\)", each)}
    assert all(clause.startswith("instance, task_id") for clause in clauses - {"severity, owner, runbook"})


def test_a_probe_has_the_alerts_that_can_concern_it() -> None:
    found = {
        name: [(alert["alert"], alert["labels"]["severity"]) for alert in group]
        for name, group in groups(PER_PROBE).items()
        if "/" in name
    }
    everybody = ["CheckerProbeDegraded", "CheckerProbeUnknown"], ["CheckerProbeOverdue", "CheckerProbeGone"]

    def about(label: str, down: list[str], *burns: str) -> list[tuple[str, str]]:
        critical = [("CheckerCertificateExpiring", "critical")] if label == "critical" else []
        lesser = "info" if label == "info" else "warning"
        return [
            *((name, "warning" if name == "CheckerProbePartlyDown" else label) for name in down),
            *((name, lesser) for name in everybody[0]),
            *critical,
            ("CheckerCertificateExpiring", lesser),
            *((name, lesser) for name in everybody[1]),
            *(("CheckerErrorBudgetBurn", burn) for burn in burns),
        ]

    assert {
        "checker/search": about(
            "critical",
            ["CheckerProbeDown", "CheckerProbePartlyDown", "CheckerProbeMasked"],
            "critical",
            "warning",
        ),
        "checker/through/a": about("warning", ["CheckerProbeDown"]),
        "checker/recorded": about("info", ["CheckerProbeDown"], "info"),
    } == found


def test_the_alerts_of_a_probe_are_about_it_alone() -> None:
    for alert in groups(PER_PROBE)["checker/through/a"]:
        assert "through/a" == alert["labels"]["probe"]
        recorded = re.findall(r"probe:[\w:]+(?!\w)(\{[^}]*\})?", alert["expr"])
        assert set(recorded) <= {'{probe="through/a"}'}
    gone = next(
        each for each in groups(PER_PROBE)["checker/through/a"] if each["alert"] == "CheckerProbeGone"
    )
    assert gone["expr"].startswith('absent(checker_probe_info{probe="through/a"})')
