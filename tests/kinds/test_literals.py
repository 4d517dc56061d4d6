from typing import Any

import pytest
from pydantic import BaseModel

from checker.core.template import parse_template
from checker.kinds.http import HttpSpec
from checker.kinds.literals import literal_credentials, without_login
from checker.kinds.tls import TlsSpec

URL = "http://a.example/"
TOKEN_URL = {"token_url": URL, "client_id": "me"}


def parsed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: parsed(item) for key, item in value.items()}
    return parse_template(value) if isinstance(value, str) and "${" in value else value


def found(spec: type[BaseModel], **keys: Any) -> list[str]:
    return [".".join(map(str, path)) for path in literal_credentials(spec.model_validate(parsed(keys)))]


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        ({"headers": {"Authorization": "Bearer abc"}}, ["headers.Authorization"]),
        ({"headers": {"cookie": "a=b", "Accept": "*/*"}}, ["headers.cookie"]),
        ({"headers": {"X-Api-Key": 12345}}, ["headers.X-Api-Key"]),
        ({"headers": {"X-Api-Key": ""}}, []),
        ({"headers": {"Authorization": "Bearer ${secret.key}", "X-Api-Key": "${token}"}}, []),
        ({"headers": {"Idempotency-Key": "1", "Accept": "token"}}, []),
        ({"auth": {"basic": {"username": "me", "password": "abc"}}}, ["auth.basic.password"]),
        ({"auth": {"digest": {"username": "me", "password": "abc"}}}, ["auth.digest.password"]),
        ({"auth": {"basic": {"username": "me", "password": "${secret.p}"}}}, []),
        ({"auth": {"bearer": "abc"}}, ["auth.bearer"]),
        ({"auth": {"api_key": {"query": "key", "value": "abc"}}}, ["auth.api_key.value"]),
        ({"auth": {"oauth2": {**TOKEN_URL, "client_secret": "abc"}}}, ["auth.oauth2.client_secret"]),
        ({"auth": {"oauth2": {**TOKEN_URL, "username": "u", "password": "p"}}}, ["auth.oauth2.password"]),
        ({"auth": {"oauth2": TOKEN_URL}}, []),
        ({"auth": {"sigv4": {"service": "es", "region": "eu-west-1"}}}, []),
        ({"url": "https://me:abc@a.example/x"}, ["url"]),
        ({"url": "https://abc@a.example/${run.id}"}, ["url"]),
        ({"url": "https://me:${secret.p}@a.example/"}, []),
        ({"url": "https://a.example/?q=a@b"}, []),
        ({"proxy": "http://me:abc@proxy.example:3128"}, ["proxy"]),
        ({"params": {"next": ["http://a/", "http://me:abc@b/"]}}, ["params.next.1"]),
        ({"json": {"password": "wrong on purpose"}, "method": "POST"}, []),
    ],
)
def test_where_credentials_are_written(keys: dict[str, Any], places: list[str]) -> None:
    assert places == found(HttpSpec, **{"url": URL, **keys})


def test_a_key_in_a_file_is_none_that_is_written_here() -> None:
    pem = "-----BEGIN RSA PRIVATE KEY-----\nabc"
    assert ["key"] == found(TlsSpec, host="a.example", cert="cert.pem", key=pem)
    assert [] == found(TlsSpec, host="a.example", cert="cert.pem", key="key.pem")
    assert [] == found(TlsSpec, host="a.example", ca="-----BEGIN CERTIFICATE-----\nabc")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abc", "***"),
        ("http://me:abc@a.example/?q=b@c", "http://***@a.example/?q=b@c"),
        ("http://a.example/", "***"),
    ],
)
def test_a_url_is_shown_without_its_login(text: str, shown: str) -> None:
    assert shown == without_login(text, "***")
