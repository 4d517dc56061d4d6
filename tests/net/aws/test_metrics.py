from datetime import UTC, datetime, timedelta

import pytest

from checker.core.facts import Absent
from checker.net.aws.metrics import LAG, Metric, query, series, window

NOW = datetime(2025, 11, 20, 12, 34, 56, tzinfo=UTC)
METRIC = Metric("AWS/SQS", "NumberOfMessagesSent", (("QueueName", "forms"),))
MINUTES = window(900.0, NOW.timestamp())


@pytest.mark.parametrize(
    ("length", "end", "period"),
    [
        (timedelta(minutes=15), "12:31", 60),
        (timedelta(days=1), "12:31", 60),
        (timedelta(days=2), "12:30", 300),
        (timedelta(days=15), "12:30", 300),
        (timedelta(days=63), "12:00", 3600),
    ],
)
def test_a_window_is_whole_periods_that_cloudwatch_has_gathered(
    length: timedelta, end: str, period: int
) -> None:
    made = window(length.total_seconds(), NOW.timestamp())
    assert (end, period) == (f"{made.end:%H:%M}", made.period)
    assert length <= made.end - made.start < length + timedelta(seconds=period)
    assert made.end.timestamp() + LAG <= NOW.timestamp()
    assert 0 == made.start.timestamp() % period


def test_a_question_names_each_series_and_the_window() -> None:
    asked = query([METRIC, METRIC], MINUTES)
    assert (MINUTES.start, MINUTES.end) == (asked["StartTime"], asked["EndTime"])
    assert ["m0", "m1"] == [one["Id"] for one in asked["MetricDataQueries"]]
    assert {
        "Metric": {
            "Namespace": "AWS/SQS",
            "MetricName": "NumberOfMessagesSent",
            "Dimensions": [{"Name": "QueueName", "Value": "forms"}],
        },
        "Period": 60,
        "Stat": "Sum",
    } == asked["MetricDataQueries"][0]["MetricStat"]


def test_values_are_summed_over_all_pages_and_told_apart() -> None:
    one, other = series(
        [METRIC, METRIC],
        MINUTES,
        [
            {"Id": "m0", "Values": [3.0, 1.0], "StatusCode": "PartialData"},
            {"Id": "m1", "Values": [0.5], "StatusCode": "Complete"},
            {"Id": "m0", "Values": [2.0], "StatusCode": "Complete"},
        ],
    )
    assert (6, 3.0) == (one.total, one.newest)
    assert 0.5 == other.total


@pytest.mark.parametrize(
    ("results", "why"),
    [
        (
            [{"Id": "m0", "Values": [], "StatusCode": "Complete"}],
            "CloudWatch has no data on NumberOfMessagesSent of forms in the 15m up to 12:31 UTC",
        ),
        (
            [{"Id": "m0", "Values": [1.0], "StatusCode": "InternalError"}],
            "CloudWatch has answered with a part of its data on NumberOfMessagesSent of forms only",
        ),
        ([], "CloudWatch has answered with a part of its data on NumberOfMessagesSent of forms only"),
    ],
)
def test_what_is_not_known_is_never_zero(results: list[dict[str, object]], why: str) -> None:
    (seen,) = series([METRIC], MINUTES, results)
    assert Absent(why, own=True) == seen.total == seen.newest
