"""Panels of the few sorts that the dashboards have. Each says what it shows, in which unit, and what nothing means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BarGaugeNamePlacement,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    DataSourceRef,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TableCellBackgroundDisplayMode,
    TableColoredBackgroundCellOptions,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from scripts.dashboards import looks

SOURCE = DataSourceRef("prometheus", "${datasource}")

Builder = bargauge.Panel | stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel
P = TypeVar("P", bargauge.Panel, stat.Panel, statetimeline.Panel, table.Panel, timeseries.Panel)
Properties = Mapping[str, object]
"""Settings of a field by their names in Grafana."""


@dataclass(frozen=True, slots=True)
class Text:
    """What people read. `nothing` is what it means that there is nothing to see."""

    title: str
    description: str
    unit: str
    nothing: str


@dataclass(frozen=True, slots=True)
class Size:
    """Of 24 columns, and rows of 30 pixels. On a phone all panels are as wide as the screen."""

    width: int
    height: int


def now(expression: str, legend: str = "__auto") -> Dataquery:
    """Return a query for the moment at the end of the time range."""
    return _query(expression).instant().legend_format(legend)


def rows(expression: str) -> Dataquery:
    """Return a query whose series become the rows of a table."""
    return _query(expression).instant().format(PromQueryFormat.TABLE)


def over_time(expression: str, legend: str = "__auto") -> Dataquery:
    """Return a query for the whole time range."""
    return _query(expression).range().legend_format(legend)


def _query(expression: str) -> Dataquery:
    return Dataquery().expr(expression).datasource(SOURCE)


def stat_of(text: Text, size: Size, *queries: Dataquery) -> stat.Panel:
    """Return numbers, or words in their place, in large letters on a colour."""
    return _finished(
        stat.Panel()
        .color_mode(BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(BigValueGraphMode.NONE)
        .text_mode(BigValueTextMode.AUTO)
        .orientation(VizOrientation.AUTO)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(looks.by_threshold())
        .thresholds(looks.steps(looks.BLUE)),
        text,
        size,
        queries,
    )


def bars_of(text: Text, size: Size, *queries: Dataquery) -> bargauge.Panel:
    """Return a bar for each series, with its name above it: on a phone there is no room beside it."""
    return _finished(
        bargauge.Panel()
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .name_placement(BarGaugeNamePlacement.TOP)
        .min_viz_height(16)
        .max_viz_height(40)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(looks.by_threshold())
        .thresholds(looks.steps(looks.BLUE)),
        text,
        size,
        queries,
    )


def lines_of(text: Text, size: Size, *queries: Dataquery) -> timeseries.Panel:
    """Return lines over time."""
    return _finished(_over_time().fill_opacity(5).line_width(1), text, size, queries)


def layers_of(text: Text, size: Size, *queries: Dataquery, bars: bool = False) -> timeseries.Panel:
    """Return areas, or bars, that stand on one another."""
    style = GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE
    return _finished(
        _over_time()
        .draw_style(style)
        .fill_opacity(70)
        .line_width(0)
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL)),
        text,
        size,
        queries,
    )


def _over_time() -> timeseries.Panel:
    return (
        timeseries.Panel()
        .min(0)
        .show_points(VisibilityMode.AUTO)
        .color_scheme(looks.by_series())
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
    )


def lanes_of(text: Text, size: Size, *queries: Dataquery) -> statetimeline.Panel:
    """Return a lane for each series, in colours and words."""
    return _finished(
        statetimeline.Panel()
        .show_value(VisibilityMode.AUTO)
        .merge_values(True)
        .fill_opacity(90)
        .line_width(0)
        .row_height(0.85)
        .legend(common.VizLegendOptions().show_legend(False))
        .color_scheme(looks.by_threshold())
        .thresholds(looks.steps(looks.GREY)),
        text,
        size,
        queries,
    )


def table_of(
    text: Text, size: Size, *queries: Dataquery, columns: Mapping[str, str], hidden: Sequence[str] = ()
) -> table.Panel:
    """Return a table. `columns` are titles by field, in their order; `hidden` fields are left out."""
    panel = _finished(table.Panel(), text, size, queries)
    # What nothing means is said where there is no row; in an empty cell it would be a sentence too many.
    panel.override_by_regexp("/.*/", [model.DynamicConfigValue("noValue", "–")])
    if len(queries) > 1:
        panel.with_transformation(model.DataTransformerConfig("merge", options={}))
    options = {
        "excludeByName": dict.fromkeys(("Time", *hidden), True),
        "indexByName": {field: place for place, field in enumerate(columns)},
        "renameByName": dict(columns),
    }
    return panel.with_transformation(model.DataTransformerConfig("organize", options=options))


def _finished(panel: P, text: Text, size: Size, queries: Sequence[Dataquery]) -> P:
    panel.title(text.title).description(text.description).unit(text.unit).no_value(text.nothing)
    panel.datasource(SOURCE).span(size.width).height(size.height)
    for name, query in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(query.ref_id(name))
    return panel


def sorted_by(column: str, *, descending: bool = False) -> common.TableSortByFieldState:
    """Return the order of a table at first."""
    return common.TableSortByFieldState().display_name(column).desc(descending)


def field(panel: Builder, name: str, properties: Properties) -> None:
    """Set what is different for one field, by its title."""
    panel.override_by_name(name, [model.DynamicConfigValue(key, value) for key, value in properties.items()])


def heat(colours: Sequence[tuple[float | None, str]]) -> Properties:
    """Return that a cell's background follows thresholds, or the words that its value has."""
    background = TableColoredBackgroundCellOptions(TableCellBackgroundDisplayMode.BASIC)
    levels = [{"value": value, "color": colour} for value, colour in colours]
    return {
        "custom.cellOptions": background,
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": levels},
    }


def leads_to(title: str, url: str, *, elsewhere: bool = False) -> Properties:
    """Return that a value is a link; `elsewhere`: opened in a tab of its own."""
    return {"links": [{"title": title, "url": url, "targetBlank": elsewhere}]}


def linked(panel: P, title: str, url: str, *, elsewhere: bool = False) -> P:
    """Let all values of a panel lead somewhere."""
    return panel.data_links([DashboardLink(title).url(url).target_blank(elsewhere)])


def with_lines(panel: timeseries.Panel, *levels: tuple[float, str]) -> timeseries.Panel:
    """Draw lines at values from which on something is wrong."""
    style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
    return panel.thresholds(looks.steps("transparent", *levels)).thresholds_style(style)


def coloured(panel: Builder, colours: Mapping[str, str]) -> None:
    """Give series their colours, by their names."""
    for name, colour in colours.items():
        field(panel, name, {"color": {"mode": "fixed", "fixedColor": colour}})
