"""What CloudWatch has measured: whole minutes that it has had the time to gather; no data is unknown, never zero.

GetMetricData takes a start, which counts, and an end, which does not. Services report once a minute, and what they
report arrives two to three minutes later; a window that ended now would be short of what happened at its end, and a
sum over it too small. So a window ends LAG seconds ago, at a whole minute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checker.core.duration import format_duration
from checker.core.facts import Absent

LAG = 180.0
"""Seconds after which CloudWatch has all that a service has reported of a minute."""

DAY = 86400.0
LONGEST = 63 * DAY
"""Seconds; older data are kept by the hour only."""

_PERIODS = ((DAY, 60), (15 * DAY, 300))
_COARSEST = 3600


@dataclass(frozen=True, slots=True)
class Window:
    """A time, in whole periods. `length` is what was asked for, in seconds."""

    start: datetime
    end: datetime
    period: int
    length: float

    @property
    def text(self) -> str:
        """How people say it."""
        return f"the {format_duration(self.length)} up to {self.end:%H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Metric:
    """One series: a statistic (Sum, Maximum) of a metric with just these dimensions."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str = "Sum"


@dataclass(frozen=True, slots=True)
class Series:
    """What there is of it, the newest first."""

    metric: Metric
    window: Window
    values: tuple[float, ...]
    complete: bool = True

    @property
    def total(self) -> float | Absent:
        """The sum of the values."""
        total = sum(self.values, 0.0)
        return self._known(int(total) if total.is_integer() else total)

    @property
    def newest(self) -> float | Absent:
        """The newest value."""
        return self._known(self.values[0] if self.values else 0.0)

    def _known(self, value: float) -> float | Absent:
        named = f"{self.metric.name} of {', '.join(value for _, value in self.metric.dimensions)}"
        if not self.complete:
            return Absent(f"CloudWatch has answered with a part of its data on {named} only", own=True)
        if not self.values:
            return Absent(f"CloudWatch has no data on {named} in {self.window.text}", own=True)
        return value


def window(length: float, now: float, lag: float = LAG) -> Window:
    """Return the window of so many seconds; `now` in seconds since the epoch.

    CloudWatch keeps data by the minute for 15 days, by five minutes for 63, then by the hour. A window of more than a
    day takes five minutes too, so that an answer has some hundred values, and not thousands.
    """
    period = next((period for longest, period in _PERIODS if length <= longest), _COARSEST)
    end = (now - lag) // period * period
    start = (end - length) // period * period
    return Window(_moment(start), _moment(end), period, length)


def query(metrics: Iterable[Metric], window: Window) -> dict[str, Any]:
    """Return the parameters of GetMetricData; the results have the ids m0, m1 and so on."""
    return {
        "MetricDataQueries": [
            {"Id": f"m{index}", "MetricStat": _stat(metric, window), "ReturnData": True}
            for index, metric in enumerate(metrics)
        ],
        "StartTime": window.start,
        "EndTime": window.end,
        "ScanBy": "TimestampDescending",
    }


def series(
    metrics: Iterable[Metric], window: Window, results: Iterable[Mapping[str, Any]]
) -> tuple[Series, ...]:
    """Return what the MetricDataResults of all pages say of each metric."""
    results = tuple(results)
    return tuple(_series(metric, window, f"m{index}", results) for index, metric in enumerate(metrics))


def _series(metric: Metric, window: Window, name: str, results: tuple[Mapping[str, Any], ...]) -> Series:
    own = [result for result in results if result.get("Id") == name]
    values = tuple(float(value) for result in own for value in result.get("Values") or ())
    complete = bool(own) and own[-1].get("StatusCode", "Complete") == "Complete"
    return Series(metric, window, values, complete)


def _stat(metric: Metric, window: Window) -> dict[str, Any]:
    return {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        },
        "Period": window.period,
        "Stat": metric.statistic,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
