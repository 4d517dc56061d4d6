from typing import Any

import pytest

from checker.lab.cloud.api import Api
from checker.lab.cloud.balancers import InstanceBehindBalancer
from checker.lab.cloud.metrics import Metrics
from tests.lab.cloud.test_metrics import Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def metrics(api: Api, time: Time) -> Metrics:
    return Metrics(api, time.clock)


@pytest.fixture
def machine(api: Api, metrics: Metrics) -> InstanceBehindBalancer:
    return InstanceBehindBalancer(api, metrics, "reference")


def group(api: Api) -> Any:
    return api.client("elbv2").describe_target_groups(Names=["reference"])["TargetGroups"][0]


def targets(api: Api) -> list[tuple[str, str]]:
    arn = group(api)["TargetGroupArn"]
    found = api.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [(one["TargetHealth"]["State"], one["TargetHealth"].get("Description", "")) for one in found]


def requests(metrics: Metrics, time: Time) -> list[float]:
    time.minute += 10
    return [datum.value for meter in metrics.meters for datum in meter.data()]


def test_requests_are_counted_by_the_names_that_cloudwatch_knows(
    api: Api, metrics: Metrics, time: Time, machine: InstanceBehindBalancer
) -> None:
    assert [machine.chosen(), machine.chosen()] == [True, True]
    assert sum(requests(metrics, time)) == 2
    datum = next(metrics.meters[0].data())
    named = {dimension.name: dimension.value for dimension in datum.dimensions}
    arns = group(api)
    assert arns["TargetGroupArn"].endswith(named["TargetGroup"])
    assert arns["LoadBalancerArns"][0].endswith(named["LoadBalancer"])
    assert [named["TargetGroup"][:12], named["LoadBalancer"][:4]] == ["targetgroup/", "app/"]


def test_a_stopped_instance_gets_nothing_and_is_told_of(
    api: Api, metrics: Metrics, time: Time, machine: InstanceBehindBalancer
) -> None:
    assert targets(api) == [("healthy", "")]
    machine.stop()
    assert targets(api) == [("unused", "Target is in the stopped state")]
    assert not machine.chosen()
    counted = requests(metrics, time)
    assert counted
    assert not any(counted)


def test_of_a_group_without_targets_nothing_is_told(
    api: Api, metrics: Metrics, time: Time, machine: InstanceBehindBalancer
) -> None:
    machine.chosen()
    machine.deregister()
    assert [targets(api), requests(metrics, time)] == [[], []]
