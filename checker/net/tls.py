"""TLS settings as contexts that are made once, and what a peer's certificate says, even where it was refused.

Trust: the system's store as OpenSSL finds it (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured); certifi's where
the system has none, as in a bare container. A `ca` of the user's takes the place of both.
"""

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, Literal, NamedTuple

import certifi

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.regular import regular_status

MinVersion = Literal["1.2", "1.3"]
HttpVersion = Literal["1.1", "2"]

_MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_ALPN = {"1.1": "http/1.1", "2": "h2"}
_PEM = "-----BEGIN "


class Tls(NamedTuple):
    """What a handshake agreed on: `TLSv1.3`, and the cipher suite as OpenSSL calls it."""

    version: str
    cipher: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's own certificate. Times in seconds since the epoch; names as in RFC 4514 (`CN=a.example,O=A`)."""

    subject: str
    issuer: str
    names: tuple[str, ...]  # host names and addresses that it is for
    not_before: float
    not_after: float
    chain_not_after: float  # the first to end of all the certificates that the server sent
    chain: tuple[str, ...] = ()  # the subjects of all of them, as they were sent: its own comes first

    def expires_in(self, now: float) -> float:
        """Return the seconds until the certificate ends; negative where it has."""
        return self.not_after - now


class Settings(NamedTuple):
    """What a context is made of. `ca`, `cert` and `key` are paths, or PEM itself.

    With an `http_version` of None no protocol is asked for (ALPN), as some servers refuse those that they do not speak.
    """

    verify: bool = True
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    min_version: MinVersion = "1.2"
    http_version: HttpVersion | None = "1.1"


def tls_context(
    *,
    verify: bool = True,
    ca: str | None = None,
    cert: str | None = None,
    key: str | None = None,
    min_version: MinVersion = "1.2",
    http_version: HttpVersion | None = "1.1",
) -> ssl.SSLContext:
    """Return the context for these settings; the same one as long as the files are the same.

    They are those of `Settings`. Raises Trouble(secret_unavailable) for what cannot be read or used.
    """
    return context_of(Settings(verify, ca, cert, key, min_version, http_version))


def context_of(settings: Settings) -> ssl.SSLContext:
    """Return the context for these settings; the same one as long as the files are the same. Raises as above."""
    stamps = _stamp("ca", settings.ca), _stamp("cert", settings.cert), _stamp("key", settings.key)
    try:
        return _context(settings, stamps)
    except (OSError, ValueError) as error:
        raise Trouble(Reason.SECRET_UNAVAILABLE, _unusable(settings, error)) from error


def peer_certificate(sock: ssl.SSLSocket) -> Certificate | None:
    """Return the certificate that the peer showed, verified or not; None where it showed none."""
    # getpeercert() yields nothing after a verification that failed or was switched off.
    handshake: Any = sock._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - public from Python 3.13 on
    chain = handshake.get_unverified_chain() if handshake else None
    return _certificate(tuple(chain)) if chain else None


class _Socket(ssl.SSLSocket):
    """One that is closed where its peer has gone before the handshake; the standard one is left open then."""

    def getpeername(self) -> Any:
        try:
            return super().getpeername()
        except OSError:
            self.close()
            raise


@lru_cache(maxsize=256)
def _context(settings: Settings, _stamps: tuple[object, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _Socket
    context.minimum_version = _MINIMUM[settings.min_version]
    context.options |= ssl.OP_NO_RENEGOTIATION  # so that reading never has to write
    # Python before 3.11.4 has OpenSSL take a connection that was cut for one that ended in order.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an intermediate may be what the user trusts
    if settings.http_version:
        context.set_alpn_protocols([_ALPN[settings.http_version]])
    if settings.verify:
        _trust(context, settings.ca)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.cert:
        with _as_file(settings.cert) as cert, _as_file(settings.key or settings.cert) as key:
            context.load_cert_chain(cert, key, password="")  # or OpenSSL would ask on the terminal
    return context


def _trust(context: ssl.SSLContext, ca: str | None) -> None:
    if ca is None:
        paths = ssl.get_default_verify_paths()
        context.load_default_certs()
        if not (paths.cafile or paths.capath):
            context.load_verify_locations(certifi.where())
    elif ca.startswith(_PEM):
        context.load_verify_locations(cadata=ca)
    else:
        context.load_verify_locations(ca)


@contextlib.contextmanager
def _as_file(source: str) -> Iterator[str]:
    """Yield a path, as load_cert_chain takes nothing else; for PEM that of a file in memory, where there are such."""
    if not source.startswith(_PEM):
        yield source
        return
    with _memory_file() as file:
        file.write(source)
        file.flush()
        yield f"/dev/fd/{file.fileno()}"


def _memory_file() -> IO[str]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("pem"), "w")
    return tempfile.TemporaryFile("w")


def _stamp(name: str, source: str | None) -> object:
    """Return what differs once a file is another one; raises Trouble where there is none. `name`: of the setting."""
    if source is None or source.startswith(_PEM):
        return None
    try:
        status = regular_status(source)
    except (OSError, ValueError) as error:
        message = f"the TLS settings name a {name}, {source}, that cannot be read: {_why(error)}"
        raise Trouble(Reason.SECRET_UNAVAILABLE, message) from error
    return status.st_mtime_ns, status.st_ino, status.st_size


def _unusable(settings: Settings, error: Exception) -> str:
    files = [source for source in (settings.ca, settings.cert, settings.key) if source and _PEM not in source]
    return f"the TLS settings{''.join(f' {file}' for file in files)} cannot be used: {_why(error)}"


def _why(error: Exception) -> str:
    return str((isinstance(error, OSError) and error.strerror) or error)


@lru_cache(maxsize=1024)
def _certificate(chain: tuple[Any, ...]) -> Certificate:
    """Cached, as the same server is asked again and again; certificates compare by what they hold."""
    infos = [one.get_info() for one in chain]
    leaf = infos[0]
    return Certificate(
        subject=_distinguished_name(leaf["subject"]),
        issuer=_distinguished_name(leaf["issuer"]),
        names=tuple(name for kind, name in leaf.get("subjectAltName", ()) if kind in {"DNS", "IP Address"}),
        not_before=ssl.cert_time_to_seconds(leaf["notBefore"]),
        not_after=ssl.cert_time_to_seconds(leaf["notAfter"]),
        chain_not_after=min(ssl.cert_time_to_seconds(info["notAfter"]) for info in infos),
        chain=tuple(_distinguished_name(info["subject"]) for info in infos),
    )


_SHORT = {  # RFC 4514, section 3
    "commonName": "CN",
    "countryName": "C",
    "domainComponent": "DC",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
}


def _distinguished_name(name: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    parts = ("+".join(f"{_SHORT.get(key, key)}={value}" for key, value in group) for group in name)
    return ",".join(reversed(tuple(parts)))
