"""The checker's metrics about itself: whether it keeps its own schedule, configuration and secrets in order.

They are counted in plain numbers and turned into families only when somebody asks.
"""

import platform
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate

from checker.core.lean import unused, without

with (  # servers of its own, in whose place is ours
    without("http.server", BaseHTTPRequestHandler=unused()),
    without("socketserver", ThreadingMixIn=unused()),
    without("wsgiref.simple_server", WSGIRequestHandler=unused(), WSGIServer=unused(), make_server=None),
):
    import prometheus_client  # noqa: F401 - here, before anybody else imports it

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from checker import __version__
from checker.secrets.store import SecretStatus
from checker.surfaces.causes.evidence import Happened

LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of checker_schedule_lag_seconds, in seconds."""


class Own(Collector):
    """Told by the scheduler, the loop's watch and the reload; read at each scrape.

    `in_flight`, `secrets`, `late_callbacks` and `refresh_failures` (of remote secrets) are asked at each scrape.
    """

    def __init__(
        self,
        in_flight: Callable[[], int] = lambda: 0,
        secrets: Callable[[], Mapping[str, SecretStatus]] = dict,
        late_callbacks: Callable[[], int] = lambda: 0,
        refresh_failures: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._in_flight = in_flight
        self._secrets = secrets
        self._late_callbacks = late_callbacks
        self._refresh_failures = refresh_failures
        self._process = ProcessCollector(registry=None)
        self._lags = [0] * (len(LAG_BUCKETS) + 1)
        self._lag_sum = 0.0
        self._stalled = 0.0
        self._reload_successful: bool | None = None
        self._started_at: float | None = None
        self._reloaded_at: float | None = None

    def observe_lag(self, seconds: float) -> None:
        """Note how much later than its slot a run started."""
        late = max(0.0, seconds)
        self._lags[bisect_left(LAG_BUCKETS, late)] += 1
        self._lag_sum += late

    def stalled(self, seconds: float) -> None:
        """Note a stall of the event loop: its whole length, where it was over 20 ms."""
        self._stalled += max(0.0, seconds)

    def reloaded(self, at: float) -> None:
        """Note that a configuration was taken into use, the first one included; seconds since the epoch."""
        self._started_at = at if self._started_at is None else self._started_at
        self._reload_successful, self._reloaded_at = True, at

    def reload_failed(self) -> None:
        """Note that a configuration was refused."""
        self._reload_successful = False

    def happened(self) -> Happened:
        """Return what may explain a failure: the secrets, and the last reload; the start is none."""
        reloaded = self._reloaded_at if self._reloaded_at != self._started_at else None
        return Happened(self._secrets(), reloaded)

    def collect(self) -> Iterable[Metric]:
        """Yield all families, in a fixed order."""
        yield self._lag()
        yield CounterMetricFamily(
            "checker_event_loop_stalled_seconds",
            "Time that the checker itself lost, in stalls of its event loop over 20 ms.",
            self._stalled,
        )
        yield GaugeMetricFamily("checker_runs_in_flight", "Runs that are going on now.", self._in_flight())
        yield CounterMetricFamily(
            "checker_callbacks_late",
            "Deliveries that came when the run that waited for them was over.",
            self._late_callbacks(),
        )
        yield from self._reloads()
        yield from self._secret_families()
        yield InfoMetricFamily(
            "checker_build", "What is running.", {"version": __version__, "python": platform.python_version()}
        )
        yield from self._process.collect()

    def _lag(self) -> Metric:
        bounds = [*map(repr, LAG_BUCKETS), "+Inf"]
        return HistogramMetricFamily(
            "checker_schedule_lag_seconds",
            "How late runs start.",
            buckets=list(zip(bounds, accumulate(self._lags), strict=True)),
            sum_value=self._lag_sum,
        )

    def _reloads(self) -> Iterator[Metric]:
        successful = GaugeMetricFamily(
            "checker_config_last_reload_successful", "Whether the last configuration that was read is in use."
        )
        if self._reload_successful is not None:
            successful.add_metric((), self._reload_successful)
        yield successful
        at = GaugeMetricFamily(
            "checker_config_last_reload_success_timestamp_seconds",
            "When the configuration in use was taken into use, in seconds since the epoch.",
        )
        if self._reloaded_at is not None:
            at.add_metric((), self._reloaded_at)
        yield at

    def _secret_families(self) -> Iterator[Metric]:
        known = sorted(self._secrets().items())
        readable = GaugeMetricFamily(
            "checker_secret_readable",
            "Whether the secret could be read when last needed.",
            labels=("secret",),
        )
        changed = GaugeMetricFamily(
            "checker_secret_changed_timestamp_seconds",
            "When the secret's value was last seen to change, in seconds since the epoch.",
            labels=("secret",),
        )
        for name, status in known:
            readable.add_metric((name,), status.readable)
            if status.changed_at is not None:
                changed.add_metric((name,), status.changed_at)
        failures = CounterMetricFamily(
            "checker_secret_refresh_failures",
            "Fetches of a secret that is kept elsewhere which failed; its last value stays in use.",
            labels=("secret",),
        )
        for name, failed in sorted(self._refresh_failures().items()):
            failures.add_metric((name,), failed)
        yield from (readable, changed, failures)
