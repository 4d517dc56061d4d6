"""Recordings become one probe; what was answered is expected, and what an answer gave is captured."""

import json
from typing import Any

import pytest

from checker.importers import har as module
from checker.importers import har_values
from checker.importers.har import har
from checker.importers.notes import Unusable
from tests.importers.importing import Result, written


def entry(url: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    """Return an entry as a browser writes it."""
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": "h2",
        "headers": [{"name": name, "value": value} for name, value in more.get("headers", ())],
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": 0,
    }
    if "post" in more:
        request["postData"] = more["post"]
    body = more.get("body", "")
    response = {
        "status": more.get("status", 200),
        "statusText": "",
        "headers": [{"name": name, "value": value} for name, value in more.get("answered", ())],
        "content": {
            "mimeType": more.get("mime", "application/json"),
            "text": body,
            **more.get("content", {}),
        },
    }
    made = {"startedDateTime": "2024-05-31T12:00:00Z", "time": more.get("time", 100), "request": request}
    kind = {"_resourceType": more["kind"]} if "kind" in more else {}
    return {**made, **kind, "response": response, "cache": {}, "timings": {}}


def imported(*entries: dict[str, Any]) -> Result:
    log = {
        "version": "1.2",
        "creator": {"name": "browser", "version": "1"},
        "pages": [],
        "entries": list(entries),
    }
    return written(har, json.dumps({"log": log}))


def steps(result: Result) -> list[Any]:
    found: list[Any] = result.probe["steps"]
    return found


API = "https://api.example.org"


def test_pages_and_what_scripts_asked_for_are_kept() -> None:
    result = imported(
        entry("https://www.example.org/", kind="document", mime="text/html; charset=utf-8"),
        entry("https://www.example.org/app.js", kind="script"),
        entry("https://www.example.org/logo.svg?v=1", mime="image/svg+xml"),
        entry("https://www.example.org/a.css", mime=""),
        entry("https://www.example.org/data.js", kind="xhr"),
        entry(f"{API}/works", kind="fetch"),
        entry(f"{API}/works", "OPTIONS", kind="preflight"),
        entry("wss://www.example.org/live", kind="websocket"),
        entry("data:text/plain,hi", kind="fetch"),
        entry(f"{API}/gone", kind="fetch", status=0),
        entry("https://www.example.org/other", kind="other"),
    )
    assert ["get", "get-data.js", "get-works", "get-other"] == [step["step"] for step in steps(result)]
    assert ["www.example.org"] == list(result.probes)
    for said in (
        "left out: 3 × a static file",
        "left out: 1 × OPTIONS, with which a browser asks whether it may ask",
        "left out: 1 × a WebSocket, which no probe speaks",
        "left out: 1 × a URL of the browser's own, such as data: or blob:",
        "left out: 1 × a request that got no answer",
    ):
        assert said in result.comments


JSON = {"status": 200, "headers": {"content-type": {"contains": "json"}}}


@pytest.mark.parametrize(
    ("answer", "expect"),
    [
        ({"body": '{"a": 1}'}, {**JSON, "json": {"$": {"type": "object"}}}),
        (
            {"body": " []", "mime": "application/problem+json", "status": 404},
            {**JSON, "status": 404, "json": {"$": {"type": "array"}}},
        ),
        ({"mime": "application/json; charset=utf-8"}, JSON),
        ({"body": "eyJhIjox", "content": {"encoding": "base64"}}, JSON),
        ({"mime": "text/html"}, {"status": 200, "headers": {"content-type": {"contains": "html"}}}),
        ({"mime": "text/html", "status": 302}, {"status": 302}),
        ({"mime": "x-unknown", "status": 204}, {"status": 204}),
        ({"mime": "text/plain", "status": 304}, {"status": 200}),
        ({"content": {"text": None}, "mime": ""}, {"status": 200}),
    ],
)
def test_what_was_answered_is_expected(answer: dict[str, Any], expect: dict[str, Any]) -> None:
    (step,) = steps(imported(entry(f"{API}/x", kind="fetch", **answer)))
    assert expect == step["expect"]


def test_what_an_answer_gave_is_captured_and_used() -> None:
    result = imported(
        entry(
            f"{API}/token", "POST", kind="fetch", body=json.dumps({"access-Token": "tok-0123456789", "n": 1})
        ),
        entry(
            f"{API}/works",
            kind="fetch",
            headers=[("Authorization", "Bearer tok-0123456789")],
            body=json.dumps({"results": [{"id": "a2239muq", "1x": "a2239mux", "it's": "zz-12345678"}]}),
        ),
        entry(
            f"{API}/works/a2239muq?again=a2239mux&word=botanical",
            kind="fetch",
            headers=[("X-Z", "zz-12345678")],
        ),
        entry(
            f"{API}/x",
            "PUT",
            kind="fetch",
            post={"mimeType": "application/json", "text": '{"id": "a2239muq"}'},
        ),
    )
    token, works, one, put = steps(result)
    assert {"access_token": {"json": "$['access-Token']", "secret": True}} == token["capture"]
    assert {"bearer": "${access_token}"} == works["http"]["auth"]
    assert {
        "id": {"json": "$.results[0].id"},
        "value_1x": {"json": "$.results[0]['1x']"},
        "it_s": {"json": "$.results[0]['it\\'s']"},
    } == works["capture"]
    assert f"{API}/works/${{id}}?again=${{value_1x}}&word=botanical" == one["http"]["url"]
    assert {"X-Z": "${it_s}"} == one["http"]["headers"]
    assert {"id": "${id}"} == put["http"]["json"]
    assert "secrets" not in result.document


def test_captures_have_names_of_their_own() -> None:
    body = json.dumps([{"id": "first-00001"}, {"id": "second-0002"}])
    result = imported(
        entry(f"{API}/a", kind="fetch", body=body), entry(f"{API}/first-00001/second-0002", kind="fetch")
    )
    assert {"id": {"json": "$[0].id"}, "id_2": {"json": "$[1].id"}} == steps(result)[0]["capture"]


def test_of_large_answers_only_a_part_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_values, "_MOST_LEAVES", 1)
    result = imported(
        entry(f"{API}/a", kind="fetch", body='["first-00001", "second-0002"]'),
        entry(f"{API}/broken", kind="fetch", body='{"broken'),
        entry(f"{API}/first-00001/second-0002", kind="fetch"),
    )
    assert f"{API}/${{value}}/second-0002" == steps(result)[2]["http"]["url"]


def test_what_a_page_gave_is_said() -> None:
    page = "<input name='csrf' value='csrf-9f8e7d6c5b'><p>an ordinary wordless sentence"
    post = {"mimeType": "application/x-www-form-urlencoded", "text": "csrf=csrf-9f8e7d6c5b&a=ordinary"}
    result = imported(
        entry(f"{API}/form", kind="document", mime="text/html", body=page),
        entry(f"{API}/form", "POST", kind="document", mime="text/html", post=post),
    )
    assert "that a value came with the answer to get-form: capture it there" in result.comments
    assert {"csrf": "${secret.api_example_org_csrf}", "a": "ordinary"} == steps(result)[1]["http"]["form"]


def test_cookies_are_kept_by_the_run_or_secrets() -> None:
    result = imported(
        entry(f"{API}/", kind="document", answered=[("Set-Cookie", "sid=abc; Path=/\nlang=en")]),
        entry(f"{API}/a", kind="fetch", headers=[("Cookie", "sid=abc; lang=en; seen=cookie-SECRET")]),
        entry(f"{API}/b", kind="fetch", headers=[("cookie", "sid=abc")]),
    )
    assert {"seen": "${secret.api_example_org_cookie_seen}"} == steps(result)[1]["http"]["cookies"]
    assert "cookies" not in steps(result)[2]["http"]
    assert "cookies that an answer sets are kept from step to step" in result.comments
    assert "SECRET" not in result.text


def test_headers_that_are_the_browsers_own_are_listed() -> None:
    headers = [
        (":path", "/"),
        ("User-Agent", "x"),
        ("sec-ch-ua", "y"),
        ("Accept", "text/html"),
        ("Content-Type", "a/b"),
    ]
    result = imported(entry("https://alice:pass-SECRET@example.org/", kind="document", headers=headers))
    assert "# headers left out, as the browser's own: :path, user-agent, sec-ch-ua" in result.comments
    assert {"Accept": "text/html", "Content-Type": "a/b"} == steps(result)[0]["http"]["headers"]
    assert "alice" == steps(result)[0]["http"]["auth"]["basic"]["username"]
    assert "SECRET" not in result.text


def test_bodies() -> None:
    form = "application/x-www-form-urlencoded"
    result = imported(
        entry(
            f"{API}/a",
            "POST",
            kind="fetch",
            post={"mimeType": form, "params": [{"name": "a", "value": "b c"}]},
        ),
        entry(
            f"{API}/b",
            "POST",
            kind="fetch",
            post={"mimeType": "multipart/form-data; boundary=x", "text": "--x"},
        ),
        entry(f"{API}/c", "POST", kind="fetch", post={"mimeType": "multipart/form-data", "params": []}),
        entry(f"{API}/d", "POST", kind="fetch", post={"mimeType": "text/plain", "text": ""}),
    )
    first, second, third, fourth = (step["http"] for step in steps(result))
    assert {"a": "b c"} == first["form"]
    assert "--x" == second["body"]
    assert "# not carried over: a form with files, which has to be written as multipart" in result.comments
    assert [["method", "url"], ["method", "url"]] == [sorted(third), sorted(fourth)]


def test_times_are_those_of_the_recording() -> None:
    probe = imported(*(entry(f"{API}/{index}", kind="fetch", time=15_000) for index in range(5))).probe
    assert ("5m", "225s") == (probe["interval"], probe["timeout"])
    probe = imported(entry(f"{API}/", kind="fetch", time=None)).probe
    assert ("1m", "10s") == (probe["interval"], probe["timeout"])


def test_long_recordings_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_STEPS", 2)
    result = imported(*(entry(f"{API}/{index}", kind="fetch") for index in range(5)))
    assert 2 == len(steps(result))
    assert (
        "api.example.org: 3 requests after the first 2: record a shorter journey",
    ) == result.imported.lost


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ([], "input: the document: expected a mapping, not a list"),
        ({}, "input: the document: 'log' is missing"),
        ({"log": {"entries": {}}}, "input: log.entries: expected a list, not a mapping"),
        ({"log": {"entries": [1]}}, "input: log.entries[0]: expected a mapping, not a whole number"),
        (
            {"log": {"entries": [{"request": {}, "response": {}}]}},
            "input: log.entries[0].response: 'status' is missing",
        ),
        ({"log": {"entries": []}}, "input: there is no request in it that a probe could repeat"),
    ],
)
def test_what_is_no_recording_is_refused(log: object, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        written(har, json.dumps(log))
    assert why == str(caught.value)


def test_a_recording_of_static_files_says_so() -> None:
    with pytest.raises(Unusable, match="left out: 1 × a static file"):
        imported(entry("https://example.org/a.png", mime="image/png"))


def test_a_url_that_is_none_is_kept_as_a_comment() -> None:
    with pytest.raises(Unusable, match="neither a name nor an address"):
        imported(entry("http://[broken/", kind="fetch"))
