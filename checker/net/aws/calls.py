"""The way to AWS: what kinds ask, and the guard that goes first."""

import asyncio
import importlib.util
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.threads import DaemonThreads
from checker.core.trace import Errand, Trace
from checker.net.aws.accounts import Account
from checker.net.aws.readonly import refused

if TYPE_CHECKING:
    from checker.net.aws.clients import Clients, Identity, Listener

T = TypeVar("T")

DELAYS = (0.25, 0.5, 1.0, 2.0)
"""Seconds before each further attempt where AWS throttles; one with trouble of its own is asked once more."""

INSTALLED = importlib.util.find_spec("botocore") is not None
MISSING_EXTRA = "this needs the extra aws: in a clone, pip install '.[aws]'"


class Aws:
    """Asks AWS, for as long as the process lives. Every method may raise Trouble.

    Nothing is asked of an account before its credentials were found to be of it: another one's are
    `wrong_account`. `listener` hears of every call that is made, for the tests that hold policies against them.
    """

    def __init__(
        self, version: str = "0", listener: "Listener | None" = None, delays: tuple[float, ...] = DELAYS
    ) -> None:
        self._delays = delays
        self._agent = f"checker/{version}"
        self._listener = listener
        self._threads = DaemonThreads("aws")
        self._clients: dict[Account, Clients] = {}

    def load(self) -> None:
        """Import what asking takes, ahead of the first run: in the midst of one it would hold the loop."""
        if INSTALLED:
            from checker.net.aws import clients, failures  # noqa: F401, PLC0415 - botocore, an optional extra

    async def call(
        self,
        account: Account,
        service: str,
        operation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        trace: Trace,
        region: str | None = None,
    ) -> dict[str, Any]:
        """Return AWS's answer to one read-only call; names are botocore's service and AWS's operation."""
        answer: dict[str, Any] = await self._asked(
            account,
            service,
            operation,
            lambda clients: clients.call(service, operation, dict(parameters or {}), region),
            trace,
        )
        return answer

    async def listed(
        self,
        account: Account,
        service: str,
        operation: str,
        result: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        trace: Trace,
        region: str | None = None,
    ) -> list[Any]:
        """Return what all pages of an answer have under the key `result`, in their order."""
        pages = await self._asked(
            account,
            service,
            operation,
            lambda clients: clients.pages(service, operation, dict(parameters or {}), region),
            trace,
        )
        return [item for page in pages for item in page.get(result) or ()]

    async def whole(
        self,
        account: Account,
        service: str,
        operation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        trace: Trace,
        region: str | None = None,
    ) -> dict[str, Any]:
        """Return all pages of an answer as one document: times as RFC 3339 texts, secrets and bytes withheld."""
        answer: dict[str, Any] = await self._asked(
            account,
            service,
            operation,
            lambda clients: clients.whole(service, operation, dict(parameters or {}), region),
            trace,
        )
        return answer

    async def verified(self, account: Account, trace: Trace) -> "Identity":
        """Return who the credentials are; raises Trouble (wrong_account) where they are of another account."""
        identity = await self._within_reason(
            account, "sts", "GetCallerIdentity", lambda clients: clients.identity(), trace
        )
        if account.account not in (None, identity.account):
            raise Trouble(
                Reason.WRONG_ACCOUNT,
                f"the credentials are of account {identity.account} ({identity.arn}), but aws.{account.name} is"
                f" {account.account}; nothing else was asked",
            )
        return identity

    async def region(self, account: Account, trace: Trace) -> str | None:
        """Return the region that calls of an account go to."""
        return await self._within_reason(
            account, "sts", "GetCallerIdentity", lambda clients: clients.region(), trace
        )

    async def value(
        self, account: Account, service: str, operation: str, parameters: Mapping[str, Any], *, trace: Trace
    ) -> dict[str, Any]:
        """Return the answer of a call that brings a secret back; for secrets of the configuration only."""
        answer: dict[str, Any] = await self._guarded(
            account,
            service,
            operation,
            lambda clients: clients.call(service, operation, dict(parameters), None),
            trace,
        )
        return answer

    async def _asked(
        self, account: Account, service: str, operation: str, ask: "Callable[[Clients], T]", trace: Trace
    ) -> T:
        if why := refused(service, operation):
            raise Trouble(Reason.AWS_DENIED, why, own=True)
        return await self._guarded(account, service, operation, ask, trace)

    async def _guarded(
        self, account: Account, service: str, operation: str, ask: "Callable[[Clients], T]", trace: Trace
    ) -> T:
        if account.account is not None:
            await self.verified(account, trace)
        return await self._within_reason(account, service, operation, ask, trace)

    async def _within_reason(
        self, account: Account, service: str, operation: str, ask: "Callable[[Clients], T]", trace: Trace
    ) -> T:
        """Ask, and ask again where AWS wants us to slow down or had trouble of its own."""
        if not INSTALLED:
            raise Trouble(Reason.INTERNAL, MISSING_EXTRA)
        from checker.net.aws import failures  # noqa: PLC0415 - botocore, an optional extra

        before, action = trace.errand, failures.iam_action(service, operation)
        trace.errand = Errand(f"asking AWS ({action})")
        trace.start(Phase.WAIT)
        clients = self._of(account)
        delays = list(self._delays)
        while True:
            try:
                answer = await self._threads.run(partial(ask, clients))
            except Exception as error:
                throttled = failures.is_throttle(error)
                if not delays or not (throttled or failures.is_passing(error)):
                    raise failures.trouble(error, service, operation) from error
                if throttled:
                    trace.errand = Errand(f"waiting, as AWS throttles {action}", Reason.AWS_THROTTLED)
                await asyncio.sleep(delays.pop(0))
                delays = delays if throttled else []
            else:
                trace.stop()
                trace.errand = before
                return answer

    def _of(self, account: Account) -> "Clients":
        if account not in self._clients:
            from checker.net.aws.clients import Clients  # noqa: PLC0415 - botocore, an optional extra

            self._clients[account] = Clients(account, self._agent, self._listener)
        return self._clients[account]
