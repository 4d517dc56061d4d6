"""What ECS would say of services and tasks: moto's own objects, with what moto leaves empty.

Known gaps of moto 5.2 that this fills: its services start no tasks and ListTasks does not filter by service; each
DescribeTasks moves a task on towards STOPPED; a task has one container, no health, no start, no stop code, no image
digest and an address in a network that is not there; services log no events and count no tasks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.ecs import models
from moto.ecs.exceptions import ECSException

from checker.lab.cloud.api import Api

CLUSTER = "services"


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container of a definition. `secrets` are names of secrets by the variables that they are injected as."""

    name: str
    image: str
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as RegisterTaskDefinition takes it."""
        return {
            "name": self.name,
            "image": self.image,
            "essential": True,
            "environment": [{"name": name, "value": value} for name, value in self.environment.items()],
            "secrets": [{"name": name, "valueFrom": secret} for name, secret in self.secrets.items()],
        }


class PlacedTask(models.Task):
    """A task that stays in the state it is in, at an address of loopback, with all of its containers."""

    def __init__(self, ecs: "Ecs", service: Any, definition: Any, address: str) -> None:
        state = ecs.state
        super().__init__(
            state.clusters[service.cluster_name],
            definition,
            None,
            None,
            state,
            group=f"service:{service.name}",
            launch_type="FARGATE",
            networking_configuration=ecs.network,
        )
        self.address = address
        self.containers: list[Any] = [
            _container(definition, index) for index in range(len(definition.container_definitions))
        ]
        details: Any = self.attachments[0]["details"]
        for detail in details:
            if detail["name"] == "privateIPv4Address":
                detail["value"] = address
        self.health_status = "UNKNOWN"
        self.created_at = _now()
        self.started_at: datetime | None = None
        self.stopped_at: datetime | None = None
        self.stop_code: str | None = None

    def advance(self) -> None:
        """Stay: being looked at changes nothing."""


def _container(definition: Any, index: int) -> Any:
    make: Any = models.Container
    made = make(definition)
    own = definition.container_definitions[index]
    made.name, made.image = own["name"], own["image"]
    made.environment = own.get("environment")
    made.health_status = "UNKNOWN"
    return made


def _now() -> datetime:
    return datetime.now(UTC)


class Ecs:
    """One cluster."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.state = api.state("ecs")
        subnets = api.state("ec2").get_default_subnets().values()
        self.network = {"awsvpcConfiguration": {"subnets": [next(iter(subnets)).id], "securityGroups": []}}
        api.client("ecs").create_cluster(clusterName=CLUSTER)
        self.state.list_tasks = _by_service(self.state.list_tasks)
        self.state.list_services = _only_there(self.state.list_services, self.state)
        self.state.update_service = _only_active(self.state.update_service, self.state)

    def register(self, family: str, containers: Sequence[ContainerSpec]) -> str:
        """Register a revision of a task definition, and return it as `family:revision`."""
        answer = self._api.client("ecs").register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[container.document() for container in containers],
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn.rpartition("/")[2]

    def create_service(self, name: str, definition: str, desired: int) -> None:
        """Create a service; its tasks are started by whoever plays the scheduler."""
        self._api.client("ecs").create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=self.network,
        )
        self.count(name)

    def delete_service(self, name: str) -> None:
        """Delete a service, tasks or not; it can be described for a while, as INACTIVE."""
        self._api.client("ecs").delete_service(cluster=CLUSTER, service=name, force=True)
        own = self.service(name)
        own.desired_count, own.deployments = 0, []

    def forget(self, name: str) -> None:
        """Do what ECS does within an hour or so: know no longer of a service that was deleted."""
        del self.state.services[f"{CLUSTER}:{name}"]

    def service(self, name: str) -> Any:
        """Return moto's own object of a service."""
        return self.state.services[f"{CLUSTER}:{name}"]

    def containers(self, definition: str) -> list[dict[str, Any]]:
        """Return the containers of a definition as they were registered."""
        answer = self._api.client("ecs").describe_task_definition(taskDefinition=definition)
        found: list[dict[str, Any]] = answer["taskDefinition"]["containerDefinitions"]
        return found

    def place(self, service: str, address: str) -> PlacedTask:
        """Begin a task of what the service is to run; it is PENDING."""
        own = self.service(service)
        family, _, revision = own.task_definition.rpartition("/")[2].rpartition(":")
        task = PlacedTask(self, own, self.state.task_definitions[family][int(revision)], address)
        task.last_status = "PENDING"
        self.state.tasks.setdefault(CLUSTER, {})[task.task_arn] = task
        self.count(service)
        return task

    def started(self, task: PlacedTask, digests: Mapping[str, str]) -> None:
        """Have a task run from now on; `digests` of its containers' images, by the image."""
        task.last_status, task.started_at = "RUNNING", _now()
        for container in task.containers:
            container.last_status = "RUNNING"
            container.image_digest = digests.get(container.image)
        self.count(_service_of(task))

    def stopped(self, task: PlacedTask, reason: str, code: str) -> None:
        """Have a task be over."""
        task.last_status = task.desired_status = "STOPPED"
        task.stopped_reason, task.stop_code, task.stopped_at = reason, code, _now()
        for container in task.containers:
            container.last_status = "STOPPED"
        own = self.service(_service_of(task))
        if code == "TaskFailedToStart" and own.deployments:
            own.deployments[0]["failedTasks"] += 1
        self.count(own.name)

    def healthy(self, task: PlacedTask, *, healthy: bool) -> None:
        """Note what the health check of a task's containers says."""
        task.health_status = "HEALTHY" if healthy else "UNHEALTHY"
        for container in task.containers:
            container.health_status = task.health_status

    def event(self, service: str, message: str) -> None:
        """Log an event of a service, the newest first."""
        own = self.service(service)
        own.events.insert(
            0, {"id": str(uuid4()), "createdAt": _now(), "message": f"(service {service}) {message}"}
        )

    def tasks(self, service: str) -> list[PlacedTask]:
        """Return the tasks of a service that are to run."""
        return [task for task in self._all(service) if task.desired_status == "RUNNING"]

    def count(self, service: str) -> None:
        """Count the service's tasks anew, as its numbers and those of its deployment say."""
        own = self.service(service)
        states = [task.last_status for task in self._all(service)]
        own.running_count, own.pending_count = states.count("RUNNING"), states.count("PENDING")
        for deployment in own.deployments[:1]:
            done = own.running_count >= own.desired_count
            deployment.update(
                desiredCount=own.desired_count,
                runningCount=own.running_count,
                pendingCount=own.pending_count,
                rolloutState="COMPLETED" if done else deployment["rolloutState"],
                taskDefinition=own.task_definition,
            )

    def _all(self, service: str) -> Iterable[PlacedTask]:
        tasks = self.state.tasks.get(CLUSTER, {}).values()
        return [task for task in tasks if task.group == f"service:{service}"]


def _service_of(task: PlacedTask) -> str:
    return str(task.group).partition(":")[2]


def _by_service(list_tasks: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Return moto's ListTasks with the filters that it leaves out: the service, and that tasks are to run."""

    def listed(
        cluster: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service: str | None = None,
        status: str | None = None,
    ) -> list[Any]:
        found = list_tasks(cluster, container_instance, family, started_by, None, status or "RUNNING")
        group = f"service:{service.rpartition('/')[2]}" if service else None
        return [task for task in found if group in (None, task.group)]

    return listed


def _only_there(list_services: Callable[..., list[str]], state: Any) -> Callable[..., list[str]]:
    """Return moto's ListServices without those that were deleted."""

    def listed(*arguments: Any, **more: Any) -> list[str]:
        gone = {own.arn for own in state.services.values() if own.status == "INACTIVE"}
        return [arn for arn in list_services(*arguments, **more) if arn not in gone]

    return listed


def _only_active(update: Callable[[dict[str, Any]], Any], state: Any) -> Callable[[dict[str, Any]], Any]:
    """Return moto's UpdateService, which refuses to update what was deleted."""

    def updated(properties: dict[str, Any]) -> Any:
        own = state.services.get(f"{properties['cluster']}:{properties['service']}")
        if own and own.status == "INACTIVE":
            raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
        return update(properties)

    return updated
