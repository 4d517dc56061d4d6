from datetime import UTC, datetime
from typing import Any

import pytest

from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.net.aws import service_facts

ARN = "arn:aws:ecs:eu-west-1:123456789012"
AT = datetime(2024, 12, 24, 3, 12, tzinfo=UTC)


def task(revision: int = 1, **said: Any) -> dict[str, Any]:
    arns = {"taskArn": f"{ARN}:task/prod/t1", "taskDefinitionArn": f"{ARN}:task-definition/app:{revision}"}
    return {**arns, "lastStatus": "RUNNING", "startedAt": AT, **said}


def service(running: int, desired: int, state: str = "COMPLETED", **said: Any) -> dict[str, Any]:
    deployment = {
        "id": "d1",
        "status": "PRIMARY",
        "rolloutState": state,
        "rolloutStateReason": "ECS deployment d1",
        "taskDefinition": f"{ARN}:task-definition/app:3",
    }
    return {
        "runningCount": running,
        "desiredCount": desired,
        "pendingCount": 1,
        "deployments": [deployment],
        **said,
    }


def test_a_task_that_has_not_started_has_no_start() -> None:
    entry = service_facts.task_entry(task(12, startedAt=None, lastStatus="PENDING"))
    assert {
        "id": "t1",
        "started_at": None,
        "health": "UNKNOWN",
        "last_status": "PENDING",
        "address": None,
        "revision": 12,
    } == entry


def test_a_stopped_task_says_why() -> None:
    containers = [{"name": "app", "exitCode": 137, "reason": "OutOfMemoryError: killed"}, {"name": "proxy"}]
    stopped = task(
        stoppedReason="a" * 999, stopCode="EssentialContainerExited", stoppedAt=AT, containers=containers
    )
    entry = service_facts.stopped_entry(stopped)
    assert 300 == len(entry.pop("reason"))
    assert {
        "task": "t1",
        "stop_code": "EssentialContainerExited",
        "stopped_at": "2024-12-24T03:12:00Z",
        "revision": 1,
        "containers": [
            {"name": "app", "exit_code": 137, "reason": "OutOfMemoryError: killed"},
            {"name": "proxy", "exit_code": None, "reason": None},
        ],
    } == entry


def test_a_service_that_others_deploy_has_no_rollout_state() -> None:
    assert "COMPLETED" == service_facts.rollout_state(service(1, 1))
    state = service_facts.rollout_state({"deployments": []})
    assert isinstance(state, Absent)
    assert (True, False) == (state.known, state.own)


def test_the_oldest_is_of_those_that_run() -> None:
    tasks = [
        task(),
        task(startedAt=AT.replace(hour=1), lastStatus="PENDING"),
        task(startedAt=AT.replace(hour=5)),
    ]
    assert AT.timestamp() == service_facts.oldest(tasks, 2)


@pytest.mark.parametrize(("desired", "own"), [(0, True), (2, False)])
def test_without_tasks_nothing_is_old(desired: int, own: bool) -> None:
    none = service_facts.oldest([], desired)
    assert Absent("no task runs", known=True, reason=Reason.TASK_FAILED, own=own) == none


def test_revisions_are_in_the_order_of_their_numbers() -> None:
    tasks = [task(10), task(9), task(10), task(11, lastStatus="PENDING")]
    assert ["app:9", "app:10"] == service_facts.revisions_of(tasks)


def definition(revision: int, **variables: str) -> dict[str, Any]:
    app = {
        "name": "app",
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
        "secrets": [{"name": "KEY", "valueFrom": "prod/key"}],
    }
    return {"family": "app", "revision": revision, "containerDefinitions": [app, {"name": "proxy"}]}


def test_variables_are_by_container_and_name() -> None:
    assert {"app": {"A": "1"}, "proxy": {}} == service_facts.environment_of([definition(1, A="1")])
    assert {"app": {"KEY": "prod/key"}, "proxy": {}} == service_facts.secrets_of([definition(1, A="1")])


def test_of_a_mixed_service_only_what_all_agree_on_is_known() -> None:
    found = service_facts.environment_of([definition(1, A="1", B="1", C="1"), definition(2, A="1", B="2")])[
        "app"
    ]
    differs = Absent("tasks of app:1 and app:2 run, and these differ in it")
    assert {"A": "1", "B": differs, "C": differs} == found


@pytest.mark.parametrize(
    ("desired", "state", "percent", "failed", "least"),
    [
        (4, "COMPLETED", 50, 0, 4),
        (4, "FAILED", 50, 0, 4),
        (4, "IN_PROGRESS", 50, 0, 2),
        (3, "IN_PROGRESS", 50, 0, 2),
        (4, "IN_PROGRESS", 50, 1, 4),
        (4, "IN_PROGRESS", 0, 0, 0),
        (4, "IN_PROGRESS", None, 0, 4),
        (4, "IN_PROGRESS", 200, 0, 4),
    ],
)
def test_a_deployment_may_take_a_service_down_as_far_as_that_says(
    desired: int, state: str, percent: int | None, failed: int, least: int
) -> None:
    configured = {} if percent is None else {"deploymentConfiguration": {"minimumHealthyPercent": percent}}
    counts = {"d1": failed, "the one before": 3}
    assert least == service_facts.least(service(0, desired, state, **configured), counts)


def test_a_shortage_tells_the_last_that_stopped_and_the_deployment() -> None:
    pull = "CannotPullContainerError: manifest unknown"
    stopped = [
        service_facts.stopped_entry(task(stoppedReason=pull, stopCode="TaskFailedToStart", stoppedAt=AT)),
        service_facts.stopped_entry(task(stoppedReason="scaled")),
    ]
    assert (
        "0 of 2 tasks run, 1 are pending; the last that stopped did at 2024-12-24T03:12:00Z: TaskFailedToStart, "
        "CannotPullContainerError: manifest unknown; the deployment of app:3 is IN_PROGRESS, 4 of its tasks failed"
        " (ECS deployment d1)"
    ) == service_facts.shortage(service(0, 2, "IN_PROGRESS"), {"d1": 4}, stopped)


@pytest.mark.parametrize(
    ("container", "told"),
    [
        ({"exitCode": 1}, "container app exited with 1"),
        ({"exitCode": 137, "reason": "OutOfMemoryError"}, "container app exited with 137: OutOfMemoryError"),
        ({"reason": "CannotPullContainerError"}, "container app: CannotPullContainerError"),
        ({"exitCode": 0}, "no reason given"),
    ],
)
def test_a_shortage_tells_how_containers_ended(container: dict[str, Any], told: str) -> None:
    entry = service_facts.stopped_entry(task(stoppedAt=AT, containers=[{"name": "app", **container}]))
    text = service_facts.shortage(service(0, 1), {}, [entry])
    assert (
        f"0 of 1 tasks run, 1 are pending; the last that stopped did at 2024-12-24T03:12:00Z: {told}" == text
    )


@pytest.mark.parametrize(
    ("stopped", "told"),
    [
        ([], "none was seen to stop within a day"),
        (Absent("AWS denies it"), "why is not known: AWS denies it"),
    ],
)
def test_a_shortage_without_a_stopped_task(stopped: object, told: str) -> None:
    assert f"0 of 1 tasks run, 1 are pending; {told}" == service_facts.shortage(service(0, 1), {}, stopped)
