"""Facts about a connection itself, for every kind that makes one: whom it goes to, how long each part took, TLS."""

from collections.abc import Mapping

from checker.core.facts import Absent, Fact, Shape, Unit
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.tls import Certificate, Tls

_PHASES = tuple((phase, phase.value, Absent(f"the step had no {phase} phase")) for phase in Phase)

ADDRESS = Fact("address", "The address that answered.")

CERTIFICATE = Fact(
    "certificate",
    "The server's certificate.",
    Shape.KEYS,
    keys=(
        Fact("expires_in", "How long it is still good for.", unit=Unit.DURATION),
        Fact("not_after", "When it ends.", unit=Unit.TIMESTAMP),
        Fact("issuer", "Who issued it, such as `CN=R11,O=Let's Encrypt,C=US`."),
        Fact("subject", "Whom it was issued to."),
    ),
)

TLS = Fact(
    "tls",
    "What the TLS handshake agreed on.",
    Shape.KEYS,
    keys=(
        Fact("version", "The version of TLS, as a number: 1.2 or 1.3."),
        Fact("cipher", "The cipher suite, as OpenSSL calls it."),
    ),
)


def latency_fact(description: str) -> Fact:
    """Declare how long the whole of an attempt took; missed, the reason is `slow`."""
    return Fact("latency", description, unit=Unit.DURATION, reason=Reason.SLOW)


def timings_fact(parts: Mapping[Phase, str]) -> Fact:
    """Declare the parts of the latency, each with its description."""
    return Fact(
        "timings",
        "The parts of the latency; a part that did not happen is missing.",
        Shape.KEYS,
        Unit.DURATION,
        tuple(
            Fact(phase.value, text, unit=Unit.DURATION, reason=Reason.SLOW) for phase, text in parts.items()
        ),
        Reason.SLOW,
    )


def latency_of(trace: Trace) -> float:
    """Return the seconds of all phases together."""
    return sum(trace.timings.values())


def timings_of(trace: Trace) -> dict[str, object]:
    """Return the seconds of every phase; a phase that did not happen is Absent."""
    return by_name(trace.timings)


def by_name(spent: Mapping[Phase, float]) -> dict[str, object]:
    """Return the seconds of every phase by its name; a phase that did not happen is Absent."""
    return {name: spent.get(phase, absent) for phase, name, absent in _PHASES}


def certificate_fact(certificate: Certificate | None, now: float) -> dict[str, object] | Absent:
    """Return what `CERTIFICATE` declares; `now` in seconds since the epoch."""
    if certificate is None:
        return Absent("no certificate was shown: the answer did not come over TLS")
    return certificate_keys(certificate, now)


def certificate_keys(certificate: Certificate, now: float) -> dict[str, object]:
    """Return what `CERTIFICATE` consists of; `now` in seconds since the epoch."""
    return {
        "expires_in": certificate.expires_in(now),
        "not_after": certificate.not_after,
        "issuer": certificate.issuer,
        "subject": certificate.subject,
    }


def tls_fact(agreed: Tls | None) -> dict[str, object] | Absent:
    """Return what `TLS` declares."""
    if agreed is None:
        return Absent("the answer did not come over TLS")
    version = agreed.version.removeprefix("TLSv")
    return {"version": float(version) if "." in version else version, "cipher": agreed.cipher}
