"""A cluster whose state tests set as they need it: moto's own objects, with what moto leaves empty.

moto's services start no tasks, and its tasks move on towards STOPPED whenever they are described; what they say of
health, starts, ends and digests is set here.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.backends import get_backend
from moto.ecs.models import Container, Task

from tests.cloud import ACCOUNT, REGION, Cloud

CLUSTER = "prod"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

NOW = datetime(2024, 12, 24, 12, 0, tzinfo=UTC)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


class StillTask(Task):
    """A task that stays in the state it is in; its keys are as the API has them, in snake case."""

    def advance(self) -> None:
        return


class Ecs:
    """One cluster, and the repositories of its images."""

    def __init__(self, api: Cloud) -> None:
        self.client = api.client("ecs")
        self.registry = api.client("ecr")
        subnets = api.client("ec2").describe_subnets()["Subnets"]
        self._network = {"awsvpcConfiguration": {"subnets": [subnets[0]["SubnetId"]], "securityGroups": []}}

    @property
    def state(self) -> Any:
        """Moto's own object."""
        return get_backend("ecs")[ACCOUNT][REGION]

    def reset(self) -> None:
        """Begin anew, with an empty cluster."""
        self.state.reset()
        get_backend("ecr")[ACCOUNT][REGION].reset()
        self.client.create_cluster(clusterName=CLUSTER)

    def define(self, family: str, *containers: Mapping[str, Any], network: str = "awsvpc") -> str:
        """Register a revision of a task definition, and return it as `family:revision`."""
        answer = self.client.register_task_definition(
            family=family,
            networkMode=network,
            containerDefinitions=[{"name": "app", "memory": 64, **container} for container in containers],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"]).rpartition("/")[2]

    def serve(self, name: str, definition: str, desired: int = 1, **state: Any) -> Any:
        """Create a service with as many running tasks as are desired, unless `state` says otherwise."""
        self.client.create_service(
            cluster=CLUSTER, serviceName=name, taskDefinition=definition, desiredCount=desired
        )
        service = self.service(name)
        service.running_count, service.pending_count = desired, 0
        service.deployments[0].update(rolloutState="COMPLETED", createdAt=NOW)
        for key, value in state.items():
            assert hasattr(service, key)
            setattr(service, key, value)
        return service

    def service(self, name: str) -> Any:
        """Return moto's own object of a service."""
        return self.state.services[f"{CLUSTER}:{name}"]

    def task(
        self,
        definition: str,
        containers: Iterable[Mapping[str, Any]] = ({},),
        address: str = "10.0.0.1",
        **state: Any,
    ) -> Any:
        """Start a task: RUNNING and healthy, unless `state` says otherwise."""
        family, _, revision = definition.partition(":")
        defined = self.state.task_definitions[family][int(revision)]
        cluster = self.state.clusters[CLUSTER]
        task = StillTask(
            cluster, defined, None, {}, self.state, "service", networking_configuration=self._network
        )
        task.containers = [self._container(defined, own) for own in containers]
        attached: Any = task.attachments
        for detail in attached[0]["details"] if attached else ():
            detail["value"] = address if detail["name"] == "privateIPv4Address" else detail["value"]
        given = {"last_status": "RUNNING", "health_status": "HEALTHY", "started_at": NOW, **state}
        for key, value in given.items():
            setattr(task, key, value)
        self.state.tasks.setdefault(CLUSTER, {})[task.task_arn] = task
        return task

    def stop(self, task: Any, reason: str, code: str, at: datetime = NOW) -> None:
        """Have a task be over."""
        task.last_status = task.desired_status = "STOPPED"
        task.stopped_reason, task.stop_code, task.stopped_at = reason, code, at

    def forget(self, task: Any) -> None:
        """Do what ECS does an hour after a task was stopped."""
        del self.state.tasks[CLUSTER][task.task_arn]

    @staticmethod
    def _container(defined: Any, own: Mapping[str, Any]) -> Any:
        made: Any = Container
        container = made(defined)
        container.last_status = "RUNNING"
        for key, value in own.items():
            setattr(container, key, value)
        return container

    @staticmethod
    def event(service: Any, message: str, at: datetime = NOW) -> None:
        """Log an event of a service, the newest first."""
        service.events.insert(0, {"id": str(uuid4()), "createdAt": at, "message": message})

    # ECR

    def push(self, repository: str, tag: str, number: int, at: datetime = NOW) -> str:
        """Push an image, and return its reference."""
        images = get_backend("ecr")[ACCOUNT][REGION]
        if repository not in images.repositories:
            self.registry.create_repository(repositoryName=repository)
        for image in images.repositories[repository].images:
            image.remove_tag(tag)
        images.put_image(
            repository, json.dumps({"mediaType": MANIFEST, "n": number}), tag, digest=digest(number)
        )
        images.repositories[repository].images[-1].image_pushed_at = int(at.timestamp())
        return f"{REGISTRY}/{repository}:{tag}"

    def expire(self, repository: str, number: int) -> None:
        """Delete an image as a lifecycle policy does."""
        self.registry.batch_delete_image(
            repositoryName=repository, imageIds=[{"imageDigest": digest(number)}]
        )

    def keep(self, repository: str, number: int, counts: str = "imageCountMoreThan") -> None:
        """Give a repository a lifecycle policy with one rule about all of its images."""
        selection = {"tagStatus": "any", "countType": counts, "countNumber": number}
        if counts != "imageCountMoreThan":
            selection["countUnit"] = "days"
        rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
        self.registry.put_lifecycle_policy(
            repositoryName=repository, lifecyclePolicyText=json.dumps({"rules": [rule]})
        )
