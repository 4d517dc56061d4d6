"""A target cannot send the checker to a cloud's metadata service, however it calls it; over real sockets and names."""

import ipaddress
import json
from typing import Any

import pytest

from checker.core.outcome import Outcome
from checker.net import resolve
from checker.net.resolve import Resolver
from tests.integration.checks import PASS, Told, outcome_of, told
from tests.integration.sites import Request, closed_port, reply, site
from tests.net.nameserver import name_server

METADATA = "127.0.0.66"
"""Stands in for a link-local address, at which no test can listen."""

NAMES = {
    "metadata.test": [METADATA],
    "half.test": [METADATA, "127.0.0.67"],
    "real.test": ["169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"],
}
REFUSED = Told("fail", "redirect_limit", "http")


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an address of loopback count as link-local."""
    stand_in = ipaddress.ip_network(f"{METADATA}/32")
    monkeypatch.setattr(resolve, "METADATA", (*resolve.METADATA, stand_in))


def credentials(_: Request) -> bytes:
    return reply("the role's credentials")


async def asked(*steps: dict[str, Any]) -> Outcome:
    """Run steps, with a name server that knows NAMES."""
    text = json.dumps({"version": 1, "probes": {"probe": {"timeout": "5s", "steps": list(steps)}}})
    async with name_server(NAMES) as names:
        return await outcome_of(text, resolver=Resolver([names.address], timeout=1.0, tries=1))


def following(url: str, **more: Any) -> dict[str, Any]:
    return {"http": {"url": url, "redirects": 3, **more}}


@pytest.mark.usefixtures("metadata")
@pytest.mark.parametrize("host", [METADATA, "metadata.test", "METADATA.test"])
async def test_a_redirect_there_is_refused_before_anything_is_sent(host: str) -> None:
    async with site(credentials, METADATA) as there:
        location = f"http://{host}:{there.port}/latest/meta-data/iam"
        async with site(lambda _: reply("", "302 Found", Location=location)) as target:
            outcome = await asked(following(target.url))
        assert 0 == there.connections
    assert REFUSED == told(outcome)
    assert "a link-local address that the file does not name" in (outcome.message or "")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "169.254.170.2", "[fe80::1]", "[fd00:ec2::254]", "real.test"]
)
async def test_the_real_addresses_are_refused(host: str) -> None:
    async with site(
        lambda _: reply("", "307 Temporary Redirect", Location=f"http://{host}/latest/api/token")
    ) as target:
        outcome = await asked(following(target.url, method="PUT"))
    assert REFUSED == told(outcome)
    assert "a link-local address that the file does not name" in (outcome.message or "")


@pytest.mark.usefixtures("metadata")
async def test_a_name_with_other_addresses_is_asked_at_those() -> None:
    async with site(lambda _: reply("here"), "127.0.0.67") as elsewhere:
        location = f"http://half.test:{elsewhere.port}/"
        async with site(credentials, METADATA, elsewhere.port) as there:
            async with site(lambda _: reply("", "302 Found", Location=location)) as target:
                assert PASS == told(await asked(following(target.url)))
            assert 0 == there.connections


@pytest.mark.usefixtures("metadata")
@pytest.mark.parametrize("host", [METADATA, "metadata.test"])
async def test_a_probe_may_ask_what_its_file_names(host: str) -> None:
    """Also by a redirect from elsewhere: the file says that this is a target."""
    async with site(credentials, METADATA) as there:
        named = f"http://{host}:{there.port}/"
        async with site(lambda _: reply("", "302 Found", Location=named)) as target:
            assert PASS == told(await asked({"step": "named", "http": {"url": named}}, following(target.url)))
        assert 2 == len(there.requests)


@pytest.mark.usefixtures("metadata")
async def test_a_url_that_was_captured_is_none_that_the_file_names() -> None:
    async with site(credentials, METADATA) as there:
        captured = json.dumps({"next": f"http://{METADATA}:{there.port}/"})
        async with site(lambda _: reply(captured)) as target:
            first = {"step": "first", "http": {"url": target.url}, "capture": {"next": {"json": "$.next"}}}
            outcome = await asked(first, {"step": "second", "http": {"url": "${next}"}})
        assert 0 == there.connections
    assert "pass" != outcome.result


async def test_a_proxy_may_be_at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it leads is the proxy's to decide, and which proxy the file's."""
    monkeypatch.setattr(resolve, "METADATA", (ipaddress.ip_network(f"{METADATA}/32"),))

    def proxy(request: Request) -> bytes:
        if request.target.endswith("/first"):
            return reply("", "302 Found", Location="http://elsewhere.test/second")
        return reply("here")

    async with site(proxy, METADATA) as there:
        outcome = await asked(
            following(f"http://127.0.0.1:{closed_port()}/first", proxy=f"http://metadata.test:{there.port}")
        )
        assert 2 == len(there.requests)
    assert PASS == told(outcome)
