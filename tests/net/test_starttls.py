"""Servers that are asked for TLS in their own words, scripted to agree, to refuse and to be something else."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from checker.core.reason import Phase, Reason
from checker.net.starttls import PROTOCOLS
from tests.kinds.stepping import certificate_of, fails, passes
from tests.net.loopback import CA_PEM, LOOPS, Server, run_on, server_tls, serving

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def be_there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def aimed(server: Server, **keys: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, "ca": CA_PEM, **keys}


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


@pytest.mark.parametrize("loop", LOOPS)
def test_it_works_on_every_event_loop(loop: str, tmp_path: Path) -> None:
    """The connection changes from plain text to TLS while it is watched."""

    async def main() -> None:
        async with serving(lines("220 a\r\n", EHLO, "250 a\r\n", b"STARTTLS\r\n", "220 go\r\n")) as server:
            await passes(tmp_path, {"tls": aimed(server, starttls="smtp")})

    run_on(loop, main())


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


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", ""),
        (b"220 ma", ", after 6 bytes before TLS"),
        (b"220-mail\r\n220", ", after 13 bytes before TLS, the last line '220-mail'"),
    ],
)
async def test_how_much_was_said_by_the_time_limit_is_told(tmp_path: Path, said: bytes, told: str) -> None:
    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with serving(stop) as server:
        probe = {"tls": aimed(server, starttls="smtp"), "timeout": "300ms"}
        reason, message = await fails(tmp_path, probe)
    assert Reason.TIMEOUT is reason
    assert f"the run's 300ms passed while waiting for the answer{told}" == message


async def test_a_deadline_before_tls(tmp_path: Path) -> None:
    async with serving(be_there) as server:
        probe = {"tls": aimed(server, starttls="imap"), "timeout": "100ms"}
        assert Reason.TIMEOUT is (await fails(tmp_path, probe))[0]
