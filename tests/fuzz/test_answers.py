"""Any bytes in the place of an answer, through everything that a run is: to its verdict, its captures and its reports.

Whatever comes, the run has an outcome that is no fault of the checker's; it passes only where a parser that shares
nothing with ours finds what was expected; what is sent next is one request to a host that the configuration names; and
no surface breaks or tells the secret.
"""

import gzip
import http.client
import io
import json
import zlib
from typing import Any

import httptools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from tests.fuzz.bench import HOST, OTHER, SECRET, STEPS, WELL, End, Line, held, let_go
from tests.fuzz.corpora import kept
from tests.fuzz.values import DOCUMENTS, HOSTILE, KEYS, NUMBERS, ODD_JSON, TEXTS, as_json, damaged, split

finished = pytest.fixture(scope="module", autouse=True)(let_go)

STATUSES = st.sampled_from(
    [b"200 OK"] * 12 + [b"204 No", b"302 Found", b"404 No", b"500 No", b"200", b"999 X"]
)
ODD_HEADERS = st.sampled_from(
    [
        *(
            b"Content-Encoding: br",
            b"Content-Encoding: zstd, gzip",
            b"Content-Type: text/html; charset=utf-16",
        ),
        *(
            b"Content-Type: application/json; charset=nope",
            b"Transfer-Encoding: chunked",
            b"Content-Length: 3",
        ),
        *(
            b"Location: http://other.example/",
            b"Location: javascript:1",
            b"Location: http://169.254.169.254/",
        ),
        *(
            b"Set-Cookie: a=1",
            b"Set-Cookie: a=\xff; Domain=elsewhere",
            b"Set-Cookie: ;;=",
            b"Age: -1",
            b"Age: x",
        ),
        *(
            b"X-Cache: Hit from cloudfront",
            b"Cache-Status: a; hit; ttl=x",
            b"Date: never",
            b"Retry-After: 1e9",
        ),
        *(
            b"X-Echo: " + SECRET.encode(),
            b"WWW-Authenticate: Digest realm",
            b"Connection: upgrade",
            b"X:\x01",
        ),
        *(
            b" folded",
            b"NoColon",
            b"X-\xff: \xfe",
            b"Content-Length: 99999999999999999999",
            b"X: " + b"y" * 300,
        ),
    ]
)
MORE = {
    "items": st.lists(st.dictionaries(st.sampled_from(["id", "a"]), TEXTS | NUMBERS, max_size=2), max_size=3)
    | DOCUMENTS,
    "when": TEXTS | NUMBERS,
    "echo": st.just(SECRET),
}
KNOWN = st.fixed_dictionaries({"total": NUMBERS | TEXTS | st.none(), "id": TEXTS | DOCUMENTS}, optional=MORE)
CAPTURED = st.fixed_dictionaries({"total": st.just(3) | NUMBERS, "id": TEXTS | DOCUMENTS}, optional=MORE)
BODIES = (
    (KNOWN | DOCUMENTS | st.dictionaries(KEYS, DOCUMENTS)).map(as_json) | ODD_JSON | st.binary(max_size=40)
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Return an answer that is right, or wrong in one way or two."""
    body, headers = draw(BODIES), [b"Content-Type: application/json"]
    if draw(st.integers(0, 4)) == 0:
        body = gzip.compress(body)
        headers.append(b"Content-Encoding: gzip")
    if draw(st.integers(0, 4)) == 0:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        headers.append(b"Transfer-Encoding: chunked")
    else:
        headers.append(b"Content-Length: %d" % len(body))
    headers += draw(st.lists(ODD_HEADERS, max_size=2))
    early = draw(st.sampled_from([b""] * 6 + [b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"]))
    return early + b"\r\n".join([b"HTTP/1.1 " + draw(STATUSES), *headers, b"", body])


def reply(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


def check(probe: str, pieces: list[bytes], end: End = "close") -> None:
    outcome = check_run(probe, pieces, end)
    bench = held()
    told = bench.runner.run(bench.bench.told(probe))
    assert SECRET not in told, outcome


def check_run(probe: str, pieces: list[bytes], end: End = "close") -> Outcome:
    bench = held()
    outcome, lines = bench.runner.run(bench.bench.run(probe, pieces, end))
    assert outcome.result is not Result.ERROR, (outcome.reason, outcome.message)
    assert outcome.reason is not Reason.INTERNAL
    assert (outcome.reason is None) == (outcome.result is Result.PASS)
    if outcome.result in (Result.PASS, Result.DEGRADED) and lines[0].sent and len(lines) == 2:
        assert agreed(b"".join(pieces)), "passed where nobody else sees what was expected"
    for line in lines:
        check_request(line)
    return outcome


def check_request(line: Line) -> None:
    """One request, as it was meant: to a host that is named, with a header of every kind at most once."""
    seen: list[str] = []

    class Reading:
        def on_message_begin(self) -> None:
            seen.append("begin")

        def on_header(self, name: bytes, value: bytes) -> None:
            seen.append(name.decode().lower())

        def on_message_complete(self) -> None:
            seen.append("end")

    httptools.HttpRequestParser(Reading()).feed_data(line.sent)
    assert line.way.host in {HOST, OTHER}
    assert (seen.count("begin"), seen.count("end")) == (1, 1)
    assert len(seen) == len(set(seen))
    assert "x-injected" not in seen


class _Received:
    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def makefile(self, mode: str) -> io.BytesIO:
        return self._file


def agreed(data: bytes) -> bool:
    """Whether Python's own parser, which is a lenient one, sees a 200 with the total that was expected."""
    while data[9:10] == b"1":  # interim answers
        data = data.partition(b"\r\n\r\n")[2]
    answer = http.client.HTTPResponse(_Received(data), method="GET")  # type: ignore[arg-type]
    answer.begin()
    body = answer.read()
    codings = (answer.headers.get("Content-Encoding") or "").lower()
    if "gzip" in codings:
        body = zlib.decompressobj(wbits=31).decompress(body)
    elif codings not in ("", "identity"):
        return answer.status == 200
    return answer.status == 200 and total_of(body) >= 1


def total_of(body: bytes) -> float:
    found: Any = json.loads(body)
    return float(found["total"]) if abs(found["total"]) < 1e300 else 1.0


PROBES = st.sampled_from(sorted(STEPS))
ENDS: st.SearchStrategy[End] = st.sampled_from(["close", "close", "reset"])
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("probe", STEPS)
def test_nothing_breaks_out_of_where_it_is_put(probe: str) -> None:
    for value in HOSTILE:
        check_run(probe, [reply(as_json({"total": 3, "id": value}))])
        for line in held().bench.lines[1:]:
            path = line.sent.split(b" ")[1].partition(b"?")[0]
            assert path.startswith(b"/open/") or probe == "url"
            assert path.count(b"/") <= 2


@PATIENT
@given(PROBES, CAPTURED.map(as_json))
def test_values_that_are_sent_on(probe: str, body: bytes) -> None:
    check(probe, [reply(body)])


@PATIENT
@given(PROBES, answers().flatmap(split), ENDS)
def test_answers_that_are_right_or_nearly_so(probe: str, pieces: list[bytes], end: End) -> None:
    check(probe, pieces, end)


@PATIENT
@given(PROBES, damaged(answers(), most=4).flatmap(split), ENDS)
def test_answers_that_are_damaged(probe: str, pieces: list[bytes], end: End) -> None:
    check(probe, pieces, end)


@PATIENT
@given(st.binary(max_size=60), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", WELL[0]]))
def test_anything(data: bytes, start: bytes) -> None:
    check("json", [start + data] if start + data else [])


@pytest.mark.parametrize("data", kept("answers"))
def test_what_was_found(data: bytes) -> None:
    for probe in STEPS:
        check(probe, [data])
