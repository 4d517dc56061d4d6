import errno
import os
import ssl

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.failures import (
    all_addresses_trouble,
    connect_trouble,
    exchange_trouble,
    handshake_trouble,
    lookup_trouble,
)
from checker.net.tls import Certificate

DAY = 86400.0
NOW = 1_800_000_000.0  # 2027-01-15
CERTIFICATE = Certificate("CN=a.example", "CN=The CA", ("a.example",), NOW - DAY, NOW + DAY, NOW + DAY)


def verification(code: int, message: str = "because") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("number", "address", "reason", "message"),
    [
        (errno.ECONNREFUSED, "127.0.0.1", Reason.REFUSED, "connection to 127.0.0.1:80 was refused"),
        (errno.ECONNREFUSED, "::1", Reason.REFUSED, "connection to [::1]:80 was refused"),
        (errno.ECONNRESET, "127.0.0.1", Reason.RESET, "connection to 127.0.0.1:80 was reset"),
        (errno.ETIMEDOUT, "127.0.0.1", Reason.CONNECT_TIMEOUT, "127.0.0.1:80 did not answer"),
        (errno.ENETUNREACH, "::1", Reason.UNREACHABLE, "[::1]:80 is unreachable: Network is unreachable"),
        (
            errno.EADDRNOTAVAIL,
            "::1",
            Reason.UNREACHABLE,
            "[::1]:80 is unreachable: Cannot assign requested address",
        ),
        (
            errno.EPERM,
            "127.0.0.1",
            Reason.UNREACHABLE,
            "127.0.0.1:80 is unreachable: Operation not permitted",
        ),
        (
            errno.EMFILE,
            "127.0.0.1",
            Reason.INTERNAL,
            "the checker itself is out of resources: Too many open files",
        ),
        (
            errno.EADDRNOTAVAIL,  # every local port is in use
            "127.0.0.1",
            Reason.INTERNAL,
            "the checker itself is out of resources: Cannot assign requested address",
        ),
    ],
)
def test_a_connection_that_fails_is_told(number: int, address: str, reason: Reason, message: str) -> None:
    found = connect_trouble(OSError(number, os.strerror(number)), address, 80)

    assert (reason, message) == (found.reason, found.message)


def test_of_several_addresses_the_most_telling_one_decides() -> None:
    unreachable = Trouble(Reason.UNREACHABLE, "[::1]:80 is unreachable")
    refused = Trouble(Reason.REFUSED, "connection to 127.0.0.1:80 was refused")

    found = all_addresses_trouble([unreachable, refused, refused])

    assert Reason.REFUSED == found.reason
    assert "[::1]:80 is unreachable; connection to 127.0.0.1:80 was refused" == found.message


def test_no_memory_for_a_lookup_is_the_checkers_own_trouble() -> None:
    assert Reason.INTERNAL == lookup_trouble("ARES_ENOMEM", "", "a.example", "any").reason


def test_an_unknown_status_of_a_lookup_keeps_its_own_words() -> None:
    assert "a.example does not resolve: odd" == lookup_trouble("", "odd", "a.example", "any").message


@pytest.mark.parametrize(
    ("code", "changes", "reason", "message"),
    [
        (10, {"not_after": NOW - DAY}, Reason.TLS_EXPIRED, "the certificate expired 1 day ago (2027-01-14)"),
        (10, {"not_after": NOW - 61}, Reason.TLS_EXPIRED, "the certificate expired 1m1s ago (2027-01-15)"),
        (
            10,
            {"chain_not_after": NOW - 5 * DAY},
            Reason.TLS_EXPIRED,
            "a CA's certificate that the server sends expired on 2027-01-10",
        ),
        (10, {}, Reason.TLS_EXPIRED, "a CA's certificate has expired"),
        (9, {"not_before": NOW + DAY}, Reason.TLS_EXPIRED, "the certificate is not valid before 2027-01-16"),
        (9, {}, Reason.TLS_EXPIRED, "a CA's certificate is not valid yet"),
        (18, {}, Reason.TLS_UNTRUSTED, "the certificate is self-signed and not trusted"),
        (19, {}, Reason.TLS_UNTRUSTED, "the chain ends in a self-signed certificate that is not trusted"),
        (
            20,
            {},
            Reason.TLS_UNTRUSTED,
            "issuer CN=The CA is not trusted, or the server does not send the whole chain",
        ),
        (62, {}, Reason.TLS_HOSTNAME, "the certificate is for a.example, not b.example"),
        (64, {"names": ()}, Reason.TLS_HOSTNAME, "the certificate is for no name, not b.example"),
        (66, {}, Reason.TLS_UNTRUSTED, "the certificate's key is too weak"),
        (23, {}, Reason.TLS_UNTRUSTED, "the certificate was refused: because"),
    ],
)
def test_a_certificate_that_is_refused_is_told(
    code: int, changes: dict[str, object], reason: Reason, message: str
) -> None:
    fields = {name: getattr(CERTIFICATE, name) for name in CERTIFICATE.__dataclass_fields__}
    certificate = Certificate(**{**fields, **changes})

    found = handshake_trouble(verification(code), "127.0.0.1:443", "b.example", certificate, NOW)

    assert (reason, message) == (found.reason, found.message)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (10, "a CA's certificate has expired"),
        (20, "issuer unknown is not trusted, or the server does not send the whole chain"),
        (62, "the certificate is for no name, not b.example"),
    ],
)
def test_a_certificate_that_is_refused_unseen_is_told(code: int, message: str) -> None:
    assert message == handshake_trouble(verification(code), "127.0.0.1:443", "b.example", None).message


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("WRONG_VERSION_NUMBER", "127.0.0.1:443 does not speak TLS (WRONG_VERSION_NUMBER)"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "it speaks no version of TLS that is accepted here"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "it found nothing in common, or wants a client certificate"),
        ("TLSV1_UNRECOGNIZED_NAME", "it does not serve this host name"),
        ("SOMETHING_ELSE", "failed: the two sides did not agree (SOMETHING_ELSE)"),
    ],
)
def test_a_handshake_that_fails_is_told(why: str, words: str) -> None:
    found = handshake_trouble(tls_error(why), "127.0.0.1:443", "a.example", None)

    assert (Reason.TLS_HANDSHAKE, True) == (found.reason, words in found.message), found.message


@pytest.mark.parametrize(
    "error", [ssl.SSLEOFError(8, "EOF"), ssl.SSLZeroReturnError(6, "closed"), ConnectionResetError()]
)
def test_a_handshake_that_is_broken_off_is_told(error: OSError) -> None:
    found = handshake_trouble(error, "127.0.0.1:443", "a.example", None)

    assert Reason.TLS_HANDSHAKE == found.reason
    assert "127.0.0.1:443 ended the connection during the TLS handshake" == found.message


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (ConnectionResetError(errno.ECONNRESET, ""), Reason.RESET, "the server reset the connection so far"),
        (BrokenPipeError(errno.EPIPE, ""), Reason.RESET, "the server reset the connection so far"),
        (OSError(errno.EHOSTUNREACH, ""), Reason.RESET, "the server was lost (No route to host) so far"),
        (OSError("odd"), Reason.RESET, "the server was lost (odd) so far"),
        (OSError(errno.ENOMEM, "Cannot"), Reason.INTERNAL, "the checker itself is out of resources: Cannot"),
        (
            ssl.SSLEOFError(8, "EOF"),
            Reason.RESET,
            "the server cut the connection off, without closing TLS, so far",
        ),
        (
            tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
            Reason.TLS_HANDSHAKE,
            "TLS handshake with the server failed: it wants a client certificate (TLSV13_ALERT_CERTIFICATE_REQUIRED)",
        ),
        (tls_error("BAD_RECORD"), Reason.PROTOCOL, "the server sent broken TLS so far (BAD_RECORD)"),
    ],
)
def test_a_connection_that_breaks_is_told(error: OSError, reason: Reason, message: str) -> None:
    found = exchange_trouble(error, "the server", "so far")

    assert (reason, message) == (found.reason, found.message)
