"""The handshake with real servers: what it tells, why it fails, and the words before it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from checker.core.clock import Clock
from checker.core.reason import Reason, Result
from checker.kinds.contract import Tools
from checker.kinds.tls import TlsKind
from checker.secrets.store import SecretStore
from tests.kinds.stepping import attempt, certificate_of, fails, passes, problems, run, run_and_export
from tests.net.loopback import CA, CA_PEM, DAY, NOW, Server, closed_port, server_tls, serving

NOT_AFTER = "checker_certificate_not_after_timestamp_seconds"

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def be_there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def aimed(server: Server, **keys: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, "ca": CA_PEM, **keys}


def kind() -> TlsKind:
    return TlsKind(Tools(SecretStore({}), Clock(wall=NOW.timestamp)))


async def test_what_a_handshake_tells() -> None:
    ends = NOW.replace(microsecond=0) + 40 * DAY
    tls = server_tls("127.0.0.1", "db.example.org", not_before=ends - 90 * DAY, not_after=ends)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    async with serving(be_there, tls) as server:
        facts = await attempt(kind(), aimed(server))
    certificate, chain, agreed, timings = map(facts.get, ("certificate", "chain", "tls", "timings"))
    assert isinstance(certificate, dict)
    assert isinstance(chain, tuple)
    assert isinstance(agreed, dict)
    assert isinstance(timings, dict)
    assert ends.timestamp() - NOW.timestamp() == certificate["expires_in"] == certificate["chain_expires_in"]
    assert (ends.timestamp(), (ends - 90 * DAY).timestamp()) == (
        certificate["not_after"],
        certificate["not_before"],
    )
    assert ("127.0.0.1", "db.example.org") == certificate["names"]
    assert certificate["issuer"].startswith("OU=Testing CA")
    assert (certificate["subject"],) == chain
    assert 1.3 == agreed["version"]
    assert "127.0.0.1" == facts.get("address")
    assert {"connect", "tls"} == {name for name, spent in timings.items() if isinstance(spent, float)}


async def test_expectations_on_a_handshake(tmp_path: Path) -> None:
    middle = CA.create_child_ca()
    async with serving(be_there, server_tls(ca=middle)) as server:
        probe = {
            "tls": aimed(server),
            "expect": {
                "certificate": {"expires_in": {"gt": "1d"}, "chain_expires_in": {"gt": "1d"}},
                "chain": {"length": 2},
                "tls": {"version": {"gte": 1.2}},
                "latency": {"lt": "1m"},
            },
            "capture": {"left": {"certificate": "expires_in", "metric": True}},
        }
        assert Result.PASS is (await run(tmp_path, probe)).result
        probe["expect"] = {"certificate": {"names": {"contains": "db.example.org"}}}
        reason, message = await fails(tmp_path, probe)
    assert Reason.ASSERTION is reason
    assert message.startswith("certificate.names: expected")


REFUSED = {
    "expired": (server_tls(not_before=NOW - 9 * DAY, not_after=NOW - 2.5 * DAY), {}, Reason.TLS_EXPIRED),
    "not yet": (server_tls(not_before=NOW + 2 * DAY, not_after=NOW + 9 * DAY), {}, Reason.TLS_EXPIRED),
    "wrong host": (server_tls("other.example.org"), {}, Reason.TLS_HOSTNAME),
    "wrong server_name": (server_tls(), {"server_name": "db.example.org"}, Reason.TLS_HOSTNAME),
    "untrusted": (server_tls(ca=trustme.CA()), {}, Reason.TLS_UNTRUSTED),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refused_certificate_has_its_reason_and_stays_known(tmp_path: Path, name: str) -> None:
    tls, keys, reason = REFUSED[name]
    async with serving(be_there, tls) as server:
        outcome, metrics = await run_and_export(tmp_path, {"tls": aimed(server, **keys)})
    assert (Result.FAIL, reason) == (outcome.result, outcome.reason)
    (step,) = outcome.steps
    certificate = certificate_of(step)
    assert certificate.names
    assert f'{NOT_AFTER}{{probe="p",step="tls"}} {certificate.not_after:.0f}\n' in metrics
    assert "127.0.0.1" == step.facts["address"]


async def test_when_a_good_certificate_ends_is_exported(tmp_path: Path) -> None:
    async with serving(be_there, server_tls()) as server:
        outcome, metrics = await run_and_export(tmp_path, {"tls": aimed(server)})
    assert Result.PASS is outcome.result
    ends = certificate_of(outcome.steps[0]).not_after
    assert f'{NOT_AFTER}{{probe="p",step="tls"}} {ends:.0f}\n' in metrics


async def test_a_refused_certificate_can_be_looked_at_nevertheless(tmp_path: Path) -> None:
    async with serving(be_there, REFUSED["expired"][0]) as server:
        probe = {"tls": aimed(server, verify=False), "expect": {"certificate": {"expires_in": {"lt": "1ms"}}}}
        await passes(tmp_path, probe)


async def test_no_protocol_is_asked_for(tmp_path: Path) -> None:
    """Mail servers and databases may refuse a client that asks for HTTP."""
    seen: list[str | None] = []
    tls = server_tls()
    tls.set_alpn_protocols(["http/1.1"])

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())

    async with serving(look, tls) as server:
        await passes(tmp_path, {"tls": aimed(server)})
    assert [None] == seen


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"), (b"", "ended the connection")],
)
async def test_what_is_no_tls(tmp_path: Path, answer: bytes, reason: str) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)

    async with serving(reply) as server:
        found, message = await fails(tmp_path, {"tls": aimed(server)})
    assert Reason.TLS_HANDSHAKE is found
    assert reason in message


async def test_nobody_there(tmp_path: Path) -> None:
    probe = {"tls": {"host": "127.0.0.1", "port": closed_port()}}
    assert Reason.REFUSED is (await fails(tmp_path, probe))[0]


async def test_a_deadline_in_the_handshake(tmp_path: Path) -> None:
    async with serving(be_there) as server:
        probe = {"tls": aimed(server), "timeout": "100ms"}
        assert Reason.TLS_HANDSHAKE is (await fails(tmp_path, probe))[0]


async def test_as_a_shallow_check(tmp_path: Path) -> None:
    async with serving(be_there, server_tls()) as server:
        deep = {"tls": aimed(server), "expect": {"chain": {"length": 3}}}
        outcome = await run(tmp_path, {**deep, "shallow": {"tls": aimed(server)}})
    assert outcome.shallow
    assert (True, True) == (outcome.shallow.healthy, outcome.masked)


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({}, 443),
        ({"starttls": "smtp"}, 25),
        ({"starttls": "postgres"}, 5432),
        ({"starttls": "smtp", "port": 587}, 587),
    ],
)
def test_the_port_that_goes_without_saying(keys: dict[str, Any], where: int) -> None:
    spec = TlsKind.Spec.model_validate({"host": "a.example.org", **keys})
    assert ("a.example.org", where) == spec.where  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"port": 443}, "'host' is missing here"),
        ({"host": "https://a.example.org"}, "is neither a host's name"),
        ({"host": "a.example.org:443"}, "is neither a host's name"),
        ({"host": "a", "port": 0}, "expected a port, from 1 to 65535, not 0"),
        ({"host": "a", "port": "443"}, "expected a port, from 1 to 65535, not a text"),
        (
            {"host": "a", "starttls": "xmpp"},
            "expected smtp, imap, pop3, ftp, ldap, postgres or mysql, not 'xmpp'",
        ),
        ({"host": "a", "ca": "-----BEGIN CERTIFICATE-----\nno\n"}, "the TLS settings cannot be used"),
    ],
)
def test_what_may_not_be_written(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    (found,) = problems(tmp_path, {"tls": keys})
    assert message in found
