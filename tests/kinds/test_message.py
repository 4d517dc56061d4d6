"""Headers, cookies and bodies as they go over the wire, and what may not be written."""

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from tests.kinds.asking import URL, Asking, refused

# Bodies


async def test_json(asking: Asking) -> None:
    document = {"query": "${q}", "n": "${n}", "deep": [{"a": "<${q}>"}], "nothing": None}
    request = await asking.sent(asking.run(q='"é', n=3), url=URL, method="POST", json=document)
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"query": '"é', "n": 3, "deep": [{"a": '<"é>'}], "nothing": None}


async def test_null_is_a_document(asking: Asking) -> None:
    assert (await asking.sent(url=URL, method="POST", json=None)).content == b"null"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_know(number: float) -> None:
    assert [(("json",), "JSON knows neither NaN nor infinity")] == refused(url=URL, json={"a": [number]})


async def test_form(asking: Asking) -> None:
    request = await asking.sent(
        asking.run(q="a&b=c"), url=URL, method="POST", form={"q": "${q}", "s": [1, "x y"]}
    )
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(request.content.decode()) == [("q", "a&b=c"), ("s", "1"), ("s", "x y")]


async def test_body(asking: Asking) -> None:
    headers = {"content-type": "application/sparql-query"}
    request = await asking.sent(asking.run(q="é"), url=URL, method="POST", body="ASK ${q}", headers=headers)
    assert (request.content, request.headers["content-type"]) == (
        "ASK é".encode(),
        "application/sparql-query",
    )
    request = await asking.sent(url=URL, method="POST", body="")
    assert (request.content, request.headers["content-type"]) == (b"", "text/plain; charset=utf-8")


async def test_multipart(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"id\n1\n")
    asking = Asking(directory=tmp_path)
    fields = {
        "note": "${n} rows",
        "rows": {"file": "rows.csv"},
        "more": {"content": "x", "filename": "${n}.txt", "content_type": "text/x"},
    }
    request = await asking.sent(asking.run(n=1), url=URL, method="POST", multipart=fields)
    boundary = request.headers["content-type"].removeprefix("multipart/form-data; boundary=")
    parts = [
        b'Content-Disposition: form-data; name="note"\r\n\r\n1 rows',
        b'Content-Disposition: form-data; name="rows"; filename="rows.csv"\r\nContent-Type: text/csv\r\n\r\nid\n1\n',
        b'Content-Disposition: form-data; name="more"; filename="1.txt"\r\nContent-Type: text/x\r\n\r\nx',
    ]
    expected = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    assert expected + b"--%b--\r\n" % boundary.encode() == request.content


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ({"json": None, "form": {}}, "json and form cannot go together: a request has one body"),
        ({"body": "", "multipart": {}}, "body and multipart cannot go together: a request has one body"),
    ],
)
def test_there_is_one_body(bodies: dict[str, Any], message: str) -> None:
    assert [((), message)] == refused(url=URL, **bodies)


# Headers and cookies


async def test_headers(asking: Asking) -> None:
    headers = {"X-Text": "a ${x}", "X-Number": 3, "Host": "other.example.org", "User-Agent": "me"}
    request = await asking.sent(asking.run(x="é"), url=URL, headers=headers)
    raw = dict(request.headers.raw)
    assert (raw[b"X-Text"], raw[b"X-Number"], raw[b"Host"], raw[b"User-Agent"]) == (
        "a é".encode(),
        b"3",
        b"other.example.org",
        b"me",
    )


async def test_headers_that_nobody_wrote(asking: Asking) -> None:
    request = await asking.sent(url=URL)
    assert request.headers["user-agent"] == "checker/0.1.0 (probe works-search)"
    assert re.fullmatch("00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01", request.headers["traceparent"])


@pytest.mark.parametrize("held", ["a\r\nX-Evil: 1", "a\0b", "\n"])
@pytest.mark.parametrize(
    "place",
    [
        {"headers": {"X-A": "${x}"}},
        {"cookies": {"a": "${x}"}},
        {"auth": {"bearer": "${x}"}},
        {"auth": {"api_key": {"header": "X-A", "value": "${x}"}}},
    ],
)
async def test_a_capture_that_would_end_its_header(asking: Asking, place: dict[str, Any], held: str) -> None:
    with pytest.raises(Trouble, match="holds a line break") as caught:
        await asking.observe(asking.run(x=held), url=URL, **place)
    assert caught.value.reason is Reason.CAPTURE_MISSING


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"X A": "b"}, "'X A' cannot be the name of a header"),
        ({"X-A": "b\nc"}, "the header X-A holds a line break or another control character"),
        ({"Content-Length": 1}, "Content-Length is set by the checker itself"),
        ({"transfer-encoding": "chunked"}, "transfer-encoding is set by the checker itself"),
    ],
)
def test_headers_that_may_not_be_set(headers: dict[str, Any], message: str) -> None:
    assert [(("headers",), message)] == refused(url=URL, headers=headers)


@pytest.mark.parametrize(
    ("cookies", "message"),
    [
        ({"a b": "c"}, "'a b' cannot be the name of a cookie"),
        ({"a": "b; c"}, "the cookie a holds a semicolon or a control character"),
    ],
)
def test_cookies_that_may_not_be_set(cookies: dict[str, Any], message: str) -> None:
    assert [(("cookies",), message)] == refused(url=URL, cookies=cookies)


async def test_cookies_are_kept_across_the_steps_of_a_run_and_never_across_runs(asking: Asking) -> None:
    asking.router.post(URL).respond(200, headers=[("Set-Cookie", "sid=1"), ("Set-Cookie", "lang=en")])
    run = asking.run()
    signed_in = await asking.observe(run, url=URL, method="POST")
    assert signed_in.facts.get("cookies") == {"sid": "1", "lang": "en"}
    assert (await asking.sent(run, url=URL, cookies={"lang": "de", "n": 1})).headers[
        "cookie"
    ] == "sid=1; lang=de; n=1"
    assert "cookie" not in (await asking.sent(url=URL)).headers


async def test_a_cookie_cannot_be_ended_by_a_capture(asking: Asking) -> None:
    with pytest.raises(Trouble, match="holds a semicolon, which would end the cookie"):
        await asking.observe(asking.run(x="a; admin=1"), url=URL, cookies={"a": "${x}"})


def test_files_that_cannot_be_sent(tmp_path: Path) -> None:
    asking = Asking(directory=tmp_path)
    with (tmp_path / "large").open("wb") as large:
        large.truncate((16 << 20) + 1)
    (tmp_path / "small").touch()
    os.mkfifo(tmp_path / "pipe")
    uploads = {name: {"file": name} for name in ("missing", "large", "small", "pipe")}
    assert list(asking.kind.problems(asking.spec(url=URL, multipart=uploads), {})) == [
        (
            ("multipart", "missing", "file"),
            f"{tmp_path / 'missing'} cannot be read: No such file or directory",
        ),
        (("multipart", "large", "file"), f"{tmp_path / 'large'} is larger than 16MiB"),
        (
            ("multipart", "pipe", "file"),
            f"{tmp_path / 'pipe'} cannot be read: it is a pipe, a socket or a device, not a file",
        ),
    ]


@pytest.mark.parametrize(
    ("upload", "path", "message"),
    [
        ({}, ("multipart", "a"), "expected either file or content"),
        ({"file": "a", "content": "b"}, ("multipart", "a"), "expected either file or content"),
        (None, ("multipart", "a"), "expected either file or content"),
        ([], ("multipart", "a", "content"), "expected a text, a number or true or false, not a list"),
        (
            {"content": "a", "content_type": "a\nb"},
            ("multipart", "a", "content_type"),
            "a content type is one line",
        ),
    ],
)
def test_uploads_that_may_not_be_written(upload: Any, path: tuple[str, ...], message: str) -> None:
    assert [(path, message)] == refused(url=URL, multipart={"a": upload})
