"""The facts of an answer, and that each one of them is declared."""

import httpx
import pytest

from checker.core.facts import Absent, Facts, Shape
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.answers import FACTS, facts_of
from checker.net.dial import Dial
from checker.net.peer import timings_of
from checker.net.session import Call
from checker.net.tls import Certificate, Tls

NOW = 1_700_000_000.0
CERTIFICATE = Certificate("CN=a.example.org", "CN=ca", ("a.example.org",), NOW - 10, NOW + 100, NOW + 50)


def facts(response: httpx.Response, call: Call | None = None, unusable: Absent | None = None) -> Facts:
    response.request = httpx.Request("GET", "https://a.example.org/x?y=z")
    return facts_of(response, call or Call(Dial(), []), NOW, unusable)


def answer(content: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.Response(
        200, headers={name.replace("_", "-"): value for name, value in headers.items()}, content=content
    )


def test_every_fact_is_declared_and_every_declared_fact_is_made() -> None:
    assert {fact.name for fact in FACTS} == set(facts(answer()).names())
    for fact in FACTS:
        value = facts(answer()).get(fact.name)
        if fact.shape is Shape.KEYS and isinstance(value, dict):
            assert {key.name for key in fact.keys} == set(value)


def test_what_every_answer_tells() -> None:
    trace = Trace()
    trace.timings = {Phase.CONNECT: 0.25, Phase.WAIT: 0.5}
    call = Call(Dial(trace), [], followed=2, received_cookies={"sid": "1"})
    response = answer(b"caf\xe9", Content_Type="text/plain; charset=latin-1", X_Twice="a")
    response.headers = httpx.Headers([*response.headers.raw, (b"x-twice", b"b")])
    response.extensions = {"http_version": b"HTTP/1.1", "checker.address": "10.0.0.1"}
    seen = facts(response, call)
    expected = {
        "status": 200,
        "http_version": 1.1,
        "url": "https://a.example.org/x?y=z",
        "redirects": 2,
        "headers": {"content-type": "text/plain; charset=latin-1", "content-length": "4", "x-twice": "a, b"},
        "cookies": {"sid": "1"},
        "body": "café",
        "size": 4,
        "latency": 0.75,
        "cache": {"hit": False, "age": Absent("the answer has no Age header", known=True)},
        "address": "10.0.0.1",
    }
    assert expected == {name: seen.get(name) for name in expected}


def test_what_caches_say_of_an_answer() -> None:
    assert {"hit": True, "age": 7.0} == facts(answer(Age="7")).get("cache")
    assert {"hit": True, "age": Absent("the answer has no Age header", known=True)} == facts(
        answer(X_CACHE="Hit from a cache")
    ).get("cache")


def test_times_are_those_of_the_attempt_whenever_they_are_asked_for() -> None:
    trace = Trace()
    trace.timings = {Phase.WAIT: 0.5}
    seen = facts(answer(), Call(Dial(trace), []))
    trace.timings[Phase.WAIT] = 2.0
    trace.restart()
    timings = seen.get("timings")
    assert isinstance(timings, dict)
    assert (0.5, 0.5) == (seen.get("latency"), timings["wait"])


@pytest.mark.parametrize(
    ("spoken", "number"), [(b"HTTP/1.0", 1.0), (b"HTTP/1.1", 1.1), (b"HTTP/2", 2), (b"HTTP/9", "HTTP/9")]
)
def test_the_version_of_http_is_a_number(spoken: bytes, number: object) -> None:
    response = answer()
    response.extensions = {"http_version": spoken}
    assert number == facts(response).get("http_version")


def test_json_is_decoded_when_it_is_asked_for() -> None:
    assert facts(answer(b'{"a": [1]}')).get("json") == {"a": [1]}
    broken = facts(answer(b"<html>")).get("json")
    assert isinstance(broken, Absent)
    assert broken.reason is Reason.UNDECODABLE


def test_a_body_that_is_no_use() -> None:
    unusable = Absent("the body is larger than 1MiB", reason=Reason.TOO_LARGE)
    seen = facts(answer(), unusable=unusable)
    assert [unusable] * 3 == [seen.get(name) for name in ("body", "json", "size")]
    assert seen.get("status") == 200


def test_what_tls_tells() -> None:
    response = answer()
    response.extensions = {"certificate": CERTIFICATE, "tls": Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")}
    seen = facts(response)
    assert seen.get("tls") == {"version": 1.3, "cipher": "TLS_AES_256_GCM_SHA384"}
    assert seen.get("certificate") == {
        "expires_in": 100.0,
        "not_after": NOW + 100,
        "issuer": "CN=ca",
        "subject": "CN=a.example.org",
    }


def test_what_plain_http_does_not_tell() -> None:
    seen = facts(answer())
    assert Absent("the answer did not come over TLS") == seen.get("tls")
    assert Absent("no certificate was shown: the answer did not come over TLS") == seen.get("certificate")
    assert Absent("the address is not known") == seen.get("address")


def test_a_phase_that_did_not_happen() -> None:
    trace = Trace()
    trace.timings = {Phase.WAIT: 0.5}
    timings = timings_of(trace)
    assert timings["wait"] == 0.5
    assert timings["tls"] == Absent("the step had no tls phase")
    assert list(timings) == [phase.value for phase in Phase]


@pytest.mark.parametrize(
    ("status", "headers", "redirects", "note"),
    [
        (302, {"Location": "/login?next=\x7f"}, 0, "redirects: 1 would follow it to '/login?next=\\x7f'"),
        (302, {"Location": "/login"}, 3, ""),
        (302, {}, 0, ""),
        (304, {"Location": "/login"}, 0, ""),
        (201, {"Location": "/works/1"}, 0, ""),
    ],
)
def test_a_redirect_that_is_not_followed_has_a_note(
    status: int, headers: dict[str, str], redirects: int, note: str
) -> None:
    response = httpx.Response(status, headers=headers)
    assert note == facts(response, Call(Dial(), [], redirects=redirects)).note("status")
