"""What a client is told of what the scheduler has done; in the places where moto would tell nothing."""

from typing import Any

import pytest

from checker.lab.cloud.api import Api
from checker.lab.cloud.ecs import CLUSTER, ContainerSpec, Ecs, PlacedTask

APP = ContainerSpec("app", "app:v1", {"LEVEL": "info"}, {"KEY": "prod/key"})
SIDECAR = ContainerSpec("checker", "checker:v1")


@pytest.fixture
def ecs(api: Api) -> Ecs:
    ecs = Ecs(api)
    ecs.create_service("app", ecs.register("app", (APP, SIDECAR)), desired=2)
    return ecs


class Client:
    """ECS as a client sees it."""

    def __init__(self, api: Api) -> None:
        self.ecs = api.client("ecs")

    def tasks(self, service: str = "app", status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=CLUSTER, serviceName=service, desiredStatus=status)["taskArns"]
        return list(self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]) if arns else []

    def service(self, name: str = "app") -> dict[str, Any]:
        (found,) = self.ecs.describe_services(cluster=CLUSTER, services=[name])["services"]
        return dict(found)


@pytest.fixture
def client(api: Api) -> Client:
    return Client(api)


def running(ecs: Ecs, service: str = "app", address: str = "127.0.1.1") -> PlacedTask:
    task = ecs.place(service, address)
    ecs.started(task, {"app:v1": "sha256:app", "checker:v1": "sha256:checker"})
    return task


def test_a_definition_has_its_variables_and_the_names_of_its_secrets(ecs: Ecs) -> None:
    app, sidecar = ecs.containers("app:1")
    assert [{"name": "LEVEL", "value": "info"}] == app["environment"]
    assert [{"name": "KEY", "valueFrom": "prod/key"}] == app["secrets"]
    assert ("checker", []) == (sidecar["name"], sidecar["environment"])


def test_a_service_starts_no_tasks_by_itself(ecs: Ecs, client: Client) -> None:
    service = client.service()
    assert ([], 2, 0) == (client.tasks(), service["desiredCount"], service["runningCount"])


def test_a_task_stays_in_its_state_however_often_it_is_looked_at(ecs: Ecs, client: Client) -> None:
    ecs.place("app", "127.0.1.1")
    assert ["PENDING"] * 3 == [client.tasks()[0]["lastStatus"] for _ in range(3)]
    assert client.service()["pendingCount"] == 1


def test_a_task_that_runs_tells_all_of_itself(ecs: Ecs, client: Client) -> None:
    task = running(ecs)
    ecs.healthy(task, healthy=True)
    (told,) = client.tasks()
    assert ("RUNNING", "HEALTHY") == (told["lastStatus"], told["healthStatus"])
    assert told["startedAt"] >= told["createdAt"]
    details = {detail["name"]: detail["value"] for detail in told["attachments"][0]["details"]}
    assert details["privateIPv4Address"] == "127.0.1.1"
    containers = [(each["name"], each["imageDigest"], each["healthStatus"]) for each in told["containers"]]
    assert [("app", "sha256:app", "HEALTHY"), ("checker", "sha256:checker", "HEALTHY")] == containers
    ecs.healthy(task, healthy=False)
    assert client.tasks()[0]["healthStatus"] == "UNHEALTHY"


def test_a_deployment_is_completed_once_enough_tasks_run(ecs: Ecs, client: Client) -> None:
    running(ecs)
    before = client.service()["deployments"][0]["rolloutState"]
    running(ecs, address="127.0.1.2")
    deployment = client.service()["deployments"][0]
    assert (before != "COMPLETED", "COMPLETED", 2) == (
        True,
        deployment["rolloutState"],
        deployment["runningCount"],
    )


def test_a_stopped_task_is_listed_as_such_with_its_reason(ecs: Ecs, client: Client) -> None:
    ecs.stopped(running(ecs), "Task stopped by user", "UserInitiated")
    (told,) = client.tasks(status="STOPPED")
    assert ("Task stopped by user", "UserInitiated") == (told["stoppedReason"], told["stopCode"])
    assert ([], 0) == (client.tasks(), client.service()["deployments"][0]["failedTasks"])


def test_a_task_that_could_not_start_counts_as_failed(ecs: Ecs, client: Client) -> None:
    ecs.stopped(ecs.place("app", "127.0.1.1"), "CannotPullContainerError", "TaskFailedToStart")
    assert client.service()["deployments"][0]["failedTasks"] == 1


def test_tasks_are_listed_by_their_service(ecs: Ecs, client: Client) -> None:
    ecs.create_service("other", ecs.register("other", (APP,)), desired=1)
    running(ecs)
    task = running(ecs, "other", "127.0.1.2")
    assert [task.task_arn] == [told["taskArn"] for told in client.tasks("other")]
    assert [task] == ecs.tasks("other")
    assert len(client.ecs.list_tasks(cluster=CLUSTER)["taskArns"]) == 2


def test_events_are_told_the_newest_first(ecs: Ecs, client: Client) -> None:
    ecs.event("app", "has started 1 tasks")
    ecs.event("app", "has reached a steady state.")
    assert ["(service app) has reached a steady state.", "(service app) has started 1 tasks"] == [
        event["message"] for event in client.service()["events"]
    ]


def test_what_was_deleted_can_be_described_but_neither_listed_nor_updated(ecs: Ecs, client: Client) -> None:
    running(ecs)
    ecs.delete_service("app")
    assert ("INACTIVE", []) == (
        client.service()["status"],
        client.ecs.list_services(cluster=CLUSTER)["serviceArns"],
    )
    with pytest.raises(client.ecs.exceptions.ServiceNotActiveException):
        client.ecs.update_service(cluster=CLUSTER, service="app", desiredCount=1)


def test_what_was_forgotten_is_missing(ecs: Ecs, client: Client) -> None:
    ecs.delete_service("app")
    ecs.forget("app")
    told = client.ecs.describe_services(cluster=CLUSTER, services=["app"])
    assert ([], "MISSING") == (told["services"], told["failures"][0]["reason"])


def test_what_is_there_is_listed_and_updated(ecs: Ecs, client: Client) -> None:
    client.ecs.update_service(cluster=CLUSTER, service="app", desiredCount=3)
    assert (1, 3) == (
        len(client.ecs.list_services(cluster=CLUSTER)["serviceArns"]),
        client.service()["desiredCount"],
    )
