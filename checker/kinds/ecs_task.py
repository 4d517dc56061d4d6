"""The kind `ecs_task`: what ECS believes of the task that the checker itself runs in, beside the containers it checks.

It asks the task metadata endpoint, version 4, which every container of a task reaches, without credentials and
without the control plane: so it is for sidecars, and as the shallow check beside a deep one.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import httpx
from pydantic import BaseModel, Field

from checker.assertions.values import timestamp
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.core.reason import Reason
from checker.kinds.contract import Kind, Observation, Observe, StepContext, Tools
from checker.kinds.fields import Plain, Strict
from checker.net.aws.ecs import name_of
from checker.net.dial import Dial
from checker.net.documents import decode_json
from checker.net.guard import Guard
from checker.net.http import MeasuredTransport
from checker.net.peer import latency_fact, latency_of
from checker.net.session import Call, Session

VARIABLE = "ECS_CONTAINER_METADATA_URI_V4"
"""Where ECS says to each container how to reach the endpoint (Amazon ECS Developer Guide, "task metadata endpoint")."""

MOST = 1 << 20  # bytes of its answer

_FAILED = Reason.TASK_FAILED

Said = Mapping[str, Any]


class EcsTaskSpec(Strict):
    """The task that the checker runs in."""

    container: Plain | None = Field(
        None, description="The container to look at; default: the task as a whole."
    )


class EcsTaskKind(Kind[EcsTaskSpec]):
    """Asks the metadata endpoint of its own task."""

    name: ClassVar[str] = "ecs_task"
    Spec: ClassVar[type[BaseModel]] = EcsTaskSpec
    inspects: ClassVar[bool] = True
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "health", "HEALTHY, UNHEALTHY or UNKNOWN, by the health check of the definition.", reason=_FAILED
        ),
        Fact("known_status", "How far it has come, such as RUNNING.", reason=_FAILED),
        Fact("started_at", "When it was started.", unit=Unit.TIMESTAMP),
        Fact("task", "The task's id."),
        Fact("family", "The family of its definition."),
        Fact("revision", "The revision of its definition, as a number."),
        Fact(
            "containers",
            "All containers of the task: name, status, health, started_at, image, exit_code.",
            Shape.JSONPATH,
            reason=_FAILED,
        ),
        latency_fact("From the question to the answer."),
    )

    def __init__(self, tools: Tools, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(tools)
        self._session = Session(transport or MeasuredTransport(), Guard(tools.secrets), tools.clock)

    @classmethod
    def implied(cls, spec: EcsTaskSpec, asserted: frozenset[str]) -> Mapping[str, object]:
        implied = {"known_status": "RUNNING", "health": "HEALTHY"}
        return {name: value for name, value in implied.items() if name not in asserted}

    def prepare(self, spec: EcsTaskSpec) -> Observe:
        async def observe(context: StepContext) -> Observation:
            task = await self._task(context)
            return Observation(Facts(_facts(task, spec.container) | {"latency": latency_of(context.trace)}))

        return observe

    async def aclose(self) -> None:
        await self._session.aclose()

    async def _task(self, context: StepContext) -> Said:
        base = os.environ.get(VARIABLE)
        if not base:
            why = f"{VARIABLE} is not set: the checker does not run in a container of an ECS task"
            raise Trouble(Reason.RESOURCE_MISSING, why, own=True)
        try:
            request = httpx.Request("GET", f"{base}/task", headers={"Accept": "application/json"})
            response = await self._session.send(
                request, Call(Dial(context.trace, max_body=MOST), context.exchanges)
            )
        except (Trouble, httpx.InvalidURL) as error:
            reason = error.reason if isinstance(error, Trouble) else Reason.PROTOCOL
            raise Trouble(reason, f"the task metadata endpoint does not answer: {error}", own=True) from error
        return _read(response)


def _read(response: httpx.Response) -> Said:
    if not response.is_success:
        why = f"the task metadata endpoint answers {response.status_code}"
        raise Trouble(Reason.UNEXPECTED_STATUS, why, own=True)
    task = decode_json(response.content)
    if not isinstance(task, dict) or not task.get("TaskARN"):
        why = task.why if isinstance(task, Absent) else "it has no TaskARN"
        raise Trouble(
            Reason.UNDECODABLE, f"the task metadata endpoint does not describe a task: {why}", own=True
        )
    return task


def _facts(task: Said, name: str | None) -> dict[str, object]:
    containers: list[Said] = task.get("Containers") or []
    whole = {
        "health": _health(containers),
        "known_status": task.get("KnownStatus"),
        "started_at": _started(containers),
    }
    return {
        **(whole if name is None else _facts_of(_named(containers, name))),
        "task": name_of(str(task["TaskARN"])),
        "family": task.get("Family"),
        "revision": _number(task.get("Revision")),
        "containers": [_entry(container) for container in containers],
    }


def _named(containers: Iterable[Said], name: str) -> Said:
    found = {str(container.get("Name")): container for container in containers}
    if name not in found:
        why = f"the task has no container {name}; it has {', '.join(found) or 'none'}"
        raise Trouble(Reason.RESOURCE_MISSING, why, own=True)
    return found[name]


def _facts_of(container: Said) -> dict[str, object]:
    return {
        "health": _health([container]),
        "known_status": container.get("KnownStatus"),
        "started_at": _started([container]),
    }


def _entry(container: Said) -> dict[str, object]:
    return {
        "name": container.get("Name"),
        "status": container.get("KnownStatus"),
        "health": _claimed(container),
        "started_at": container.get("StartedAt"),
        "image": container.get("Image"),
        "exit_code": container.get("ExitCode"),
    }


def _claimed(container: Said) -> str | None:
    health = container.get("Health")
    return str(health.get("status")) if isinstance(health, dict) else None


def _health(containers: Iterable[Said]) -> str | Absent:
    """Return the worst that health checks say: one that has none says nothing, and is not taken for healthy."""
    claims = [claim for container in containers if (claim := _claimed(container))]
    for worst in ("UNHEALTHY", "UNKNOWN"):
        if worst in claims:
            return worst
    none = "there is no health check in the task definition (an image's own HEALTHCHECK does not count)"
    return claims[0] if claims else Absent(none, own=True)


def _started(containers: Iterable[Said]) -> float | Absent:
    moments = [timestamp(container.get("StartedAt")) for container in containers]
    started = [moment for moment in moments if moment is not None]
    return min(started, default=Absent("nothing has been started", known=True))


def _number(revision: object) -> object:
    text = str(revision)
    return int(text) if text.isascii() and text.isdigit() else revision
