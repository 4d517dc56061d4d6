from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checker.core.clock import Clock
from checker.lab.cloud.api import Api
from checker.lab.cloud.metrics import DELAY, KEPT, MINUTE, Metrics

NOW = datetime(2024, 12, 24, 12, 0, 30, tzinfo=UTC)


class Time:
    """A clock that is moved by hand, by minutes as CloudWatch has them; its wall stands still."""

    def __init__(self) -> None:
        self.minute = 1000.0

    @property
    def clock(self) -> Clock:
        return Clock(wall=NOW.timestamp, monotonic=lambda: self.minute * MINUTE)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def metrics(api: Api, time: Time) -> Metrics:
    return Metrics(api, time.clock)


def known(api: Api, **window: int) -> list[float]:
    """Return what CloudWatch knows of a metric, the newest first: `minutes`, up to `until` minutes ago."""
    end = NOW.replace(second=0) - timedelta(minutes=window.get("until", 0))
    dimensions = [{"Name": "QueueName", "Value": "jobs"}]
    metric = {"Namespace": "AWS/SQS", "MetricName": "NumberOfMessagesDeleted", "Dimensions": dimensions}
    answer: Any = api.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}],
        StartTime=end - timedelta(minutes=window.get("minutes", 60)),
        EndTime=end,
        ScanBy="TimestampDescending",
    )
    return list(answer["MetricDataResults"][0]["Values"])


def test_what_was_counted_is_told_by_the_minute_and_late(api: Api, metrics: Metrics, time: Time) -> None:
    meter = metrics.meter("AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs")
    meter.add(2)
    meter.add()
    time.minute += 1
    meter.add(5)
    time.minute += DELAY - 1
    assert known(api) == [3]
    time.minute += 1
    assert known(api) == [5, 3]


def test_nothing_counted_is_a_zero_while_it_is_reported(api: Api, metrics: Metrics, time: Time) -> None:
    metrics.meter("AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs")
    assert known(api) == []
    time.minute += DELAY + 1
    assert known(api) == [0, 0]


def test_each_minute_is_dated_to_itself(api: Api, metrics: Metrics, time: Time) -> None:
    meter = metrics.meter("AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs")
    for count in range(10):
        meter.add(count)
        time.minute += 1
    assert known(api, minutes=3, until=DELAY) == [6, 5, 4]


def test_what_is_no_longer_reported_has_no_values(api: Api, metrics: Metrics, time: Time) -> None:
    meter = metrics.meter("AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs")
    meter.add()
    time.minute += 10
    meter.end()
    assert known(api) == []


def test_what_is_old_is_forgotten(api: Api, metrics: Metrics, time: Time) -> None:
    meter = metrics.meter("AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs")
    meter.add()
    time.minute += KEPT + 1
    assert known(api, minutes=2 * KEPT) == [0.0] * (KEPT - DELAY + 1)


def test_what_others_put_there_stays(api: Api, metrics: Metrics) -> None:
    dimensions = [{"Name": "QueueName", "Value": "jobs"}]
    datum = {"MetricName": "NumberOfMessagesDeleted", "Dimensions": dimensions, "Value": 7.0}
    at = NOW - timedelta(minutes=5)
    api.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[{**datum, "Timestamp": at}])
    metrics.meter("AWS/SQS", "NumberOfMessagesSent", QueueName="jobs")
    assert known(api) == [7]
