"""TLS on the side of the server: the context for a certificate, and whom it asks for one.

What is refused names the file that is at fault, so that the message can stand beside it.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from checker.core.regular import open_regular

VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}

CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
"""Go's names for who has to show a certificate (crypto/tls.ClientAuthType), but for those that verify nothing."""

SUITES = {
    f"TLS_ECDHE_{key}_WITH_{go}": f"ECDHE-{key}-{openssl}"
    for key in ("RSA", "ECDSA")
    for go, openssl in (
        ("AES_128_GCM_SHA256", "AES128-GCM-SHA256"),
        ("AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
        ("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"),
        ("CHACHA20_POLY1305", "CHACHA20-POLY1305"),
        ("AES_128_CBC_SHA", "AES128-SHA"),
        ("AES_256_CBC_SHA", "AES256-SHA"),
    )
}
"""The cipher suites of TLS 1.2 that Go counts as safe (crypto/tls.CipherSuites), as OpenSSL calls them."""


class Unusable(Exception):
    """A setting cannot be used: which one, and why, for the user."""

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(why)
        self.setting = setting


@dataclass(frozen=True, slots=True)
class ServerTls:
    """How connections are encrypted.

    `allowed_names`: of those that a client's certificate is for (subject alternative names), it must have one of these;
    empty: any will do.
    """

    context: ssl.SSLContext
    allowed_names: frozenset[str] = frozenset()

    def admits(self, certificate: object) -> bool:
        """Return whether a client with this certificate, as `getpeercert` tells it, may go on."""
        if not self.allowed_names:
            return True
        found = certificate.get("subjectAltName", ()) if isinstance(certificate, dict) else ()
        return not self.allowed_names.isdisjoint(name for _, name in found)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a context is made of; the names are those of the file that users write."""

    cert_file: Path
    key_file: Path
    client_auth_type: str = "NoClientCert"
    client_ca_file: Path | None = None
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True


def server_context(settings: Settings) -> ssl.SSLContext:
    """Return a new context; raises Unusable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[settings.min_version]
    context.maximum_version = VERSIONS[settings.max_version]
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if not settings.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if settings.cipher_suites:
        context.set_ciphers(":".join(SUITES[suite] for suite in settings.cipher_suites))
    context.set_alpn_protocols(["http/1.1"])
    _take_certificate(context, settings)
    _take_clients(context, settings)
    return context


def _take_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    for setting, path in (("cert_file", settings.cert_file), ("key_file", settings.key_file)):
        _check_readable(setting, path)
    try:
        context.load_cert_chain(settings.cert_file, settings.key_file, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise Unusable("key_file", "this key does not belong to the certificate in cert_file") from None
        why = error.reason or "no PEM in it"
        raise Unusable("cert_file", f"no certificate and key can be read from these files: {why}") from None


def _no_password() -> str:
    """Without this OpenSSL would ask on the terminal, and wait."""
    raise Unusable("key_file", "this key is encrypted; a server that starts by itself needs one that is not")


def _take_clients(context: ssl.SSLContext, settings: Settings) -> None:
    wanted = CLIENTS[settings.client_auth_type]
    if settings.client_ca_file is None:
        if wanted is not ssl.CERT_NONE:
            why = "client_ca_file is missing: without it any certificate of a public authority would do"
            raise Unusable("client_auth_type", why)
        return
    if wanted is ssl.CERT_NONE:
        raise Unusable("client_ca_file", "it would not be looked at; set client_auth_type as well")
    _check_readable("client_ca_file", settings.client_ca_file)
    try:
        context.load_verify_locations(settings.client_ca_file)
    except ssl.SSLError as error:
        why = error.reason or "no PEM in it"
        raise Unusable("client_ca_file", f"no certificate can be read from this file: {why}") from None
    context.verify_mode = wanted


def _check_readable(setting: str, path: Path) -> None:
    try:
        with open_regular(path):
            pass
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        raise Unusable(setting, f"the file cannot be read: {why}") from None
