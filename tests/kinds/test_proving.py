"""Every way to prove who asks, as it goes over the wire."""

import asyncio
from base64 import b64encode
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from checker.core.errors import Trouble
from checker.core.reason import Reason
from tests.kinds.asking import OAUTH2, TOKEN_URL, URL, Asking


async def test_basic() -> None:
    asking = Asking({"password": "hunter2"})
    auth = {"basic": {"username": "me", "password": "${secret.password}"}}
    assert (await asking.sent(url=URL, auth=auth)).headers["authorization"] == "Basic " + b64encode(
        b"me:hunter2"
    ).decode()
    asking.environment["password"] = "hunter3"
    assert (await asking.sent(url=URL, auth=auth)).headers["authorization"] == "Basic " + b64encode(
        b"me:hunter3"
    ).decode()


async def test_bearer(asking: Asking) -> None:
    run = asking.run(token="t0ken")
    assert (await asking.sent(run, url=URL, auth={"bearer": "${token}"})).headers[
        "authorization"
    ] == "Bearer t0ken"
    assert run.scope.secret_captures == {"t0ken"}


async def test_an_api_key() -> None:
    asking = Asking({"key": "hunter2"})
    in_header = {"api_key": {"header": "X-API-Key", "value": "${secret.key}"}}
    assert (await asking.sent(url=URL, auth=in_header)).headers["x-api-key"] == "hunter2"
    in_query = {"api_key": {"query": "key", "value": "${secret.key}"}}
    assert str((await asking.sent(url=f"{URL}?a=b", auth=in_query)).url) == f"{URL}?a=b&key=hunter2"


async def test_digest(asking: Asking) -> None:
    challenge = {"WWW-Authenticate": 'Digest realm="here", nonce="n0nce", qop="auth"'}
    route = asking.router.get(URL).mock(
        side_effect=[httpx.Response(401, headers=challenge), httpx.Response(200)]
    )
    run = asking.run()
    seen = await asking.observe(run, url=URL, auth={"digest": {"username": "me", "password": "hunter2"}})
    assert seen.facts.get("status") == 200
    assert (
        asking.last(route)
        .headers["authorization"]
        .startswith('Digest username="me", realm="here", nonce="n0nce"')
    )
    assert [exchange.status for exchange in run.exchanges] == [401, 200]


async def test_sigv4(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "sess10n")
    run = asking.run()
    auth = {"sigv4": {"service": "es", "region": "eu-west-1"}}
    request = await asking.sent(run, url=URL, method="POST", json={"a": 1}, auth=auth)
    assert "Credential=AKIDEXAMPLE/20231114/eu-west-1/es/aws4_request" in request.headers["authorization"]
    assert run.scope.secret_captures == {"s3cret", "sess10n"}


def give_tokens(asking: Asking, *values: str) -> respx.Route:
    answers = [httpx.Response(200, json={"access_token": value, "expires_in": 3600}) for value in values]
    return asking.router.post(TOKEN_URL).mock(side_effect=answers)


async def test_oauth2_shares_a_token() -> None:
    asking = Asking({"client": "hunter2"})
    tokens = give_tokens(asking, "t0ken-1")
    runs = [asking.run() for _ in range(3)]
    asking.router.get(URL).respond(200)
    await asyncio.gather(*(asking.observe(run, url=URL, auth=OAUTH2) for run in runs))
    assert tokens.call_count == 1
    assert [run.scope.secret_captures for run in runs] == [{"hunter2", "t0ken-1"}] * 3
    assert runs[0].exchanges[0].url == TOKEN_URL
    assert dict(runs[2].exchanges[-1].request_headers)["Authorization"] == "Bearer t0ken-1"


async def test_oauth2_with_every_setting() -> None:
    asking = Asking({"client": "hunter2", "password": "hunter3", "where": TOKEN_URL})
    tokens = give_tokens(asking, "t0ken-1")
    settings = {
        "token_url": "${secret.where}",
        "client_id": "me",
        "client_secret": "${secret.client}",
        "scope": "a b",
        "audience": "api",
        "username": "u",
        "password": "${secret.password}",
    }
    await asking.sent(url=URL, auth={"oauth2": settings})
    request = asking.last(tokens)
    assert dict(parse_qsl(request.content.decode())) == {
        "grant_type": "password",
        "username": "u",
        "password": "hunter3",
        "scope": "a b",
        "audience": "api",
    }
    assert request.headers["authorization"] == "Basic " + b64encode(b"me:hunter2").decode()


async def test_oauth2_at_an_endpoint_that_was_captured() -> None:
    """As OpenID Connect's discovery tells it; its origin has to be one that the configuration names."""
    asking = Asking({"client": "hunter2"})
    give_tokens(asking, "t0ken-1")
    auth = {"oauth2": {**OAUTH2["oauth2"], "token_url": "${endpoint}"}}
    run = asking.run(endpoint=TOKEN_URL)
    with pytest.raises(Trouble, match="which the configuration does not name"):
        await asking.observe(run, url=URL, auth=auth)
    asking.router.get("https://auth.example.org/").respond(200)
    await asking.observe(url="https://auth.example.org/")
    request = await asking.sent(run, url=URL, auth=auth)
    assert request.headers["authorization"] == "Bearer t0ken-1"


async def test_digest_with_a_name_beyond_ascii(asking: Asking) -> None:
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
    refused = httpx.Response(401, headers={"WWW-Authenticate": challenge})
    route = asking.router.get(URL).mock(side_effect=[refused, httpx.Response(200)])
    await asking.observe(url=URL, auth={"digest": {"username": "jürgen", "password": "ü"}})
    assert 'username="jürgen"'.encode() in dict(asking.last(route).headers.raw)[b"Authorization"]


async def test_oauth2_asks_anew_after_a_401() -> None:
    asking = Asking({"client": "hunter2"})
    tokens = give_tokens(asking, "t0ken-1", "t0ken-2")
    api = asking.router.get(URL).mock(side_effect=[httpx.Response(401), httpx.Response(200)])
    assert (await asking.observe(url=URL, auth=OAUTH2)).facts.get("status") == 200
    assert asking.last(api).headers["authorization"] == "Bearer t0ken-2"
    assert tokens.call_count == 2


async def test_oauth2_that_is_refused() -> None:
    asking = Asking({"client": "hunter2"})
    asking.router.post(TOKEN_URL).respond(403, json={"error": "invalid_client"})
    run = asking.run()
    with pytest.raises(Trouble) as caught:
        await asking.observe(run, url=URL, auth=OAUTH2)
    assert caught.value.reason is Reason.AUTH_REJECTED
    assert caught.value.message == f"no token from {TOKEN_URL}: status 403 invalid_client"
    assert [exchange.url for exchange in run.exchanges] == [TOKEN_URL]
