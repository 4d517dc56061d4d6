"""How a step says over which time CloudWatch's measurements are taken, and how they are asked for."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from checker.core.facts import Absent
from checker.kinds.amazon import Asker
from checker.kinds.fields import Duration, wrong
from checker.net.aws.metrics import LONGEST, Metric, Series, query, series, window

SHORTEST = 60.0


def _window(seconds: float) -> float:
    if not SHORTEST <= seconds <= LONGEST:
        raise wrong("CloudWatch has a value a minute, for 63 days: expected a window from 1m to 63d")
    return seconds


Window = Annotated[Duration, AfterValidator(_window)]
"""Seconds; from a minute to 63 days."""


async def measured(
    asker: Asker, metrics: Mapping[str, Metric], length: float, now: float, lag: float
) -> dict[str, Series]:
    """Return the series of each metric by the name of its fact; `now` in seconds since the epoch. Raises Trouble."""
    if not metrics:
        return {}
    over = window(length, now, lag)
    asked = tuple(metrics.values())
    results = await asker.listed("cloudwatch", "GetMetricData", "MetricDataResults", **query(asked, over))
    return dict(zip(metrics, series(asked, over, results), strict=True))


def unasked(fact: str) -> Absent:
    """Return what stands for a fact that the step does not speak of, so that AWS was not asked for it."""
    return Absent(f"nobody asked for {fact}, so AWS was not asked", own=True)
