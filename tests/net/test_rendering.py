"""Whatever a value holds, it stays in its place."""

import json
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import MultipartParser, parse_options_header

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.scope import Scope
from checker.core.template import Template
from checker.net.rendering import (
    NO_SCOPE,
    UrlTemplate,
    has_references,
    once,
    origin,
    pairs,
    parse_url,
    references,
    render_form,
    render_headers,
    render_json,
    render_multipart,
    render_query,
    render_text,
    secret_names,
)
from tests.net.scopes import scope_with, templated

NAMED = frozenset({"https://works.example.org", "http://localhost:8080"})
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
ONE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)


def render(url: str, captures: dict[str, object] | None = None, *queries: str, **secrets: str) -> str:
    return str(UrlTemplate.of(templated(url)).render(scope_with(captures, secrets), NAMED, *queries))


def trouble(url: str, captures: dict[str, object] | None = None, **secrets: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        render(url, captures, **secrets)
    return caught.value


@given(ONE_LINE.filter(lambda text: text not in {".", ".."}))
def test_a_capture_is_one_segment_of_a_path(text: str) -> None:
    url = httpx.URL(render("https://works.example.org/works/${id}/items?a=b", {"id": text}))
    assert url.host == "works.example.org"
    assert url.query == b"a=b"
    first, second, third = url.raw_path.partition(b"?")[0].decode().strip("/").split("/")
    assert (first, unquote(second), third) == ("works", text, "items")


@given(ONE_LINE)
def test_a_capture_is_one_value_of_a_query(text: str) -> None:
    url = httpx.URL(render("https://works.example.org/?q=${q}&page=1", {"q": text}))
    assert [("q", text), ("page", "1")] == parse_qsl(url.query.decode(), keep_blank_values=True)


@given(ONE_LINE)
def test_a_capture_cannot_choose_the_host(text: str) -> None:
    for url in (
        "https://${host}/",
        "https://works.${host}/x",
        "https://works.example.org${host}/",
        "${host}",
    ):
        try:
            rendered = render(url, {"host": text})
        except Trouble:
            continue
        assert origin(httpx.URL(rendered)) in NAMED


@pytest.mark.parametrize(
    ("url", "captures", "expected"),
    [
        ("https://a.example.org/x", {}, "https://a.example.org/x"),
        ("${next}", {"next": "https://works.example.org/x?a=1&b=2"}, "https://works.example.org/x?a=1&b=2"),
        (
            "${base}/works/${id}",
            {"base": "http://localhost:8080", "id": "a/b"},
            "http://localhost:8080/works/a%2Fb",
        ),
        ("https://works.${domain}/x", {"domain": "example.org"}, "https://works.example.org/x"),
        ("https://works.example.org/${n}", {"n": 12}, "https://works.example.org/12"),
        (
            "https://works.example.org/?q=${q}",
            {"q": "a b&c=d#e"},
            "https://works.example.org/?q=a%20b%26c%3Dd%23e",
        ),
        ("https://works.example.org/?q=${q}", {"q": ".."}, "https://works.example.org/?q=.."),
        ("https://works.example.org/?q=${q}", {"q": ""}, "https://works.example.org/?q="),
        (
            "https://works.example.org/r/${run.id}",
            {},
            "https://works.example.org/r/0af76519-16cd-43dd-8448-eb211c80319c",
        ),
    ],
)
def test_a_rendered_url(url: str, captures: dict[str, object], expected: str) -> None:
    assert expected == render(url, captures)


@given(ONE_LINE.filter(lambda text: text not in {".", ".."}))
def test_a_password_cannot_choose_the_host(text: str) -> None:
    url = httpx.URL(render("https://me:${p}@works.example.org/x", {"p": text}))
    assert (url.host, url.path, url.password) == ("works.example.org", "/x", text)


def test_a_secret_may_be_a_whole_url() -> None:
    url = "${secret.hook}/works/${id}"
    assert render(url, {"id": "a"}, hook="https://hooks.example.net") == "https://hooks.example.net/works/a"


@pytest.mark.parametrize(
    ("url", "captures", "message"),
    [
        (
            "${next}",
            {"next": "https://evil.example.net/"},
            "${next} leads to https://evil.example.net, which the configuration does not name",
        ),
        ("${next}", {"next": "http://works.example.org/"}, "leads to http://works.example.org,"),
        ("${next}", {"next": "https://works.example.org:444/"}, "leads to https://works.example.org:444,"),
        (
            "${next}",
            {"next": "https://works.example.org@evil.example.net/"},
            "leads to https://evil.example.net,",
        ),
        ("${next}", {"next": "/works"}, "a URL starts with http:// or https:// and a host"),
        ("${next}", {"next": "file:///etc/passwd"}, "a URL starts with http:// or https:// and a host"),
        ("${next}", {"next": "https://works.example.org/\r\nX: y"}, "${next} holds a line break"),
        (
            "https://works.example.org${x}/",
            {"x": ".evil.example.net"},
            "leads to https://works.example.org.evil.example.net,",
        ),
        ("https://works.example.org/${id}", {"id": ".."}, "${id} is '..', which would make another path"),
        ("https://works.example.org/${id}", {"id": "."}, "${id} is '.', which would make another path"),
        ("https://works.example.org/${id}", {"id": ""}, "${id} is '', which would make another path"),
        ("https://works.example.org/${id}", {"id": None}, "${id} is null and cannot stand within a text"),
        ("https://works.example.org/${id}", {"id": ["a"]}, "${id} is a list and cannot stand within a text"),
        ("https://works.example.org/${id}", {}, "${id} was never captured"),
        (
            "https://works.example.org/${id}",
            {"id": "a\0b"},
            "${id} holds a line break or another control character",
        ),
        (
            "https://works.example.org/?q=${id}",
            {"id": "a\nb"},
            "${id} holds a line break or another control character",
        ),
        ("https://works.example.org/${id}", {"id": "x" * 70_000}, "URL too long"),
    ],
)
def test_a_url_that_must_not_be_asked(url: str, captures: dict[str, object], message: str) -> None:
    refused = trouble(url, captures)
    assert message in refused.message
    assert refused.reason is Reason.CAPTURE_MISSING


@pytest.mark.parametrize("secret", ["no url", "https://hooks.example.net/\n", "ftp://hooks.example.net/"])
def test_a_secret_that_is_no_url_is_the_checkers_own_trouble(secret: str) -> None:
    refused = trouble("${secret.hook}", hook=secret)
    assert refused.reason is Reason.SECRET_UNAVAILABLE
    assert secret not in refused.message


@pytest.mark.parametrize(
    ("url", "literal"),
    [
        ("https://a.example.org", "https://a.example.org"),
        ("HTTPS://A.example.org:443/${id}", "https://a.example.org"),
        ("https://a.example.org:8443/x?${q}", "https://a.example.org:8443"),
        ("https://a.example.org?${q}", "https://a.example.org"),
        ("https://a.example.org${q}/x", None),
        ("https://${host}/x", None),
        ("${base}/x", None),
        ("https://${user}:${password}@a.example.org:8443/${id}", "https://a.example.org:8443"),
        ("https://me:${password}@a.example.org", "https://a.example.org"),
        ("https://me:${password}@${host}/", None),
        ("${base}@a.example.org/", None),
    ],
)
def test_the_origin_that_a_text_names(url: str, literal: str | None) -> None:
    assert literal == UrlTemplate.of(templated(url)).literal_origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "works",
        "/works",
        "ftp://a.example.org",
        "https://",
        "https:///x",
        "https://a b/",
        "http://a:port/",
        "http://[::1/",
        "x${a}",
        "https://a.example.org/\n",
        "a.example.org/${x}",
        "ftp://a/${x}",
    ],
)
def test_what_can_never_be_a_url(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        UrlTemplate.of(templated(url))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a/x", "https://a/x?n=1&m=2"),
        ("https://a/x?", "https://a/x?n=1&m=2"),
        ("https://a/x?flag", "https://a/x?flag&n=1&m=2"),
        ("https://a/x?q=a+b%20c&", "https://a/x?q=a+b%20c&n=1&m=2"),
        ("https://a/x#part", "https://a/x?n=1&m=2#part"),
        ("https://a/x?a=b#part", "https://a/x?a=b&n=1&m=2#part"),
    ],
)
def test_queries_are_appended_and_what_is_there_is_left_as_it_is(url: str, expected: str) -> None:
    assert expected == render(url, None, "n=1", "", "m=2")


def test_parse_url_refuses_control_characters() -> None:
    with pytest.raises(ValueError, match="line break"):
        parse_url("https://a/\r\n")


# Text, queries and forms


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1, "1"), (0.5, "0.5"), (True, "true"), ("${n} of ${m}", "3 of 4")]
)
def test_scalars_as_text(value: Any, text: str) -> None:
    assert text == render_text(templated(value), scope_with({"n": 3, "m": 4}))


def test_what_has_no_form_as_text() -> None:
    with pytest.raises(Trouble, match=r"\$\{n\} is an object"):
        render_text(templated("${n}"), scope_with({"n": {}}))


@given(ANY_TEXT)
def test_a_capture_stays_in_its_field(text: str) -> None:
    fields = pairs(templated({"a": "<${x}>", "b": ["1", "${x}"]}))
    scope = scope_with({"x": text})
    expected = [("a", f"<{text}>"), ("b", "1"), ("b", text)]
    assert expected == parse_qsl(render_query(fields, scope), keep_blank_values=True)
    assert expected == parse_qsl(render_form(fields, scope).decode(), keep_blank_values=True)


def test_blanks() -> None:
    fields = pairs({"a b": "c d", "e": [True, 1]})
    assert render_query(fields, NO_SCOPE) == "a%20b=c%20d&e=true&e=1"
    assert render_form(fields, NO_SCOPE) == b"a+b=c+d&e=true&e=1"


# Headers


@given(ANY_TEXT)
def test_a_capture_cannot_end_its_header(text: str) -> None:
    fields, scope = templated({"X-A": "<${x}>"}), scope_with({"x": text})
    if any(character in text for character in "\r\n\0"):
        with pytest.raises(Trouble, match="holds a line break"):
            render_headers(fields, scope)
    elif text.isprintable():
        assert ((b"X-A", f"<{text}>".encode()),) == render_headers(fields, scope)


def test_a_secret_with_a_line_break_is_the_checkers_own_trouble() -> None:
    with pytest.raises(Trouble) as caught:
        render_headers(templated({"X-A": "${secret.key}"}), scope_with(secrets={"key": "a\nb"}))
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE
    assert caught.value.message.startswith("${secret.key} holds a line break")


# Documents and files


@given(ANY_TEXT)
def test_a_capture_stays_in_its_place_in_a_document(text: str) -> None:
    document = templated({"a": ["<${x}>", {"b": "${x}"}], "c": "${n}"})
    rendered = render_json(document, scope_with({"x": text, "n": [1, None]}))
    assert {"a": [f"<{text}>", {"b": text}], "c": [1, None]} == json.loads(rendered)


def test_a_document_is_compact_utf8() -> None:
    assert render_json({"a": [1, "é"], "b": None}, NO_SCOPE) == '{"a":[1,"é"],"b":null}'.encode()


def parsed_multipart(body: bytes, content_type: str) -> list[tuple[dict[str, str], bytes]]:
    """Return headers and content of each part, by the parser of another library."""
    parts: list[tuple[dict[str, str], bytearray]] = []
    name, value = bytearray(), bytearray()

    def ended() -> None:
        parts[-1][0][name.decode().lower()] = value.decode()
        name.clear()
        value.clear()

    parser = MultipartParser(
        parse_options_header(content_type)[1][b"boundary"],
        {
            "on_part_begin": lambda: parts.append(({}, bytearray())),
            "on_part_data": lambda data, start, end: parts[-1][1].extend(data[start:end]),
            "on_header_field": lambda data, start, end: name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: value.extend(data[start:end]),
            "on_header_end": ended,
        },
    )
    parser.write(body)
    parser.finalize()
    return [(headers, bytes(content)) for headers, content in parts]


@given(content=ANY_TEXT, filename=ONE_LINE)
def test_a_capture_stays_in_its_part(content: str, filename: str) -> None:
    part = ("file", templated("<${content}>"), templated("${name}.csv"), None)
    scope = scope_with({"content": content, "name": filename})
    body, content_type = render_multipart([("note", "a", None, None), part], scope)
    note, file = parsed_multipart(body, content_type)
    assert note == ({"content-disposition": 'form-data; name="note"'}, b"a")
    assert file[1] == f"<{content}>".encode()
    assert set(file[0]) == {"content-disposition", "content-type"}


def test_a_file_with_a_content_type_of_its_own() -> None:
    body, content_type = render_multipart([("file", b"\xff\0", "a.bin", "image/x")], NO_SCOPE)
    headers = {"content-disposition": 'form-data; name="file"; filename="a.bin"', "content-type": "image/x"}
    assert parsed_multipart(body, content_type) == [(headers, b"\xff\0")]


# What can be done beforehand


def test_what_holds_no_reference_is_rendered_once() -> None:
    made: list[Scope] = []
    render_once = once(made.append, {"a": ["b"]})
    assert len(made) == 1
    render_once(scope_with())
    assert len(made) == 1


def test_what_holds_a_reference_is_rendered_each_time() -> None:
    made: list[Scope] = []
    render_each = once(made.append, {"a": [templated("${b}")]})
    assert made == []
    scopes = [scope_with(), scope_with()]
    for scope in scopes:
        render_each(scope)
    assert made == scopes


def test_a_secret_cannot_be_read_beforehand() -> None:
    with pytest.raises(Trouble, match="secret key was asked for where there is no run"):
        render_text(templated("${secret.key}"), NO_SCOPE)


def test_references_at_any_depth() -> None:
    value = templated({"a": ["${x}", {"b": "${secret.k} ${secret.l}"}], "c": 1})
    value[Template(templated("${y}").parts)] = "z"
    assert [str(reference) for reference in references(value)] == [
        "${y}",
        "${x}",
        "${secret.k}",
        "${secret.l}",
    ]
    assert list(secret_names(value)) == ["k", "l"]
    assert has_references(value)
    assert not has_references({"a": ["b", 1, None]})


def test_brackets_that_are_not_closed_are_what_is_told() -> None:
    with pytest.raises(ValueError, match=r"not a URL: an IPv6 address stands in brackets, such as \[::1\]"):
        parse_url("http://[::1")
