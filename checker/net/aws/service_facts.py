"""A service of ECS as facts: pure, out of what ECS says of it."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from checker.core.facts import Absent, Fact, Shape, Unit
from checker.core.reason import Reason
from checker.net.aws.asking import bounded, seconds, written
from checker.net.aws.ecs import (
    MISSING,
    Said,
    address_of,
    is_running,
    name_of,
    primary,
    revision_of,
)

IMAGES = frozenset({"images", "missing_images", "fewest_pushes_until_expiry", "expires_in"})
EXPIRY = IMAGES - {"missing_images"}
CONTENTS = frozenset({"environment", "secrets"})
NEWEST = frozenset({"newest_revision", "is_newest"})
TASKS = frozenset({"tasks", "mixed", "oldest_task_started_at"})
STOPPED = frozenset({"stopped"})

_TASK, _IMAGE = Reason.TASK_FAILED, Reason.IMAGE_MISSING

FACTS: tuple[Fact, ...] = (
    Fact("status", "ACTIVE, DRAINING or INACTIVE, or MISSING.", reason=Reason.RESOURCE_MISSING),
    Fact("desired", "How many tasks are to run."),
    Fact("running", "How many tasks run.", reason=_TASK),
    Fact("pending", "How many tasks are about to run."),
    Fact("rollout_state", "Of the primary deployment: COMPLETED, IN_PROGRESS or FAILED.", reason=_TASK),
    Fact(
        "deployments",
        "The deployments: id, status, rollout_state, reason, task_definition, desired, running, pending, failed_tasks"
        " (the most that was seen), created_at.",
        Shape.JSONPATH,
        reason=_TASK,
    ),
    Fact("task_definition", "What the service is to run, as family:revision."),
    Fact("newest_revision", "The newest ACTIVE revision of that family, as family:revision."),
    Fact("is_newest", "Whether the service, and every task that runs, is of the newest revision."),
    Fact("mixed", "Whether tasks of several revisions run."),
    Fact(
        "tasks",
        "The tasks that are to run: id, started_at, health, last_status, address, revision.",
        Shape.JSONPATH,
        reason=_TASK,
    ),
    Fact("oldest_task_started_at", "Since when the oldest task runs.", unit=Unit.TIMESTAMP),
    Fact(
        "stopped",
        "The tasks that were stopped, as far as was seen within a day: task, reason, stop_code, stopped_at, revision,"
        " containers (name, exit_code, reason).",
        Shape.JSONPATH,
        reason=_TASK,
    ),
    Fact("events", "The service's events, the latest first: at, message.", Shape.JSONPATH),
    Fact(
        "environment",
        "The variables of the running definition with plain values, by container and name.",
        Shape.JSONPATH,
    ),
    Fact("secrets", "Where its other variables come from, by container and name.", Shape.JSONPATH),
    Fact(
        "images",
        "The images in use: container, image, registry, tag, digest, present, tag_present, pushed_at,"
        " pushes_until_expiry, expires_at.",
        Shape.JSONPATH,
        reason=_IMAGE,
    ),
    Fact("missing_images", "The images in use that are gone from ECR, as texts.", reason=_IMAGE),
    Fact(
        "fewest_pushes_until_expiry",
        "After how many further pushes the first of the images in use is expired.",
        reason=_IMAGE,
    ),
    Fact(
        "expires_in",
        "How long the first of the images in use has until it is expired by its age.",
        unit=Unit.DURATION,
        reason=_IMAGE,
    ),
)

STATUS_SAYS: Mapping[str, str] = {
    MISSING: "there is none: it never was there, or was deleted",
    "INACTIVE": "it was deleted",
    "DRAINING": "it is being deleted, its last tasks still run",
}


def task_entry(task: Said) -> dict[str, Any]:
    """Return a task as one item of the fact `tasks`."""
    return {
        "id": name_of(str(task.get("taskArn"))),
        "started_at": written(seconds(task.get("startedAt"))),
        "health": task.get("healthStatus", "UNKNOWN"),
        "last_status": task.get("lastStatus"),
        "address": address_of(task),
        "revision": revision_of(name_of(str(task["taskDefinitionArn"]))),
    }


def stopped_entry(task: Said) -> dict[str, Any]:
    """Return a stopped task as one item of the fact `stopped`."""
    return {
        "task": name_of(str(task.get("taskArn"))),
        "reason": bounded(task.get("stoppedReason")),
        "stop_code": task.get("stopCode"),
        "stopped_at": written(seconds(task.get("stoppedAt"))),
        "revision": revision_of(name_of(str(task["taskDefinitionArn"]))),
        "containers": [
            {
                "name": container.get("name"),
                "exit_code": container.get("exitCode"),
                "reason": bounded(container.get("reason")),
            }
            for container in task.get("containers", ())
        ],
    }


def event_entry(event: Said) -> dict[str, Any]:
    """Return an event as one item of the fact `events`."""
    return {"at": written(seconds(event.get("createdAt"))), "message": bounded(event.get("message"))}


def deployment_entry(deployment: Said, failed: int) -> dict[str, Any]:
    """Return a deployment as one item of the fact `deployments`; `failed` is the most tasks that were seen to fail."""
    return {
        "id": deployment.get("id"),
        "status": deployment.get("status"),
        "rollout_state": deployment.get("rolloutState"),
        "reason": bounded(deployment.get("rolloutStateReason")),
        "task_definition": name_of(str(deployment.get("taskDefinition"))),
        "desired": deployment.get("desiredCount"),
        "running": deployment.get("runningCount"),
        "pending": deployment.get("pendingCount"),
        "failed_tasks": failed,
        "created_at": written(seconds(deployment.get("createdAt"))),
    }


def rollout_state(service: Said) -> str | Absent:
    """Return how far the primary deployment has come."""
    state = (primary(service) or {}).get("rolloutState")
    return str(state) if state else Absent("the service is not deployed by ECS itself", known=True)


def oldest(tasks: Iterable[Said], desired: int) -> float | Absent:
    """Return when the oldest of the running tasks was started, in seconds since the epoch."""
    started = (seconds(task.get("startedAt")) for task in tasks if is_running(task))
    none = Absent("no task runs", known=True, reason=Reason.TASK_FAILED, own=not desired)
    return min((at for at in started if at is not None), default=none)


def revisions_of(tasks: Iterable[Said]) -> list[str]:
    """Return the definitions that the running tasks are of, as `family:revision`, the oldest first."""
    return sorted(
        {name_of(str(task["taskDefinitionArn"])) for task in tasks if is_running(task)}, key=revision_of
    )


def environment_of(definitions: Sequence[Said]) -> dict[str, dict[str, object]]:
    """Return the variables with plain values of what runs, by container and name."""
    return _agreed(definitions, "environment", "value")


def secrets_of(definitions: Sequence[Said]) -> dict[str, dict[str, object]]:
    """Return where the other variables come from; never what is there."""
    return _agreed(definitions, "secrets", "valueFrom")


def _agreed(definitions: Sequence[Said], key: str, part: str) -> dict[str, dict[str, object]]:
    """Return what all definitions say; what they do not agree on is not known to be one or the other."""
    said = {
        f"{one['family']}:{one['revision']}": {
            (str(container["name"]), str(variable["name"])): variable.get(part)
            for container in one.get("containerDefinitions", ())
            for variable in container.get(key, ())
        }
        for one in definitions
    }
    found: dict[str, dict[str, object]] = {name: {} for one in definitions for name in containers_of(one)}
    differs = Absent(f"tasks of {' and '.join(said)} run, and these differ in it")
    for container, name in sorted({pair for variables in said.values() for pair in variables}):
        values = {variables.get((container, name)) for variables in said.values()}
        found[container][name] = values.pop() if len(values) == 1 else differs
    return found


def containers_of(definition: Said) -> list[str]:
    """Return the names of a definition's containers."""
    return [str(container["name"]) for container in definition.get("containerDefinitions", ())]


# How many tasks have to run


def least(service: Said, failed: Mapping[str, int]) -> int:
    """Return how many tasks have to run at the least.

    That is the desired number. While a deployment goes on in which no task has failed, ECS may take it down to the
    service's own minimumHealthyPercent, as it says itself: rounded up (Amazon ECS API Reference,
    DeploymentConfiguration).
    """
    desired, going = int(service.get("desiredCount", 0)), primary(service) or {}
    if going.get("rolloutState") != "IN_PROGRESS" or failed.get(str(going.get("id"))):
        return desired
    percent = int(service.get("deploymentConfiguration", {}).get("minimumHealthyPercent", 100))
    return ceil(desired * min(percent, 100) / 100)


def shortage(service: Said, failed: Mapping[str, int], stopped: object) -> str:
    """Return why fewer tasks run than have to, as far as ECS tells."""
    running, desired = service.get("runningCount"), service.get("desiredCount")
    parts = [
        f"{running} of {desired} tasks run, {service.get('pendingCount', 0)} are pending",
        _last(stopped),
    ]
    for deployment in service.get("deployments", ()):
        count, why = failed.get(str(deployment.get("id")), 0), bounded(deployment.get("rolloutStateReason"))
        if count or deployment.get("rolloutState") in {"FAILED", "IN_PROGRESS"}:
            name = f"the deployment of {name_of(str(deployment.get('taskDefinition')))}"
            parts.append(f"{name} is {deployment.get('rolloutState')}, {count} of its tasks failed ({why})")
    return "; ".join(parts)


def _last(stopped: object) -> str:
    if isinstance(stopped, Absent):
        return f"why is not known: {stopped.why}"
    if not isinstance(stopped, list) or not stopped:
        return "none was seen to stop within a day"
    entry = stopped[0]
    said = [entry["stop_code"], entry["reason"], *map(_exit, entry["containers"])]
    return f"the last that stopped did at {entry['stopped_at']}: {', '.join(filter(None, said)) or 'no reason given'}"


def _exit(container: Mapping[str, Any]) -> str | None:
    code, why = container["exit_code"], container["reason"]
    if why is None and not code:
        return None
    ended = f"container {container['name']}" + (f" exited with {code}" if code is not None else "")
    return f"{ended}: {why}" if why else ended
