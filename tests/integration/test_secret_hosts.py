"""A secret that is restricted to hosts never reaches another one, on whatever way; and the run says why it stopped.

Home is at 127.0.0.1, where the secret may go; the other server, which records all that it is sent, at 127.0.0.2.
"""

import asyncio
import contextlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from checker.config.problems import InvalidConfiguration
from checker.core.outcome import Outcome
from tests.integration.checks import PASS, Told, rig, told
from tests.integration.sites import Request, Site, reply, site
from tests.integration.spellings import found
from tests.net.loopback import CA_PEM, server_tls, serving

SECRETS = ("s3same-open-9f2c", 'h"u/s+h% &ü€<41>')
REFUSED = Told("error", "secret_unavailable")
SENTENCE = "secret key may only be sent to 127.0.0.1, not 127.0.0.2"


@dataclass(frozen=True)
class Pair:
    """The two servers."""

    home: Site
    other: Site

    def environment(self, secret: str) -> dict[str, str]:
        return {"HOME_URL": self.home.url, "OTHER_URL": self.other.url, "KEY": secret}


@contextlib.asynccontextmanager
async def pair() -> AsyncIterator[Pair]:
    async with (
        site(lambda _: reply('{"here": true}'), "127.0.0.2") as other,
        site(lambda request: _at_home(request, other.url)) as home,
    ):
        yield Pair(home, other)


def _at_home(request: Request, other: str) -> bytes:
    """A server that hands on what it was sent, in every way that servers do."""
    key = request.query.get("key", "")
    query = request.target.partition("?")[2]
    status = request.query.get("status", "302")
    encoded = b64encode(f"user:{key}".encode()).decode()
    locations = {
        "/away": f"{other}/landing",
        "/away-with-query": f"{other}/landing?{query}",
        "/away-with-path": f"{other}/landing/{quote(key, safe='')}",
        "/away-with-base64": f"{other}/landing?token={quote(encoded, safe='')}",
        "/away-with-login": f"{other.replace('://', '://user:' + quote(key, safe='') + '@')}/landing",
        "/away-twice": "/away-with-query?" + query,
        "/away-by-name": f"http://localhost:{other.rpartition(':')[2]}/landing?{query}",
    }
    if request.path in locations:
        return reply("", f"{status} Away", Location=locations[request.path])
    if request.path == "/cookie":
        cookie = f"{quote(key, safe='')}; Domain=shop.test; Path=/"
        return reply("{}", Set_Cookie=f"kept={cookie}")
    if request.path == "/token":
        return reply(json.dumps({"access_token": "t0ken", "expires_in": 300}))
    return reply(json.dumps({"other": other, "echo": key, "encoded": encoded}))


def checks(*steps: Mapping[str, Any], **more: object) -> str:
    return json.dumps(
        {
            "version": 1,
            "secrets": {"key": {"env": "KEY", "hosts": ["127.0.0.1"]}},
            "probes": {
                "names-the-other-one": {"http": {"url": "${env.OTHER_URL}/"}},
                "probe": {"steps": [{"step": f"s{number}", **step} for number, step in enumerate(steps, 1)]},
            },
            **more,
        }
    )


def nowhere_else(servers: Pair, secret: str) -> None:
    assert [] == found([secret], servers.other.received)


KEY = "${secret.key}"
FIRST = {"http": {"url": "${env.HOME_URL}/next"}, "capture": {"other": {"json": "$.other"}}}

TO_A_CAPTURED_HOST: Mapping[str, Mapping[str, Any]] = {
    "bearer": {"auth": {"bearer": KEY}},
    "basic": {"auth": {"basic": {"username": "ann", "password": KEY}}},
    "basic, with the secret as the name": {"auth": {"basic": {"username": KEY, "password": "x"}}},
    "digest": {"auth": {"digest": {"username": "ann", "password": KEY}}},
    "API key in a header": {"auth": {"api_key": {"header": "X-Key", "value": KEY}}},
    "API key in the query": {"auth": {"api_key": {"query": "key", "value": KEY}}},
    "header": {"headers": {"X-Key": f"Key {KEY}"}},
    "cookie": {"cookies": {"key": KEY}},
    "parameter": {"params": {"key": KEY}},
    "form": {"method": "POST", "form": {"key": KEY}},
    "JSON": {"method": "POST", "json": {"deep": [{"key": f"<{KEY}>"}]}},
    "body": {"method": "POST", "body": f"key={KEY}"},
    "multipart": {"method": "POST", "multipart": {"key": {"content": KEY, "filename": "k.txt"}}},
    "multipart file name": {"method": "POST", "multipart": {"key": {"content": "x", "filename": KEY}}},
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", TO_A_CAPTURED_HOST)
async def test_a_host_that_a_server_has_named_does_not_get_it(name: str, secret: str) -> None:
    async with pair() as servers:
        text = checks(FIRST, {"http": {"url": "${other}", **TO_A_CAPTURED_HOST[name]}})
        async with rig(text, servers.environment(secret)) as bench:
            outcome = await bench.run()
        assert Told(REFUSED.result, REFUSED.reason, "s2") == told(outcome), outcome.message
        assert SENTENCE == outcome.message
        assert [] == servers.other.requests


@pytest.mark.parametrize("place", ["${other}/x/${secret.key}", "${other}/x?key=${secret.key}"])
@pytest.mark.parametrize("secret", SECRETS)
async def test_nor_does_it_as_a_part_of_the_url(place: str, secret: str) -> None:
    async with pair() as servers:
        async with rig(checks(FIRST, {"http": {"url": place}}), servers.environment(secret)) as bench:
            outcome = await bench.run()
        assert (Told("error", "secret_unavailable", "s2"), SENTENCE) == (told(outcome), outcome.message)
        assert [] == servers.other.requests


REDIRECTS: Mapping[str, Mapping[str, Any]] = {
    "the query is handed on": {"url": "/away-with-query", "params": {"key": KEY}},
    "the query has become a path": {"url": "/away-with-path", "params": {"key": KEY}},
    "the query has become base64": {"url": "/away-with-base64", "params": {"key": KEY}},
    "the query has become a login": {"url": "/away-with-login", "params": {"key": KEY}},
    "over two redirects": {"url": "/away-twice", "params": {"key": KEY}},
    "a form is sent again": {"url": "/away?status=307", "method": "POST", "form": {"key": KEY}},
    "JSON is sent again": {"url": "/away?status=308", "method": "POST", "json": {"key": KEY}},
    "a file is sent again": {"url": "/away?status=307", "method": "PUT", "multipart": {"key": KEY}},
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", REDIRECTS)
async def test_a_redirect_does_not_take_it_along(name: str, secret: str) -> None:
    spec = REDIRECTS[name]
    async with pair() as servers:
        step = {"http": {**spec, "url": f"${{env.HOME_URL}}{spec['url']}", "redirects": 3}}
        async with rig(checks(step), servers.environment(secret)) as bench:
            outcome = await bench.run()
        assert Told("error", "secret_unavailable", "s1") == told(outcome), outcome.message
        assert SENTENCE == outcome.message
        assert [] == servers.other.requests


@pytest.mark.parametrize("secret", SECRETS)
async def test_another_name_of_the_same_machine_is_another_host(secret: str) -> None:
    async with pair() as servers:
        step = {"http": {"url": "${env.HOME_URL}/away-by-name", "params": {"key": KEY}, "redirects": 1}}
        async with rig(checks(step), servers.environment(secret)) as bench:
            outcome = await bench.run()
        assert Told("error", "secret_unavailable", "s1") == told(outcome)
        assert "not localhost" in (outcome.message or "")


LEFT_BEHIND: Mapping[str, Mapping[str, Any]] = {
    "bearer": {"auth": {"bearer": KEY}},
    "basic": {"auth": {"basic": {"username": "ann", "password": KEY}}},
    "API key in a header": {"auth": {"api_key": {"header": "X-Key", "value": KEY}}},
    "header": {"headers": {"X-Key": KEY}},
    "cookie": {"cookies": {"key": KEY}},
    "a form that becomes a GET": {"method": "POST", "form": {"key": KEY}},
    "token": {
        "auth": {"oauth2": {"token_url": "${env.HOME_URL}/token", "client_id": "a", "client_secret": KEY}}
    },
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", LEFT_BEHIND)
async def test_what_proves_who_asks_stays_behind_at_a_redirect(name: str, secret: str) -> None:
    """As curl and browsers do it; so nothing is in the way of the run."""
    async with pair() as servers:
        step = {"http": {"url": "${env.HOME_URL}/away", "redirects": 1, **LEFT_BEHIND[name]}}
        async with rig(checks(step), servers.environment(secret)) as bench:
            outcome = await bench.run()
        assert PASS == told(outcome), outcome.message
        assert ["/landing"] == [request.path for request in servers.other.requests]
        nowhere_else(servers, secret)
        assert b"t0ken" not in servers.other.received


async def run(text: str, servers: Pair, secret: str) -> Outcome:
    async with rig(text, servers.environment(secret)) as bench:
        return await bench.run()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("path", ["$.echo", "$.encoded"])
async def test_what_comes_back_from_home_does_not_go_elsewhere(path: str, secret: str) -> None:
    """It is no secret reference any more, but still the secret."""
    async with pair() as servers:
        echo = {"http": {"url": "${env.HOME_URL}/next", "params": {"key": KEY}}}
        text = checks(
            {**echo, "capture": {"echo": {"json": path}}},
            {"http": {"url": "${env.OTHER_URL}/", "method": "POST", "json": {"a": "${echo}"}}},
        )
        outcome = await run(text, servers, secret)
        assert (Told("error", "secret_unavailable", "s2"), SENTENCE) == (told(outcome), outcome.message)
        assert [] == servers.other.requests


async def test_a_cookie_that_home_made_of_it_does_not_go_elsewhere() -> None:
    """Both hosts are of one domain, for which home has set the cookie."""
    async with pair() as servers:
        resolve = {"a.shop.test": "127.0.0.1", "b.shop.test": "127.0.0.2"}
        text = checks(
            {
                "http": {
                    "url": f"http://a.shop.test:{servers.home.port}/cookie",
                    "params": {"key": KEY},
                    "resolve": resolve,
                }
            },
            {"http": {"url": f"http://b.shop.test:{servers.other.port}/", "resolve": resolve}},
        ).replace('["127.0.0.1"]', '["a.shop.test"]')
        outcome = await run(text, servers, SECRETS[0])
        assert Told("error", "secret_unavailable", "s2") == told(outcome), outcome.message
        assert "secret key may only be sent to a.shop.test, not b.shop.test" == outcome.message
        assert [] == servers.other.requests


async def test_what_a_secret_was_before_is_kept_back_as_well(tmp_path: Path) -> None:
    """Home may still hand on the old value after a rotation."""
    file = tmp_path / "key"
    file.write_text("the-old-value-77\n")
    async with pair() as servers:
        text = checks(
            {"http": {"url": "${env.HOME_URL}/next", "params": {"key": KEY}}},
            secrets={"key": {"file": str(file), "hosts": ["127.0.0.1"]}},
        )
        document = json.loads(text)
        document["probes"]["later"] = {
            "http": {"url": "${env.HOME_URL}/away-with-query?key=the-old-value-77", "redirects": 1}
        }
        async with rig(json.dumps(document), servers.environment("")) as bench:
            assert PASS == told(await bench.run())
            (tmp_path / "new").write_text("the-new-value-78\n")
            (tmp_path / "new").replace(file)
            assert PASS == told(await bench.run())
            outcome = await bench.run("later")
        assert (Told("error", "secret_unavailable", "http"), SENTENCE) == (told(outcome), outcome.message)
        assert [] == servers.other.requests


# Token endpoints


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("field", ["client_secret", "password"])
async def test_a_token_endpoint_elsewhere_does_not_get_it(field: str, secret: str) -> None:
    login: dict[str, str] = {"token_url": "${other}", "client_id": "a", field: KEY}
    if field == "password":
        login["username"] = "ann"
    async with pair() as servers:
        step = {"http": {"url": "${env.HOME_URL}/x", "auth": {"oauth2": login}}}
        outcome = await run(checks(FIRST, step), servers, secret)
        assert [] == servers.other.requests
        assert 1 == len(servers.home.requests)
    assert Told("error", "secret_unavailable", "s2") == told(outcome), outcome.message


# Proxies


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", [name for name in TO_A_CAPTURED_HOST if name != "digest"])
async def test_a_proxy_elsewhere_does_not_read_it(name: str, secret: str) -> None:
    async with pair() as servers:
        spec = {"url": "${env.HOME_URL}/x", "proxy": "${env.OTHER_URL}", **TO_A_CAPTURED_HOST[name]}
        outcome = await run(checks({"http": spec}), servers, secret)
        assert (Told("error", "secret_unavailable", "s1"), SENTENCE) == (told(outcome), outcome.message)
        assert [] == servers.other.requests


async def test_a_tunnel_through_a_proxy_elsewhere_may_carry_it() -> None:
    """What goes through it is encrypted: the proxy sees the host's name, and nothing else."""
    seen = bytearray()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            seen.extend(data)
            writer.write(data)

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.extend(await reader.readuntil(b"\r\n\r\n"))
        host, port = seen.split(b" ")[1].decode().rsplit(":", 1)
        back, forth = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        there = asyncio.create_task(pump(reader, forth))
        try:
            await pump(back, writer)  # the server ends it
        finally:
            there.cancel()
            forth.close()
            await forth.wait_closed()

    async with (
        site(lambda _: reply("{}"), tls=server_tls()) as home,
        serving(tunnel, host="127.0.0.2") as proxy,
    ):
        spec = {
            "url": home.url,
            "proxy": f"http://127.0.0.2:{proxy.port}",
            "tls": {"ca": CA_PEM},
            "auth": {"bearer": KEY},
        }
        environment = {"KEY": SECRETS[0], "OTHER_URL": "http://127.0.0.2:1"}
        async with rig(checks({"http": spec}), environment) as bench:
            assert PASS == told(await bench.run())
        assert f"Bearer {SECRETS[0]}" == home.requests[0].headers["authorization"]
    assert seen.startswith(b"CONNECT 127.0.0.1:")
    assert [] == found(SECRETS, bytes(seen))


# Told when the configuration is loaded

AT_LOAD: Mapping[str, Mapping[str, Any]] = {
    **{name: {"url": "${env.OTHER_URL}/", **spec} for name, spec in TO_A_CAPTURED_HOST.items()},
    "path": {"url": "${env.OTHER_URL}/x/${secret.key}"},
    "query": {"url": "${env.OTHER_URL}/x?key=${secret.key}"},
    "login for a proxy": {"url": "${env.HOME_URL}/", "proxy": f"http://ann:{KEY}@127.0.0.2:3128"},
    "proxy": {"url": "${env.HOME_URL}/", "proxy": "http://127.0.0.2:3128/${secret.key}"},
    "token endpoint": {
        "url": "${env.HOME_URL}/",
        "auth": {"oauth2": {"token_url": "${env.OTHER_URL}/t", "client_id": "a", "client_secret": KEY}},
    },
}


@pytest.mark.parametrize("name", AT_LOAD)
async def test_where_it_can_be_told_it_is_told_at_load(name: str) -> None:
    async with pair() as servers:
        with pytest.raises(InvalidConfiguration) as caught:
            await run(checks({"http": AT_LOAD[name]}), servers, SECRETS[0])
        assert [] == [*servers.home.requests, *servers.other.requests]
    [problem] = caught.value.problems
    assert problem.message == SENTENCE
    assert [] == found(SECRETS, str(caught.value).encode())


async def test_home_gets_it() -> None:
    async with pair() as servers:
        step = {"http": {"url": "${env.HOME_URL}/next", "params": {"key": KEY}, "auth": {"bearer": KEY}}}
        step["expect"] = {"json": {"$.echo": KEY}}
        assert PASS == told(await run(checks(step), servers, SECRETS[1]))
        assert found([SECRETS[1]], servers.home.received)
