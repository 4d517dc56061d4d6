"""What Grafana asks a Prometheus for, given a dashboard: its queries, with variables put in as Grafana puts them in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Dashboard = Mapping[str, Any]
Values = Mapping[str, str | list[str]]
"""What is chosen: a text for a variable of one value, a list for one of several, `[]`: all."""

FOLDER = Path(__file__).parents[2] / "grafana" / "dashboards"

BUILT_IN = {"__range": "120s", "__interval": "5s", "__rate_interval": "20s"}


@dataclass(frozen=True)
class Query:
    """One query of a panel or an annotation; `instant`: for one moment."""

    dashboard: str
    owner: str
    ref: str
    expr: str
    instant: bool

    @property
    def name(self) -> str:
        return f"{self.dashboard}: {self.owner} {self.ref}"


def load(name: str) -> Dashboard:
    document: Dashboard = json.loads((FOLDER / f"{name}.json").read_text())
    return document


def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    """All panels but the headings of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: Dashboard) -> Iterator[Query]:
    """All queries of panels and annotations."""
    uid = dashboard["uid"]
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield Query(uid, panel["title"], target["refId"], target["expr"], target["instant"])
    for annotation in dashboard["annotations"]["list"]:
        yield Query(uid, annotation["name"], "annotation", annotation["expr"], instant=False)


def choices(dashboard: Dashboard) -> Mapping[str, str]:
    """The queries of variables, by the variables' names."""
    variables = dashboard["templating"]["list"]
    return {one["name"]: one["query"]["query"] for one in variables if one["type"] == "query"}


def interpolated(text: str, dashboard: Dashboard, values: Values) -> str:
    """Put variables in, as Grafana's data source for Prometheus does; one that nobody knows fails the test."""
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return BUILT_IN[name] if name in BUILT_IN else _value(variables[name], values.get(name, []))

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", value, text)


def _value(variable: Mapping[str, Any], chosen: str | list[str]) -> str:
    if not variable["multi"]:
        assert isinstance(chosen, str)
        return chosen.replace("\\", "\\\\").replace("'", "\\'")
    if not chosen:
        return str(variable["allValue"])
    escaped = [re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", one) for one in chosen]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
