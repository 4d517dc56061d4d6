"""A time limit that strikes while a token is fetched, or at one of several addresses: the reason is of its phase."""

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from checker.core.outcome import Outcome
from checker.net.resolve import Resolver
from tests.integration.checks import Told, outcome_of, told
from tests.net.nameserver import name_server

pytestmark = pytest.mark.parametrize("place", ["token", "address"])

DOING = {
    "connect_timeout": "connecting",
    "tls_handshake": "in the TLS handshake",
    "timeout": "waiting for the answer",
    "dns": "looking up the name",
}


@contextlib.contextmanager
def silent(*, full: bool) -> Iterator[int]:
    """Take connections and say nothing; `full`: take none any more, and do not refuse them either."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3 if full else 0):  # more than the queue has room for
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def asking(place: str, url: str) -> dict[str, Any]:
    if place == "address":
        return {"url": url, "each_address": True}
    return {"url": "http://127.0.0.1:9/", "auth": {"oauth2": {"token_url": url, "client_id": "me"}}}


async def run(place: str, url: str, names: str | None = None) -> Outcome:
    probe = {"timeout": "300ms", "http": asking(place, url)}
    text = json.dumps({"version": 1, "probes": {"probe": probe}})
    resolver = Resolver([names], timeout=5.0, tries=1) if names else None
    return await outcome_of(text, resolver=resolver)


def waited_for(place: str, url: str) -> str:
    return f"a token from {url}" if place == "token" else "127.0.0.1"


@pytest.mark.parametrize(
    ("scheme", "full", "reason"),
    [("http", True, "connect_timeout"), ("https", False, "tls_handshake"), ("http", False, "timeout")],
)
async def test_one_that_does_not_go_on(place: str, scheme: str, full: bool, reason: str) -> None:
    with silent(full=full) as port:
        url = f"{scheme}://127.0.0.1:{port}/"
        outcome = await run(place, url)
    assert Told("fail", reason, "http") == told(outcome), outcome.message
    assert f"the run's 300ms passed while {DOING[reason]} ({waited_for(place, url)})" == outcome.message


async def test_a_name_that_nobody_tells(place: str) -> None:
    async with name_server({"auth.test": "silence"}) as names:
        url = "http://auth.test/"
        outcome = await run(place, url, names.address)
    assert Told("fail", "dns", "http") == told(outcome), outcome.message
    whom = f" ({waited_for(place, url)})" if place == "token" else ""
    assert f"the run's 300ms passed while looking up the name{whom}" == outcome.message
