"""A name with several addresses, a server behind each: the one that is broken is found, and named."""

import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from checker.core.outcome import Outcome
from checker.net.resolve import Resolver
from tests.integration.checks import PASS, Told, outcome_of, rig, told
from tests.integration.sites import Answer, Request, Site, closed_port, reply, site
from tests.net.nameserver import NameServer, name_server

NAME = "shop.test"
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")


@dataclass
class Fleet:
    """Servers on one port of several addresses, and a name server that knows them all as `shop.test`."""

    port: int
    sites: Mapping[str, Site]
    names: NameServer

    @property
    def url(self) -> str:
        return f"http://{NAME}:{self.port}/"

    @property
    def resolver(self) -> Resolver:
        return Resolver([self.names.address], timeout=1.0, tries=1)

    def asked(self) -> list[str]:
        return [address for address, server in self.sites.items() for _ in server.requests]


@contextlib.asynccontextmanager
async def fleet(answers: Mapping[str, Answer | None]) -> AsyncIterator[Fleet]:
    """Serve each answer at its address; None: the name has the address, but nobody is there."""
    async with contextlib.AsyncExitStack() as stack:
        port, sites = 0, dict[str, Site]()
        for address, answer in answers.items():
            if answer is not None:
                sites[address] = await stack.enter_async_context(site(answer, address, port))
                port = sites[address].port
        names = await stack.enter_async_context(name_server({NAME: list(answers)}))
        yield Fleet(port or closed_port(), sites, names)


def version(text: str, status: str = "200 OK") -> Answer:
    return lambda _: reply(json.dumps({"version": text, "ok": True}), status)


GOOD = version("1.4")


async def asked(servers: Fleet, http: Mapping[str, Any] | None = None, **keys: object) -> Outcome:
    spec = {"url": servers.url, "each_address": True, **(http or {})}
    text = json.dumps({"version": 1, "probes": {"probe": {"http": spec, **keys}}})
    return await outcome_of(text, resolver=servers.resolver)


@dataclass(frozen=True)
class Row:
    """What the three servers answer, and what is said of them."""

    name: str
    answers: tuple[Answer | None, Answer | None, Answer | None]
    told: Told = PASS
    message: str = ""
    http: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=lambda: {"expect": {"json": {"$.ok": True}}})


def fails(reason: str) -> Told:
    return Told("fail", reason, "http")


SAME = {"same": [{"json": "$.version"}]}

ROWS = (
    Row("all well", (GOOD, GOOD, GOOD)),
    Row(
        "one broken",
        (GOOD, version("1.4", "500 Internal Server Error"), GOOD),
        fails("server_error"),
        "1 of 3 addresses failed: [127.0.0.3] status: expected 2xx, saw 500",
    ),
    Row(
        "one gone",
        (GOOD, GOOD, None),
        fails("refused"),
        "1 of 3 addresses failed: [127.0.0.4] connection to 127.0.0.4:",
    ),
    Row(
        "one that answers something else",
        (GOOD, GOOD, lambda _: reply('{"ok": false}')),
        fails("assertion"),
        "1 of 3 addresses failed: [127.0.0.4] json.$.ok: expected true, saw false",
    ),
    Row(
        "one that answers HTML",
        (lambda _: reply("<html>"), GOOD, GOOD),
        fails("undecodable"),
        "[127.0.0.2]",
    ),
    Row(
        "one that hangs up",
        (GOOD, lambda _: b"", GOOD),
        fails("reset"),
        "[127.0.0.3]",
    ),
    Row(
        "two broken in two ways",
        (GOOD, version("1", "401 Unauthorized"), None),
        fails("auth_rejected"),
        "2 of 3 addresses failed: [127.0.0.3] status: expected 2xx, saw 401; [127.0.0.4] connection to",
    ),
    Row("all of one version", (GOOD, GOOD, GOOD), http=SAME),
    Row(
        "mixed versions",
        (GOOD, version("1.5"), GOOD),
        fails("assertion"),
        'json.$.version: expected the same at all addresses, saw "1.4" at 127.0.0.2, 127.0.0.4; "1.5" at 127.0.0.3',
        http=SAME,
    ),
    Row(
        "versions of two types",
        (GOOD, lambda _: reply('{"version": 1.4, "ok": true}'), GOOD),
        fails("assertion"),
        "1.4 at 127.0.0.3",
        http=SAME,
    ),
    Row(
        "one without a version",
        (GOOD, GOOD, lambda _: reply('{"ok": true}')),
        fails("assertion"),
        "at 127.0.0.4",
        http=SAME,
    ),
    Row(
        "all without a version",
        (lambda _: reply('{"ok": true}'),) * 3,
        fails("assertion"),
        "json.$.version",
        http=SAME,
    ),
    Row(
        "mixed versions, and one gone",
        (GOOD, version("1.5"), None),
        fails("refused"),
        "1 of 3 addresses failed: [127.0.0.4]",
        http=SAME,
    ),
    Row(
        "mixed headers",
        (GOOD, GOOD, lambda _: reply('{"ok": true}', Server="other")),
        fails("assertion"),
        "headers.server",
        http={"same": [{"headers": "server"}]},
    ),
    Row(
        "all slower than hoped for",
        (GOOD, GOOD, GOOD),
        Told("degraded", "slow", "http"),
        "[127.0.0.2] latency",
        keys={"warn": {"latency": {"lt": "0.001ms"}}},
    ),
)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_servers_of_which(row: Row) -> None:
    async with fleet(dict(zip(ADDRESSES, row.answers, strict=True))) as servers:
        outcome = await asked(servers, row.http, **row.keys)
        there = [address for address, answer in zip(ADDRESSES, row.answers, strict=True) if answer]
        assert there == servers.asked()
    assert row.told == told(outcome), outcome.message
    assert row.message in (outcome.message or "")


async def test_whoever_has_not_answered_in_time_is_named_beside_those_that_failed() -> None:
    """One answers, one is gone, and behind one a server hangs that takes connections, but says nothing."""
    async with fleet({"127.0.0.2": GOOD, "127.0.0.3": None, "127.0.0.4": None}) as servers:
        with socket.create_server(("127.0.0.4", servers.port)):
            outcome = await asked(servers, timeout="500ms")
    assert fails("timeout") == told(outcome)
    begin = "the run's 500ms passed while waiting for the answer (127.0.0.4); before that: [127.0.0.3] "
    assert (outcome.message or "").startswith(f"{begin}connection to 127.0.0.3:")
    [step] = outcome.steps
    assert [("[127.0.0.3] answer", "refused")] == [(one.subject, one.reason) for one in step.assertions]


async def test_each_is_asked_by_the_name_and_keeps_its_own_cookies() -> None:
    """What one of them sets is no business of the others; what the run had before goes to all."""
    hosts: list[str] = []
    cookies: list[str] = []

    def answer(request: Request) -> bytes:
        hosts.append(request.headers["host"])
        cookies.append(request.headers.get("cookie", ""))
        return reply("{}", Set_Cookie=f"n={len(hosts)}")

    async with fleet(dict.fromkeys(ADDRESSES, answer)) as servers:
        steps = [
            {"step": "one", "http": {"url": servers.url}},
            {"step": "each", "http": {"url": servers.url, "each_address": True}},
            {"step": "again", "http": {"url": servers.url}},
        ]
        text = json.dumps({"version": 1, "probes": {"probe": {"steps": steps}}})
        assert PASS == told(await outcome_of(text, resolver=servers.resolver))
    assert [f"{NAME}:{servers.port}"] * 5 == hosts
    assert ["", "n=1", "n=1", "n=1", "n=1"] == cookies


async def test_every_verdict_and_every_exchange_names_its_address() -> None:
    async with fleet(dict.fromkeys(ADDRESSES, GOOD)) as servers:
        outcome = await asked(servers, expect={"json": {"$.version": "1.4"}})
    [step] = outcome.steps
    assert {
        f"[{address}] {subject}" for address in ADDRESSES for subject in ("status", "json.$.version")
    } == {verdict.subject for verdict in step.assertions}
    assert set(ADDRESSES) == {exchange.address for exchange in step.exchanges}


async def test_new_addresses_are_taken_up_from_run_to_run() -> None:
    async with fleet({**dict.fromkeys(ADDRESSES[:2], GOOD), "127.0.0.4": None}) as servers:
        servers.names.names = {NAME: list(ADDRESSES[:2])}
        spec = {"url": servers.url, "each_address": True}
        text = json.dumps({"version": 1, "probes": {"probe": {"http": spec}}})
        async with rig(text, resolver=servers.resolver) as bench:
            assert PASS == told(await bench.run())
        servers.names.names = {NAME: list(ADDRESSES)}
        async with rig(text, resolver=servers.resolver) as bench:
            assert fails("refused") == told(await bench.run())


@pytest.mark.parametrize("known", [{}, {NAME: "failure"}, {NAME: "refusal"}, {NAME: []}], ids=str)
async def test_a_name_without_addresses_is_a_failure(known: dict[str, list[str] | str]) -> None:
    async with fleet({"127.0.0.2": GOOD}) as servers:
        servers.names.names = known
        outcome = await asked(servers)
    assert fails("dns") == told(outcome)


async def test_an_address_of_the_wrong_version_is_not_asked() -> None:
    async with fleet(dict.fromkeys(ADDRESSES, GOOD)) as servers:
        outcome = await asked(servers, {"ip_version": "6"})
        assert (fails("dns"), []) == (told(outcome), servers.asked())


async def test_a_fixed_address_takes_the_place_of_all() -> None:
    async with fleet(dict.fromkeys(ADDRESSES, GOOD)) as servers:
        outcome = await asked(servers, {"resolve": {NAME: "127.0.0.3"}})
        assert (PASS, ["127.0.0.3"]) == (told(outcome), servers.asked())


async def test_without_it_one_that_answers_is_enough() -> None:
    """That is what hides the broken ones."""
    async with fleet({"127.0.0.2": None, "127.0.0.3": GOOD, "127.0.0.4": None}) as servers:
        outcome = await asked(servers, {"each_address": False})
        assert (PASS, ["127.0.0.3"]) == (told(outcome), servers.asked())
        assert "127.0.0.3" == outcome.steps[0].facts["address"]


async def test_many_addresses_are_all_asked() -> None:
    addresses = [f"127.0.1.{number}" for number in range(1, 41)]
    async with fleet(dict.fromkeys(addresses, GOOD)) as servers:
        outcome = await asked(servers, expect={"json": {"$.version": "1.4"}})
        assert (PASS, addresses) == (told(outcome), servers.asked())


async def test_a_message_does_not_grow_with_the_number_of_addresses() -> None:
    addresses = [f"127.0.1.{number}" for number in range(1, 21)]
    async with fleet(dict.fromkeys(addresses, version("1", "503 Busy"))) as servers:
        outcome = await asked(servers)
    message = outcome.message or ""
    assert fails("server_error") == told(outcome)
    assert message.startswith("20 of 20 addresses failed: [127.0.1.1] status: expected 2xx, saw 503; ")
    assert len(message) < 1200
    assert all(address in message for address in addresses)
