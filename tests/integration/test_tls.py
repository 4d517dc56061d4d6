"""TLS servers with certificates of all sorts: what is said of each, and when it expires, told of refused ones too."""

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.integration.checks import PASS, Told, outcome_of, rig, told
from tests.integration.sites import Request, closed_port, reply, site
from tests.net.loopback import alerting, serving

NOT_AFTER = "checker_certificate_not_after_timestamp_seconds"
HOST = "shop.test"
DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
LATER = NOW + 20 * DAY
LONG_AGO = NOW - 3 * DAY

CA = trustme.CA(organization_name="Trusted")
STRANGER = trustme.CA(organization_name="Stranger")
CHILD = CA.create_child_ca()


def certificate(
    *names: str, ca: trustme.CA = CA, until: dt.datetime = LATER, since: dt.datetime = NOW - 90 * DAY
) -> trustme.LeafCert:
    return ca.issue_cert(*names, common_name=names[0], not_before=since, not_after=until)


def server_side(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def without_its_chain() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf = certificate(HOST, ca=CHILD)
    pem = leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes()
    with trustme.Blob(pem).tempfile() as file:
        context.load_cert_chain(file)
    return context


def self_signed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None) -> ssl.SSLContext:
    """Return a server that vouches for itself, with a key however weak."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOW - DAY, LATER)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with trustme.Blob(private + signed.public_bytes(serialization.Encoding.PEM)).tempfile() as file:
        context.load_cert_chain(file)
    return context


@dataclass(frozen=True)
class Row:
    """A server, the probe's own keys, and what is said. `until`: when the certificate ends, as it is exported."""

    name: str
    server: ssl.SSLContext
    told: Told = PASS
    message: str = ""
    tls: Mapping[str, Any] = field(default_factory=lambda: {"ca": "ca.pem"})
    expect: Mapping[str, Any] = field(default_factory=dict)
    until: dt.datetime | None = LATER
    host: str = HOST


def fails(reason: str) -> Told:
    return Told("fail", reason, "http")


VALID = server_side(certificate(HOST))
EXPIRED = server_side(certificate(HOST, until=LONG_AGO))
OLD = server_side(certificate(HOST))
OLD.maximum_version = ssl.TLSVersion.TLSv1_2

ROWS = (
    Row("valid", VALID),
    Row("valid, by an authority in the text", VALID, tls={"ca": CA.cert_pem.bytes().decode()}),
    Row("valid, by TLS 1.2", OLD, expect={"tls": {"version": 1.2}}),
    Row("valid, over a chain", server_side(certificate(HOST, ca=CHILD))),
    Row("valid, for an address", server_side(certificate("127.0.0.1")), host="127.0.0.1"),
    Row("valid, by a wildcard", server_side(certificate("*.shop.test")), host="www.shop.test"),
    Row(
        "facts",
        VALID,
        expect={
            "certificate": {
                "expires_in": {"between": ["19d", "20d"]},
                "not_after": {"eq": LATER.isoformat()},
                "subject": {"contains": f"CN={HOST}"},
                "issuer": {"ends_with": "O=Trusted"},
            },
            "tls": {"version": {"in": [1.2, 1.3]}, "cipher": {"matches": "AES|CHACHA"}},
        },
    ),
    Row(
        "too short",
        VALID,
        fails("assertion"),
        "certificate.expires_in: expected > 21d, saw 19d",
        expect={"certificate": {"expires_in": {"gt": "21d"}}},
    ),
    Row("expired", EXPIRED, fails("tls_expired"), "expired 3 days ago", until=LONG_AGO),
    Row(
        "not yet valid",
        server_side(certificate(HOST, since=NOW + DAY)),
        fails("tls_expired"),
        "not valid before",
    ),
    Row(
        "expired and of another host",
        server_side(certificate("other.test", until=LONG_AGO)),
        fails("tls_hostname"),  # OpenSSL looks at the name first
        until=LONG_AGO,
    ),
    Row(
        "of another host",
        server_side(certificate("other.test", "more.test")),
        fails("tls_hostname"),
        f"the certificate is for other.test, more.test, not {HOST}",
    ),
    Row("untrusted", server_side(certificate(HOST, ca=STRANGER)), fails("tls_untrusted"), "O=Stranger"),
    Row("untrusted by the system", VALID, fails("tls_untrusted"), "O=Trusted", tls={}),
    Row("self-signed", self_signed(), fails("tls_untrusted"), "self-signed"),
    Row("without its chain", without_its_chain(), fails("tls_untrusted"), "does not send the whole chain"),
    Row("expired, not verified", EXPIRED, tls={"verify": False}, until=LONG_AGO),
    Row(
        "untrusted and of another host, not verified",
        server_side(certificate("other.test", ca=STRANGER)),
        tls={"verify": False},
        expect={"certificate": {"subject": {"contains": "other.test"}, "expires_in": {"gt": "7d"}}},
    ),
    Row(
        "expired, not verified, but looked at",
        EXPIRED,
        fails("assertion"),
        "certificate.expires_in",
        tls={"verify": False},
        expect={"certificate": {"expires_in": {"gt": "7d"}}},
        until=LONG_AGO,
    ),
    Row(
        "asked for by another name",
        server_side(certificate("other.test")),
        tls={"ca": "ca.pem", "server_name": "other.test"},
    ),
    Row(
        "asked for by another name, which it does not have",
        VALID,
        fails("tls_hostname"),
        tls={"ca": "ca.pem", "server_name": "other.test"},
    ),
    Row("new enough", VALID, tls={"ca": "ca.pem", "min_version": "1.3"}, expect={"tls": {"version": 1.3}}),
    Row(
        "too old",
        OLD,
        fails("tls_handshake"),
        tls={"ca": "ca.pem", "min_version": "1.3"},
        until=None,
    ),
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path


def checks(http: Mapping[str, Any], **keys: object) -> str:
    said = {name: value for name, value in keys.items() if value}
    return json.dumps({"version": 1, "probes": {"probe": {"http": http, **said}}})


def served(_: Request) -> bytes:
    return reply("{}")


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_a_certificate_that_is(row: Row, directory: Path) -> None:
    async with site(served, tls=row.server) as server:
        http = {
            "url": f"https://{row.host}:{server.port}/",
            "tls": row.tls,
            "resolve": dict.fromkeys((HOST, "www.shop.test"), "127.0.0.1"),
        }
        async with rig(checks(http, expect=row.expect), directory=directory) as bench:
            outcome = await bench.run()
            exported = bench.samples(NOT_AFTER)
    assert row.told == told(outcome), outcome.message
    assert row.message in (outcome.message or "")
    assert ({("http",): row.until.timestamp()} if row.until else {}) == exported


async def test_a_server_shows_the_certificate_of_the_name_that_it_is_asked_for(directory: Path) -> None:
    asked: list[str | None] = []
    context = server_side(certificate("default.test"))

    def choose(sock: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        asked.append(name)
        if name == HOST:
            sock.context = VALID

    context.sni_callback = choose
    async with site(served, tls=context) as server:
        http = {"url": f"{server.url}/", "tls": {"ca": "ca.pem", "server_name": HOST}}
        outcome = await outcome_of(checks(http), directory=directory)
        assert (PASS, [HOST]) == (told(outcome), asked)
        assert f"127.0.0.1:{server.port}" == server.requests[0].headers["host"]


async def test_each_step_tells_its_own_certificate(directory: Path) -> None:
    """Of a server that is not there no certificate is known."""
    async with site(served, tls=VALID) as first, site(served, tls=EXPIRED) as second:
        tls = {"ca": "ca.pem", "server_name": HOST}
        steps = [
            {"step": "first", "http": {"url": first.url, "tls": tls}},
            {"step": "second", "http": {"url": second.url, "tls": {"verify": False}}},
            {"step": "third", "http": {"url": f"https://127.0.0.1:{closed_port()}", "tls": tls}},
        ]
        document = json.dumps({"version": 1, "probes": {"probe": {"steps": steps}}})
        async with rig(document, directory=directory) as bench:
            outcome = await bench.run()
            assert Told("fail", "refused", "third") == told(outcome)
            assert {
                ("first",): LATER.timestamp(),
                ("second",): LONG_AGO.timestamp(),
            } == bench.samples(NOT_AFTER)


async def test_a_certificate_is_told_although_its_status_is_not(directory: Path) -> None:
    async with site(lambda _: reply("", "503 Busy"), tls=VALID) as server:
        http = {"url": server.url, "tls": {"ca": "ca.pem", "server_name": HOST}}
        async with rig(checks(http), directory=directory) as bench:
            assert fails("server_error") == told(await bench.run())
            assert {("http",): LATER.timestamp()} == bench.samples(NOT_AFTER)


async def test_a_renewed_authority_is_taken_up_without_a_reload(directory: Path) -> None:
    """The file that `ca` names is read again when it changes."""
    async with site(served, tls=VALID) as server:
        http = {"url": server.url, "tls": {"ca": "ca.pem", "server_name": HOST}}
        async with rig(checks(http), directory=directory) as bench:
            STRANGER.cert_pem.write_to_path(str(directory / "ca.pem"))
            assert fails("tls_untrusted") == told(await bench.run())
            CA.cert_pem.write_to_path(str(directory / "new.pem"))
            (directory / "new.pem").replace(directory / "ca.pem")
            assert PASS == told(await bench.run())


async def test_https_to_a_server_of_http(directory: Path) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(reply("", "400 Bad Request"))

    async with serving(script) as server:
        outcome = await outcome_of(checks({"url": server.secure}), directory=directory)
    assert fails("tls_handshake") == told(outcome)
    assert "does not speak TLS" in (outcome.message or "")


async def test_http_to_a_server_of_https(directory: Path) -> None:
    async with site(served, tls=VALID) as server:
        outcome = await outcome_of(checks({"url": f"http://127.0.0.1:{server.port}"}), directory=directory)
    assert fails("reset") == told(outcome)


# Client certificates

CLIENT = CA.issue_cert("probe@shop.test", common_name="probe")
STRANGE_CLIENT = STRANGER.issue_cert("probe@shop.test", common_name="probe")


def demanding(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = server_side(certificate("127.0.0.1"))
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    CA.configure_trust(context)
    return context


def text(blob: trustme.Blob) -> str:
    return blob.bytes().decode()


CLIENTS: Mapping[str, tuple[Mapping[str, str], Told, str]] = {
    "none": ({}, fails("tls_handshake"), ""),
    "files": ({"cert": "client.pem", "key": "client.key"}, PASS, ""),
    "one file with both": ({"cert": "both.pem"}, PASS, ""),
    "in the text": (
        {"cert": text(CLIENT.cert_chain_pems[0]), "key": text(CLIENT.private_key_pem)},
        PASS,
        "",
    ),
    "a secret key": ({"cert": "client.pem", "key": "${secret.client_key}"}, PASS, ""),
    "of a stranger": ({"cert": "stranger.pem"}, fails("tls_handshake"), "does not trust the client"),
}


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"]
)
@pytest.mark.parametrize("name", CLIENTS)
async def test_a_client_certificate(name: str, version: ssl.TLSVersion, directory: Path) -> None:
    settings, expected, message = CLIENTS[name]
    CLIENT.cert_chain_pems[0].write_to_path(str(directory / "client.pem"))
    CLIENT.private_key_pem.write_to_path(str(directory / "client.key"))
    CLIENT.private_key_and_cert_chain_pem.write_to_path(str(directory / "both.pem"))
    STRANGE_CLIENT.private_key_and_cert_chain_pem.write_to_path(str(directory / "stranger.pem"))
    with alerting(demanding(version), reply("{}", Connection="close")) as url:
        document = {
            "version": 1,
            "secrets": {"client_key": {"file": "client.key"}},
            "probes": {"probe": {"http": {"url": url, "tls": {"ca": "ca.pem", **settings}}}},
        }
        outcome = await outcome_of(json.dumps(document), directory=directory)
    assert expected == told(outcome), outcome.message
    assert message in (outcome.message or "")
