"""What stays of a failing run for people to read: what helps, and no credential, wherever it was written."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from checker.core.outcome import Outcome
from tests.integration.checks import Told, outcome_of, told
from tests.integration.sites import Request, reply, site
from tests.integration.spellings import found

PASSWORD = "pw-9Kd83mZ/q+w"
KEY = "k3y-Qm81xTz4"


def echo(request: Request) -> bytes:
    """Hand back all that came, as it is and taken apart; an error."""
    apart = {
        "headers": dict(request.headers),
        "target": request.target,
        "cookies": [pair.partition("=")[2] for pair in request.headers.get("cookie", "").split("; ")],
        "words": request.headers.get("authorization", "").split()[1:],
        "body": request.body.decode(),
    }
    return reply(json.dumps(apart), "500 Internal Server Error", X_Echo=request.headers.get("x-api-key", "-"))


def probe(*steps: Mapping[str, Any]) -> str:
    return json.dumps({"version": 1, "probes": {"probe": {"steps": list(steps)}}})


@pytest.mark.parametrize(
    "http",
    [
        {"headers": {"Authorization": f"Bearer {KEY}"}},
        {"headers": {"Authorization": f"Basic {b64encode(f'me:{PASSWORD}'.encode()).decode()}"}},
        {"headers": {"Proxy-Authorization": f"Bearer {KEY}"}},
        {"headers": {"X-Api-Key": KEY}},
        {"headers": {"Cookie": f"consent=none; sid={KEY}"}},
        {"cookies": {"sid": KEY}},
        {"auth": {"basic": {"username": "me", "password": PASSWORD}}},
        {"auth": {"bearer": KEY}},
        {"auth": {"api_key": {"header": "X-Mine", "value": KEY}}},
        {"auth": {"api_key": {"query": "key", "value": KEY}}},
        {"auth": {"oauth2": {"token_url": "URL/token", "client_id": "me", "client_secret": PASSWORD}}},
        {"auth": {"oauth2": {"token_url": f"LOGIN:{KEY}@/token", "client_id": "me"}}},
        {
            "auth": {
                "oauth2": {"token_url": "URL/token", "client_id": "me", "username": "a", "password": PASSWORD}
            }
        },
        {"url": f"LOGIN:{KEY}@/"},
    ],
    ids=str,
)
async def test_credentials_that_stand_in_the_file_itself(http: dict[str, Any]) -> None:
    async with site(echo) as server:
        login = server.url.replace("://", "://me:")
        text = probe({"http": {"url": server.url, **http}}).replace("URL", server.url)
        host = server.url.partition("://")[2]
        text = text.replace(f"LOGIN:{KEY}@", f"http://me:{KEY}@{host}")
        outcome = await outcome_of(text)
        assert found([PASSWORD, KEY], server.received), login
    assert Told("fail", "server_error", "http") == told(outcome)
    assert [] == found([PASSWORD, KEY], repr(outcome).encode())


@pytest.mark.parametrize("redirects", [0, 1, 2])
async def test_a_password_in_a_redirect(redirects: int) -> None:
    def answer(request: Request) -> bytes:
        there = f"http://me:{KEY}@{request.headers['host']}/login"
        return reply("", "302 Found", Location=there) if redirects < 2 else on(request, there)

    def on(request: Request, there: str) -> bytes:
        return echo(request) if request.path == "/login" else reply("", "302 Found", Location=there)

    async with site(answer) as server:
        outcome = await outcome_of(probe({"http": {"url": server.url, "redirects": redirects}}))
    assert [] == found([KEY], repr(outcome).encode())
    assert "fail" == outcome.result
    if redirects < 2:
        assert f"http://me:***@{server.url[7:]}/login" in (outcome.message or "")


async def test_a_redirect_of_a_token_endpoint() -> None:
    async with site(lambda _: reply("", "302 Found", Location=f"http://me:{KEY}@127.0.0.1/")) as server:
        auth = {"oauth2": {"token_url": server.url, "client_id": "me"}}
        outcome = await outcome_of(probe({"http": {"url": server.url, "auth": auth}}))
    assert [] == found([KEY], repr(outcome).encode())
    assert Told("fail", "unexpected_status", "http") == told(outcome)


async def message_of(answer: bytes, **expect: Any) -> tuple[str | None, str]:
    async with site(lambda _: answer) as server:
        step = {"http": {"url": server.url, "headers": {"X-Api-Key": KEY}}, "expect": expect}
        outcome: Outcome = await outcome_of(probe(step if expect else {"http": step["http"]}))
    return outcome.reason, outcome.message or ""


async def test_a_redirect_that_nobody_expected_says_where_it_leads() -> None:
    found_elsewhere = reply(
        "", "302 Found", Location=f"https://login.example.org/?key={KEY}&next={'x' * 500}"
    )
    reason, message = await message_of(found_elsewhere)
    start = "status: expected 2xx, saw 302 (redirects: 1 would follow it to 'https://login.example.org/?key=***&next=xx"
    assert "unexpected_status" == reason
    assert message.startswith(start)
    assert 200 == len(message)


async def test_a_page_in_the_place_of_json_tells_its_title() -> None:
    page = reply(f"<!doctype html><html><head><title>\nSign in {KEY}</title></head></html>")
    assert ("undecodable", "json.$.a: expected 1, but the body is an HTML page, not JSON: 'Sign in ***'") == (
        await message_of(page, json={"$.a": 1})
    )


async def test_half_a_secret_is_not_left_by_cutting() -> None:
    for room in range(100, 200, 3):
        page = reply(f"<html><title>{'x' * room}{KEY}</title>")
        _, message = await message_of(page, json={"$.a": 1})
        assert KEY[:4] not in message
