"""The Grafana dashboards as they are committed: what the generator writes, and fit to be read."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.core.reason import Phase, Result, State
from checker.surfaces.web.marks import Mark
from tests.e2e import grafana

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "checker" / "surfaces" / "dashboards"
PROVISIONING = ROOT / "grafana" / "provisioning"
METRICS = (ROOT / "docs" / "metrics.md").read_text()
PAGE = (ROOT / "docs" / "grafana.md").read_text()
DASHBOARDS = {name: grafana.load(name) for name in grafana.names()}
PANELS = [panel for dashboard in DASHBOARDS.values() for panel in grafana.panels(dashboard)]
QUERIES = [query for dashboard in DASHBOARDS.values() for query in grafana.queries(dashboard)]

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
every_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.json")}


def test_what_is_committed_and_what_ships_is_what_the_generator_writes(tmp_path: Path) -> None:
    """If not: make dashboards."""
    subprocess.run([sys.executable, "-m", "scripts.dashboards", tmp_path], cwd=ROOT, check=True, timeout=50)
    made = contents(tmp_path)
    assert {"checker-overview.json", "checker-probe.json"} == made.keys()
    assert (made, made) == (contents(grafana.FOLDER), contents(SHIPPED))


def test_the_product_does_without_the_generators_library() -> None:
    sources = (ROOT / "checker").rglob("*.py")
    assert [] == [
        path.name for path in sources if re.search(r"grafana_foundation|from scripts", path.read_text())
    ]


@every_dashboard
def test_panels_have_numbers_of_their_own_and_do_not_overlap(dashboard: grafana.Dashboard) -> None:
    assert [] == [
        number for number, count in Counter(one["id"] for one in dashboard["panels"]).items() if count > 1
    ]
    cells = Counter(cell for panel in dashboard["panels"] for cell in covered(panel["gridPos"]))
    assert [] == [cell for cell, count in cells.items() if count > 1]
    assert max(column for column, _ in cells) < 24


def covered(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for row in range(place["y"], place["y"] + place["h"]):
        for column in range(place["x"], place["x"] + place["w"]):
            yield column, row


@every_dashboard
def test_there_are_no_gaps(dashboard: grafana.Dashboard) -> None:
    """What comes later never stands above what came before: that order is a phone's."""
    places = [(panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in dashboard["panels"]]
    assert all(before < after for before, after in pairwise(places))
    rows = {row for panel in dashboard["panels"] for _, row in covered(panel["gridPos"])}
    assert rows == set(range(len(rows)))


@every_panel
def test_a_panel_says_what_it_shows_in_which_unit_and_what_nothing_means(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["description"].endswith(".")
    assert defaults["unit"]
    assert defaults["noValue"]
    assert {"type": "prometheus", "uid": "${datasource}"} == panel["datasource"]


@every_panel
def test_queries_of_a_panel_have_names_of_their_own(panel: dict[str, Any]) -> None:
    names = [target["refId"] for target in panel["targets"]]
    assert sorted(set(names)) == names


@every_panel
def test_a_table_has_a_title_for_each_column_that_is_changed(panel: dict[str, Any]) -> None:
    if panel["type"] == "table":
        titles = set(panel["transformations"][-1]["options"]["renameByName"].values())
        overrides = [one["matcher"] for one in panel["fieldConfig"]["overrides"]]
        assert set() == {one["options"] for one in overrides if one["id"] == "byName"} - titles


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_asks_for_metrics_that_there_are(query: grafana.Query) -> None:
    """And for no series that rules would have to record first."""
    sections = set(re.findall(r"^### (checker_\w+)$", METRICS, re.MULTILINE))
    known = {name + suffix for name in sections for suffix in ("", "_sum", "_count", "_bucket")}
    asked = set(re.findall(r"\b(?:checker|process)_\w+", query.expr))
    assert asked
    assert set() == {name for name in asked if name not in known and f"`{name}`" not in METRICS}
    assert not re.search(r"\w:\w", query.expr)


@every_dashboard
def test_every_variable_that_is_used_is_there(dashboard: grafana.Dashboard) -> None:
    text = str([dashboard["panels"], dashboard["links"], dashboard["annotations"]])
    names = set(re.findall(r"\$\{?(\w+)", text)) - grafana.BUILT_IN.keys()
    assert names <= {one["name"] for one in dashboard["templating"]["list"]} | {
        "__data",
        "__field",
        "__url_time_range",
        "__value",
    }


@every_dashboard
def test_all_versions_of_grafana_find_the_query_of_an_annotation(dashboard: grafana.Dashboard) -> None:
    annotations = dashboard["annotations"]["list"]
    assert annotations
    assert [one["expr"] for one in annotations] == [one["target"]["expr"] for one in annotations]


@every_dashboard
def test_links_to_dashboards_lead_to_one(dashboard: grafana.Dashboard) -> None:
    targets = set(re.findall(r"/d/([\w-]+)", str(dashboard)))
    assert targets
    assert targets <= {one["uid"] for one in DASHBOARDS.values()}


@every_dashboard
def test_links_lead_to_the_status_page_and_the_runbook(dashboard: grafana.Dashboard) -> None:
    text = str(dashboard)
    assert "${status_page:raw}" in str(dashboard["links"])
    assert "${status_page:raw}/probes/" in text
    assert "'Runbook', 'url': '${__value.raw}'" in text


def panel(title: str) -> dict[str, Any]:
    return next(one for one in PANELS if one["title"] == title)


def test_marks_states_results_and_phases_are_those_of_the_product() -> None:
    mark = panel("Mark")
    options = mark["fieldConfig"]["defaults"]["mappings"][0]["options"]
    assert [one.value for one in Mark] == [options[key]["text"] for key in sorted(options)]
    assert len(options) == len({one["color"] for one in options.values()})
    assert {one.value for one in State} == set(re.findall(r'state="(\w+)"', mark["targets"][0]["expr"]))
    assert {one.value for one in State} == coloured("Copies, by state")
    assert {one.value for one in Result} == coloured("Runs, by result")
    assert {one.value for one in Phase} == coloured("Phases, stacked")


def coloured(title: str) -> set[str]:
    return {one["matcher"]["options"] for one in panel(title)["fieldConfig"]["overrides"]}


@every_dashboard
def test_every_row_is_told_of(dashboard: grafana.Dashboard) -> None:
    titles = [one["title"] for one in dashboard["panels"] if one["type"] == "row"]
    assert [] == [title for title in titles if f"**{title}**" not in PAGE]
    assert f"`{dashboard['uid']}`" in PAGE


def test_grafana_is_told_where_prometheus_and_the_dashboards_are() -> None:
    [source] = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yaml").read_text())["datasources"]
    assert ("prometheus", "${PROMETHEUS_URL}", True) == (source["type"], source["url"], source["isDefault"])
    [provider] = yaml.safe_load((PROVISIONING / "dashboards" / "checker.yaml").read_text())["providers"]
    assert "file" == provider["type"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in PAGE
    assert "PROMETHEUS_URL=" in PAGE
