"""Colours and words, the same on all panels. No meaning hangs on a colour alone.

The colours are those of Okabe and Ito ("Color Universal Design", 2008), which colour-blind people can tell apart; the
purple of what is masked is Paul Tol's ("Colour schemes", 2021), because theirs is too pale for what matters most.
"""

from collections.abc import Mapping

from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import (
    DashboardSpecialValueMapOptions,
    FieldColorModeId,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from scripts.dashboards import promql

PURPLE = "#AA3377"
VERMILLION = "#D55E00"
SKY = "#56B4E9"
ORANGE = "#E69F00"
GREY = "#7F7F7F"
PALE = "#BBBBBB"
GREEN = "#009E73"
BLUE = "#0072B2"

MARKS = {
    promql.MASKED: ("masked", PURPLE),
    promql.DOWN: ("down", VERMILLION),
    promql.UNKNOWN: ("unknown", SKY),
    promql.DEGRADED: ("degraded", ORANGE),
    promql.BLOCKED: ("blocked", GREY),
    promql.PENDING: ("pending", PALE),
    promql.UP: ("up", GREEN),
}
STATES = {word: colour for word, colour in MARKS.values() if word not in ("masked", "blocked")}
RESULTS = {"pass": GREEN, "degraded": ORANGE, "fail": VERMILLION, "error": SKY}
PHASES = {"dns": SKY, "connect": ORANGE, "tls": PURPLE, "send": GREY, "wait": BLUE, "receive": GREEN}


def words(meanings: Mapping[int, tuple[str, str]], otherwise: str = "") -> list[ValueMapping]:
    """Return what stands in the place of numbers, with its colour; `otherwise`: in that of none."""
    results = {
        str(value): ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(meanings.items())
    }
    mappings: list[ValueMapping] = [ValueMap(options=results)] if results else []
    if otherwise:
        none = ValueMappingResult(text=otherwise, color=GREY, index=len(results))
        match = DashboardSpecialValueMapOptions(SpecialValueMatch.NULL_AND_NAN, none)
        mappings.append(SpecialValueMap(options=match))
    return mappings


def steps(first: str, *rest: tuple[float, str]) -> ThresholdsConfig:
    """Return a colour below all values, and those from values on."""
    levels = [Threshold(None, first), *(Threshold(value, colour) for value, colour in rest)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(levels)


def by_threshold() -> FieldColor:
    """Return that colours follow thresholds."""
    return FieldColor().mode(FieldColorModeId.THRESHOLDS)


def by_series() -> FieldColor:
    """Return that each series has a colour of its own, whichever others are there."""
    return FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)
