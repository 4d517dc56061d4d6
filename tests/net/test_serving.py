import os
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from checker.net.serving import SUITES, ServerTls, Settings, Unusable, server_context
from tests.net.loopback import CA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files as an operator has them."""
    CA.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("server", "other"):
        made = CA.issue_cert("127.0.0.1")
        made.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        (tmp_path / f"{name}.crt").write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
    key = load_pem_private_key((tmp_path / "server.key").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (tmp_path / "locked.key").write_bytes(locked)
    (tmp_path / "text").write_text("no PEM")
    return tmp_path


def settings(folder: Path, **changes: Any) -> Settings:
    paths = {name: folder / value for name, value in changes.items() if name.endswith("_file")}
    files = {"cert_file": folder / "server.crt", "key_file": folder / "server.key"}
    return Settings(**{**files, **changes, **paths})


def test_by_default_no_client_shows_a_certificate(folder: Path) -> None:
    context = server_context(settings(folder))
    assert ssl.CERT_NONE == context.verify_mode
    assert (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3) == (
        context.minimum_version,
        context.maximum_version,
    )


@pytest.mark.parametrize(
    ("wanted", "mode"),
    [("VerifyClientCertIfGiven", ssl.CERT_OPTIONAL), ("RequireAndVerifyClientCert", ssl.CERT_REQUIRED)],
)
def test_clients_may_have_to_show_one(folder: Path, wanted: str, mode: ssl.VerifyMode) -> None:
    context = server_context(settings(folder, client_auth_type=wanted, client_ca_file="ca.pem"))
    assert mode == context.verify_mode
    assert 1 == len(context.get_ca_certs())


def test_versions_and_suites_are_those_that_are_asked_for(folder: Path) -> None:
    context = server_context(
        settings(
            folder,
            max_version="TLS12",
            cipher_suites=("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",),
            prefer_server_cipher_suites=False,
        )
    )
    assert ssl.TLSVersion.TLSv1_2 == context.maximum_version
    assert not context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    of_1_2 = [cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"]
    assert ["ECDHE-RSA-AES128-GCM-SHA256"] == of_1_2


def test_openssl_knows_every_suite() -> None:
    for suite in SUITES.values():
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).set_ciphers(suite)


@pytest.mark.parametrize(
    ("changes", "setting", "why"),
    [
        ({"cert_file": "none.crt"}, "cert_file", "the file cannot be read: No such file or directory"),
        ({"key_file": "none.key"}, "key_file", "the file cannot be read: No such file or directory"),
        (
            {"key_file": "pipe"},
            "key_file",
            "the file cannot be read: it is a pipe, a socket or a device, not a file",
        ),
        ({"key_file": "\0"}, "key_file", "the file cannot be read: embedded null byte"),
        ({"key_file": "other.key"}, "key_file", "does not belong to the certificate"),
        ({"key_file": "locked.key"}, "key_file", "this key is encrypted"),
        ({"cert_file": "text"}, "cert_file", "no certificate and key can be read from these files"),
        ({"client_ca_file": "ca.pem"}, "client_ca_file", "it would not be looked at"),
        ({"client_auth_type": "RequireAndVerifyClientCert"}, "client_auth_type", "client_ca_file is missing"),
        (
            {"client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": "text"},
            "client_ca_file",
            "no certificate can be read from this file",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_told_with_the_setting(
    folder: Path, changes: dict[str, str], setting: str, why: str
) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(Unusable) as caught:
        server_context(settings(folder, **changes))
    assert setting == caught.value.setting
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("certificate", "admitted"),
    [
        ({"subjectAltName": (("DNS", "a.example"),)}, True),
        ({"subjectAltName": (("DNS", "b.example"), ("URI", "spiffe://x/prometheus"))}, True),
        ({"subjectAltName": (("DNS", "b.example"),)}, False),
        ({"subject": ((("commonName", "a.example"),),)}, False),
        ({}, False),
        (None, False),
    ],
)
def test_names_that_may_ask(certificate: object, admitted: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert admitted == ServerTls(context, frozenset({"a.example", "spiffe://x/prometheus"})).admits(
        certificate
    )
    assert ServerTls(context).admits(certificate)
