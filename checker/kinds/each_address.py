"""The key `each_address`: where a step is to be done once at each of several places."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.trace import Trace
from checker.kinds.amazon import Asker, AwsSpec, account_asked, account_problems
from checker.kinds.contract import Covered, SpecProblem, Tools
from checker.kinds.fields import REFERENCE, Plain, Port, Strict, wrong
from checker.net.aws import ecs
from checker.net.aws.accounts import Account, chosen

NEEDS = ("ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeServices")
"""The IAM actions that it takes to find a service's tasks."""


class EcsTasks(AwsSpec):
    """The running tasks of a service."""

    cluster: Plain = Field(description="The cluster's name or ARN.")
    service: Plain = Field(description="The service's name.")
    port: Port = Field(description="The port of each task.")

    @property
    def covered(self) -> tuple[Covered, ...]:
        """The service, as one that is looked at."""
        return ((self.account, ecs.name_of(self.cluster), ecs.name_of(self.service)),)


class EachAddress(Strict):
    """Where to ask; `true` is every address of the name."""

    ecs_service: EcsTasks | None = Field(
        description="Each running task of a service of ECS, at its own address."
    )

    def of_account(self, name: str) -> "EachAddress":
        """Return the same with the AWS account that its probe names, where it names none itself."""
        tasks = self.ecs_service
        if tasks is None or tasks.account is not None:
            return self
        return EachAddress(ecs_service=tasks.model_copy(update={"account": name}))

    def problems(self, tools: Tools) -> Iterator[SpecProblem]:
        """Yield what keeps a step from asking for tasks at all."""
        for path, why in account_problems(tools, self.ecs_service.account) if self.ecs_service else ():
            yield ("each_address", "ecs_service", *path), why

    def asks(self, tools: Tools) -> Iterator[Account]:
        """Yield the AWS account that is asked for tasks."""
        if self.ecs_service:
            yield from account_asked(tools, self.ecs_service.account)

    @model_validator(mode="before")
    @classmethod
    def _switched_on(cls, value: Any) -> Any:
        if not isinstance(value, bool | Mapping | EachAddress):
            raise wrong("expected true, false or {ecs_service: {cluster: …, service: …, port: …}}")
        return {"ecs_service": None} if value is True else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, handler(schema), REFERENCE]}


Places = Annotated[EachAddress | None, BeforeValidator(lambda value: None if value is False else value)]
"""`true`, `false` (None) or a mapping."""


async def task_addresses(tools: Tools, spec: EcsTasks, trace: Trace) -> dict[str, str]:
    """Return the private address of each running task, by a name for people: its id and its address.

    That takes a network interface of its own (awsvpc). Raises Trouble where there is none, or no task that runs.
    """
    own = Trace()  # what AWS takes to answer is no part of the service's own time
    with trace.aside(f"the tasks of {spec.service}", own):
        ask = Asker(tools, chosen(tools.accounts, spec.account), own)
        arns = await ecs.list_tasks(ask, spec.cluster, spec.service)
        tasks = [task for task in await ecs.describe_tasks(ask, spec.cluster, arns) if ecs.is_running(task)]
        if not tasks:
            raise await _none(ask, spec)
    return dict(sorted(_named(tasks)))


def _named(tasks: Iterable[ecs.Said]) -> Iterator[tuple[str, str]]:
    for task in tasks:
        name, address = ecs.name_of(str(task.get("taskArn"))), ecs.address_of(task)
        if address is None:
            why = f"the task {name} has no network interface of its own (awsvpc), and so no address to ask"
            raise Trouble(Reason.RESOURCE_MISSING, why, own=True)
        yield f"{name} {address}", address


async def _none(ask: Asker, spec: EcsTasks) -> Trouble:
    """Return why there is no task to ask. Where none is desired, that says nothing of the service."""
    service = await ecs.find_service(ask, spec.cluster, spec.service)
    where = f"the service {spec.service} in the cluster {ecs.name_of(spec.cluster)}"
    if service is None:
        return Trouble(Reason.RESOURCE_MISSING, f"there is no such service: {where}")
    if service.get("status") != ecs.ACTIVE:
        return Trouble(Reason.RESOURCE_MISSING, f"{where} is {service.get('status')}")
    desired = service.get("desiredCount", 0)
    return Trouble(Reason.TASK_FAILED, f"no task of {where} runs; {desired} are desired", own=not desired)
