"""botocore's clients, one for each account, service and region; made in the thread of the first call, then shared.

They honour the standard chain of credentials and settings, `AWS_ENDPOINT_URL` included. Their own timeouts are
short and they never try again: retries are ours, within the run's deadline.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.aws.accounts import Account
from checker.net.aws.documents import document, merged
from checker.net.aws.paging import all_pages, python_name

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 8.0
"""Seconds after which a call that nobody may wait for any more ends by itself."""

Listener = Callable[[str, str], None]
"""Hears of every call that is really made: botocore's service, AWS's operation."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials are, by `sts:GetCallerIdentity`."""

    account: str
    arn: str


class Clients:
    """The clients of one account. Its methods block, and are called from several threads."""

    def __init__(self, account: Account, agent: str, listener: Listener | None = None) -> None:
        self._account = account
        self._agent = agent
        self._listener = listener
        self._lock = threading.Lock()
        self._session: Any = None
        self._made: dict[tuple[str, str | None], Any] = {}
        self._identified: tuple[str, Identity] | None = None

    def call(self, service: str, operation: str, parameters: dict[str, Any], region: str | None) -> Any:
        """Make one call and return the answer, without what is about the answer; raises what botocore raises."""
        client = self._client(service, region)
        answer = _method(client, operation)(**parameters)
        answer.pop("ResponseMetadata", None)
        return answer

    def pages(
        self, service: str, operation: str, parameters: dict[str, Any], region: str | None
    ) -> tuple[Any, ...]:
        """Return all pages of an answer, and refuse more than a hundred; a call that has no pages yields one."""
        return all_pages(self._client(service, region), operation, parameters).pages

    def whole(self, service: str, operation: str, parameters: dict[str, Any], region: str | None) -> Any:
        """Return all pages of an answer as one, as JSON has it, and without secrets."""
        client = self._client(service, region)
        answer = merged(*all_pages(client, operation, parameters))
        return document(answer, client.meta.service_model.operation_model(operation).output_shape)

    def identity(self) -> Identity:
        """Return who the present credentials are; asked once for each set of credentials."""
        key = self.credentials().access_key
        if self._identified is None or self._identified[0] != key:
            said = self.call("sts", "GetCallerIdentity", {}, None)
            if not said.get("Account"):
                raise Trouble(
                    Reason.PROTOCOL, "what answers sts:GetCallerIdentity is not the AWS API", own=True
                )
            self._identified = key, Identity(str(said["Account"]), str(said.get("Arn")))
        return self._identified[1]

    def credentials(self) -> ReadOnlyCredentials:
        """Return the present credentials, renewed if need be; raises NoCredentialsError and the like."""
        with self._lock:
            found = self._open().get_credentials()
        if found is None:
            raise botocore.exceptions.NoCredentialsError
        return found.get_frozen_credentials()

    def region(self) -> str | None:
        """Return the region that calls go to, where any is known."""
        with self._lock:
            return self._region()

    def _client(self, service: str, region: str | None) -> Any:
        with self._lock:
            client = self._made.get((service, region))
            if client is None:
                client = self._made[service, region] = self._make(service, region)
            return client

    def _make(self, service: str, region: str | None) -> Any:
        client = self._open().create_client(
            service,
            region_name=region or self._region(),
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": 1},
                max_pool_connections=16,
                user_agent_extra=self._agent,
                parameter_validation=True,
            ),
        )
        client.meta.events.register("after-call", _refuse_what_is_no_answer)
        if self._listener:
            client.meta.events.register("before-call", partial(_heard, self._listener, service))
        return client

    def _region(self) -> str | None:
        """Return the declared region, else that of the SDKs' variables: botocore itself knows only the older one."""
        found = (
            self._account.region
            or self._open().get_config_variable("region")
            or os.environ.get("AWS_REGION")
            or None
        )
        return None if found is None else str(found)

    def _open(self) -> Any:
        if self._session is None:
            self._session = botocore.session.Session()
            if self._account.role_arn:
                _assume(self._session, self._account.role_arn, self._region())
        return self._session


def _assume(session: Any, role: str, region: str | None) -> None:
    """Put the credentials of a role in the place of the process's own; they are renewed before they expire."""
    own = botocore.session.Session()
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(own.create_client, region_name=region),
        source_credentials=own.get_credentials() or _none(),
        role_arn=role,
        extra_args={"RoleSessionName": "checker"},
    )
    session._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - as botocore's own documentation does it
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )


def _none() -> Any:
    raise botocore.exceptions.NoCredentialsError


def _refuse_what_is_no_answer(parsed: Any, model: Any, **_: object) -> None:
    """Refuse an answer with nothing in it that has no request's id either, as all of AWS's have.

    botocore takes any body with a good status for one, and what it cannot read for an empty list.
    """
    about = parsed.get("ResponseMetadata", {})
    empty = parsed.keys() <= {"ResponseMetadata"} and model.output_shape and model.output_shape.members
    if empty and about.get("HTTPStatusCode", 0) < 300 and not about.get("RequestId"):
        raise Trouble(Reason.PROTOCOL, f"what answers {model.name} is not the AWS API", own=True)


def _heard(listener: Listener, service: str, model: Any, **_: object) -> None:
    listener(service, model.name)


def _method(client: Any, operation: str) -> Callable[..., Any]:
    method: Callable[..., Any] = getattr(client, python_name(client, operation))
    return method
