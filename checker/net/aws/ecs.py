"""What ECS says of a service and of its tasks.

Answers stay the mappings that botocore makes of them (Amazon ECS API Reference); the functions here know which calls it
takes, in portions of which size, and where in an answer a thing is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.aws.asking import Ask

Said = Mapping[str, Any]

SERVICES_AT_ONCE = 10  # DescribeServices takes no more
TASKS_AT_ONCE = 100  # nor DescribeTasks

ACTIVE = "ACTIVE"
MISSING = "MISSING"
RUNNING = "RUNNING"
STOPPED = "STOPPED"


async def find_service(ask: Ask, cluster: str, name: str) -> Said | None:
    """Return a service; None where the cluster has none of this name, and had none of late."""
    described = await _described(ask, cluster, [name])
    return described[0] if described else None


async def list_services(ask: Ask, cluster: str) -> list[Said]:
    """Return all services of a cluster, those among them that are being deleted too."""
    arns = await ask.listed("ecs", "ListServices", "serviceArns", cluster=cluster, maxResults=100)
    return await describe_services(ask, cluster, arns)


async def describe_services(ask: Ask, cluster: str, names: Sequence[str]) -> list[Said]:
    """Return those of some services, by name or ARN, that there are."""
    return [
        service
        for some in _portions(names, SERVICES_AT_ONCE)
        for service in await _described(ask, cluster, some)
    ]


async def list_tasks(ask: Ask, cluster: str, service: str, status: str = RUNNING) -> list[str]:
    """Return the ARNs of a service's tasks that are to run, or of those that were stopped within the hour."""
    return await ask.listed(
        *("ecs", "ListTasks", "taskArns"), cluster=cluster, serviceName=service, desiredStatus=status
    )


async def describe_tasks(ask: Ask, cluster: str, arns: Sequence[str]) -> list[Said]:
    """Return what there is to say of tasks; one that ECS has forgotten meanwhile is left out."""
    found: list[Said] = []
    for some in _portions(arns, TASKS_AT_ONCE):
        answer = await ask.call("ecs", "DescribeTasks", cluster=cluster, tasks=some)
        found += answer.get("tasks", ())
    return found


async def task_definition(ask: Ask, name: str) -> Said:
    """Return a task definition by its ARN, or by `family:revision`."""
    answer = await ask.call("ecs", "DescribeTaskDefinition", taskDefinition=name)
    return dict(answer["taskDefinition"])


async def newest_revision(ask: Ask, family: str) -> str | None:
    """Return the newest revision of a family that is still ACTIVE, as `family:revision`; None where none is."""
    answer = await ask.call("ecs", "ListTaskDefinitions", familyPrefix=family, status=ACTIVE, sort="DESC")
    names = [name_of(arn) for arn in answer.get("taskDefinitionArns", ())]
    return max((name for name in names if family_of(name) == family), key=revision_of, default=None)


async def _described(ask: Ask, cluster: str, names: list[str]) -> list[Said]:
    answer = await ask.call("ecs", "DescribeServices", cluster=cluster, services=names)
    for failure in answer.get("failures", ()):
        if failure.get("reason") != MISSING:
            why = f"{failure.get('reason')} ({failure.get('detail') or failure.get('arn')})"
            raise Trouble(Reason.AWS_DENIED, f"ecs:DescribeServices: ECS does not tell: {why}", own=True)
    if not answer.get("services") and not answer.get("failures"):
        raise Trouble(Reason.PROTOCOL, "ecs:DescribeServices: what answers is not the AWS API", own=True)
    return list(answer.get("services", ()))


def _portions(items: Sequence[str], size: int) -> Iterator[list[str]]:
    return (list(items[start : start + size]) for start in range(0, len(items), size))


# Where things are in an answer


def name_of(arn: str) -> str:
    """Return the last part of an ARN: a task's id, a service's name, `family:revision`."""
    return arn.rpartition("/")[2]


def family_of(definition: str) -> str:
    """Return the family of a `family:revision`."""
    return definition.rpartition(":")[0]


def revision_of(definition: str) -> int:
    """Return the revision of a `family:revision`."""
    return int(definition.rpartition(":")[2])


def primary(service: Said) -> Said | None:
    """Return the deployment that is to be the service's only one in the end; None where ECS does not deploy it."""
    return _primary(service.get("deployments", ()))


def definition_of(service: Said) -> str | None:
    """Return what a service is to run, as `family:revision`; its primary task set's where ECS does not deploy it."""
    task_set = _primary(service.get("taskSets", ())) or {}
    arn = service.get("taskDefinition") or task_set.get("taskDefinition")
    return name_of(arn) if arn else None


def _primary(items: Iterable[Said]) -> Said | None:
    return next((item for item in items if item.get("status") == "PRIMARY"), None)


def is_running(task: Said) -> bool:
    """Whether a task runs by now."""
    return bool(task.get("lastStatus") == RUNNING)


def address_of(task: Said) -> str | None:
    """Return the private address of a task that has a network interface of its own (awsvpc)."""
    for attachment in task.get("attachments", ()):
        for detail in attachment.get("details", ()):
            if detail.get("name") == "privateIPv4Address" and detail.get("value"):
                return str(detail["value"])
    return next(
        (str(own["privateIpv4Address"]) for own in _interfaces(task) if own.get("privateIpv4Address")), None
    )


def _interfaces(task: Said) -> Iterator[Said]:
    for container in task.get("containers", ()):
        yield from container.get("networkInterfaces", ())
