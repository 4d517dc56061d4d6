from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.request import head, request_body, request_bytes


def test_a_request_is_its_line_its_headers_and_its_body() -> None:
    request = httpx.Request("POST", "http://a.example/p?q=1", headers={"X-A": "b"}, content=b"body")

    sent = request_bytes(request, b"body", b"/p?q=1", b"close")

    assert (
        b"POST /p?q=1 HTTP/1.1\r\nHost: a.example\r\nX-A: b\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"
        == sent
    )


def test_how_the_connection_is_used_is_not_the_callers_to_say() -> None:
    request = httpx.Request("GET", "http://a.example/", headers={"Connection": "upgrade", "Keep-Alive": "5"})

    sent = request_bytes(request, b"", b"/", b"keep-alive", (b"X-More", b"1"))

    assert b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive\r\nX-More: 1\r\n\r\n" == sent


async def test_a_streamed_body_is_one_chunk() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"he"
        yield b"llo"

    request = httpx.Request("PUT", "http://a.example/", content=stream())
    body = await request_body(request)

    assert request_bytes(request, body, b"/", b"close").endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert b"hello" == await request_body(request)  # a second time, as a retry would


async def test_a_streamed_body_may_be_empty() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b""

    request = httpx.Request("PUT", "http://a.example/", content=stream())

    assert request_bytes(request, await request_body(request), b"/", b"close").endswith(b"\r\n\r\n0\r\n\r\n")


async def test_a_multipart_body_has_a_length() -> None:
    request = httpx.Request("POST", "http://a.example/", files={"file": ("a.txt", b"content")})
    body = await request_body(request)

    sent = request_bytes(request, body, b"/", b"close")

    assert b"Content-Length: %d\r\n" % len(body) in sent
    assert sent.endswith(b"\r\n\r\n" + body)


BREAKS = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "\r\n", "a\r\n\r\nGET / HTTP/1.1"]


@pytest.mark.parametrize("value", BREAKS)
def test_nothing_breaks_out_of_a_header(value: str) -> None:
    with pytest.raises(Trouble) as caught:
        head(b"GET", b"/", [(b"X-A", value.encode())])

    assert Reason.INTERNAL == caught.value.reason
    assert "refused to send a request with a line break or NUL in the header b'X-A'" == caught.value.message


@pytest.mark.parametrize("target", [*BREAKS, "/a b", "", "/ HTTP/1.1\r\nX: y"])
def test_nothing_breaks_out_of_the_request_line(target: str) -> None:
    with pytest.raises(Trouble, match="a space, line break or NUL in the URL"):
        head(b"GET", b"/" + target.encode() + b" " if not target else target.encode(), [])


@pytest.mark.parametrize("method", [b"GET /x HTTP/1.1\r\nA:", b"G\nET", b"", b"G T", b"G\xc3\x89T"])
def test_a_method_is_a_token(method: bytes) -> None:
    with pytest.raises(Trouble, match="refused to send a request with the method"):
        head(method, b"/", [])


@pytest.mark.parametrize("name", [b"X A", b"X:A", b"", b"X\xe9"])
def test_a_header_name_is_a_token(name: bytes) -> None:
    with pytest.raises(Trouble, match="refused to send a request with the header name"):
        head(b"GET", b"/", [(name, b"a")])


@given(st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20))
def test_whatever_is_sent_has_the_lines_that_were_meant(target: bytes, name: bytes, value: bytes) -> None:
    try:
        sent = head(b"GET", target, [(name, value)])
    except Trouble:
        return
    assert 4 == len(sent.replace(b"\r", b"\n").split(b"\n\n")[0:1] + sent.split(b"\r\n")[1:])
    assert b"\0" not in sent
