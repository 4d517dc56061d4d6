from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.request import Request, head, headers_of, prepared, request_body, request_bytes, set_header


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


HEADERS = [(b"Host", b"a.example"), (b"X-A", b"b"), (b"Connection", b"upgrade"), (b"x-a", b"\xc3\xa4")]


def test_a_prepared_request_is_all_that_one_of_httpx_is() -> None:
    url = httpx.URL("http://a.example/")
    theirs = httpx.Request("PUT", url, headers=HEADERS, stream=httpx.ByteStream(b"body"))
    theirs.read()
    ours = Request("PUT", url, prepared(HEADERS), b"body")

    assert (theirs.url, theirs.method, theirs.content) == (ours.url, ours.method, ours.content)
    assert HEADERS == headers_of(ours) == headers_of(theirs) == ours.headers.raw
    assert vars(theirs).keys() - {"_content"} == vars(ours).keys()
    assert ours.read() == b"body"


async def test_prepared_headers_are_sent_with_those_that_were_added() -> None:
    request = Request("GET", httpx.URL("http://a.example/"), prepared(HEADERS), b"", ((b"Trace", b"1"),))

    sent = request_bytes(request, await request_body(request), b"/", b"close")

    assert (
        b"GET / HTTP/1.1\r\nHost: a.example\r\nX-A: b\r\nx-a: \xc3\xa4\r\nTrace: 1\r\nConnection: close\r\n\r\n"
        == sent
    )


def test_what_is_said_of_the_connection_is_not_sent_though_it_is_added() -> None:
    request = Request("GET", httpx.URL("http://a.example/"), prepared([]), b"", ((b"Keep-Alive", b"5"),))

    assert b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n" == request_bytes(request, b"", b"/", b"close")


def change_nothing(_: httpx.Headers) -> None: ...


def add(headers: httpx.Headers) -> None:
    headers["X-B"] = "c"


def change(headers: httpx.Headers) -> None:
    headers["Host"] = "b.example"


def change_the_last(headers: httpx.Headers) -> None:
    headers["x-a"] = "new"


def take_away(headers: httpx.Headers) -> None:
    del headers["host"]


def take_the_last_away(headers: httpx.Headers) -> None:
    del headers["x-a"]


def take_all_away(headers: httpx.Headers) -> None:
    for name in list(headers):
        del headers[name]


@pytest.mark.parametrize("name", ["X-New", "x-a", "HOST", "trace", "Connection"])
@pytest.mark.parametrize("asked", [True, False])
def test_a_header_that_is_set_takes_the_place_of_any_of_its_name(name: str, asked: bool) -> None:
    theirs = httpx.Request(
        "GET", "http://a/", headers=[*HEADERS, (b"Trace", b"1")], stream=httpx.ByteStream(b"")
    )
    ours = Request("GET", theirs.url, prepared(HEADERS), b"", ((b"Trace", b"1"),))
    if asked:
        assert ours.headers

    for request in (theirs, ours):
        set_header(request, name, "ä")
        set_header(request, name, "ö")

    assert headers_of(theirs) == headers_of(ours) == ours.headers.raw
    assert request_bytes(theirs, b"", b"/", b"close") == request_bytes(ours, b"", b"/", b"close")


def have_it_chunked(headers: httpx.Headers) -> None:
    headers["Transfer-Encoding"] = "chunked"


@pytest.mark.parametrize(
    "does",
    [
        change_nothing,
        add,
        change,
        change_the_last,
        take_away,
        take_the_last_away,
        take_all_away,
        have_it_chunked,
    ],
)
def test_whatever_is_done_to_prepared_headers_is_sent(does: Callable[[httpx.Headers], None]) -> None:
    added = (b"Trace", b"1")
    theirs = httpx.Request(
        "PUT", "http://a.example/", headers=[*HEADERS, added], stream=httpx.ByteStream(b"")
    )
    known = prepared(HEADERS)
    first, second = (Request("PUT", theirs.url, known, b"", (added,)) for _ in range(2))
    assert theirs.headers.raw == headers_of(first)
    does(theirs.headers)
    does(first.headers)
    does(second.headers)

    assert theirs.headers.raw == headers_of(first) == headers_of(second)
    sent = request_bytes(theirs, b"body", b"/", b"close")
    assert sent == request_bytes(first, b"body", b"/", b"close")
    assert sent == request_bytes(
        second, b"body", b"/", b"close"
    )  # what is done to one is not done to the next


@pytest.mark.parametrize("chunked", [True, False])
def test_a_prepared_request_tells_where_its_body_ends(chunked: bool) -> None:
    how = (b"Transfer-Encoding", b"chunked") if chunked else (b"Content-Length", b"4")
    request = Request("PUT", httpx.URL("http://a.example/"), prepared([how]), b"body")

    sent = request_bytes(request, b"body", b"/", b"close")

    assert sent.endswith(b"\r\n\r\n4\r\nbody\r\n0\r\n\r\n" if chunked else b"\r\n\r\nbody")


BREAKS = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "\r\n", "a\r\n\r\nGET / HTTP/1.1"]


@pytest.mark.parametrize("value", BREAKS)
def test_nothing_breaks_out_of_a_header(value: str) -> None:
    with pytest.raises(Trouble) as caught:
        head(b"GET", b"/", [(b"X-A", value.encode())])

    assert Reason.INTERNAL == caught.value.reason
    assert "refused to send a request with a line break or NUL in the header b'X-A'" == caught.value.message


@pytest.mark.parametrize("value", BREAKS)
@pytest.mark.parametrize("when", ["prepared", "added", "set"])
def test_nothing_breaks_out_of_a_header_whenever_it_came(value: str, when: str) -> None:
    evil = (b"X-A", value.encode())
    known = prepared([(b"Host", b"a"), evil] if when == "prepared" else [])
    request = Request("GET", httpx.URL("http://a/"), known, b"", (evil,) if when == "added" else ())
    if when == "set":
        request.headers["X-A"] = value

    with pytest.raises(Trouble, match="a line break or NUL in the header b'X-A'"):
        request_bytes(request, b"", b"/", b"close")


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
