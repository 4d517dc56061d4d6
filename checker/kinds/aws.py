"""The kind `aws`: any call of AWS that only looks, and its whole answer."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Shape
from checker.core.reason import Reason
from checker.kinds.amazon import Asker, AwsKind, AwsSpec, held
from checker.kinds.contract import Observation, Observe, SpecProblem, StepContext
from checker.kinds.fields import Document, Plain
from checker.net.aws.accounts import Account
from checker.net.aws.calls import INSTALLED
from checker.net.peer import latency_fact, latency_of
from checker.net.rendering import secret_names

_OF_ALL_REGIONS = frozenset(
    {
        *("account", "budgets", "ce", "cloudfront", "health", "iam", "networkmanager", "organizations"),
        *("route53", "s3", "savingsplans", "shield", "sts", "support", "waf"),
    }
)
"""Services that answer without a region: in the data of botocore they have an endpoint of the whole partition."""


class AwsCallSpec(AwsSpec):
    """A call, by the names that AWS has for it."""

    service: Plain = Field(
        description="The service, as the AWS CLI and botocore call it, such as `dynamodb`."
    )
    operation: Plain = Field(
        description="The call, as AWS's API reference writes it, such as `DescribeTable`."
    )
    parameters: Mapping[str, Document] = Field({}, description="Its parameters, as there.")
    region: Plain | None = Field(None, description="The region to ask; default: the account's.")


class AwsCallKind(AwsKind[AwsCallSpec]):
    """Makes one call, and as many more as its pages take. What it needs of IAM is what the step names."""

    name: ClassVar[str] = "aws"
    Spec: ClassVar[type[BaseModel]] = AwsCallSpec
    needs: ClassVar[tuple[str, ...]] = ()
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "found",
            "Whether there is what was asked for; false where AWS knows of no such thing.",
            reason=Reason.RESOURCE_MISSING,
        ),
        Fact("json", "What a JSONPath (RFC 9535) selects in the answer, all pages of it.", Shape.JSONPATH),
        latency_fact("From the question to the last page of the answer."),
    )

    def problems(self, spec: AwsCallSpec, restricted: Any) -> Iterator[SpecProblem]:
        yield from super().problems(spec, restricted)
        if any(secret_names(spec.parameters)):
            yield ("parameters",), "a secret is no parameter of a call that only looks"
        if INSTALLED:
            yield from _uncallable(spec)

    def asks(self, spec: AwsCallSpec) -> Iterator[Account]:
        anywhere = spec.region is not None or spec.service in _OF_ALL_REGIONS
        return iter(()) if anywhere else super().asks(spec)

    def prepare(self, spec: AwsCallSpec) -> Observe:
        account = self.account(spec)

        async def observe(context: StepContext) -> Observation:
            asker = Asker(self.tools, account, context.trace, spec.region)
            parameters = context.scope.render(dict(spec.parameters))
            found, said = True, ""
            answer: dict[str, Any] | Absent
            try:
                answer = await asker.whole(spec.service, spec.operation, **parameters)
            except Trouble as trouble:
                if trouble.reason is not Reason.RESOURCE_MISSING:
                    raise
                context.trace.stop()
                found, said = False, trouble.message
                answer = Absent(trouble.message, reason=Reason.RESOURCE_MISSING)
            facts = Facts({"found": found, "json": answer, "latency": latency_of(context.trace)})
            there = held("found", "true", found, holds=found, message=said, reason=Reason.RESOURCE_MISSING)
            return Observation(facts, verdicts=() if "found" in context.asserted else (there,))

        return observe


def _uncallable(spec: AwsCallSpec) -> Iterator[SpecProblem]:
    from checker.kinds import catalogue  # noqa: PLC0415 - botocore, an optional extra

    if why := catalogue.unknown_service(spec.service):
        yield ("service",), why
    elif why := catalogue.unknown_operation(spec.service, spec.operation):
        yield ("operation",), why
    else:
        for path, message in catalogue.unfit_parameters(spec.service, spec.operation, spec.parameters):
            yield ("parameters", *path), message
