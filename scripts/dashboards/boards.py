"""A dashboard of rows of panels: places, numbers, variables, links and annotations, and its JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    Panel,
    RowPanel,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from checker.surfaces.dashboards.fitting import LABELS, STATUS_PAGE
from scripts.dashboards import looks, panels
from scripts.dashboards.panels import SOURCE
from scripts.dashboards.promql import MATCHERS

COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading, from left to right; a panel that does not fit begins a new line."""

    title: str
    panels: Sequence[panels.Builder]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. `hours` is how much of the past it shows at first."""

    uid: str
    title: str
    description: str
    hours: int
    rows: Sequence[Row]
    variables: Sequence[QueryVariable]
    links: Sequence[DashboardLink] = field(default=())
    annotations: Sequence[AnnotationQuery] = field(default=())

    def json(self) -> str:
        """Return the file that Grafana reads."""
        built = (
            Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags(["checker"])
            .timezone("browser")
            .time(f"now-{self.hours}h", "now")
            .refresh("30s")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .variables([_source(), *self.variables, _status_page()])
            .links(list(self.links))
            .annotations(list(self.annotations))
            .build()
        )
        built.panels = placed(self.rows)
        document = json.loads(JSONEncoder().encode(built))
        return json.dumps(_without_placement(document), indent=2, ensure_ascii=False) + "\n"


def placed(rows: Sequence[Row]) -> list[Panel | RowPanel]:
    """Return rows and panels with their places and numbers."""
    found: list[Panel | RowPanel] = []
    top = 0
    for row in rows:
        found.append(RowPanel(title=row.title, grid_pos=GridPos(h=1, w=COLUMNS, x=0, y=top), panels=[]))
        left, top, height = 0, top + 1, 0
        for builder in row.panels:
            panel = builder.build()
            place = panel.grid_pos or GridPos()
            if left + place.w > COLUMNS:
                left, top, height = 0, top + height, 0
            place.x, place.y = left, top
            left, height = left + place.w, max(height, place.h)
            found.append(panel)
        top += height
    for number, item in enumerate(found, 1):
        item.id_val = number
    return found


def _without_placement(document: dict[str, Any]) -> dict[str, Any]:
    """Take out what would hide links and annotations in a menu."""
    for item in (*document["links"], *document["annotations"]["list"]):
        item.pop("placement", None)
    return document


def _source() -> DatasourceVariable:
    return DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _status_page() -> TextBoxVariable:
    """Hidden: it is there for the links."""
    return (
        TextBoxVariable("status_page")
        .description("Where the checker's status page is (server.external_url).")
        .default_value(STATUS_PAGE)
        .current(VariableOption(text=STATUS_PAGE, value=STATUS_PAGE))
        .hide(VariableHide.HIDE_VARIABLE)
    )


def choices(name: str, label: str, series: str, *, of: str = "", description: str = "") -> QueryVariable:
    """Return a variable over the values of a label of some series: any number of them, all at first."""
    everything = VariableOption(selected=True, text=["All"], value=["$__all"])
    return (
        _values(name, label, f"label_values({series}, {of or name})", description)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(everything)
    )


def choice(name: str, label: str, series: str, *, description: str = "") -> QueryVariable:
    """Return a variable over the values of a label of some series: one of them."""
    return _values(name, label, f"label_values({series}, {name})", description)


def _values(name: str, label: str, query: str, description: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(SOURCE)
        .query({"query": query, "refId": "values"})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.NATURAL_ASC)
    )


def labels() -> list[QueryVariable]:
    """Return the variables for the labels of the estate, and for whose the probes are."""
    return [
        *(choices(label, label, "checker_probe_info") for label in LABELS),
        choices("owner", "Owner", f"checker_probe_info{{{MATCHERS}}}"),
        choices("severity", "Severity", f"checker_probe_info{{{MATCHERS}}}"),
    ]


def link(title: str, url: str, *, keep_time: bool = False, elsewhere: bool = False) -> DashboardLink:
    """Return a link at the top of a dashboard."""
    return (
        DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .icon("external link" if elsewhere else "dashboard")
        .tooltip(title)
        .url(url)
        .keep_time(keep_time)
        .target_blank(elsewhere)
    )


def mark(name: str, expression: str, colour: str, title: str, text: str) -> AnnotationQuery:
    """Return an annotation for as long as an expression yields something.

    Its query stands there twice: some versions of Grafana read it off the target, others off the annotation.
    """
    return (
        AnnotationQuery()
        .name(name)
        .datasource(SOURCE)
        .enable(True)
        .icon_color(colour)
        .expr(expression)
        .target(panels.over_time(expression).ref_id("Anno"))
        .title_format(title)
        .text_format(text)
    )


def reloads() -> AnnotationQuery:
    """Return the annotation of each start and each reload: the values are the moments, in milliseconds."""
    return mark(
        "Configuration",
        "checker_config_last_reload_success_timestamp_seconds * 1000",
        looks.BLUE,
        "configuration: {{instance}}",
        "A checker was started, or began to use a new configuration.",
    ).use_value_for_time(True)
