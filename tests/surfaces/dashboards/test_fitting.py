import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checker.surfaces.dashboards.fitting import (
    LABELS,
    STATUS_PAGE,
    TAKEN,
    Fitting,
    fitted,
    keys,
    matchers,
    passed_on,
)
from checker.surfaces.rules.writing import written
from tests.e2e import grafana

DASHBOARDS = [grafana.load(name) for name in grafana.names()]


def variables(dashboard: grafana.Dashboard) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in dashboard["templating"]["list"]}


def test_labels_stand_in_queries_and_links() -> None:
    two = ("env", "team")
    assert ('env=~"$env",team=~"$team"', "probe, env, team") == (matchers(two), keys(two))
    assert "${env:queryparam}&${team:queryparam}" == passed_on(two)
    assert ("", "probe", "") == (matchers(()), keys(()), passed_on(()))


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one["uid"])
def test_as_it_ships_nothing_is_changed(dashboard: grafana.Dashboard) -> None:
    assert dashboard == fitted(dashboard, Fitting())


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one["uid"])
def test_other_labels_take_the_place_of_env_everywhere(dashboard: grafana.Dashboard) -> None:
    found = fitted(dashboard, Fitting(("team", "stage")))
    for query in grafana.queries(found):
        assert "$env" not in query.expr
        if "checker_probe" in query.expr:
            assert 'team=~"$team",stage=~"$stage"' in query.expr
    assert "${env" not in json.dumps(found)
    names = list(variables(found))
    assert ["team", "stage"] == names[1:3]
    assert "label_values(checker_probe_info, stage)" == variables(found)["stage"]["query"]["query"]
    assert "stage" == variables(found)["stage"]["label"]


@pytest.mark.parametrize("labels", [(), ("env",), ("env", "team", "cluster")], ids=len)
@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one["uid"])
@pytest.mark.needs("promtool")
def test_prometheus_understands_all_queries_whatever_the_labels(
    dashboard: grafana.Dashboard, labels: tuple[str, ...], tmp_path: Path
) -> None:
    found = fitted(dashboard, Fitting(labels))
    rules = [
        {"record": f"query_{number}", "expr": grafana.interpolated(query.expr, found, {"probe": "a"})}
        for number, query in enumerate(grafana.queries(found))
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(written({"groups": [{"name": "all", "rules": rules}]}, "Queries"))
    done = subprocess.run(
        ["promtool", "check", "rules", str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def test_the_status_page_is_where_links_lead() -> None:
    for dashboard in DASHBOARDS:
        assert STATUS_PAGE == variables(dashboard)["status_page"]["query"]
        page = variables(fitted(dashboard, Fitting(status_page="https://checks.example/")))["status_page"]
        assert (
            "https://checks.example" == page["query"] == page["current"]["value"] == page["current"]["text"]
        )


def test_names_that_are_taken_are_those_of_variables() -> None:
    names = set().union(*map(variables, DASHBOARDS))
    assert names == TAKEN | set(LABELS)
