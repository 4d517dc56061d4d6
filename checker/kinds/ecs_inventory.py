"""The kind `ecs_inventory`: the services of a cluster, held against those that are declared or probed."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from checker.core.facts import Absent, Fact, Facts
from checker.core.reason import Reason
from checker.kinds.amazon import Asker, AwsKind, AwsSpec
from checker.kinds.contract import Observation, Observe, StepContext
from checker.kinds.fields import LIST, Plain
from checker.net.aws import ecs
from checker.net.aws.accounts import chosen
from checker.net.peer import latency_fact, latency_of

_UNDECLARED = Absent("the step declares no services", known=True)


class EcsInventorySpec(AwsSpec):
    """Which cluster, and what ought to be in it."""

    cluster: Plain = Field(description="The cluster's name or ARN.")
    services: Annotated[tuple[Plain, ...], LIST] | None = Field(
        None, description="The names of all services that ought to be there; default: nothing is declared."
    )


class EcsInventoryKind(AwsKind[EcsInventorySpec]):
    """Lists a cluster."""

    name: ClassVar[str] = "ecs_inventory"
    Spec: ClassVar[type[BaseModel]] = EcsInventorySpec
    needs: ClassVar[tuple[str, ...]] = ("ecs:ListServices", "ecs:DescribeServices")
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("services", "The names of the services that are ACTIVE.", reason=Reason.RESOURCE_MISSING),
        Fact("missing", "The declared services that are not there.", reason=Reason.RESOURCE_MISSING),
        Fact(
            "inactive",
            "The declared services that were deleted: DRAINING or INACTIVE.",
            reason=Reason.RESOURCE_MISSING,
        ),
        Fact("unexpected", "The services that are ACTIVE and not declared."),
        Fact("uncovered", "The services that are ACTIVE and that no probe of the configuration looks at."),
        latency_fact("From the first question to the last answer."),
    )

    @classmethod
    def implied(cls, spec: EcsInventorySpec, asserted: frozenset[str]) -> Mapping[str, object]:
        """With a list, the cluster is what it says. Without one, there are services, and each is looked at."""
        declared = {"missing": {"empty": True}, "inactive": {"empty": True}, "unexpected": {"empty": True}}
        covered = {"services": {"empty": False}, "uncovered": {"empty": True}}
        implied = covered if spec.services is None else declared
        return {name: matcher for name, matcher in implied.items() if name not in asserted}

    def prepare(self, spec: EcsInventorySpec) -> Observe:
        account = self.account(spec)
        covered = {
            service
            for name, cluster, service in self.tools.covered
            if cluster == ecs.name_of(spec.cluster) and chosen(self.tools.accounts, name) == account
        }

        async def observe(context: StepContext) -> Observation:
            ask = Asker(self.tools, account, context.trace)
            there = {str(one["serviceName"]): one for one in await ecs.list_services(ask, spec.cluster)}
            unlisted = [
                name for name in spec.services or () if name not in there
            ]  # ECS lists no INACTIVE ones
            there |= {
                str(one["serviceName"]): one
                for one in await ecs.describe_services(ask, spec.cluster, unlisted)
            }
            states = {name: str(one.get("status")) for name, one in there.items()}
            facts = _facts(states, spec.services, covered)
            return Observation(Facts(facts | {"latency": latency_of(context.trace)}))

        return observe


def _facts(
    states: Mapping[str, str], declared: Iterable[str] | None, covered: Iterable[str]
) -> dict[str, object]:
    active = {name for name, status in states.items() if status == ecs.ACTIVE}
    facts: dict[str, object] = {"services": sorted(active), "uncovered": sorted(active.difference(covered))}
    if declared is None:
        return facts | dict.fromkeys(("missing", "inactive", "unexpected"), _UNDECLARED)
    named = set(declared)
    return facts | {
        "missing": sorted(named.difference(states)),
        "inactive": sorted(named & states.keys() - active),
        "unexpected": sorted(active - named),
    }
