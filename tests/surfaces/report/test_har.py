import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from checker import __version__
from checker.core.outcome import Exchange
from checker.core.reason import Phase, Reason, State
from checker.surfaces.report.finished import Finished, finished
from checker.surfaces.report.har import har
from tests.surfaces.samples import exchange, failed, outcome, probe, step, trouble

SCHEMAS = Path(__file__).parents[2] / "data" / "har-schema"
REGISTRY: Registry[Any] = Registry().with_resources(
    (file.name, Resource.from_contents(json.loads(file.read_text()))) for file in SCHEMAS.glob("*.json")
)
VALIDATOR = jsonschema.Draft6Validator(
    REGISTRY.contents("har.json"),
    registry=REGISTRY,
    format_checker=jsonschema.Draft6Validator.FORMAT_CHECKER,
)


@pytest.mark.parametrize(
    "kept",
    [
        exchange(),
        exchange(method="POST", request_headers=(), request_body=b"\xff\x00"),
        exchange(
            status=None, response_headers=(), response_body=b"", http_version="", address="", timings={}
        ),
        exchange(address="::1", timings={Phase.WAIT: 0.5}),
        exchange(url="http://127.0.0.1/?a=1&b", response_headers=(("Set-Cookie", "a=b; Path=/"),)),
    ],
)
def test_the_schema_of_the_format_accepts_it(kept: Exchange) -> None:
    last = outcome(steps=(step("search", exchanges=(kept,)),))
    VALIDATOR.validate(har([Finished(probe(), last, State.UP)]))


def test_the_schema_of_the_format_accepts_an_estate_in_trouble() -> None:
    VALIDATOR.validate(har(finished(trouble().probes.values())))


def test_that_schema_would_notice() -> None:
    archive = har([Finished(probe(), failed(), State.DOWN)])
    del archive["log"]["entries"][0]["timings"]["wait"]
    assert not VALIDATOR.is_valid(archive)


def entries(*exchanges: object) -> list[dict[str, dict[str, object]]]:
    last = outcome(steps=(step("search", exchanges=exchanges),))
    found: list[dict[str, dict[str, object]]] = har([Finished(probe(), last, State.UP)])["log"]["entries"]
    return found


def test_a_page_for_each_probe_and_an_entry_for_each_exchange() -> None:
    log = har([Finished(probe(), failed(), State.DOWN), Finished(probe("b"), outcome("b"), State.UP)])["log"]
    assert ("1.2", {"name": "checker", "version": __version__}) == (log["version"], log["creator"])
    assert [("works-search", "works-search: fail"), ("b", "b: pass")] == [
        (page["id"], page["title"]) for page in log["pages"]
    ]
    assert [("works-search", "search", Reason.AUTH_REJECTED)] == [
        (entry["pageref"], entry["_step"], entry["_reason"]) for entry in log["entries"]
    ]


def test_every_key_that_the_format_wants_is_there() -> None:
    (entry,) = entries(exchange(method="POST", request_body=b"a=b"))
    assert {
        "pageref",
        "startedDateTime",
        "time",
        "request",
        "response",
        "cache",
        "timings",
        "serverIPAddress",
    } <= set(entry)
    request = (
        "method",
        "url",
        "httpVersion",
        "cookies",
        "headers",
        "queryString",
        "postData",
        "headersSize",
        "bodySize",
    )
    assert set(request) == set(entry["request"])
    response = (
        "status",
        "statusText",
        "httpVersion",
        "cookies",
        "headers",
        "content",
        "redirectURL",
        "headersSize",
    )
    assert {*response, "bodySize"} == set(entry["response"])


def test_times_are_milliseconds_and_connect_holds_the_handshake() -> None:
    (entry,) = entries(exchange())
    assert {
        "blocked": -1,
        "dns": 1.0,
        "connect": 6.0,
        "ssl": 4.0,
        "send": 0.5,
        "wait": 30.0,
        "receive": 2.5,
    } == entry["timings"]


def test_the_handshake_is_not_counted_twice() -> None:
    log = har([Finished(probe(), failed(), State.DOWN)])["log"]
    assert [40.0] == [entry["time"] for entry in log["entries"]]


def test_what_did_not_happen_has_no_time() -> None:
    (entry,) = entries(exchange(timings={Phase.WAIT: 0.5}))
    assert (-1, -1, -1, 0.0, 500.0) == tuple(
        entry["timings"][key] for key in ("dns", "connect", "ssl", "send", "wait")
    )


def test_request_and_answer() -> None:
    (entry,) = entries(
        exchange(
            url="http://127.0.0.1/a?x=1&y=&x=2",
            method="POST",
            request_headers=(("Content-Type", "text/plain"), ("Cookie", "a=b; c=d")),
            request_body=b"hello",
            status=302,
            response_headers=(("Location", "/b"), ("Set-Cookie", "s=1; Path=/"), ("Set-Cookie", "bad\x00=")),
            response_body="é".encode(),
        )
    )
    assert [("x", "1"), ("y", ""), ("x", "2")] == pairs(entry["request"]["queryString"])
    assert [("a", "b"), ("c", "d")] == pairs(entry["request"]["cookies"])
    assert {"mimeType": "text/plain", "params": [], "text": "hello"} == entry["request"]["postData"]
    assert (302, "Found", "/b") == tuple(
        entry["response"][key] for key in ("status", "statusText", "redirectURL")
    )
    assert [("s", "1")] == pairs(entry["response"]["cookies"])
    assert {"size": 2, "mimeType": "", "text": "é"} == entry["response"]["content"]


def pairs(found: object) -> list[tuple[str, str]]:
    assert isinstance(found, list)
    return [(pair["name"], pair["value"]) for pair in found]


def test_no_answer_is_status_0() -> None:
    (entry,) = entries(exchange(status=None, response_headers=(), response_body=b"", http_version=""))
    assert (0, "", "unknown") == tuple(
        entry["response"][key] for key in ("status", "statusText", "httpVersion")
    )
    assert "postData" not in entry["request"]


def test_an_address_that_was_never_known_is_left_out() -> None:
    (entry,) = entries(exchange(address=""))
    assert "serverIPAddress" not in entry


def test_a_status_that_nobody_has_named() -> None:
    (entry,) = entries(exchange(status=599))
    assert (599, "") == (entry["response"]["status"], entry["response"]["statusText"])


def test_a_cookie_that_breaks_the_rules_is_left_in_its_header_alone() -> None:
    (entry,) = entries(exchange(response_headers=(("Set-Cookie", "a[=1"),)))
    assert [] == entry["response"]["cookies"]
    assert [("Set-Cookie", "a[=1")] == pairs(entry["response"]["headers"])


def test_an_estate_in_trouble_is_valid_json() -> None:
    log = json.loads(json.dumps(har(finished(trouble().probes.values())), allow_nan=False))["log"]
    assert {"works-search", "bulk-upload", "upload-report"} == {entry["pageref"] for entry in log["entries"]}
    assert "2030-03-17T17:46:28.000Z" == log["entries"][0]["startedDateTime"]
