"""The kind `aws_secret`: when a secret was rotated, and which tasks still run with what it was before.

ECS hands a secret to a container when the container starts, and never again. The value itself is not asked for.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from checker.core.facts import Absent, Fact, Facts, Unit
from checker.core.outcome import Verdict
from checker.core.reason import Reason
from checker.kinds.amazon import Asker, AwsKind, AwsSpec, held
from checker.kinds.contract import Observation, Observe, StepContext
from checker.kinds.fields import Plain, Strict
from checker.net.aws.asking import seconds, written
from checker.net.aws.ecs import describe_tasks, is_running, list_tasks, name_of
from checker.net.peer import latency_fact, latency_of

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"

TOLD = 3
"""Tasks that a message names."""

Said = Mapping[str, Any]


class Consumer(Strict):
    """A service whose tasks take the secret when they start."""

    cluster: Plain = Field(description="The cluster's name or ARN.")
    service: Plain = Field(description="The service's name.")


class AwsSecretSpec(AwsSpec):
    """A secret of Secrets Manager, and who uses it."""

    secret: Plain = Field(description="The secret's name or ARN.")
    service: Consumer | None = Field(
        None, description="The service of ECS whose tasks take it when they start: none may be older than it."
    )


class AwsSecretKind(AwsKind[AwsSecretSpec]):
    """Asks for the versions of a secret, never for what is in them."""

    name: ClassVar[str] = "aws_secret"
    Spec: ClassVar[type[BaseModel]] = AwsSecretSpec
    needs: ClassVar[tuple[str, ...]] = (
        "secretsmanager:DescribeSecret",
        "secretsmanager:ListSecretVersionIds",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
    )
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("changed_at", "When the version staged AWSCURRENT was made.", unit=Unit.TIMESTAMP),
        Fact(
            "previous_changed_at",
            "When that staged AWSPREVIOUS was made; missing where none is.",
            unit=Unit.TIMESTAMP,
        ),
        Fact("version", "The id of the version staged AWSCURRENT.", reason=Reason.RESOURCE_MISSING),
        Fact(
            "deleted",
            "Whether the secret is scheduled for deletion: nobody can read it any more.",
            reason=Reason.RESOURCE_MISSING,
        ),
        Fact("rotation_enabled", "Whether Secrets Manager rotates it by itself."),
        Fact("stale_tasks", "The ids of the service's running tasks that started before `changed_at`."),
        latency_fact("From the first question to the last answer."),
    )

    @classmethod
    def implied(cls, spec: AwsSecretSpec, asserted: frozenset[str]) -> Mapping[str, object]:
        implied: dict[str, object] = {"version": {"exists": True}, "deleted": False}
        return {fact: matcher for fact, matcher in implied.items() if fact not in asserted}

    def prepare(self, spec: AwsSecretSpec) -> Observe:
        account = self.account(spec)

        async def observe(context: StepContext) -> Observation:
            asker = Asker(self.tools, account, context.trace)
            secret = await asker.call("secretsmanager", "DescribeSecret", SecretId=spec.secret)
            versions = await asker.listed(
                "secretsmanager", "ListSecretVersionIds", "Versions", SecretId=spec.secret
            )
            facts = _facts(secret, versions)
            stale: list[Said] | Absent = Absent("the step names no service")
            verdicts: tuple[Verdict, ...] = ()
            if spec.service:
                stale = _stale(await _running(asker, spec.service), facts["changed_at"])
                verdicts = (
                    () if "stale_tasks" in context.asserted else (_none_stale(stale, facts["changed_at"]),)
                )
            known = {"stale_tasks": _ids(stale), "latency": latency_of(context.trace)}
            return Observation(Facts({**facts, **known}), verdicts=verdicts)

        return observe


async def _running(asker: Asker, consumer: Consumer) -> list[Said]:
    arns = await list_tasks(asker, consumer.cluster, consumer.service)
    return [task for task in await describe_tasks(asker, consumer.cluster, arns) if is_running(task)]


def _facts(secret: Said, versions: Iterable[Said]) -> dict[str, object]:
    staged = {stage: version for version in versions for stage in version.get("VersionStages") or ()}
    current, previous = staged.get(CURRENT), staged.get(PREVIOUS)
    none = Absent("no version of the secret is staged AWSCURRENT", known=True, reason=Reason.RESOURCE_MISSING)
    never = Absent("no version of the secret is staged AWSPREVIOUS", known=True)
    return {
        "changed_at": none if current is None else _made(current),
        "previous_changed_at": never if previous is None else _made(previous),
        "version": none if current is None else str(current.get("VersionId")),
        "deleted": secret.get("DeletedDate") is not None,
        "rotation_enabled": bool(secret.get("RotationEnabled")),
    }


def _made(version: Said) -> float | Absent:
    made = seconds(version.get("CreatedDate"))
    return (
        Absent("Secrets Manager does not tell when the version was made", own=True) if made is None else made
    )


def _stale(tasks: list[Said], changed_at: object) -> list[Said] | Absent:
    """Return the tasks that started before a time, the oldest first."""
    if isinstance(changed_at, Absent):
        return changed_at
    started = [(seconds(task.get("startedAt")), task) for task in tasks]
    known = [(since, task) for since, task in started if since is not None]
    if len(known) < len(started) or not isinstance(changed_at, float):
        return Absent("ECS does not tell since when a running task runs", own=True)
    return [task for since, task in sorted(known, key=itemgetter(0)) if since < changed_at]


def _ids(tasks: list[Said] | Absent) -> list[str] | Absent:
    return tasks if isinstance(tasks, Absent) else [name_of(str(task.get("taskArn"))) for task in tasks]


def _none_stale(tasks: list[Said] | Absent, changed_at: object) -> Verdict:
    known = () if isinstance(tasks, Absent) else tasks
    named = [
        f"{name_of(str(task.get('taskArn')))} since {_moment(task.get('startedAt'))}" for task in known[:TOLD]
    ]
    if len(known) > TOLD:
        named.append(f"and {len(known) - TOLD} more")
    rotated = written(changed_at) if isinstance(changed_at, float) else None
    message = (
        f"the secret was changed at {rotated}, and {len(known)} running since before have its old value: "
    )
    return held("stale_tasks", "none", _ids(tasks), holds=not known, message=message + ", ".join(named))


def _moment(since: object) -> str | None:
    return written(seconds(since))
