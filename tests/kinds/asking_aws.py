"""A kind that asks AWS, as a run would have it do, and the calls that it makes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from checker.core.clock import Clock
from checker.core.outcome import Truth, Verdict
from checker.core.trace import Trace
from checker.kinds.amazon import AwsKind
from checker.kinds.contract import Observation, StepContext, Tools
from checker.net.aws.accounts import Account
from checker.net.aws.calls import Aws
from checker.net.aws.failures import iam_action
from checker.secrets.store import SecretStore
from tests.net.scopes import scope_with, templated

NOW = 1_763_640_000.0  # 2025-11-20T12:00:00Z


class AskingAws:
    """One kind, whose clock stands still; `actions` are those of IAM that its calls have taken."""

    def __init__(
        self,
        kind: type[AwsKind[Any]],
        now: float = NOW,
        accounts: Iterable[Account] = (),
        refusing: Mapping[str, str] | None = None,
        after: int = 0,
    ) -> None:
        """`refusing` has AWS's code of error for operations, of which each was admitted `after` times before."""
        self.actions: set[str] = set()
        self._refusing = {} if refusing is None else refusing
        self._admitted: defaultdict[str, int] = defaultdict(lambda: after)
        self.kind = kind(
            Tools(
                SecretStore({}),
                Clock(wall=lambda: now),
                accounts={account.name: account for account in accounts},
                aws=Aws(delays=(), listener=self._hear),
            )
        )

    def _hear(self, service: str, operation: str) -> None:
        self.actions.add(iam_action(service, operation))
        code = self._refusing.get(operation)
        if code and self._admitted[operation] == 0:
            raise ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)
        if code:
            self._admitted[operation] -= 1

    async def observe(
        self,
        spec: Mapping[str, Any],
        *,
        asked: Iterable[str] | None = None,
        asserted: Iterable[str] = (),
        captures: Mapping[str, object] | None = None,
    ) -> Observation:
        """Do one step; without `asked`, all facts are asked for."""
        context = StepContext("probe", "step", scope_with(captures), Trace())
        context.asked = None if asked is None else frozenset(asked)
        context.asserted = frozenset(asserted)
        return await self.kind.prepare(self.kind.Spec.model_validate(templated(dict(spec))))(context)


def missed(observation: Observation) -> list[Verdict]:
    """Return what a kind itself has judged not to hold."""
    return [verdict for verdict in observation.verdicts if verdict.verdict is not Truth.HOLDS]
