"""CloudWatch's metrics of other services, of which moto has none: what queues and load balancers count.

CloudWatch has a value a minute, and has it minutes later. A re-enactment takes seconds, so that half a second of it is
told as a minute: what happened two seconds ago is dated four minutes ago, and what is younger than DELAY has not come
yet. What is not reported has no values, as in AWS: no value is not a zero.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import models

from checker.core.clock import Clock
from checker.lab.cloud.api import Api

MINUTE = 0.5
"""Seconds of the lab that are told as a minute."""

DELAY = 3
"""Minutes until CloudWatch tells what was counted in one."""

KEPT = 60
"""Minutes that are told."""


class Meter:
    """One metric: how much was counted in each minute, for as long as its service reports it."""

    def __init__(self, clock: Clock, namespace: str, name: str, **dimensions: str) -> None:
        self._clock = clock
        self._namespace, self._name = namespace, name
        self._dimensions = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        self._counted: Counter[int] = Counter()
        self._since = self._now()
        self._ended = False

    def add(self, number: int = 1) -> None:
        """Count something now; any thread may."""
        self._counted[self._now()] += number

    def end(self) -> None:
        """Tell nothing any more, as long after it was reported for the last time."""
        self._ended = True

    def values(self) -> Iterator[tuple[int, int]]:
        """Yield what is known by now: how many minutes ago, and how much."""
        now = self._now()
        end = self._since if self._ended else now - DELAY + 1
        for minute in range(max(self._since, now - KEPT), end):
            yield now - minute, self._counted[minute]

    def data(self) -> Iterator[Any]:
        """Yield the values as moto's own objects."""
        make: Any = models.MetricDatum
        minute = self._clock.wall() // 60
        for ago, value in self.values():
            moment = datetime.fromtimestamp((minute - ago) * 60, UTC).replace(tzinfo=None)
            yield make(self._namespace, self._name, float(value), self._dimensions, moment, "Count")

    def _now(self) -> int:
        return int(self._clock.monotonic() / MINUTE)


class Metrics:
    """All that is measured in the account, beside what was put there."""

    def __init__(self, api: Api, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self.meters: list[Meter] = []
        state = api.state("cloudwatch")
        state.get_all_metrics = self._beside(state.get_all_metrics)

    def meter(self, namespace: str, name: str, **dimensions: str) -> Meter:
        """Return a metric that is reported from now on."""
        made = Meter(self._clock, namespace, name, **dimensions)
        self.meters.append(made)
        return made

    def _beside(self, put: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
        def known() -> list[Any]:
            return put() + [datum for meter in tuple(self.meters) for datum in meter.data()]

        return known
