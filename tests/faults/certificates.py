"""Rows of the fault matrix: TLS. What is known of a certificate is exported, whatever is wrong with it."""

import ssl
import warnings
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.faults.rows import GOOD, Row, V, fails, row
from tests.faults.serving import Served, blurts, says, shakes_hands
from tests.integration.checks import PASS, Told
from tests.integration.sites import reply
from tests.integration.test_tls import (
    CHILD,
    DAY,
    HOST,
    LONG_AGO,
    NOW,
    STRANGER,
    certificate,
    demanding,
    self_signed,
    server_side,
    without_its_chain,
)


def old() -> ssl.SSLContext:
    """Return a server of TLS 1.0 alone."""
    context = server_side(certificate(HOST))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context


def weak() -> ssl.SSLContext:
    """Return a server with a key of 1024 bits, which nobody has been given for ten years."""
    return self_signed(rsa.generate_private_key(65537, 1024))


def over(
    name: str, server: ssl.SSLContext | Served, told: Told, words: str = "", *, seen: bool = True, **http: Any
) -> Row:
    return Row(
        f"TLS: {name}",
        server if isinstance(server, Served) else Served(says(GOOD), server),
        told,
        words,
        "https://127.0.0.1:{port}/",
        http={"tls": {"ca": "{ca}", "server_name": HOST}, **http},
        certificate=seen,
    )


UNTRUSTED = fails("tls_untrusted")
CERTIFICATES = (
    over("valid", server_side(certificate(HOST)), PASS),
    over(
        "expired", server_side(certificate(HOST, until=LONG_AGO)), fails("tls_expired"), "expired 3 days ago"
    ),
    over(
        "not yet valid",
        server_side(certificate(HOST, since=NOW + DAY)),
        fails("tls_expired"),
        "not valid before",
    ),
    over("of another host", server_side(certificate("other.test")), fails("tls_hostname"), "other.test"),
    over("self-signed", self_signed(), UNTRUSTED, "self-signed"),
    over("of an unknown authority", server_side(certificate(HOST, ca=STRANGER)), UNTRUSTED, "Stranger"),
    over("without its chain", without_its_chain(), UNTRUSTED, "whole chain"),
    over("over a chain", server_side(certificate(HOST, ca=CHILD)), PASS),
    over("a weak key", weak(), UNTRUSTED, "key"),
    over("1.0 alone", Served(shakes_hands(old())), fails("tls_handshake"), "no version of TLS", seen=False),
    over(
        "another protocol agreed on",
        server_side(certificate(HOST)),
        fails("tls_handshake"),
        "ALPN",
        http_version=2,
    ),
    over(
        "a client certificate wanted",
        Served(shakes_hands(demanding(ssl.TLSVersion.TLSv1_3))),
        fails("tls_handshake"),
        "client certificate",
        tls={"ca": "{ca}"},
    ),
    over(
        "a client certificate wanted by TLS 1.2",
        Served(shakes_hands(demanding(ssl.TLSVersion.TLSv1_2))),
        fails("tls_handshake"),
        "client certificate",
        tls={"ca": "{ca}"},
    ),
    row(
        "TLS where plain HTTP listens",
        blurts(reply("", "400 Bad Request")),
        fails("tls_handshake"),
        "does not speak TLS",
        url="https://127.0.0.1:{port}/",
    ),
    Row(
        "plain HTTP where TLS listens",
        Served(says(GOOD), server_side(certificate(HOST))),
        fails("reset"),
        url="http://127.0.0.1:{port}/",
    ),
    row(
        "a TLS record where HTTP is expected",
        says(b"\x16\x03\x03\x00\x02\x01\x00"),
        fails("protocol"),
        "speaks TLS",
        keys=V,
    ),
)
