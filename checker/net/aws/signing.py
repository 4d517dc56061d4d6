"""The credentials that requests are signed with (`auth: {sigv4: …}`), found where the AWS SDKs find theirs.

Variables are looked at at once. All else is up to botocore's chain, where it is installed: profiles, web identity,
the container's and the instance's role. It blocks, over the network too, so it is asked in a daemon thread; it keeps
what it has found, and renews it before it expires.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.threads import DaemonThreads
from checker.core.trace import Errand, Trace
from checker.net.aws.accounts import UNDECLARED
from checker.net.aws.calls import INSTALLED, MISSING_EXTRA
from checker.net.sigv4 import VARIABLES, Credentials, environment_credentials

if TYPE_CHECKING:
    from checker.net.aws.clients import Clients

DEADLINE = 10.0
"""Seconds for the chain; a fetch is shared, so no single run's deadline can bound it."""

_THREADS = 2  # one may hang, while another tries again
_ERRAND = Errand("looking for AWS credentials to sign with", Reason.SECRET_UNAVAILABLE)

Find = Callable[[], Credentials]
"""Returns the present credentials; blocks. Raises Trouble."""


class SigningCredentials:
    """The credentials of this process. Whoever asks while they are looked for waits for the same answer."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        find: Find | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        """`find` takes the place of botocore's chain."""
        self._environment = environment
        self._find = find or (_Chain() if INSTALLED else None)
        self._deadline = deadline
        self._threads = DaemonThreads("aws-credentials", _THREADS)
        self._search: asyncio.Task[Credentials] | None = None

    async def get(self, trace: Trace) -> Credentials:
        """Return credentials that are good now; raises Trouble(secret_unavailable)."""
        if any(self._environment.get(name) for name in VARIABLES):
            return environment_credentials(self._environment)
        if self._find is None:
            raise _unavailable(f"{VARIABLES[0]} is not set, and for profiles and roles {MISSING_EXTRA}")
        if self._search is None:
            self._search = asyncio.create_task(self._found(self._find))
            self._search.add_done_callback(self._ended)
        with _on_errand(trace):
            return await asyncio.shield(self._search)

    async def aclose(self) -> None:
        """Wait no longer for a search that is under way."""
        if search := self._search:
            search.cancel()
            await asyncio.gather(search, return_exceptions=True)

    async def _found(self, find: Find) -> Credentials:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._threads.run(find)
        except TimeoutError:
            raise _unavailable(f"nothing was found within {self._deadline:g} s") from None

    def _ended(self, search: asyncio.Task[Credentials]) -> None:
        self._search = None
        if not search.cancelled():
            search.exception()  # told to those who wait; nobody may be left


@contextmanager
def _on_errand(trace: Trace) -> Iterator[None]:
    before, trace.errand = trace.errand, _ERRAND
    try:
        yield
    finally:
        trace.errand = before


class _Chain:
    """botocore's chain of credentials, imported and opened by the first who asks."""

    def __init__(self) -> None:
        self._clients: Clients | None = None

    def __call__(self) -> Credentials:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415 - optional

        from checker.net.aws.clients import Clients  # noqa: PLC0415 - botocore, an optional extra

        self._clients = self._clients or Clients(UNDECLARED, "")
        try:
            found = self._clients.credentials()
        except NoCredentialsError:
            raise _unavailable("there are none in variables, profiles, a container or an instance") from None
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(str(error)) from error
        return Credentials(found.access_key, found.secret_key, found.token or None)


def _unavailable(why: str) -> Trouble:
    return Trouble(Reason.SECRET_UNAVAILABLE, f"sigv4 has no AWS credentials: {why}")
