"""Secrets that AWS keeps, with a real API."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from checker.net.aws.accounts import Account
from checker.net.aws.calls import Aws
from checker.net.aws.secret import ManagedSecret, Parameter
from checker.secrets.remote import RemoteSource
from checker.secrets.sources import Unreadable
from tests.cloud import ACCOUNT, REGION, Cloud, cloud

PROD = Account("prod", ACCOUNT, REGION)


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        secrets = running.client("secretsmanager")
        secrets.create_secret(
            Name="es", SecretString=json.dumps({"api_key": "hunter1", "port": 9200, "on": True})
        )
        secrets.put_secret_value(
            SecretId="es", SecretString=json.dumps({"api_key": "hunter2", "port": 9200, "on": True})
        )
        secrets.create_secret(Name="text", SecretString="hunter3")
        secrets.create_secret(Name="bytes", SecretBinary=b"hunter4")
        running.client("ssm").put_parameter(
            Name="/tis/token-url", Value="https://auth.example.org", Type="SecureString"
        )
        yield running


async def fetched(source: RemoteSource) -> str:
    await source.begin()
    return source.read()


def secret(*words: Any, **options: Any) -> ManagedSecret:
    return ManagedSecret(Aws(delays=()), PROD, *words, **options)


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("es", "api_key"), "hunter2"),
        (("es", "api_key", "AWSPREVIOUS"), "hunter1"),
        (("es", "port"), "9200"),
        (("text",), "hunter3"),
    ],
)
async def test_a_version_of_a_secret(words: tuple[str, ...], value: str) -> None:
    source = secret(*words)
    assert value == await fetched(source)
    assert abs((source.changed_at() or 0) - time.time()) < 60


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("es", "api-key"), "the AWS secret has no field 'api-key' that is a text"),
        (("es", "on"), "no field 'on' that is a text"),
        (("text", "api_key"), "the AWS secret is no JSON object, so it has no fields"),
        (("bytes",), "binary; only texts can be used"),
        (("nope",), "secretsmanager:GetSecretValue: AWS knows of no such thing"),
        (("text", None, "AWSPREVIOUS"), "secretsmanager:GetSecretValue"),
    ],
)
async def test_what_cannot_be_had_says_why_and_nothing_of_values(words: tuple[str, ...], why: str) -> None:
    source = secret(*words)
    with pytest.raises(Unreadable, match=why) as caught:
        await fetched(source)
    assert "hunter" not in str(caught.value)


@pytest.mark.usefixtures("api")
async def test_a_parameter() -> None:
    source = Parameter(Aws(delays=()), PROD, "/tis/token-url")
    assert "https://auth.example.org" == await fetched(source)
    assert abs((source.changed_at() or 0) - time.time()) < 60
    with pytest.raises(Unreadable, match="ssm:GetParameter: AWS knows of no such thing"):
        await fetched(Parameter(Aws(delays=()), PROD, "/tis/nope"))


@pytest.mark.usefixtures("api")
async def test_a_wrong_account_is_asked_for_nothing() -> None:
    calls: list[str] = []
    aws = Aws(listener=lambda _, operation: calls.append(operation), delays=())
    with pytest.raises(Unreadable, match="the credentials are of account 123456789012"):
        await fetched(ManagedSecret(aws, Account("prod", "999999999999", REGION), "text"))
    assert ["GetCallerIdentity"] == calls


def test_the_same_place_is_the_same_source() -> None:
    assert secret("es", "api_key") == secret("es", "api_key")
    assert secret("es", "api_key") != secret("es", "api_key", "AWSPREVIOUS")
    assert secret("es") != Parameter(Aws(), PROD, "es")
