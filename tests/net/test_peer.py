"""What is known of a connection, and that each of it is declared."""

from checker.core.facts import Absent
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.peer import (
    CERTIFICATE,
    TLS,
    certificate_fact,
    latency_fact,
    latency_of,
    timings_fact,
    timings_of,
    tls_fact,
)
from checker.net.tls import Certificate, Tls

NOW = 1_700_000_000.0


def test_a_certificate() -> None:
    shown = Certificate("CN=a", "CN=ca", ("a",), NOW - 10, NOW + 100, NOW + 50)
    seen = certificate_fact(shown, NOW)
    assert {"expires_in": 100.0, "not_after": NOW + 100, "issuer": "CN=ca", "subject": "CN=a"} == seen
    assert {key.name for key in CERTIFICATE.keys} == set(seen)
    assert isinstance(certificate_fact(None, NOW), Absent)


def test_tls() -> None:
    seen = tls_fact(Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384"))
    assert {"version": 1.3, "cipher": "TLS_AES_256_GCM_SHA384"} == seen
    assert {key.name for key in TLS.keys} == set(seen)
    assert isinstance(tls_fact(None), Absent)


def test_time() -> None:
    trace = Trace()
    trace.timings = {Phase.CONNECT: 0.25, Phase.WAIT: 0.5}
    assert 0.75 == latency_of(trace)
    assert {"connect": 0.25, "wait": 0.5} == {
        name: spent for name, spent in timings_of(trace).items() if not isinstance(spent, Absent)
    }
    assert Reason.SLOW is latency_fact("All of it.").reason
    assert ["wait"] == [key.name for key in timings_fact({Phase.WAIT: "Waiting."}).keys]
