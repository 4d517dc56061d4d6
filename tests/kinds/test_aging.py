from collections.abc import Mapping

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.reason import Reason
from checker.kinds.aging import copied, expired
from checker.kinds.contract import Answer, Observation, Weight
from checker.kinds.http import HttpKind, HttpSpec
from checker.kinds.tcp import TcpKind, TcpSpec
from checker.kinds.tls import TlsKind, TlsSpec

SHOWN = {"expires_in": 100.0, "not_after": 1100.0, "issuer": "CN=ca"}


def over_tls(**more: float) -> Observation:
    return Observation(Facts({"status": 200, "certificate": {**SHOWN, **more}}))


def test_one_that_is_verified_is_refused() -> None:
    (mutation,) = expired(over_tls(), verified=True)
    assert (Weight.PATH, "expired_certificate") == (mutation.weight, mutation.name)
    with pytest.raises(Trouble) as caught:
        mutation.see()
    assert caught.value.reason is Reason.TLS_EXPIRED


@pytest.mark.parametrize("more", [{}, {"chain_expires_in": 50.0}])
def test_one_that_is_not_verified_can_only_be_looked_at(more: Mapping[str, float]) -> None:
    (mutation,) = expired(over_tls(**more), verified=False)
    facts = mutation.see().facts
    aged = {"expires_in": -86400.0, "not_after": 1000.0 - 86400.0, "issuer": "CN=ca"}
    assert {**aged, **dict.fromkeys(more, -86400.0)} == facts.get("certificate")
    assert 200 == facts.get("status")
    assert Weight.HINT is mutation.weight


def test_without_tls_there_is_nothing_to_expire() -> None:
    assert [] == list(expired(Observation(Facts({"certificate": Absent("no TLS")})), verified=True))


def test_every_kind_that_speaks_tls_tries_it() -> None:
    seen = over_tls()
    http = HttpSpec.model_validate({"url": "https://a.example.org", "tls": {"verify": False}})
    tls = TlsSpec.model_validate({"host": "a.example.org"})
    tcp = TcpSpec.model_validate({"host": "a.example.org", "port": 1, "tls": True})
    found = [*HttpKind.mutations(http, seen), *TlsKind.mutations(tls, seen), *TcpKind.mutations(tcp, seen)]
    assert [Weight.HINT, Weight.PATH, Weight.PATH] == [one.weight for one in found]


def test_a_copy_says_so_and_no_other_copy_does() -> None:
    def read(answer: Answer) -> Facts:
        return Facts({"headers": dict(answer.headers)})

    headers = ((b"Age", b"0"), (b"X-A", b"b"), (b"X-Cache", b"Miss"))
    (mutation,) = copied(Observation(Facts({}), answered=lambda: Answer(200, headers, b"", read)))
    expected = {b"X-A": b"b", b"Age": b"86400", b"X-Cache": b"Hit from a cache"}
    assert (expected, Weight.HINT) == (mutation.see().facts.get("headers"), mutation.weight)
    assert [] == list(copied(Observation(Facts({}))))


@pytest.mark.parametrize(("method", "names"), [("GET", ["cache_hit"]), ("HEAD", ["cache_hit"]), ("POST", [])])
def test_only_what_reads_is_answered_by_caches(method: str, names: list[str]) -> None:
    seen = Observation(Facts({}), answered=lambda: Answer(200, (), b"", lambda _: Facts({}), method))
    spec = HttpSpec.model_validate({"url": "http://a.example.org", "method": method})
    assert names == [one.name for one in HttpKind.mutations(spec, seen)]
