"""What is made of an answer only when somebody asks, and that httpx's own responses tell the same."""

import httpx
import pytest

from checker.net.response import MeasuredResponse, names_of, pairs_of

HEADERS = ((b"X-Twice", b"a"), (b"Content-Encoding", b"gzip"), (b"x-twice", b"b"))
NAMES = [b"x-twice", b"content-encoding", b"x-twice"]


def measured(body: bytes = b"{}", extensions: dict[str, object] | None = None) -> MeasuredResponse:
    return MeasuredResponse(203, HEADERS, body, extensions or {})


def test_headers_are_made_once_and_tell_what_came() -> None:
    response = measured()
    assert "a, b" == response.headers["x-TWICE"]
    assert response.headers is response.headers
    response.headers = httpx.Headers({"other": "c"})
    assert "c" == response.headers["other"]


@pytest.mark.parametrize("known", [NAMES, NAMES[:1], []], ids=["all", "some", "none"])
def test_names_are_those_of_all_headers_however_many_were_known(known: list[bytes]) -> None:
    assert NAMES == MeasuredResponse(200, HEADERS, b"", {}, known).names


def test_any_response_tells_its_headers() -> None:
    for response in (measured(), httpx.Response(200, headers=list(HEADERS))):
        assert (list(HEADERS), NAMES) == (list(pairs_of(response)), list(names_of(response)))


async def test_the_body_is_here_and_is_not_decoded_again() -> None:
    response = measured(b'{"a": 1}')
    assert b'{"a": 1}' == response.content == response.read() == await response.aread()
    assert ('{"a": 1}', {"a": 1}) == (response.text, response.json())
    assert (203, True, True) == (response.status_code, response.is_closed, response.is_stream_consumed)


@pytest.mark.parametrize(
    ("extensions", "version"), [({"http_version": b"HTTP/2"}, "HTTP/2"), ({}, "HTTP/1.1")]
)
def test_the_version_that_was_spoken(extensions: dict[str, object], version: str) -> None:
    assert version == measured(extensions=extensions).http_version
    assert extensions == measured(extensions=extensions).extensions
