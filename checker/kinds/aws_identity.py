"""The kind `aws_identity`: whose credentials the checker has."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import BaseModel

from checker.core.facts import Absent, Fact, Facts
from checker.core.reason import Reason
from checker.kinds.amazon import AwsKind, AwsSpec
from checker.kinds.contract import Observation, Observe, StepContext
from checker.net.aws.accounts import Account
from checker.net.peer import latency_fact, latency_of


class AwsIdentitySpec(AwsSpec):
    """Whose credentials there are; `{}` for the only account."""


class AwsIdentityKind(AwsKind[AwsIdentitySpec]):
    """Asks AWS who is asking. Credentials of another account than the declared one are `wrong_account`."""

    name: ClassVar[str] = "aws_identity"
    Spec: ClassVar[type[BaseModel]] = AwsIdentitySpec
    needs: ClassVar[tuple[str, ...]] = ("sts:GetCallerIdentity",)
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("account", "The account's twelve digits, as a text.", reason=Reason.WRONG_ACCOUNT),
        Fact("arn", "The user or assumed role that the credentials are of."),
        Fact("region", "Where regional calls go to; missing where none is configured."),
        latency_fact("From the question to the answer."),
    )

    def asks(self, spec: AwsIdentitySpec) -> Iterator[Account]:
        return iter(())  # STS has an endpoint for all regions

    def prepare(self, spec: AwsIdentitySpec) -> Observe:
        account = self.account(spec)
        aws = self.tools.aws

        async def observe(context: StepContext) -> Observation:
            identity = await aws.verified(account, context.trace)
            region = await aws.region(account, context.trace) if context.wants("region") else None
            return Observation(
                Facts(
                    {
                        "account": identity.account,
                        "arn": identity.arn,
                        "region": region or Absent("no region is configured", known=True),
                        "latency": latency_of(context.trace),
                    }
                )
            )

        return observe
