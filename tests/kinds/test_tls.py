"""The handshake with real servers: what it tells, why it fails, and the words before it."""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from checker.core.clock import Clock
from checker.core.reason import Phase, Reason, Result
from checker.kinds.contract import Tools
from checker.kinds.tls import TlsKind
from checker.net.starttls import PROTOCOLS
from checker.secrets.store import SecretStore
from tests.kinds.stepping import attempt, certificate_of, fails, passes, problems, run, step_of
from tests.net.loopback import CA, CA_PEM, DAY, NOW, Server, closed_port, server_tls, serving

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
        step = await step_of(tmp_path, {"tls": aimed(server, **keys)})
    assert (Result.FAIL, reason) == (step.result, step.reason)
    assert certificate_of(step).names
    assert "127.0.0.1" == step.facts["address"]


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


# STARTTLS


def lines(*script: str | bytes) -> Script:
    """Say what is text, expect what is bytes; then go on over TLS."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for words in script:
            if isinstance(words, str):
                writer.write(words.encode("latin-1"))
                await writer.drain()
            else:
                assert words == await reader.readexactly(len(words))
        await writer.start_tls(server_tls())
        await reader.read()

    return talk


EHLO = b"EHLO checker.invalid\r\n"
SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"
LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
LDAP_CONSENT = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
LDAP_LONG = "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"
MYSQL_BODY = "\x0a8.4.0\0" + "\x01\0\0\0" + "12345678\0" + "\xff\xff" + "\xff\x02\0\xff\xdf\x15" + "\0" * 10
MYSQL_GREETING = chr(len(MYSQL_BODY)) + "\0\0\0" + MYSQL_BODY
MYSQL_REQUEST = b"\x20\0\0\x01\x00\x8a\0\0\0\0\0\x01\x2d" + b"\0" * 23

CONSENTING: dict[str, tuple[str, Script]] = {
    "smtp": (
        "smtp",
        lines("220 ready\r\n", EHLO, "250-hello\r\n250 STARTTLS\r\n", b"STARTTLS\r\n", "220 go\r\n"),
    ),
    "a long greeting": (
        "smtp",
        lines("220-a\r\n220-b\r\n", "220 c\r\n", EHLO, "250 hello\n", b"STARTTLS\r\n", "220\r\n"),
    ),
    "ftp": ("ftp", lines("220-a\r\n 220 b\r\n220 c\r\n", b"AUTH TLS\r\n", "234 go\r\n")),
    "imap": ("imap", lines("* OK ready\r\n", b"a STARTTLS\r\n", "* NOTE\r\na OK go\r\n")),
    "pop3": ("pop3", lines("+OK ready\r\n", b"STLS\r\n", "+OK go\r\n")),
    "postgres": ("postgres", lines(SSL_REQUEST, "S")),
    "ldap": ("ldap", lines(LDAP_REQUEST, LDAP_CONSENT)),
    "ldap, with long lengths": ("ldap", lines(LDAP_REQUEST, LDAP_LONG)),
}


def test_every_protocol_is_spoken_here() -> None:
    assert set(PROTOCOLS) == {"mysql", *(protocol for protocol, _ in CONSENTING.values())}


@pytest.mark.parametrize("name", CONSENTING)
async def test_starttls(tmp_path: Path, name: str) -> None:
    protocol, script = CONSENTING[name]
    async with serving(script) as server:
        step = await passes(tmp_path, {"tls": aimed(server, starttls=protocol)})
    assert {Phase.CONNECT, Phase.WAIT, Phase.TLS} == step.timings.keys()
    assert certificate_of(step).names == ("127.0.0.1",)


async def test_starttls_of_mysql(tmp_path: Path) -> None:
    """The server says nothing to it, so only one that reads no further than the request sees the handshake."""
    requests: list[bytes] = []

    def serve() -> None:
        sock, _ = listener.accept()
        sock.settimeout(20)
        sock.sendall(MYSQL_GREETING.encode("latin-1"))
        requests.append(sock.recv(len(MYSQL_REQUEST), socket.MSG_WAITALL))
        with server_tls().wrap_socket(sock, server_side=True) as secure, contextlib.suppress(OSError):
            secure.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        served = asyncio.create_task(asyncio.to_thread(serve))
        probe = {"tls": aimed(Server(listener.getsockname()[1]), starttls="mysql")}
        step = await passes(tmp_path, probe)
        await served
    assert [MYSQL_REQUEST] == requests
    assert certificate_of(step).names == ("127.0.0.1",)


REFUSING: dict[str, tuple[str, Script, Reason, str]] = {
    "smtp": (
        "smtp",
        lines("220 ready\r\n", EHLO, "250 hello\r\n", b"STARTTLS\r\n", "454 not now\r\n", b"x"),
        Reason.TLS_HANDSHAKE,
        "refused to start TLS: '454 not now'",
    ),
    "smtp away": ("smtp", lines("554 go away\r\n", b"x"), Reason.PROTOCOL, "greeted with '554 go away'"),
    "smtp of old": (
        "smtp",
        lines("220 ready\r\n", EHLO, "500 what\r\n", b"x"),
        Reason.PROTOCOL,
        "knows no EHLO",
    ),
    "no smtp": (
        "smtp",
        lines("SSH-2.0-x\r\n", b"x"),
        Reason.PROTOCOL,
        "'SSH-2.0-x', which is no reply with a code",
    ),
    "ftp": ("ftp", lines("220 a\r\n", b"AUTH TLS\r\n", "530 no\r\n", b"x"), Reason.TLS_HANDSHAKE, "'530 no'"),
    "imap": (
        "imap",
        lines("* OK\r\n", b"a STARTTLS\r\n", "a BAD no\r\n", b"x"),
        Reason.TLS_HANDSHAKE,
        "'a BAD no'",
    ),
    "no imap": ("imap", lines("* BYE\r\n", b"x"), Reason.PROTOCOL, "greeted with '* BYE'"),
    "pop3": ("pop3", lines("+OK\r\n", b"STLS\r\n", "-ERR no\r\n", b"x"), Reason.TLS_HANDSHAKE, "'-ERR no'"),
    "no pop3": ("pop3", lines("220 a\r\n", b"x"), Reason.PROTOCOL, "greeted with '220 a'"),
    "postgres": ("postgres", lines(SSL_REQUEST, "N", b"x"), Reason.TLS_HANDSHAKE, "'N' (ssl is off)"),
    "no postgres": ("postgres", lines(SSL_REQUEST, "E", b"x"), Reason.PROTOCOL, "'E', not S or N"),
    "ldap": (
        "ldap",
        lines(LDAP_REQUEST, "\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x02\x04\x00\x04\x02no", b"x"),
        Reason.TLS_HANDSHAKE,
        "'result 2 no'",
    ),
    "no ldap": (
        "ldap",
        lines(LDAP_REQUEST, "HTTP/1.1 400" + 80 * "x", b"x"),
        Reason.PROTOCOL,
        "as LDAP does",
    ),
    "ldap too large": (
        "ldap",
        lines(LDAP_REQUEST, "\x30\x84\xff\xff\xff\xff", b"x"),
        Reason.PROTOCOL,
        "as LDAP does",
    ),
    "ldap too small": (
        "ldap",
        lines(LDAP_REQUEST, "\x30\x03\x02\x01\x01", b"x"),
        Reason.PROTOCOL,
        "as LDAP does",
    ),
    "another ldap": (
        "ldap",
        lines(LDAP_REQUEST, LDAP_CONSENT.replace("\x78", "\x61"), b"x"),
        Reason.PROTOCOL,
        "does not answer the request",
    ),
    "mysql": (
        "mysql",
        lines(MYSQL_GREETING.replace("\xff\xff", "\xff\xf7"), b"x"),
        Reason.TLS_HANDSHAKE,
        "MySQL 8.4.0 offers no TLS",
    ),
    "no mysql": ("mysql", lines("220 a\r\n", b"x"), Reason.PROTOCOL, "does not greet as MySQL does"),
    "mysql is full": (
        "mysql",
        lines("\x17\0\0\0\xff\x10\x04Too many connections", b"x"),
        Reason.PROTOCOL,
        "Too many connections",
    ),
    "too much": ("smtp", lines("220-" + 9000 * "x\r\n220-", b"x"), Reason.PROTOCOL, "says too much"),
    "no tls behind it": (
        "pop3",
        lines("+OK\r\n", b"STLS\r\n", "+OK\r\nand on\r\n", b"x"),
        Reason.PROTOCOL,
        "went on in plain text",
    ),
}


@pytest.mark.parametrize("name", REFUSING)
async def test_starttls_in_vain(tmp_path: Path, name: str) -> None:
    protocol, script, reason, message = REFUSING[name]
    async with serving(script) as server:
        found = await fails(tmp_path, {"tls": aimed(server, starttls=protocol)})
    assert reason is found[0]
    assert message in found[1]


async def test_a_connection_that_ends_before_tls(tmp_path: Path) -> None:
    async def go(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 a\r\n")

    async with serving(go) as server:
        reason, message = await fails(tmp_path, {"tls": aimed(server, starttls="smtp")})
    assert Reason.RESET is reason
    assert re.search("before TLS had begun", message)


async def test_a_deadline_before_tls(tmp_path: Path) -> None:
    async with serving(be_there) as server:
        probe = {"tls": aimed(server, starttls="imap"), "timeout": "100ms"}
        assert Reason.TIMEOUT is (await fails(tmp_path, probe))[0]
