"""What the kinds that ask AWS share: whose account they ask, and how that is told where it is not clear.

They run on a sentinel: hundreds of sidecars that ask the control plane are throttled, and deny it to those who
need it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field

from checker.assertions.explain import show
from checker.core.errors import Trouble
from checker.core.facts import Absent, Unit
from checker.core.outcome import Truth, Verdict
from checker.core.reason import Reason
from checker.core.trace import Trace
from checker.kinds.contract import Kind, SpecProblem, Tools
from checker.kinds.fields import Plain, Strict
from checker.net.aws.accounts import Account, chosen
from checker.net.aws.calls import INSTALLED, MISSING_EXTRA


class AwsSpec(Strict):
    """What every question to AWS says."""

    account: Plain | None = Field(
        None, description="Which of the accounts under aws; default: the probe's, else the only one."
    )


A = TypeVar("A", bound=AwsSpec)


class AwsKind(Kind[A], Generic[A]):
    """A kind that asks the control plane of AWS; `needs` are the IAM actions of its calls."""

    runs_on: ClassVar[str] = "sentinel"
    inspects: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]]

    @classmethod
    def of_account(cls, spec: A, name: str) -> A:
        return spec if spec.account is not None else spec.model_copy(update={"account": name})

    def problems(self, spec: A, restricted: Any) -> Iterator[SpecProblem]:
        yield from account_problems(self.tools, spec.account)

    def asks(self, spec: A) -> Iterator[Account]:
        yield from account_asked(self.tools, spec.account)

    def account(self, spec: A) -> Account:
        """Return the account that a spec without problems asks, with all that asking takes imported."""
        self.tools.aws.load()
        return chosen(self.tools.accounts, spec.account)


def account_problems(tools: Tools, name: str | None) -> Iterator[SpecProblem]:
    """Yield what keeps a step from asking AWS at all."""
    if not INSTALLED:
        yield (), MISSING_EXTRA
    try:
        chosen(tools.accounts, name)
    except ValueError as error:
        yield () if name is None else ("account",), str(error)


def account_asked(tools: Tools, name: str | None) -> Iterator[Account]:
    """Yield the account of a name, if it says which."""
    with suppress(ValueError):  # of which `account_problems` tells
        yield chosen(tools.accounts, name)


def held(
    subject: str,
    expected: str,
    value: object,
    *,
    holds: bool,
    message: str,
    reason: Reason = Reason.ASSERTION,
) -> Verdict:
    """Return what a kind judges by itself where the step expects nothing of a fact; `message` is for a miss.

    A value that is Absent cannot be judged.
    """
    if isinstance(value, Absent):
        return Verdict(
            subject=subject,
            operator="implied",
            expected=expected,
            seen="nothing",
            verdict=Truth.UNTELLABLE,
            reason=value.reason or reason,
            message=f"{subject}: expected {expected}, but {value.why}",
            own=value.own,
        )
    truth = Truth.HOLDS if holds else Truth.MISSES
    said = "" if holds else f"{subject}: {message}"
    return Verdict(subject, "implied", expected, show(value, Unit.PLAIN, str), truth, reason, said)


def told(answer: Mapping[str, Any], key: str, action: str) -> Any:
    """Return what an answer of AWS always has; raises Trouble where it does not."""
    if not answer.get(key):
        raise Trouble(Reason.PROTOCOL, f"{action}: what answers is not the AWS API (no {key})", own=True)
    return answer[key]


class Asker:
    """AWS as one attempt of a step asks it: one account, one region, one stopwatch."""

    __slots__ = ("_account", "_aws", "_region", "_trace")

    def __init__(self, tools: Tools, account: Account, trace: Trace, region: str | None = None) -> None:
        self._aws = tools.aws
        self._account = account
        self._trace = trace
        self._region = region

    def at(self, region: str) -> "Asker":
        """Return what asks the same account in another region."""
        other = copy(self)
        other._region = region  # noqa: SLF001 - of its own kind
        return other

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to one call; raises Trouble."""
        return await self._aws.call(
            self._account, service, operation, parameters, trace=self._trace, region=self._region
        )

    async def whole(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return all pages of an answer as one document; raises Trouble."""
        return await self._aws.whole(
            self._account, service, operation, parameters, trace=self._trace, region=self._region
        )

    async def listed(self, service: str, operation: str, result: str, **parameters: Any) -> list[Any]:
        """Return what all pages of an answer have under `result`; raises Trouble."""
        return await self._aws.listed(
            self._account, service, operation, result, parameters, trace=self._trace, region=self._region
        )
