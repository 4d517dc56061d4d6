from types import MappingProxyType
from typing import Any

import pytest

from checker.assertions import Invalid, compile_selector
from checker.assertions.jsonpath import Missing, Nothing
from checker.core.facts import Absent, Facts, Lazy
from checker.core.reason import Reason
from tests.assertions.facts import FACTS

UNDECODABLE = Absent("the body is not JSON", reason=Reason.UNDECODABLE)

FOUND: list[tuple[dict[str, Any], str, dict[str, object], object]] = [
    ({"status": True}, "status", {"status": 200}, 200),
    ({"status": True}, "status", {}, Absent("there is no status")),
    ({"body": True}, "body", {"body": Lazy(lambda: "text")}, "text"),
    ({"headers": "etag"}, "headers.etag", {"headers": {"etag": "x"}}, "x"),
    ({"headers": "ETag"}, "headers.ETag", {"headers": {"etag": "x"}}, "x"),
    ({"headers": "etag"}, "headers.etag", {"headers": {"ETag": "x"}}, "x"),
    ({"headers": "etag"}, "headers.etag", {"headers": MappingProxyType({"ETag": "x"})}, "x"),
    ({"headers": "etag"}, "headers.etag", {"headers": {}}, Absent("there is no headers.etag", known=True)),
    ({"headers": "etag"}, "headers.etag", {"headers": 5}, Absent("headers has no parts")),
    ({"headers": "etag"}, "headers.etag", {}, Absent("there is no headers")),
    ({"cookies": "id"}, "cookies.id", {"cookies": {"id": "x"}}, "x"),
    ({"cookies": "id"}, "cookies.id", {"cookies": {"ID": "x"}}, Absent("there is no cookies.id", known=True)),
    ({"timings": "dns"}, "timings.dns", {"timings": {"dns": 0.1}}, 0.1),
    ({"timings": "dns"}, "timings.dns", {"timings": {}}, Absent("there is no timings.dns")),
    ({"timings": "dns"}, "timings.dns", {"timings": {"dns": Absent("reused")}}, Absent("reused")),
    ({"json": "$.a"}, "json.$.a", {"json": {"a": None}}, None),
    ({"json": "$.a[*]"}, "json.$.a[*]", {"json": {"a": [1, 2]}}, [1, 2]),
    ({"json": "$.a"}, "json.$.a", {"json": UNDECODABLE}, UNDECODABLE),
    ({"json": "$.a"}, "json.$.a", {"json": {}}, Missing("there is no $.a", known=True, parent={}, at="$", step="a")),
    ({"json": "$[*]"}, "json.$[*]", {"json": []}, Nothing("$[*] selects nothing", known=True, parent=[], at="$")),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "text", "facts", "expected"), FOUND)
def test_a_selector_selects(raw: Any, text: str, facts: dict[str, object], expected: object) -> None:
    selector = compile_selector(raw, FACTS)
    assert text == selector.text
    assert expected == selector.select(Facts(facts))


@pytest.mark.parametrize(
    ("raw", "path", "message", "hint"),
    [
        (5, (), "expected a mapping of a fact and what to take of it, not a whole number", None),
        ({}, (), "expected one fact, such as json: $.id", None),
        ({"status": True, "json": "$.a"}, (), "expected one fact, such as json: $.id", None),
        ({"jsn": "$.a"}, ("jsn",), "there is no fact 'jsn'", "did you mean 'json'?"),
        ({"x": "$.a"}, ("x",), "there is no fact 'x'", None),
        ({"status": "x"}, ("status",), "status is one value", "write status: true"),
        ({"status": None}, ("status",), "status is one value", "write status: true"),
        ({"json": "a"}, ("json",), "a JSONPath begins with $", "did you mean '$.a'?"),
        ({"json": True}, ("json",), "json is asked by a JSONPath, not true or false", None),
        ({"json": {"$.a": 1}}, ("json",), "json is asked by a JSONPath, not a mapping", None),
        ({"headers": ["a"]}, ("headers",), "headers is asked by a name, not a list", None),
        ({"timings": "x"}, ("timings",), "there is no timings.x", "known are dns, wait"),
        ({"headers.etag": True}, ("headers.etag",), "there is no fact 'headers.etag'", "write headers: {etag: …}"),
    ],
)  # fmt: skip
def test_a_selector_that_is_wrong(raw: Any, path: tuple[str, ...], message: str, hint: str | None) -> None:
    with pytest.raises(Invalid) as raised:
        compile_selector(raw, FACTS)
    (found,) = raised.value.problems
    assert (path, message) == (found.path, found.message)
    assert hint is None or hint == found.hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("$.user-agent", """such a name is quoted: "$['user-agent']\""""),
        ("$.a-b[0].c.d-e-f", """such a name is quoted: "$['a-b'][0].c['d-e-f']\""""),
        ("$.a:b", """such a name is quoted: "$['a:b']\""""),
        ("$.a[", None),
        ("$.a-b[", None),
    ],
)
def test_names_that_have_to_be_quoted(path: str, hint: str | None) -> None:
    with pytest.raises(Invalid) as raised:
        compile_selector({"json": path}, FACTS)
    assert [hint] == [problem.hint for problem in raised.value.problems]
