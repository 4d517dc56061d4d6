from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.aws import ecs
from tests.net.aws.answers import Answers

ARN = "arn:aws:ecs:eu-west-1:123456789012"


def services(parameters: dict[str, Any]) -> dict[str, Any]:
    """Know every service but `gone`."""
    names = [name.rpartition("/")[2] for name in parameters["services"]]
    return {
        "services": [{"serviceName": name} for name in names if name != "gone"],
        "failures": [{"arn": name, "reason": "MISSING"} for name in names if name == "gone"],
    }


async def test_a_service_is_there_or_not() -> None:
    ask = Answers({"DescribeServices": services})
    assert {"serviceName": "app"} == await ecs.find_service(ask, "prod", "app")
    assert await ecs.find_service(ask, "prod", "gone") is None


async def test_what_ecs_does_not_tell_is_not_missing() -> None:
    failing = {"failures": [{"arn": "a", "reason": "ACCESS_DENIED", "detail": "no"}]}
    with pytest.raises(Trouble, match=r"ACCESS_DENIED \(no\)") as caught:
        await ecs.find_service(Answers({"DescribeServices": failing}), "prod", "app")
    assert (Reason.AWS_DENIED, True) == (caught.value.reason, caught.value.own)


async def test_what_is_no_answer_is_no_proof_of_absence() -> None:
    with pytest.raises(Trouble, match="not the AWS API"):
        await ecs.find_service(Answers({"DescribeServices": {}}), "prod", "app")


async def test_services_are_described_ten_at_a_time() -> None:
    arns = [f"{ARN}:service/prod/s{n}" for n in range(25)]
    ask = Answers({"ListServices": {"serviceArns": arns}, "DescribeServices": services})
    assert [f"s{n}" for n in range(25)] == [
        one["serviceName"] for one in await ecs.list_services(ask, "prod")
    ]
    assert [10, 10, 5] == [len(asked["services"]) for _, asked in ask.asked[1:]]


async def test_tasks_are_described_a_hundred_at_a_time() -> None:
    ask = Answers({"DescribeTasks": lambda asked: {"tasks": [{"taskArn": arn} for arn in asked["tasks"]]}})
    arns = [str(n) for n in range(201)]
    assert arns == [task["taskArn"] for task in await ecs.describe_tasks(ask, "prod", arns)]
    assert [100, 100, 1] == [len(asked["tasks"]) for _, asked in ask.asked]
    assert [] == await ecs.describe_tasks(ask, "prod", [])


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (["app:9", "app:10", "app:2"], "app:10"),
        (["app-web:11", "app:3"], "app:3"),
        ([], None),
        (["app-web:1"], None),
    ],
)
async def test_the_newest_revision_is_the_family_s_own(names: list[str], newest: str | None) -> None:
    ask = Answers(
        {"ListTaskDefinitions": {"taskDefinitionArns": [f"{ARN}:task-definition/{one}" for one in names]}}
    )
    assert newest == await ecs.newest_revision(ask, "app")


DEPLOYED: dict[str, Any] = {"taskDefinition": f"{ARN}:task-definition/app:3"}
EXTERNAL: dict[str, Any] = {
    "taskSets": [
        {"status": "ACTIVE", "taskDefinition": f"{ARN}:task-definition/app:4"},
        {"status": "PRIMARY", "taskDefinition": f"{ARN}:task-definition/app:3"},
    ]
}


@pytest.mark.parametrize(("service", "definition"), [(DEPLOYED, "app:3"), (EXTERNAL, "app:3"), ({}, None)])
def test_what_a_service_is_to_run(service: dict[str, Any], definition: str | None) -> None:
    assert definition == ecs.definition_of(service)


ATTACHED = {
    "attachments": [
        {},
        {"details": [{"name": "subnetId"}, {"name": "privateIPv4Address", "value": "10.0.0.1"}]},
    ]
}
BESIDE = {"containers": [{}, {"networkInterfaces": [{}, {"privateIpv4Address": "10.0.0.2"}]}]}


@pytest.mark.parametrize(
    ("task", "address"),
    [(ATTACHED, "10.0.0.1"), (BESIDE, "10.0.0.2"), (ATTACHED | BESIDE, "10.0.0.1"), ({}, None)],
)
def test_where_a_task_is(task: dict[str, Any], address: str | None) -> None:
    assert address == ecs.address_of(task)
