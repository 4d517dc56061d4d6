import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.parser import LARGEST_HEAD, MOST_HEADERS, MOST_INTERIM, Answer

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(*pieces: bytes, method: str = "GET", max_body: int = 1000) -> Answer:
    answer = Answer(method, "the server", max_body)
    for piece in pieces:
        if answer.feed(piece):
            break
    return answer


def trouble(*pieces: bytes, method: str = "GET", max_body: int = 1000) -> Trouble:
    with pytest.raises(Trouble) as caught:
        read(*pieces, method=method, max_body=max_body)
    return caught.value


WELL_FORMED = {
    "by its length": (OK + b"Content-Length: 5\r\n\r\nhello", 200, b"hello"),
    "empty": (OK + b"Content-Length: 0\r\n\r\n", 200, b""),
    "chunked": (CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", 200, b"hello"),
    "chunked with a trailer": (CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", 200, b"hello"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
    "an odd status": (b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nno", 999, b"no"),
    "no reason phrase": (b"HTTP/1.1 500 \r\nContent-Length: 2\r\n\r\nno", 500, b"no"),
    "after early hints": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\na",
        200,
        b"a",
    ),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, b"a"),
    "more than was announced": (OK + b"Content-Length: 1\r\n\r\nabc", 200, b"a"),
    "a second answer": (OK + b"Content-Length: 1\r\n\r\na" + b"HTTP/1.1 500 No\r\nX: y\r\n\r\n", 200, b"a"),
    "a second answer after the last": (
        OK + b"Connection: close\r\nContent-Length: 1\r\n\r\na" + b"HTTP/1.1 500 No\r\n\r\n",
        200,
        b"a",
    ),
    "an offered upgrade": (
        OK + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\na",
        200,
        b"a",
    ),
}


@pytest.mark.parametrize("name", WELL_FORMED)
def test_a_well_formed_answer_is_complete_without_waiting_for_the_end(name: str) -> None:
    raw, status, body = WELL_FORMED[name]

    whole = read(raw)

    assert (True, status, body) == (whole.complete, whole.status, bytes(whole.body))


@pytest.mark.parametrize("name", WELL_FORMED)
def test_it_does_not_matter_where_an_answer_is_cut_in_pieces(name: str) -> None:
    raw, status, body = WELL_FORMED[name]

    for cut in range(1, len(raw)):
        answer = read(raw[:cut], raw[cut:])
        assert (True, status, body) == (answer.complete, answer.status, bytes(answer.body))
    answer = read(*(bytes([byte]) for byte in raw))
    assert (True, status, body) == (answer.complete, answer.status, bytes(answer.body))


def test_a_body_of_unknown_length_ends_with_the_connection() -> None:
    answer = read(OK + b"\r\n", b"hel", b"lo")
    assert not answer.complete

    assert answer.feed(b"")

    assert (b"hello", False) == (bytes(answer.body), answer.keep_alive)


def test_headers_are_kept_as_they_came() -> None:
    answer = read(OK + b"X-Empty:\r\nSet-Cookie: a=1\r\nset-cookie: b=\xe9\r\nContent-Length: 0\r\n\r\n")

    assert [b"x-empty", b"set-cookie", b"set-cookie", b"content-length"] == answer.names
    assert [
        (b"X-Empty", b""),
        (b"Set-Cookie", b"a=1"),
        (b"set-cookie", b"b=\xe9"),
        (b"Content-Length", b"0"),
    ] == answer.headers
    assert b"OK" == answer.reason_phrase
    assert b"HTTP/1.1" == answer.http_version


def test_a_trailer_is_not_a_header() -> None:
    assert [(b"Transfer-Encoding", b"chunked")] == read(WELL_FORMED["chunked with a trailer"][0]).headers


def test_interim_headers_are_not_the_answers() -> None:
    assert [(b"Content-Length", b"1")] == read(WELL_FORMED["after early hints"][0]).headers


def test_content_codings_are_collected() -> None:
    head = OK + b"Content-Encoding: gzip\r\ncontent-encoding: br, zstd\r\nContent-Length: 0\r\n\r\n"

    assert ["gzip", "br, zstd"] == read(head).codings


@pytest.mark.parametrize("method", ["HEAD", "CONNECT"])
def test_some_methods_have_answers_without_a_body(method: str) -> None:
    answer = read(OK + b"Content-Length: 5000\r\n\r\n", method=method)

    assert (True, b"") == (answer.complete, bytes(answer.body))


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_it_tells_whether_the_connection_may_be_used_again(head: bytes, kept: bool) -> None:
    assert kept == read(head + b"Content-Length: 0\r\n\r\n").keep_alive


@pytest.mark.parametrize(("following", "kept"), [(b"", True), (b"hello", False)])
def test_what_follows_an_answer_without_a_body_is_never_taken_for_the_next_one(
    following: bytes, kept: bool
) -> None:
    assert kept == read(OK + b"Content-Length: 5\r\n\r\n" + following, method="HEAD").keep_alive


MALFORMED = {
    "not HTTP": (
        b"220 mail.example ESMTP\r\n",
        "does not speak HTTP: what it sends begins with '220 mail.example",
    ),
    "not HTTP, at length": (b"220 " + b"x" * 300 + b"\r\n220 y", f"begins with '220 {'x' * 300}'"),
    "HTTP/0.9": (b"<html>hello</html>", "does not speak HTTP"),
    "an HTTP/0.9 with a head": (b"HTTP/0.9 200 OK\r\n\r\n", "answers in HTTP/0.9"),
    "HTTP/2 in HTTP/1 clothes": (b"HTTP/2.0 200 OK\r\n\r\n", "answers in HTTP/2.0"),
    "an unknown version": (b"HTTP/1.2 200 OK\r\n\r\n", "not HTTP"),
    "RTSP": (b"RTSP/1.0 200 OK\r\n\r\n", "does not speak HTTP"),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", "speaks TLS where plain HTTP was expected"),
    "no status": (b"HTTP/1.1 OK\r\n\r\n", "not HTTP"),
    "a short status": (b"HTTP/1.1 20 OK\r\n\r\n", "not HTTP"),
    "a long status": (b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
    "the status 000": (b"HTTP/1.1 000 No\r\n\r\n", "answers with the status 000"),
    "line feeds alone": (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "not HTTP"),
    "a negative length": (OK + b"Content-Length: -5\r\n\r\n", "Content-Length"),
    "a length with a plus": (OK + b"Content-Length: +5\r\n\r\nhello", "Content-Length"),
    "two lengths": (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "Content-Length"),
    "a list of lengths": (OK + b"Content-Length: 5, 5\r\n\r\nhello", "Content-Length"),
    "a huge length": (OK + b"Content-Length: 99999999999999999999999\r\n\r\n", "Content-Length"),
    "length and chunks": (
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding",
    ),
    "chunks and length": (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "Content-Length"),
    "an odd transfer coding": (
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        "transfer coding b'gzip, chunked'",
    ),
    "an odd transfer coding, at length": (
        OK + b"Transfer-Encoding: " + b"x" * 300 + b"\r\n\r\n",
        f"transfer coding b'{'x' * 300}'",
    ),
    "a bad chunk size": (CHUNKED + b"zz\r\nab\r\n", "chunk size"),
    "a negative chunk size": (CHUNKED + b"-1\r\nab\r\n", "chunk size"),
    "a huge chunk size": (CHUNKED + b"ffffffffffffffffff\r\nab\r\n", "Chunk size"),
    "a chunk that is longer than it says": (CHUNKED + b"1\r\nabc\r\n", "not HTTP"),
    "NUL in a header": (OK + b"X: a\0b\r\n\r\n", "not HTTP"),
    "CR in a header": (OK + b"X: a\rb\r\n\r\n", "not HTTP"),
    "a folded header": (OK + b"X: a\r\n b\r\n\r\n", "not HTTP"),
    "a space before the colon": (OK + b"X : a\r\n\r\n", "not HTTP"),
    "another protocol": (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "switches to another protocol",
    ),
    "another protocol, unnamed": (b"HTTP/1.1 101 Switching\r\n\r\n", "switches to another protocol"),
    "a long header": (OK + b"X: " + b"a" * 100 * 1024 + b"\r\n\r\n", "more than 64KiB of headers"),
    "a long reason phrase": (
        b"HTTP/1.1 200 " + b"a" * 100 * 1024 + b"\r\n\r\n",
        "more than 64KiB of headers",
    ),
    "a header without an end": (OK + b"X: " + b"a" * 200 * 1024, "more than 64KiB of headers"),
    "many headers": (OK + b"X: a\r\n" * 10_000 + b"\r\n", f"more than {MOST_HEADERS} headers"),
    "many short headers": (
        OK + b"X: a\r\n" * (MOST_HEADERS + 1) + b"\r\n",
        f"more than {MOST_HEADERS} headers",
    ),
    "many headers without an end": (
        OK + b"X: a\r\n" * (MOST_HEADERS + 2),
        f"more than {MOST_HEADERS} headers",
    ),
    "many headers of an interim answer": (
        b"HTTP/1.1 103 Early Hints\r\n" + b"X: a\r\n" * (MOST_HEADERS + 1) + b"\r\n" + OK + b"\r\n",
        f"more than {MOST_HEADERS} headers",
    ),
    "headers that are long together, without an end": (
        OK + (b"X: " + b"a" * 1000 + b"\r\n") * 70,
        "more than 64KiB of headers",
    ),
    "many interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
        f"more than {MOST_INTERIM} interim answers",
    ),
    "long interim answers": (
        b"HTTP/1.1 103 X\r\nX: " + b"a" * 60_000 + b"\r\n\r\n",
        "more than 64KiB of headers",
    ),
    "long interim answers together": (
        (b"HTTP/1.1 103 X\r\nX: " + b"a" * 10_000 + b"\r\n\r\n") * 7,
        "more than 64KiB of headers",
    ),
    "a long reason phrase without an end": (
        b"HTTP/1.1 200 " + b"a" * 70 * 1024,
        "more than 64KiB of headers",
    ),
    "a trailer that is long together": (
        CHUNKED + b"0\r\n" + (b"X: " + b"a" * 1000 + b"\r\n") * 70,
        "more than 64KiB of headers",
    ),
    "a long trailer": (CHUNKED + b"0\r\nX: " + b"a" * 100 * 1024 + b"\r\n\r\n", "more than 64KiB of headers"),
    "a long chunk extension": (
        CHUNKED + b"5;x=" + b"a" * 200 * 1024 + b"\r\nhello\r\n0\r\n\r\n",
        "more chunk headers than body",
    ),
    "a chunk extension without an end": (
        CHUNKED + b"5;x=" + b"a" * 200 * 1024,
        "more chunk headers than body",
    ),
}


@pytest.mark.parametrize("size", [8 << 10, 64 << 10, 1 << 20])
@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_http_is_a_protocol_trouble(name: str, size: int) -> None:
    raw, words = MALFORMED[name]
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]

    found = trouble(*pieces * (2 if name == "long interim answers" else 1))

    assert Reason.PROTOCOL == found.reason
    assert found.message.startswith("the server ")
    assert words in found.message


CUT_OFF = {
    "nothing": (b"", "without an answer"),
    "in the status line": (b"HTTP/1.1 2", "in the middle of the headers"),
    "in the headers": (OK + b"Content-Le", "in the middle of the headers"),
    "after an interim answer": (b"HTTP/1.1 100 Continue\r\n\r\n", "in the middle of the headers"),
    "in the body": (OK + b"Content-Length: 5\r\n\r\nhel", "after 3 of 5 bytes of the body"),
    "in a chunk": (CHUNKED + b"5\r\nhel", "after 3 bytes of the body, before its end"),
    "before the last chunk": (CHUNKED + b"5\r\nhello\r\n", "after 5 bytes of the body, before its end"),
}


@pytest.mark.parametrize("name", CUT_OFF)
def test_an_answer_that_ends_too_early_is_a_reset(name: str) -> None:
    raw, words = CUT_OFF[name]

    found = trouble(*filter(None, [raw]), b"")

    assert (Reason.RESET, f"the server closed the connection {words}") == (found.reason, found.message)


def test_a_broken_connection_is_told_with_how_far_the_answer_had_come() -> None:
    found = read(OK + b"Content-Length: 5\r\n\r\nhel").broken(ConnectionResetError(104, "reset"))

    assert Reason.RESET == found.reason
    assert "the server reset the connection after 3 of 5 bytes of the body" == found.message


def test_a_body_that_is_announced_as_too_large_is_not_read() -> None:
    found = trouble(OK + b"Content-Length: 3000\r\n\r\n", max_body=2048)

    assert Reason.TOO_LARGE == found.reason
    assert "the body is 2.93KiB, by its Content-Length; max_body is 2KiB" == found.message


@pytest.mark.parametrize("start", [OK + b"\r\n", CHUNKED + b"fff\r\n"])
def test_a_body_that_turns_out_too_large_is_not_read_to_its_end(start: bytes) -> None:
    found = trouble(start, *[b"a" * 1000] * 100, max_body=2048)

    assert (Reason.TOO_LARGE, "the body is larger; max_body is 2KiB") == (found.reason, found.message)


def test_a_body_of_tiny_chunks_is_read() -> None:
    answer = read(CHUNKED + b"1\r\na\r\n" * 5000 + b"0\r\n\r\n", max_body=5000)

    assert b"a" * 5000 == answer.body


def test_a_head_of_the_largest_size_is_read() -> None:
    head = OK + b"X: " + b"a" * (LARGEST_HEAD - 100) + b"\r\nContent-Length: 0\r\n\r\n"

    assert read(head).complete


@st.composite
def nearly_http(draw: st.DrawFn) -> bytes:
    """Return an answer with something cut out, put in or turned around."""
    samples = [raw for raw, _, _ in WELL_FORMED.values()] + [raw for raw, _ in MALFORMED.values()]
    raw = draw(st.sampled_from(samples))[:4000]
    start = draw(st.integers(0, len(raw)))
    end = draw(st.integers(start, min(len(raw), start + 20)))
    return raw[:start] + draw(st.binary(max_size=20)) + raw[end:]


@given(
    st.binary(max_size=300) | nearly_http(), st.integers(1, 100), st.sampled_from(["GET", "HEAD", "CONNECT"])
)
def test_no_bytes_raise_anything_but_trouble(raw: bytes, size: int, method: str) -> None:
    answer = Answer(method, "the server", max_body=1000)
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]

    with contextlib.suppress(Trouble):
        assert any(answer.feed(piece) for piece in itertools.chain(pieces, [b""]))
        assert (True, True, True) == (answer.complete, answer.status >= 200, len(answer.body) <= 1000)
