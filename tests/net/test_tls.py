import asyncio
import datetime as dt
import os
import ssl
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.dial import Dial
from checker.net.tls import Certificate, Tls, tls_context
from tests.net.loopback import (
    CA,
    CA_PEM,
    DAY,
    LOOPS,
    NOW,
    alerting,
    answering,
    ask,
    fails,
    run_on,
    server_tls,
    serving,
)

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def trusting(**settings: Any) -> ssl.SSLContext:
    return tls_context(ca=CA_PEM, **settings)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_what_a_handshake_found_out_is_told(loop: str, version: str) -> None:
    context, trace = server_tls("127.0.0.1", "a.example"), Trace()
    context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]

    async def main() -> None:
        async with answering(ANSWER, tls=context) as server:
            response = await ask(server.secure, trace=trace, ssl=trusting())
        assert b"hi" == response.content
        assert trace.facts == {
            "address": "127.0.0.1",
            "certificate": response.extensions["certificate"],
            "tls": response.extensions["tls"],
        }

    run_on(loop, main())

    certificate, tls = trace.facts["certificate"], trace.facts["tls"]
    assert isinstance(certificate, Certificate)
    assert isinstance(tls, Tls)
    assert ("127.0.0.1", "a.example") == certificate.names
    assert certificate.issuer.startswith("OU=Testing CA #")
    assert f"TLSv{version}" == tls.version
    assert "AES" in tls.cipher or "CHACHA" in tls.cipher
    assert {Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.WAIT, Phase.RECEIVE} == trace.timings.keys()


UNTRUSTED = trustme.CA()

REFUSED: dict[str, tuple[dict[str, Any], Reason, str]] = {
    "expired": (
        {"not_before": NOW - 9 * DAY, "not_after": NOW - 2.5 * DAY},
        Reason.TLS_EXPIRED,
        f"the certificate expired 2 days ago ({NOW - 2.5 * DAY:%Y-%m-%d})",
    ),
    "expired a moment ago": (
        {"not_before": NOW - 9 * DAY, "not_after": NOW - dt.timedelta(hours=2, minutes=3)},
        Reason.TLS_EXPIRED,
        "the certificate expired 2h",
    ),
    "not yet valid": (
        {"not_before": NOW + 2 * DAY, "not_after": NOW + 9 * DAY},
        Reason.TLS_EXPIRED,
        f"the certificate is not valid before {NOW + 2 * DAY:%Y-%m-%d}",
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_certificate_out_of_its_time_is_refused_and_told(loop: str, name: str) -> None:
    validity, reason, words = REFUSED[name]
    trace = Trace()

    async def main() -> Trouble:
        async with answering(ANSWER, tls=server_tls(**validity)) as server:
            return await fails(trace, server.secure, ssl=trusting())

    found = run_on(loop, main())

    assert reason == found.reason
    assert found.message.startswith(words)
    certificate = trace.facts["certificate"]
    assert isinstance(certificate, Certificate)
    assert int(validity["not_after"].timestamp()) == certificate.not_after
    assert Phase.TLS is trace.current


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_for_another_host_is_refused_and_told(version: ssl.TLSVersion) -> None:
    context, trace = server_tls("a.example", "b.example"), Trace()
    context.maximum_version = version

    async with answering(ANSWER, tls=context) as server:
        found = await fails(trace, server.secure, ssl=trusting())

    assert Reason.TLS_HOSTNAME == found.reason
    assert "the certificate is for a.example, b.example, not 127.0.0.1" == found.message
    assert isinstance(trace.facts["certificate"], Certificate)


async def test_a_certificate_of_an_unknown_ca_is_refused_and_told() -> None:
    trace = Trace()

    async with answering(ANSWER, tls=server_tls(ca=UNTRUSTED)) as server:
        found = await fails(trace, server.secure, ssl=trusting())

    certificate = trace.facts["certificate"]
    assert isinstance(certificate, Certificate)
    assert Reason.TLS_UNTRUSTED == found.reason
    assert (
        f"issuer {certificate.issuer} is not trusted, or the server does not send the whole chain"
        == found.message
    )


async def test_the_systems_trust_does_not_reach_a_test_ca() -> None:
    async with answering(ANSWER, tls=server_tls()) as server:
        found = await fails(Trace(), server.secure)

    assert Reason.TLS_UNTRUSTED == found.reason


async def test_a_chain_without_its_middle_is_refused_and_told() -> None:
    middle = CA.create_child_ca()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf = middle.issue_cert("127.0.0.1")
    with leaf.private_key_pem.tempfile() as key, leaf.cert_chain_pems[0].tempfile() as cert:
        context.load_cert_chain(cert, key)

    async with answering(ANSWER, tls=context) as server:
        found = await fails(Trace(), server.secure, ssl=trusting())

    assert Reason.TLS_UNTRUSTED == found.reason
    assert "does not send the whole chain" in found.message


async def test_an_intermediate_may_be_what_is_trusted() -> None:
    middle = CA.create_child_ca()
    context = tls_context(ca=middle.cert_pem.bytes().decode())

    async with answering(ANSWER, tls=server_tls(ca=middle)) as server:
        assert 200 == (await ask(server.secure, ssl=context)).status_code


async def test_a_self_signed_certificate_is_refused_and_told() -> None:
    alone = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with alone.cert_pem.tempfile() as cert, alone.private_key_pem.tempfile() as key:
        context.load_cert_chain(cert, key)

    async with answering(ANSWER, tls=context) as server:
        found = await fails(Trace(), server.secure, ssl=trusting())

    assert (Reason.TLS_UNTRUSTED, "the certificate is self-signed and not trusted") == (
        found.reason,
        found.message,
    )


async def test_the_end_of_a_chain_is_that_of_its_first_certificate_to_end() -> None:
    trace, soon = Trace(), NOW + 3 * DAY

    async with answering(ANSWER, tls=server_tls(not_after=soon)) as server:
        await ask(server.secure, trace=trace, ssl=trusting())

    certificate = trace.facts["certificate"]
    assert isinstance(certificate, Certificate)
    assert int(soon.timestamp()) == certificate.chain_not_after == certificate.not_after
    assert certificate.not_after - 1000 == certificate.expires_in(1000)


async def test_verification_can_be_switched_off_and_the_certificate_is_told_all_the_same() -> None:
    trace = Trace()

    async with answering(ANSWER, tls=server_tls("a.example", ca=UNTRUSTED, not_after=NOW - DAY)) as server:
        response = await ask(server.secure, trace=trace, ssl=tls_context(verify=False))

    certificate = trace.facts["certificate"]
    assert isinstance(certificate, Certificate)
    assert (200, ("a.example",)) == (response.status_code, certificate.names)


async def test_the_server_can_be_asked_for_by_another_name() -> None:
    asked: list[str] = []
    context = server_tls("a.example")
    context.sni_callback = lambda _sock, name, _context: asked.append(name)

    async with answering(ANSWER, tls=context) as server:
        response = await ask(server.secure, ssl=trusting(), server_name="a.example")

    assert (200, ["a.example"]) == (response.status_code, asked)


@pytest.mark.parametrize("name", [".a.example", "a" * 70 + ".example"])
async def test_a_name_that_no_server_can_have_is_told(name: str) -> None:
    async with answering(ANSWER, tls=server_tls()) as server:
        found = await fails(Trace(), server.secure, ssl=trusting(), server_name=name)

    assert Reason.TLS_HANDSHAKE == found.reason
    assert f"{name!r} is not a name that a server can be asked for" == found.message


async def test_an_old_version_of_tls_is_refused_and_told() -> None:
    context = server_tls()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1

    with alerting(context, ANSWER) as url:
        found = await fails(Trace(), url, ssl=trusting())

    assert Reason.TLS_HANDSHAKE == found.reason
    assert "it speaks no version of TLS that is accepted here" in found.message


async def test_the_lowest_version_can_be_raised() -> None:
    context = server_tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async with answering(ANSWER, tls=context) as server:
        assert 200 == (await ask(server.secure, ssl=trusting(min_version="1.2"))).status_code
        found = await fails(Trace(), server.secure, ssl=trusting(min_version="1.3"))

    assert Reason.TLS_HANDSHAKE == found.reason


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_that_is_wanted_is_told(version: ssl.TLSVersion) -> None:
    context = server_tls()
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    CA.configure_trust(context)

    with alerting(context, ANSWER) as url:
        found = await fails(Trace(), url, ssl=trusting())

    assert Reason.TLS_HANDSHAKE == found.reason
    assert "client certificate" in found.message


def test_a_client_certificate_may_be_a_file_or_its_text(tmp_path: Path) -> None:
    leaf = CA.issue_cert("client@example.org")
    key, cert = leaf.private_key_pem.bytes().decode(), leaf.cert_chain_pems[0].bytes().decode()
    (tmp_path / "key.pem").write_text(key)
    (tmp_path / "cert.pem").write_text(cert)
    (tmp_path / "both.pem").write_text(key + cert)

    async def main() -> None:
        context = server_tls()
        context.verify_mode = ssl.CERT_REQUIRED
        CA.configure_trust(context)
        async with answering(ANSWER, tls=context) as server:
            for settings in (
                {"cert": cert, "key": key},
                {"cert": key + cert},
                {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")},
                {"cert": str(tmp_path / "both.pem")},
            ):
                assert 200 == (await ask(server.secure, ssl=trusting(**settings))).status_code

    run_on("asyncio", main())


def test_a_client_certificate_needs_no_files_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")

    assert 1 == len(
        trusting(
            cert=CA.issue_cert("b@example.org").private_key_and_cert_chain_pem.bytes().decode()
        ).get_ca_certs()
    )


def test_the_same_settings_are_the_same_context(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(CA_PEM)

    first = tls_context(ca=str(file))
    assert first is tls_context(ca=str(file))
    assert first is not tls_context(ca=str(file), min_version="1.3")


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(CA_PEM)
    first = tls_context(ca=str(file))

    file.write_text(UNTRUSTED.cert_pem.bytes().decode())
    os.utime(file, ns=(0, time.time_ns()))

    assert first is not tls_context(ca=str(file))


def test_what_cannot_be_used_is_the_checkers_own_trouble(tmp_path: Path) -> None:
    (tmp_path / "not.pem").write_text("not a certificate")
    os.mkfifo(tmp_path / "pipe.pem")
    key = CA.issue_cert("a.example").private_key_pem.bytes().decode()
    unusable: tuple[dict[str, Any], ...] = (
        {"ca": str(tmp_path / "missing.pem")},
        {"ca": str(tmp_path / "not.pem")},
        {"ca": str(tmp_path / "pipe.pem")},
        {"cert": str(tmp_path / "not.pem"), "key": str(tmp_path / "pipe.pem")},
        {"ca": "-----BEGIN NOTHING-----"},
        {"cert": str(tmp_path / "not.pem")},
        {"cert": CA.issue_cert("a.example").cert_chain_pems[0].bytes().decode(), "key": key},
    )
    for settings in unusable:
        with pytest.raises(Trouble) as caught:
            tls_context(**settings)
        assert Reason.SECRET_UNAVAILABLE == caught.value.reason
        assert caught.value.message.startswith("the TLS settings")
        assert "[Errno" not in caught.value.message
        assert "PRIVATE KEY" not in caught.value.message


def test_a_file_that_is_missing_is_named_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("")
    with pytest.raises(Trouble) as caught:
        tls_context(cert=str(tmp_path / "cert.pem"), key=str(tmp_path))
    expected = f"the TLS settings name a key, {tmp_path}, that cannot be read: Is a directory"
    assert expected == caught.value.message


ASKING = """
import os, sys
from pathlib import Path
from checker.core.errors import Trouble
from checker.net.tls import tls_context

os.open(os.ttyname(0), os.O_RDWR)  # the leader of a session gets its terminal by opening it
try:
    tls_context(cert=sys.argv[1])
except Trouble as trouble:
    sys.exit(trouble.reason)
"""


def test_a_key_with_a_password_does_not_ask_on_the_terminal(tmp_path: Path) -> None:
    leaf = CA.issue_cert("a.example")
    private = serialization.load_pem_private_key(leaf.private_key_pem.bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"secret")
    locked = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    (tmp_path / "both.pem").write_bytes(locked + leaf.cert_chain_pems[0].bytes())
    master, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", ASKING, str(tmp_path / "both.pem")],
            stdin=terminal,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            check=False,
            timeout=20,
        )
    finally:
        os.close(master)
        os.close(terminal)

    assert "secret_unavailable\n" == done.stderr


def test_a_machine_without_a_trust_store_has_certifis(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "missing"))
    expected = ssl.create_default_context(cafile=certifi.where()).cert_store_stats()["x509_ca"]

    from checker.net import tls

    tls._context.cache_clear()
    try:
        assert expected == tls_context().cert_store_stats()["x509_ca"]
    finally:
        tls._context.cache_clear()


async def test_a_plain_server_where_tls_was_expected_is_told() -> None:
    async def complain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(complain) as server:
        found = await fails(Trace(), server.secure)

    assert Reason.TLS_HANDSHAKE == found.reason
    assert f"127.0.0.1:{server.port} does not speak TLS" in found.message


async def test_a_server_that_hangs_up_in_the_handshake_is_told() -> None:
    async def hang_up(reader: object, writer: object) -> None:
        return

    async with serving(hang_up) as server:
        found = await fails(Trace(), server.secure)

    assert Reason.TLS_HANDSHAKE == found.reason
    assert f"127.0.0.1:{server.port} ended the connection during the TLS handshake" == found.message


async def test_another_protocol_than_http_is_refused() -> None:
    context = server_tls()
    context.set_alpn_protocols(["http/1.1"])
    wants_h2 = trusting(http_version="2")

    async with answering(ANSWER, tls=context) as server:
        found = await fails(Trace(), server.secure, ssl=wants_h2, http_version="2")

    assert Reason.TLS_HANDSHAKE == found.reason
    assert "does not speak HTTP/2 (ALPN)" in found.message


def test_a_private_name_of_the_ssl_module_is_still_there() -> None:
    """What tells the certificate of a refused server; public on sockets from Python 3.13 on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    handshake = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a.example")

    assert hasattr(handshake._sslobj, "get_unverified_chain")  # type: ignore[attr-defined]


def test_a_dial_says_nothing_of_tls_by_default() -> None:
    assert Dial().ssl is None
