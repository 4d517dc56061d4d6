from typing import Any

import pytest

from checker.assertions import Capture, Invalid, compile_capture
from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.reason import Reason
from checker.core.scope import Scope
from tests.assertions.facts import FACTS, HERE, scope

FACTS_SEEN = Facts(
    {
        "status": 200,
        "headers": {"location": "/works/a2239muq?page=2", "x-total": "812", "x-empty": ""},
        "body": '<input name="csrf" value="t0k3n">',
        "latency": 0.25,
        "json": {
            "id": "a2239muq",
            "total": 812,
            "ratio": 0.5,
            "none": None,
            "empty": "",
            "false": False,
            "nan": float("nan"),
            "lone": "\ud800",
            "list": [1, "two", {"three": "3"}, True],
            "items": [{"id": "a"}, {"id": None}],
            "digits": "12",
            "hole": [{"id": Absent("nobody knows")}],
        },
    }
)


def capture(raw: dict[str, Any], name: str = "value") -> Capture:
    return compile_capture(name, raw, FACTS, HERE)


def taken(raw: dict[str, Any], within: Scope | None = None) -> object:
    return capture(raw).take(FACTS_SEEN, within or scope(), str)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"json": "$.id"}, "a2239muq"),
        ({"json": "$.false"}, False),
        ({"json": "$.list"}, [1, "two", {"three": "3"}, True]),
        ({"json": "$.items[*].id"}, ["a", None]),
        ({"headers": "Location"}, "/works/a2239muq?page=2"),
        ({"headers": "location", "regex": "/works/([a-z0-9]+)"}, "a2239muq"),
        ({"headers": "location", "regex": "/works/([a-z0-9]+)|(x)"}, "a2239muq"),
        ({"body": True, "regex": 'name="csrf" value="([^"]+)"'}, "t0k3n"),
        ({"json": "$.total", "metric": True}, 812),
        ({"json": "$.ratio", "metric": True}, 0.5),
        ({"latency": True, "metric": True}, 0.25),
        ({"headers": "x-total", "regex": "(.*)", "metric": True}, 812),
        ({"body": True, "regex": "t([0-9])k", "metric": True}, 0),
        ({"headers": "x-total", "regex": "(8)", "metric": True}, 8),
    ],
)
def test_take(raw: dict[str, Any], expected: object) -> None:
    assert expected == taken(raw)


def missing(raw: dict[str, Any]) -> str:
    with pytest.raises(Trouble) as raised:
        taken(raw)
    assert Reason.CAPTURE_MISSING is raised.value.reason
    return raised.value.message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            {"json": "$.idd"},
            "capture value (json.$.idd): there is no $.idd; did you mean $.id? $ has the keys id, ",
        ),
        (
            {"json": "$.list[?@ == 5]"},
            "capture value (json.$.list[?@ == 5]): $.list[?@ == 5] selects nothing",
        ),
        ({"headers": "etag"}, "capture value (headers.etag): there is no headers.etag"),
        ({"cookies": "etag"}, "capture value (cookies.etag): there is no cookies"),
        ({"json": "$.none"}, "capture value (json.$.none) is null"),
        ({"json": "$.empty"}, "capture value (json.$.empty) is empty"),
        ({"headers": "x-empty"}, "capture value (headers.x-empty) is empty"),
        ({"json": "$.nan"}, "capture value (json.$.nan) is no JSON value"),
        ({"json": "$.id", "regex": "(x)"}, "capture value (json.$.id) does not match its regex"),
        ({"json": "$.id", "regex": "(x)|a"}, "capture value (json.$.id) does not match its regex"),
        ({"json": "$.id", "regex": "(x*)"}, "capture value (json.$.id) is empty"),
        ({"json": "$.lone", "regex": "(x*)"}, "capture value (json.$.lone) does not match its regex"),
        (
            {"json": "$.total", "regex": "(8)"},
            "capture value (json.$.total) is not a text that its regex could search",
        ),
        (
            {"json": "$.id", "metric": True},
            "capture value (json.$.id) is not a finite number, as a metric has to be",
        ),
        ({"json": "$.digits", "metric": True}, "capture value (json.$.digits) is not a finite number"),
        ({"json": "$.false", "metric": True}, "capture value (json.$.false) is not a finite number"),
        ({"json": "$.nan", "metric": True}, "capture value (json.$.nan) is no JSON value"),
        ({"json": "$.hole"}, "capture value (json.$.hole): nobody knows"),
        ({"body": True, "regex": "(in)put", "metric": True}, "capture value (body) is not a finite number"),
        ({"body": True, "regex": "(csrf)", "metric": True}, "capture value (body) is not a finite number"),
    ],
)
def test_what_is_missing(raw: dict[str, Any], message: str) -> None:
    assert missing(raw).startswith(message)


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "1_000", " 1", "٣", "9" * 5000])
def test_a_metric_out_of_a_text_is_finite(text: str) -> None:
    with pytest.raises(Trouble, match="finite"):
        capture({"body": True, "regex": "(.*)", "metric": True}).take(Facts({"body": text}), scope(), str)


def test_a_document_that_could_not_be_decoded_is_the_reason() -> None:
    facts = Facts({"json": Absent("the body is not JSON", reason=Reason.UNDECODABLE)})
    with pytest.raises(Trouble) as raised:
        capture({"json": "$.id"}).take(facts, scope(), str)
    assert Reason.UNDECODABLE is raised.value.reason
    assert "capture value (json.$.id): the body is not JSON" == raised.value.message


def test_what_is_captured_as_secret_is_known_to_the_scope() -> None:
    within = scope()
    taken({"json": "$.list", "secret": True}, within)
    taken({"json": "$.id", "secret": True}, within)
    taken({"json": "$.total", "secret": True}, within)
    assert {"1", "two", "3", "a2239muq", "812"} == within.secret_captures


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            ["t"] * 9,
            "capture value (json.$) holds more than 8 values: select those that are secret one by one",
        ),
        ("t" * 8193, "capture value (json.$) is 8193 characters long; as a secret it may have 8192"),
        (["t" * 4097] * 2, "capture value (json.$) is 8194 characters long; as a secret it may have 8192"),
    ],
)
def test_a_secret_has_bounds(value: object, message: str) -> None:
    facts, within = Facts({"json": value}), scope()
    with pytest.raises(Trouble) as raised:
        capture({"json": "$", "secret": True}).take(facts, within, str)
    assert (Reason.CAPTURE_MISSING, message) == (raised.value.reason, raised.value.message)
    assert set() == within.secret_captures
    assert value == capture({"json": "$"}).take(facts, within, str)


@pytest.mark.parametrize("value", [["t"] * 8, "t" * 8192])
def test_a_secret_at_its_bounds(value: object) -> None:
    assert value == capture({"json": "$", "secret": True}).take(Facts({"json": value}), scope(), str)


def test_what_stands_in_the_place_of_a_secret_is_not_quoted() -> None:
    facts = Facts({"json": {"token": "hunter2"}})
    for secret, quoted in ((False, True), (True, False)):
        with pytest.raises(Trouble) as raised:
            capture({"json": "$.token.value", "secret": secret}).take(facts, scope(), str)
        assert quoted is ("hunter2" in raised.value.message)


def test_what_is_quoted_is_redacted_before_it_is_cut() -> None:
    """Half a secret is not known for one any more."""
    facts = Facts({"json": {"a": "x" * 390 + "hunter2-hunter2"}})
    with pytest.raises(Trouble) as raised:
        capture({"json": "$.a.b"}).take(facts, scope(), lambda text: text.replace("hunter2-hunter2", "***"))
    assert "hunter" not in raised.value.message


def test_what_is_not_secret_is_not() -> None:
    within = scope()
    taken({"json": "$.id"}, within)
    assert set() == within.secret_captures


def test_a_trouble_quotes_no_value() -> None:
    """It is redacted only later, and half a secret could not be."""
    for raw in ({"json": "$.id", "regex": "(x)"}, {"json": "$.id", "metric": True}):
        assert "a2239muq" not in missing(raw)


def test_the_options_are_told() -> None:
    made = capture({"json": "$.id", "secret": True}, "token")
    assert ("token", False, True) == (made.name, made.metric, made.secret)
    assert capture({"json": "$.id", "metric": True}).metric


@pytest.mark.parametrize(
    ("raw", "problems"),
    [
        (5, [((), "expected a mapping such as {json: $.id}, not a whole number")]),
        ({}, [((), "expected one fact, such as json: $.id")]),
        ({"regex": "(x)"}, [((), "expected one fact, such as json: $.id")]),
        ({"json": "$.a", "metrics": True}, [
            ((), "expected one fact, such as json: $.id"),
            (("metrics",), "there is no fact 'metrics'"),
        ]),
        ({"json": "$.a", "metric": "yes"}, [(("metric",), "expected true or false, not a text")]),
        ({"json": "$.a", "metric": True, "secret": True}, [(("metric",), "a secret cannot be exported as a metric")]),
        ({"json": "$.a", "regex": "("}, [(("regex",), "not a regular expression: missing ): (")]),
        ({"json": "$.a", "regex": "x"}, [(("regex",), "the expression has no group")]),
        ({"json": "$[", "regex": "x", "secret": 1}, [
            (("regex",), "the expression has no group"),
            (("secret",), "expected true or false, not a whole number"),
            (("json",), "not a JSONPath: unbalanced brackets, line 1, column 2"),
        ]),
    ],
)  # fmt: skip
def test_a_capture_that_is_wrong(raw: Any, problems: list[tuple[tuple[str, ...], str]]) -> None:
    with pytest.raises(Invalid) as raised:
        capture(raw)
    assert problems == [(problem.path, problem.message) for problem in raised.value.problems]
