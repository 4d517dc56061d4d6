from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checker.lab.cloud.alarms import Alarms
from checker.lab.cloud.api import Api


@pytest.fixture
def alarms(api: Api) -> Alarms:
    made = Alarms(api)
    made.create("queue-age", "AWS/SQS", "ApproximateAgeOfOldestMessage", 900)
    return made


def described(api: Api) -> Any:
    return api.client("cloudwatch").describe_alarms()["MetricAlarms"][0]


def test_an_alarm_is_content_at_first(api: Api, alarms: Alarms) -> None:
    assert described(api)["StateValue"] == "OK"


def test_it_goes_off_as_long_ago_as_is_said(api: Api, alarms: Alarms) -> None:
    alarms.go_off("queue-age", "the threshold was crossed", timedelta(days=70))
    said = described(api)
    assert [said["StateValue"], said["StateReason"]] == ["ALARM", "the threshold was crossed"]
    age = datetime.now(UTC) - said["StateTransitionedTimestamp"]
    assert timedelta(days=70) <= age < timedelta(days=71)


def test_it_ends(api: Api, alarms: Alarms) -> None:
    alarms.go_off("queue-age", "the threshold was crossed")
    alarms.end("queue-age")
    assert described(api)["StateValue"] == "OK"
