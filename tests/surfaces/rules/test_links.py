from pathlib import Path

import pytest

from checker.surfaces.rules.links import Links
from checker.surfaces.rules.rule import Document
from checker.surfaces.rules.samples import Copy, named
from tests.surfaces.rules.promtool import unit_test

TO_PROMETHEUS = (
    "{{ $externalURL }}/graph?g0.tab=0&g0.expr="
    '{{ printf "checker_probe_state{probe=%q} == 1" $labels.probe | urlquery }}'
)


@pytest.mark.parametrize(
    ("links", "probe", "checker"),
    [
        (Links(), TO_PROMETHEUS, "{{ $externalURL }}/graph?g0.tab=0&g0.expr=checker_build_info"),
        (
            Links(status_page="https://checks.example/"),
            "https://checks.example/probes/{{ $labels.probe }}",
            "https://checks.example/",
        ),
        (
            Links(dashboard="https://g.example/d/x", status_page="https://checks.example"),
            "https://g.example/d/x?var-probe={{ $labels.probe | urlquery }}",
            "https://g.example/d/x",
        ),
        (
            Links(dashboard="https://g.example/d/x?orgId=1"),
            "https://g.example/d/x?orgId=1&var-probe={{ $labels.probe | urlquery }}",
            "https://g.example/d/x?orgId=1",
        ),
    ],
)
def test_a_dashboard_is_the_best_that_is_known(links: Links, probe: str, checker: str) -> None:
    assert probe == links.about_probe("A", "s", "d")["dashboard_url"]
    assert checker == links.about_checker("A", "s", "d")["dashboard_url"]


def test_without_a_runbook_the_documentation_is_named() -> None:
    links = Links("https://docs.example/alerting")
    assert (
        '{{ or $labels.runbook "https://docs.example/alerting#someone" }}'
        == (links.about_probe("SomeOne", "s", "d")["runbook_url"])
    )
    assert "https://docs.example/alerting#someone" == links.about_checker("SomeOne", "s", "d")["runbook_url"]


def page_with(runbook: str, annotations: Document) -> Document:
    """Return one for an alert with these annotations; two copies fail, for two reasons in three places."""
    series = {
        key.replace('owner="web"', f'owner="web",runbook="{runbook}"' if runbook else 'owner="web"'): values
        for instance in ("a:1", "b:1", "c:1")
        for key, values in Copy([("down", 10)]).at(instance).series().items()
    }
    for instance, reason in (("a:1", "refused"), ("b:1", "server_error"), ("c:1", "server_error")):
        labels = {"job": "checker", "instance": instance, "probe": "search", "step": "open", "reason": reason}
        series[named("checker_probe_failure", **labels)] = "1+0x9"
    labels = {"severity": "critical", "job": "checker", "probe": "search", "owner": "web"}
    alert = {
        "exp_labels": {**labels, **({"runbook": runbook} if runbook else {})},
        "exp_annotations": annotations,
    }
    return {
        "rule_files": ["checker.rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": key, "values": values} for key, values in series.items()],
                "alert_rule_test": [
                    {"eval_time": "5m", "alertname": "CheckerProbeDown", "exp_alerts": [alert]}
                ],
            }
        ],
    }


@pytest.mark.needs("promtool")
@pytest.mark.parametrize("runbook", ["", "https://example.org/runbooks/search"])
def test_a_page_has_the_reasons_and_leads_on(tmp_path: Path, runbook: str) -> None:
    expected: Document = {
        "summary": "search is down",
        "description": "Copies of the checker that have found it down: 3. "
        "Seen: server_error in step open (2×), refused in step open (1×).",
        "runbook_url": runbook or "docs/alerting.md#checkerprobedown",
        "dashboard_url": "/graph?g0.tab=0&g0.expr=checker_probe_state%7Bprobe%3D%22search%22%7D+%3D%3D+1",
    }
    assert "" == unit_test(tmp_path, page_with(runbook, expected))
