"""The kind `ecs_service`: what ECS knows of a service and its tasks, and ECR of their images."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts
from checker.core.outcome import Verdict
from checker.core.reason import Reason
from checker.kinds.amazon import Asker, AwsKind, AwsSpec, held
from checker.kinds.contract import Covered, Observation, Observe, StepContext, Tools
from checker.kinds.fields import LIST, Plain
from checker.net.aws import ecs, service_facts
from checker.net.aws.asking import seconds
from checker.net.aws.ecr import look_up
from checker.net.aws.ecs import Said
from checker.net.aws.images import compared, fewest, missing_of, uses_of
from checker.net.aws.remembered import Entry
from checker.net.peer import latency_fact, latency_of

Part = dict[str, object]

_IDLE = Absent(
    "no task is to run, so that nothing shows that the service works; expect desired: 0 if it is meant so",
    reason=Reason.TASK_FAILED,
    own=True,
)


class EcsServiceSpec(AwsSpec):
    """Which service."""

    cluster: Plain = Field(description="The cluster's name or ARN.")
    service: Plain = Field(description="The service's name.")
    containers: Annotated[tuple[Plain, ...], LIST] | None = Field(
        None, description="The containers whose images and variables to look at; default: all of them."
    )


class EcsServiceKind(AwsKind[EcsServiceSpec]):
    """Asks ECS; and only where that is wanted for tasks and definitions, and ECR."""

    name: ClassVar[str] = "ecs_service"
    Spec: ClassVar[type[BaseModel]] = EcsServiceSpec
    needs: ClassVar[tuple[str, ...]] = (
        "ecs:DescribeServices",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
        "ecr:DescribeImages",
        "ecr:GetLifecyclePolicy",
    )
    facts: ClassVar[tuple[Fact, ...]] = (
        *service_facts.FACTS,
        latency_fact("From the first question to the last answer."),
    )

    @classmethod
    def covers(cls, spec: EcsServiceSpec) -> tuple[Covered, ...]:
        return ((spec.account, ecs.name_of(spec.cluster), ecs.name_of(spec.service)),)

    def prepare(self, spec: EcsServiceSpec) -> Observe:
        account = self.account(spec)

        async def observe(context: StepContext) -> Observation:
            ask = Asker(self.tools, account, context.trace)
            service = await ecs.find_service(ask, spec.cluster, spec.service)
            if service is None:
                return _none(spec, context)
            look = _Look(self.tools, spec, context, ask, service)
            facts = await look.facts()
            verdicts = await look.verdicts(facts)
            return Observation(Facts(facts | {"latency": latency_of(context.trace)}), verdicts=verdicts)

        return observe


class _Look:
    """One look at a service that is there: each part of it is asked for once, and only if it is wanted."""

    def __init__(
        self, tools: Tools, spec: EcsServiceSpec, context: StepContext, ask: Asker, service: Said
    ) -> None:
        self._remembered, self._now = tools.remembered, tools.clock.wall()
        self._spec = spec
        self._context = context
        self._ask = ask
        self._service = service
        self._arn = str(service["serviceArn"])
        self._desired = int(service.get("desiredCount", 0))
        counts = {
            str(one.get("id")): int(one.get("failedTasks", 0)) for one in service.get("deployments", ())
        }
        self._failed = self._remembered.failed(self._arn, counts)
        self._listed: list[Said] | None = None
        self._definitions: dict[str, Said] = {}
        active = service.get("status") == ecs.ACTIVE
        self._judged = frozenset({"running", "missing_images"} if active else ()) - context.asserted
        if spec.containers == ():
            self._judged -= {"missing_images"}

    async def facts(self) -> Part:
        """Return the facts that cost nothing, and those that are wanted."""
        parts: tuple[tuple[frozenset[str], Callable[[], Awaitable[Part]]], ...] = (
            (service_facts.TASKS, self._of_tasks),
            (service_facts.NEWEST, self._of_revisions),
            (service_facts.CONTENTS, self._of_contents),
            (service_facts.IMAGES, self._of_images),
            (service_facts.STOPPED, self._of_stopped),
        )
        facts = self._at_hand()
        for names, part in parts:
            if any(map(self._context.wants, names)) or names & self._judged & {"missing_images"}:
                facts |= await _part(names, part)
        return facts

    async def verdicts(self, facts: Part) -> tuple[Verdict, ...]:
        """Return what is implied: what is judged of facts of which the step itself expects nothing."""
        verdicts = []
        if "status" not in self._context.asserted:
            verdicts.append(_active(self._spec, str(self._service.get("status"))))
        if "running" in self._judged:
            verdicts.append(await self._enough(facts))
        if "missing_images" in self._judged:
            verdicts.append(_complete(facts["missing_images"]))
        return tuple(verdicts)

    async def _enough(self, facts: Part) -> Verdict:
        running = int(self._service.get("runningCount", 0))
        least = service_facts.least(self._service, self._failed)
        if not self._desired and not running and "desired" not in self._context.asserted:
            return held("running", "a task", _IDLE, holds=False, message="")
        why = ""
        if running < least:
            if "stopped" not in facts:
                facts |= await _part(service_facts.STOPPED, self._of_stopped)
            why = service_facts.shortage(self._service, self._failed, facts["stopped"])
        return held("running", f">= {least}", running, holds=not why, message=why, reason=Reason.TASK_FAILED)

    def _at_hand(self) -> Part:
        service = self._service
        deployments = service.get("deployments", ())
        return {
            "status": service.get("status"),
            "desired": self._desired,
            "running": service.get("runningCount"),
            "pending": service.get("pendingCount"),
            "rollout_state": service_facts.rollout_state(service),
            "deployments": [
                service_facts.deployment_entry(one, self._failed[str(one.get("id"))]) for one in deployments
            ],
            "task_definition": ecs.definition_of(service) or _undefined(),
            "events": self._events(),
        }

    def _events(self) -> list[Entry]:
        seen = {
            str(event.get("id")): (seconds(event.get("createdAt")) or 0.0, service_facts.event_entry(event))
            for event in self._service.get("events", ())
        }
        return self._remembered.events(self._arn, seen, self._now)

    async def _tasks(self) -> list[Said]:
        if self._listed is None:
            cluster, service = self._spec.cluster, self._spec.service
            arns = await ecs.list_tasks(self._ask, cluster, service)
            self._listed = await ecs.describe_tasks(self._ask, cluster, arns)
        return self._listed

    async def _of_tasks(self) -> Part:
        tasks = await self._tasks()
        return {
            "tasks": [service_facts.task_entry(task) for task in tasks],
            "oldest_task_started_at": service_facts.oldest(tasks, self._desired),
            "mixed": len(service_facts.revisions_of(tasks)) > 1,
        }

    async def _of_stopped(self) -> Part:
        """Ask for the tasks that were stopped within the hour, but not again for those that are known."""
        cluster, service = self._spec.cluster, self._spec.service
        known = self._remembered.knows(self._arn)
        arns = await ecs.list_tasks(self._ask, cluster, service, ecs.STOPPED)
        unknown = [arn for arn in arns if ecs.name_of(arn) not in known]
        seen = {
            ecs.name_of(str(task.get("taskArn"))): (
                seconds(task.get("stoppedAt")) or self._now,
                service_facts.stopped_entry(task),
            )
            for task in await ecs.describe_tasks(self._ask, cluster, unknown)
            if task.get("lastStatus") == ecs.STOPPED
        }
        return {"stopped": self._remembered.stopped(self._arn, seen, self._now)}

    async def _of_revisions(self) -> Part:
        definition = self._definition()
        newest = await ecs.newest_revision(self._ask, ecs.family_of(definition))
        if newest is None:
            none = Absent(f"no revision of {ecs.family_of(definition)} is ACTIVE", known=True)
            return dict.fromkeys(service_facts.NEWEST, none)
        used = {definition}
        if self._context.wants("is_newest"):
            used |= set(service_facts.revisions_of(await self._tasks()))
        return {"newest_revision": newest, "is_newest": used == {newest}}

    async def _of_contents(self) -> Part:
        running = service_facts.revisions_of(await self._tasks()) or [self._definition()]
        definitions = [await self._contained(name) for name in running]
        return {
            "environment": service_facts.environment_of(definitions),
            "secrets": service_facts.secrets_of(definitions),
        }

    async def _of_images(self) -> Part:
        definition = await self._contained(self._definition())
        uses = uses_of(definition, await self._tasks(), self._spec.containers)
        expiring = any(map(self._context.wants, service_facts.EXPIRY))
        images = tuple(compared(uses, await look_up(self._ask, uses, expiring=expiring)))
        ends = fewest(image.expires_at for image in images)
        return {
            "images": [image.document for image in images],
            "missing_images": missing_of(images),
            "fewest_pushes_until_expiry": fewest(image.pushes_until_expiry for image in images),
            "expires_in": ends if isinstance(ends, Absent) else ends - self._now,
        }

    async def _contained(self, name: str) -> Said:
        """Return a definition with the containers at which to look; raises Trouble where one of these is not there."""
        if name not in self._definitions:
            self._definitions[name] = await ecs.task_definition(self._ask, name)
        definition = self._definitions[name]
        wanted = self._spec.containers
        if wanted is None:
            return definition
        there = service_facts.containers_of(definition)
        if astray := sorted(set(wanted) - set(there)):
            why = (
                f"{name} has no container {' or '.join(astray)}, at which to look; it has {', '.join(there)}"
            )
            raise Trouble(Reason.RESOURCE_MISSING, why, own=True)
        kept = [one for one in definition["containerDefinitions"] if one["name"] in wanted]
        return {**definition, "containerDefinitions": kept}

    def _definition(self) -> str:
        name = ecs.definition_of(self._service)
        if name is None:
            raise Trouble(Reason.RESOURCE_MISSING, _undefined().why)
        return name


async def _part(names: Iterable[str], make: Callable[[], Awaitable[Part]]) -> Part:
    """Return some facts; where they cannot be had, each says why, and the others are told nonetheless."""
    try:
        return await make()
    except Trouble as trouble:
        return dict.fromkeys(names, Absent(trouble.message, reason=trouble.reason, own=trouble.own))


def _undefined() -> Absent:
    return Absent("the service has no task definition", known=True, reason=Reason.RESOURCE_MISSING)


def _none(spec: EcsServiceSpec, context: StepContext) -> Observation:
    """Return what is seen of a service that is not there: its absence is all that may be expected of it."""
    absent = Absent(f"there is no service {spec.service}", known=True, reason=Reason.RESOURCE_MISSING)
    facts: Part = dict.fromkeys((fact.name for fact in service_facts.FACTS), absent)
    facts |= {"status": ecs.MISSING, "latency": latency_of(context.trace)}
    verdicts = () if "status" in context.asserted else (_active(spec, ecs.MISSING),)
    return Observation(Facts(facts), verdicts=verdicts)


def _active(spec: EcsServiceSpec, status: str) -> Verdict:
    said = service_facts.STATUS_SAYS.get(status, f"it is {status}")
    why = f"{status}: the service {spec.service} in the cluster {ecs.name_of(spec.cluster)}: {said}"
    holds, reason = status == ecs.ACTIVE, Reason.RESOURCE_MISSING
    return held("status", ecs.ACTIVE, status, holds=holds, message=why, reason=reason)


def _complete(missing: object) -> Verdict:
    """Judge the images that are gone."""
    told = "; ".join(missing) if isinstance(missing, list) else ""
    reason = Reason.IMAGE_MISSING
    return held("missing_images", "none", missing, holds=not told, message=told, reason=reason)
