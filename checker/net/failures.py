"""What went wrong on the wire, in the product's words: the one place that knows the libraries' exceptions.

A connection that ends too early is `reset`, however it ends (RST, FIN, TLS cut off); bytes that are not what they
should be are `protocol`. Trouble of this machine's own (descriptors, memory, ports) is `internal`.
"""

import errno
import os
import socket
import ssl
import time
from collections.abc import Sequence

import httpx

from checker.core.duration import format_duration
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.tls import Certificate


class BodyTrouble(Trouble):
    """The body is no use (`too_large`, `undecodable`); `response` is the answer without it."""

    def __init__(self, reason: Reason, message: str, response: httpx.Response) -> None:
        super().__init__(reason, message)
        self.response = response


OWN_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_CONNECT = {
    errno.ECONNREFUSED: (Reason.REFUSED, "connection to {peer} was refused"),
    errno.ECONNRESET: (Reason.RESET, "connection to {peer} was reset"),
    errno.ECONNABORTED: (Reason.RESET, "connection to {peer} was aborted"),
    errno.ETIMEDOUT: (Reason.CONNECT_TIMEOUT, "{peer} did not answer"),
}

_INFORMATIVE = (Reason.REFUSED, Reason.RESET, Reason.CONNECT_TIMEOUT, Reason.INTERNAL, Reason.UNREACHABLE)


def endpoint(address: str, port: int) -> str:
    """Return an address and a port as people write them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def own_trouble(error: OSError) -> Trouble:
    """Return the trouble of a checker that is out of descriptors, ports or buffers."""
    return Trouble(Reason.INTERNAL, f"the checker itself is out of resources: {error.strerror}")


def connect_trouble(error: OSError, address: str, port: int) -> Trouble:
    """Return the trouble of one address that could not be connected to."""
    peer = endpoint(address, port)
    if error.errno in OWN_ERRNOS or (error.errno == errno.EADDRNOTAVAIL and ":" not in address):
        return own_trouble(error)
    if error.errno in _CONNECT:
        reason, sentence = _CONNECT[error.errno]
        return Trouble(reason, sentence.format(peer=peer))
    return Trouble(Reason.UNREACHABLE, f"{peer} is unreachable: {error.strerror or error}")


def all_addresses_trouble(troubles: Sequence[Trouble]) -> Trouble:
    """Return one trouble for a host none of whose addresses could be connected to."""
    first = min(troubles, key=lambda trouble: _INFORMATIVE.index(trouble.reason))
    return Trouble(first.reason, "; ".join(dict.fromkeys(trouble.message for trouble in troubles)))


_LOOKUP = {  # by the name of c-ares' status
    "ARES_ENOTFOUND": "there is no such name",
    "ARES_ENODATA": "the name has no {address}",
    "ARES_ETIMEOUT": "no name server answered",
    "ARES_ECONNREFUSED": "no name server could be reached",
    "ARES_ESERVFAIL": "the name server failed",
    "ARES_EREFUSED": "the name server refused",
    "ARES_EBADNAME": "it is not a name",
}

LOOKUP_STATUSES = frozenset({*_LOOKUP, "ARES_ENOMEM"})


def lookup_trouble(status: str, detail: str, host: str, ip_version: str) -> Trouble:
    """Return the trouble of a name that yields no address."""
    if status == "ARES_ENOMEM":
        return Trouble(Reason.INTERNAL, f"the checker itself is out of memory, looking up {host}")
    if status == "ARES_ECONNREFUSED" and (own := _out_of_descriptors()):
        return own_trouble(own)
    address = "address" if ip_version == "any" else f"IPv{ip_version} address"
    why = _LOOKUP[status].format(address=address) if status in _LOOKUP else detail
    return Trouble(Reason.DNS, f"{host} does not resolve: {why}")


def _out_of_descriptors() -> OSError | None:
    """c-ares calls a name server unreachable when it gets no socket."""
    try:
        socket.socket().close()
    except OSError as error:
        return error
    return None


_ALERTS = {
    "PROTOCOL_VERSION": "it speaks no version of TLS that is accepted here",
    "UNSUPPORTED_PROTOCOL": "it speaks no version of TLS that is accepted here",
    "NO_APPLICATION_PROTOCOL": "it does not speak the HTTP version that was asked for (ALPN)",
    "CERTIFICATE_REQUIRED": "it wants a client certificate",
    "ALERT_BAD_CERTIFICATE": "it refused the client certificate",
    "ALERT_UNKNOWN_CA": "it does not trust the client certificate",
    "ALERT_CERTIFICATE_UNKNOWN": "it refused the client certificate",
    "HANDSHAKE_FAILURE": "it found nothing in common, or wants a client certificate",
    "UNRECOGNIZED_NAME": "it does not serve this host name",
}
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


def handshake_trouble(
    error: OSError, peer: str, host: str, certificate: Certificate | None, now: float | None = None
) -> Trouble:
    """Return the trouble of a TLS handshake with `peer` for `host`; `now` in seconds since the epoch."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _verification_trouble(error, host, certificate, time.time() if now is None else now)
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLZeroReturnError) or _is_cut_off(error):
        return Trouble(Reason.TLS_HANDSHAKE, f"{peer} ended the connection during the TLS handshake")
    why = error.reason or str(error)
    if any(word in why for word in _NOT_TLS):
        return Trouble(Reason.TLS_HANDSHAKE, f"{peer} does not speak TLS ({why})")
    return Trouble(Reason.TLS_HANDSHAKE, f"TLS handshake with {peer} failed: {_alert(why)} ({why})")


def _is_cut_off(error: ssl.SSLError) -> bool:
    # Python before 3.11.4 gives OpenSSL 3's own word for it, and no class.
    return isinstance(error, ssl.SSLEOFError) or error.reason == "UNEXPECTED_EOF_WHILE_READING"


def _alert(why: str) -> str:
    return next((text for word, text in _ALERTS.items() if word in why), "the two sides did not agree")


# OpenSSL's X509_V_ERR_…, from x509_vfy.h
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNTRUSTED = {
    18: "the certificate is self-signed and not trusted",
    19: "the chain ends in a self-signed certificate that is not trusted",
    20: "issuer {issuer} is not trusted, or the server does not send the whole chain",
    21: "issuer {issuer} is not trusted, or the server does not send the whole chain",
    66: "the certificate's key is too weak",
    67: "the key of a CA in the chain is too weak",
    68: "a signature in the chain is too weak",
}
_WRONG_NAME = {62, 64}


def _verification_trouble(
    error: ssl.SSLCertVerificationError, host: str, certificate: Certificate | None, now: float
) -> Trouble:
    code = error.verify_code
    if code in {_EXPIRED, _NOT_YET_VALID}:
        return Trouble(Reason.TLS_EXPIRED, _validity(code, certificate, now))
    if code in _WRONG_NAME:
        names = ", ".join(certificate.names[:5]) if certificate else ""
        return Trouble(Reason.TLS_HOSTNAME, f"the certificate is for {names or 'no name'}, not {host}")
    issuer = certificate.issuer if certificate else "unknown"
    other = f"the certificate was refused: {error.verify_message}"
    return Trouble(Reason.TLS_UNTRUSTED, _UNTRUSTED.get(code, other).format(issuer=issuer))


def _validity(code: int, certificate: Certificate | None, now: float) -> str:
    if certificate and code == _EXPIRED and certificate.not_after < now:
        return f"the certificate expired {_ago(now - certificate.not_after)} ago ({_date(certificate.not_after)})"
    if certificate and code == _NOT_YET_VALID and certificate.not_before > now:
        return f"the certificate is not valid before {_date(certificate.not_before)}"
    if certificate and code == _EXPIRED and certificate.chain_not_after < now:
        return f"a CA's certificate that the server sends expired on {_date(certificate.chain_not_after)}"
    return f"a CA's certificate {'has expired' if code == _EXPIRED else 'is not valid yet'}"


def _ago(seconds: float) -> str:
    days = int(seconds // 86400)
    return f"{days} day{'s' if days > 1 else ''}" if days else format_duration(seconds)


def _date(timestamp: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(timestamp))


def exchange_trouble(error: OSError, peer: str, progress: str) -> Trouble:
    """Return the trouble of a connection that broke; `progress` says how far the answer had come."""
    if error.errno in OWN_ERRNOS:
        return own_trouble(error)
    if not isinstance(error, ssl.SSLError):
        why = "reset the connection" if error.errno in _RESETS else f"was lost ({_text(error)})"
        return Trouble(Reason.RESET, f"{peer} {why} {progress}")
    if _is_cut_off(error):
        return Trouble(Reason.RESET, f"{peer} cut the connection off, without closing TLS, {progress}")
    why = error.reason or str(error)
    if "ALERT" in why:  # TLS 1.3: a client certificate is refused only after the handshake
        return Trouble(Reason.TLS_HANDSHAKE, f"TLS handshake with {peer} failed: {_alert(why)} ({why})")
    return Trouble(Reason.PROTOCOL, f"{peer} sent broken TLS {progress} ({why})")


_RESETS = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


def _text(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def message_trouble(error: Exception, peer: str) -> Trouble:
    """Return the trouble of a name server whose answer dnspython cannot read."""
    return Trouble(
        Reason.PROTOCOL, f"{peer} sent what is no DNS message: {str(error) or type(error).__name__}"
    )
