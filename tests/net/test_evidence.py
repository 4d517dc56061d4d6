"""What is kept of an exchange tells later what it was then."""

import httpx
import pytest

from checker.core.outcome import Exchange
from checker.core.reason import Phase
from checker.net.evidence import sent, told
from checker.net.response import MeasuredResponse

URL = "https://a.example.org/x?y=z"
AFTER = {Phase.DNS: 1.0, Phase.WAIT: 2.0}


def asked() -> httpx.Request:
    return httpx.Request("PUT", URL, headers=[(b"X-Ask", "é".encode()), (b"X-Raw", b"\xff")], content=b"here")


@pytest.mark.parametrize(
    "response",
    [
        MeasuredResponse(
            201,
            [(b"X-Answer", b"a")],
            b"there",
            {"checker.address": "10.0.0.1", "http_version": b"HTTP/1.0"},
        ),
        httpx.Response(
            201,
            headers={"X-Answer": "a"},
            stream=httpx.ByteStream(b"there"),
            extensions={"checker.address": "10.0.0.1", "http_version": b"HTTP/1.0"},
        ),
    ],
    ids=["measured", "of httpx"],
)
def test_it_is_what_went_over_the_wire_whatever_becomes_of_the_request(response: httpx.Response) -> None:
    request = asked()
    response.read()
    kept = sent(request, response, 5.0, {Phase.DNS: 1.0, Phase.WAIT: 0.5}, AFTER)
    request.headers["X-Ask"] = "another"
    request.headers["Authorization"] = "later"
    request.method, request.url = "GET", httpx.URL("https://b.example.org")
    expected = Exchange(
        "PUT",
        URL,
        (("Host", "a.example.org"), ("X-Ask", "é"), ("X-Raw", "\ufffd"), ("Content-Length", "4")),
        b"here",
        201,
        "HTTP/1.0",
        (("X-Answer", "a"),),
        b"there",
        "10.0.0.1",
        5.0,
        {Phase.WAIT: 1.5},
    )
    assert (expected, expected) == (told(kept), told(expected))


def test_a_request_without_an_answer() -> None:
    exchange = told(sent(asked(), None, 5.0, {}, AFTER))
    assert (None, "", (), b"", "") == (
        exchange.status,
        exchange.http_version,
        exchange.response_headers,
        exchange.response_body,
        exchange.address,
    )
    assert AFTER == exchange.timings
