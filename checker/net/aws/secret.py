"""Secrets that AWS keeps: a version of a secret of Secrets Manager, or a parameter of Systems Manager."""

import json
from datetime import datetime
from typing import Any

from checker.core.errors import Trouble
from checker.core.trace import Trace
from checker.net.aws.accounts import Account
from checker.net.aws.calls import Aws
from checker.secrets.remote import Fetched, Keeping, RemoteSource
from checker.secrets.sources import Unreadable

CURRENT = "AWSCURRENT"
DEFAULT = Keeping()


class ManagedSecret(RemoteSource):
    """A version of a secret of Secrets Manager; with `field`, one key of the JSON object that it holds."""

    def __init__(
        self,
        aws: Aws,
        account: Account,
        name: str,
        field: str | None = None,
        stage: str = CURRENT,
        keeping: Keeping = DEFAULT,
    ) -> None:
        super().__init__((account, name, field, stage), keeping)
        self._ask = (aws, account)
        self._wanted = {"SecretId": name, "VersionStage": stage}
        self._field = field

    async def _fetch(self) -> Fetched:
        answer = await _answer(*self._ask, "secretsmanager", "GetSecretValue", self._wanted)
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise Unreadable("the AWS secret is binary; only texts can be used")
        value = text if self._field is None else _field(text, self._field)
        return Fetched(value, _seconds(answer.get("CreatedDate")))


class Parameter(RemoteSource):
    """A parameter of Systems Manager, decrypted."""

    def __init__(self, aws: Aws, account: Account, name: str, keeping: Keeping = DEFAULT) -> None:
        super().__init__((account, name), keeping)
        self._ask = (aws, account)
        self._wanted = {"Name": name, "WithDecryption": True}

    async def _fetch(self) -> Fetched:
        answer = await _answer(*self._ask, "ssm", "GetParameter", self._wanted)
        parameter = answer.get("Parameter") or {}
        value = parameter.get("Value")
        if not isinstance(value, str):
            raise Unreadable("the AWS parameter has no value")
        return Fetched(value, _seconds(parameter.get("LastModifiedDate")))


async def _answer(
    aws: Aws, account: Account, service: str, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    try:
        return await aws.value(account, service, operation, parameters, trace=Trace())
    except Trouble as trouble:
        raise Unreadable(trouble.message) from None


def _field(text: str, name: str) -> str:
    """Return one key of a JSON object; what is wrong is said without a word of what it holds."""
    try:
        document = json.loads(text)
    except ValueError:
        raise Unreadable("the AWS secret is no JSON object, so it has no fields") from None
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise Unreadable(f"the AWS secret has no field {name!r} that is a text")
    return str(value)


def _seconds(moment: object) -> float | None:
    return moment.timestamp() if isinstance(moment, datetime) else None
