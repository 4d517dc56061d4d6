"""What is wrong with expectations is said at load, all of it, with the place and what to write instead."""

from typing import Any

import pytest

from checker.assertions import Invalid
from checker.assertions.invalid import Problem
from checker.core.outcome import Truth
from checker.core.template import Template, parse_template
from tests.assertions.facts import compiled, problems, truth

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

REFERENCE = parse_template("${work_id}")


def only(expect: Any) -> Problem:
    (problem,) = problems(expect)
    return problem


def about(matcher: Any) -> tuple[tuple[str | int, ...], str, str | None]:
    """Return the one problem of a matcher in a document, with the path below the matcher."""
    path, message, hint, _ = only({"json": {"$.a": matcher}})
    assert ("json", "$.a") == path[:2]
    return path[2:], message, hint


MATCHERS: list[tuple[Any, tuple[str | int, ...], str, str | None]] = [
    ({"gtee": 1}, ("gtee",), "there is no operator 'gtee'", "did you mean 'gte'?"),
    ({"id": 1}, ("id",), "there is no operator 'id'", "to compare with a mapping, write eq: {…}"),
    ({1: 1}, (1,), "there is no operator a whole number", "to compare with a mapping, write eq: {…}"),
    ({}, (), "a matcher without operators says nothing", None),
    ([], (), "a list without values says nothing", None),
    (float("nan"), (), "a number that is not finite, or no value at all, cannot be compared with", None),
    ([1, float("inf")], (1,), "a number that is not finite, or no value at all, cannot be compared with", None),
    ({"eq": {1: 2}}, ("eq",), "the keys of an object are texts, not a whole number", None),
    ({"in": 5}, ("in",), "expected a list, not a whole number", None),
    ({"in": []}, ("in",), "a list without values says nothing", None),
    ({"not_in": []}, ("not_in",), "a list without values says nothing", None),
    (
        {"lt": "2s"},
        ("lt",),
        "expected a number or a timestamp such as 2024-05-31T12:00:00Z, not a text",
        None,
    ),
    (
        {"lt": True},
        ("lt",),
        "expected a number or a timestamp such as 2024-05-31T12:00:00Z, not true or false",
        None,
    ),
    ({"between": 5}, ("between",), "between takes a list of two bounds, such as [1, 5]", None),
    ({"between": [1]}, ("between",), "between takes a list of two bounds, such as [1, 5]", None),
    ({"between": [5, 1]}, ("between",), "the bounds of between are of one type, the lower first", None),
    (
        {"between": [1, "2024-05-31T12:00:00Z"]},
        ("between",),
        "the bounds of between are of one type, the lower first",
        None,
    ),
    ({"contains": ""}, ("contains",), "every text contains the empty text", None),
    ({"not_contains": ""}, ("not_contains",), "every text contains the empty text", None),
    ({"starts_with": ""}, ("starts_with",), "every text begins and ends with the empty text", None),
    ({"ends_with": 5}, ("ends_with",), "expected a text, not a whole number", None),
    ({"matches": "("}, ("matches",), "not a regular expression: missing ): (", None),
    ({"matches": "(?=a)"}, ("matches",),
     "not a regular expression: invalid perl operator: (?= (RE2 knows no look-around)", None),
    ({"matches": "\ud800"}, ("matches",), "not a regular expression: it is no valid Unicode", None),
    ({"not_matches": 5}, ("not_matches",), "a regular expression is a text", None),
    ({"exists": "yes"}, ("exists",), "expected true or false, not a text", None),
    ({"empty": None}, ("empty",), "expected true or false, not nothing", None),
    (
        {"type": "list"},
        ("type",),
        "the types are string, number, integer, boolean, array, object, null",
        "did you mean 'array'?",
    ),
    (
        {"type": ["string", "nul"]},
        ("type", 1),
        "the types are string, number, integer, boolean, array, object, null",
        "did you mean 'null'?",
    ),
    ({"type": [["string"]]}, ("type", 0), "expected the name of a type, not a list", None),
    ({"type": []}, ("type",), "a list without values says nothing", None),
    (
        {"newer_than": 5},
        ("newer_than",),
        "a duration is written as a number and a unit, such as 800ms or 2s, not a whole number",
        "did you mean 5s?",
    ),
    (
        {"older_than": "5 minutes"},
        ("older_than",),
        "'5 minutes' is not a duration; write a number and ms, s, m, h or d, such as 30s",
        None,
    ),
    ({"includes": {}}, ("includes",), "expected a mapping or a list that is not empty, not a mapping", None),
    ({"includes": "x"}, ("includes",), "expected a mapping or a list that is not empty, not a text", None),
    (
        {"schema": {"properties": {}}},
        ("schema",),
        "the schema names no type, so it would accept any other: add `type: object` or the like",
        None,
    ),
    ({"schema": True}, ("schema",), "a schema is a mapping, or the name of a JSON file", None),
    ({"any_of": []}, ("any_of",), "any_of takes a list of matchers, with one at least", None),
    ({"all_of": {"gte": 1}}, ("all_of",), "all_of takes a list of matchers, with one at least", None),
    ({"any_of": [1, {"gtee": 1}]}, ("any_of", 1, "gtee"), "there is no operator 'gtee'", "did you mean 'gte'?"),
    ({"not": {"not": {"exists": 1}}}, ("not", "not", "exists"), "expected true or false, not a whole number", None),
    ({"every": {}}, ("every",), "a matcher without operators says nothing", None),
    ({"length": {"starts": 1}}, ("length", "starts"), "there is no operator 'starts'", "did you mean 'starts_with'?"),
]  # fmt: skip


@pytest.mark.parametrize(("matcher", "path", "message", "hint"), MATCHERS)
def test_a_matcher_that_is_wrong(
    matcher: Any, path: tuple[str | int, ...], message: str, hint: str | None
) -> None:
    assert (path, message, hint) == about(matcher)


FACT_PROBLEMS: list[tuple[Any, tuple[str | int, ...], str, str | None]] = [
    (5, (), "expected a mapping of facts and matchers, not a whole number", None),
    ({"sttus": 200}, ("sttus",), "there is no fact 'sttus'", "did you mean 'status'?"),
    ({"headers.etag": "x"}, ("headers.etag",), "there is no fact 'headers.etag'", "write headers: {etag: …}"),
    ({"json.$.a": "x"}, ("json.$.a",), "there is no fact 'json.$.a'", "write json: {$.a: …}"),
    ({"status": "200"}, ("status",), "a status is a number from 100 to 599, or a class such as 2xx",
     "a text never equals a number: write 200"),
    ({"status": 20}, ("status",), "a status is a number from 100 to 599, or a class such as 2xx", None),
    ({"status": True}, ("status",), "a status is a number from 100 to 599, or a class such as 2xx", None),
    ({"status": [200, "6xx"]}, ("status", 1), "a status is a number from 100 to 599, or a class such as 2xx", None),
    ({"status": {"lt": "4xx"}}, ("status", "lt"), "a class of statuses has no order; write a number", None),
    (
        {"latency": {"lt": 2}},
        ("latency", "lt"),
        "a duration is written as a number and a unit, such as 800ms or 2s, not a whole number",
        "did you mean 2s?",
    ),
    (
        {"latency": {"matches": "x"}},
        ("latency", "matches"),
        "matches says nothing about a duration",
        "known are eq, ne, lt, lte, gt, gte, between, in, not_in, exists, not, any_of, all_of",
    ),
    (
        {"size": {"lt": "64KB"}},
        ("size", "lt"),
        "'64KB' is not a size; write a number and B, KiB, MiB or GiB, such as 64KiB",
        None,
    ),
    (
        {"size": {"lt": 1.5}},
        ("size", "lt"),
        "a size is written as a number and a unit, such as 64KiB, not a number",
        None,
    ),
    (
        {"certificate": {"not_after": {"gt": 5}}},
        ("certificate", "not_after", "gt"),
        "a timestamp is written such as 2024-05-31T12:00:00Z, not a whole number",
        None,
    ),
    (
        {"certificate": {"not_after": {"gt": "tomorrow"}}},
        ("certificate", "not_after", "gt"),
        "not an RFC 3339 timestamp, such as 2024-05-31T12:00:00Z",
        None,
    ),
    ({"timings": {"dnss": {"lt": "1s"}}}, ("timings", "dnss"), "there is no timings.dnss", "did you mean 'dns'?"),
    ({"timings": {"x": {"lt": "1s"}}}, ("timings", "x"), "there is no timings.x", "known are dns, wait"),
    ({"timings": {}}, ("timings",), "expected a mapping of keys and matchers, not an empty one",
     "such as timings: {dns: …}"),
    ({"headers": "x"}, ("headers",), "expected a mapping of names and matchers, not a text",
     "such as headers: {content-type: {contains: json}}"),
    ({"json": [1]}, ("json",), "expected a mapping of JSONPaths and matchers, not a list",
     "such as json: {$.total: {gte: 1}}"),
    ({"json": {"total": 1}}, ("json", "total"), "a JSONPath begins with $", "did you mean '$.total'?"),
    ({"json": {"$[": 1}}, ("json", "$["), "not a JSONPath: unbalanced brackets, line 1, column 2", None),
    ({"headers": {5: "x"}}, ("headers", 5), "headers is asked by a name, not a whole number", None),
    (
        {"headers": {"x-${id}": "x"}},
        ("headers", "x-${id}"),
        "what is known only at run time cannot be a name of headers",
        None,
    ),
    ({"json": {None: "x"}}, ("json", "None"), "json is asked by a JSONPath, not nothing", None),
]  # fmt: skip


@pytest.mark.parametrize(("expect", "path", "message", "hint"), FACT_PROBLEMS)
def test_expectations_that_are_wrong(
    expect: Any, path: tuple[str | int, ...], message: str, hint: str | None
) -> None:
    assert (path, message, hint) == only(expect)[:3]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Invalid) as raised:
        compiled({"sttus": 1, "json": {"$.a": {"gtee": 1, "lt": "x"}, "b": 1}, "latency": {"lt": 2}})
    assert [
        ("sttus",),
        ("json", "$.a", "gtee"),
        ("json", "$.a", "lt"),
        ("json", "b"),
        ("latency", "lt"),
    ] == [problem.path for problem in raised.value.problems]


def test_a_problem_reads_as_a_sentence() -> None:
    with pytest.raises(
        Invalid, match=r"^json\.\$\.a\.gtee: there is no operator 'gtee' \(did you mean 'gte'\?\)$"
    ):
        compiled({"json": {"$.a": {"gtee": 1}}})


def test_a_problem_never_quotes_an_operand_that_may_be_secret() -> None:
    found = problems(
        {"json": {"$.a": {"lt": "hunter2", "in": "hunter2", "between": ["hunter2", 2]}}, "status": "hunter2"}
    )
    assert 4 == len(found)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "matcher",
    [
        {"matches": REFERENCE},
        {"newer_than": REFERENCE},
        {"exists": REFERENCE},
        {"type": REFERENCE},
        {"schema": REFERENCE},
        {"schema": {"type": "object", "const": REFERENCE}},
    ],
)
def test_what_must_be_known_at_load_takes_no_reference(matcher: dict[str, Any]) -> None:
    assert ((next(iter(matcher)),), "what is known only at run time cannot stand here", None) == about(
        matcher
    )


def test_a_duration_takes_no_reference() -> None:
    expected = Problem(("latency", "lt"), "what is known only at run time cannot stand here")
    assert expected == only({"latency": {"lt": REFERENCE}})


@pytest.mark.parametrize(
    "matcher",
    [
        REFERENCE,
        [REFERENCE, 1],
        {"eq": {"a": [REFERENCE]}},
        {"gte": REFERENCE},
        {"between": [REFERENCE, 5]},
        {"in": REFERENCE},
        {"contains": REFERENCE},
        {"includes": {"a": REFERENCE}},
        {"length": {"gte": REFERENCE}},
        {"every": {"not": {"any_of": [REFERENCE]}}},
    ],
)
def test_other_operands_take_references(matcher: Any) -> None:
    assert isinstance(REFERENCE, Template)
    assert () == problems({"json": {"$.a": matcher}})


def test_a_status_and_a_size_take_references() -> None:
    assert () == problems({"status": REFERENCE, "size": {"lt": REFERENCE}, "headers": {"etag": REFERENCE}})


def test_a_scalar_is_eq_a_list_is_in_and_a_mapping_one_assertion_an_operator() -> None:
    assertions = compiled({"body": "x", "status": [200, 201], "json": {"$.a": {"gte": 1, "lt": 5}}})
    assert [("status", "in"), ("body", "eq"), ("json.$.a", "gte"), ("json.$.a", "lt")] == [
        (assertion.path, assertion.operator) for assertion in assertions
    ]


SCHEMAS: list[tuple[Any, object, Truth]] = [
    ({"schema": {"type": "object", "required": ["a"]}}, {"a": 1}, H),
    ({"schema": {"type": "object", "required": ["a"]}}, {"b": 1}, M),
    ({"schema": {"type": "object", "required": ["a"]}}, [], M),
    ({"schema": {"type": "string", "format": "date-time"}}, "yesterday", M),
    ({"schema": {"type": "string", "pattern": "^a"}}, "abc", H),
    ({"schema": {"type": "string"}}, "\ud800", U),
    ({"schema": "work.schema.json"}, {"id": "a2239muq", "type": "Work"}, H),
    ({"schema": "work.schema.json"}, {"id": "a2239muq"}, M),
]


@pytest.mark.parametrize(("matcher", "value", "expected"), SCHEMAS)
def test_a_schema_stands_inline_or_in_a_file(matcher: Any, value: object, expected: Truth) -> None:
    assert expected is truth(matcher, value)


@pytest.mark.parametrize(
    ("expect", "path", "message", "hint"),
    [
        ({"latency": "2s"}, ("latency",), "a duration is hardly ever exactly so long",
         "did you mean {lt: 2s}? {eq: 2s} if it is exactly that"),
        ({"certificate": {"expires_in": "14d"}}, ("certificate", "expires_in"),
         "a duration is hardly ever exactly so long", "did you mean {gt: 14d}? {eq: 14d} if it is exactly that"),
        ({"timings": {"dns": {"not": "1s"}}}, ("timings", "dns", "not"),
         "a duration is hardly ever exactly so long", "did you mean {lt: 1s}? {eq: 1s} if it is exactly that"),
        ({"latency": 2}, ("latency",),
         "a duration is written as a number and a unit, such as 800ms or 2s, not a whole number", "write {lt: 2s}"),
        ({"latency": ["1s"]}, ("latency",),
         "a duration is written as a number and a unit, such as 800ms or 2s, not a list", "write {lt: 2s}"),
        ({"latency": REFERENCE}, ("latency",), "what is known only at run time cannot stand here", "write {lt: 2s}"),
        ({"json": {"$.a": {"gt": 5, "lt": 5}}}, ("json", "$.a", "lt"), "nothing is > 5 and < 5", None),
        ({"size": {"all_of": [{"gt": "1KiB", "lt": 5}]}}, ("size", "all_of", 0, "lt"),
         "nothing is > 1KiB and < 5", None),
    ],
)  # fmt: skip
def test_what_could_never_hold_or_never_miss(
    expect: Any, path: tuple[str | int, ...], message: str, hint: str | None
) -> None:
    assert (path, message, hint) == only(expect)[:3]


@pytest.mark.parametrize(
    ("matcher", "path", "message", "hint"),
    [
        ({">=": 1}, (">=",), "there is no operator '>='", "did you mean 'gte'?"),
        ({"equals": 1}, ("equals",), "there is no operator 'equals'", "did you mean 'eq'?"),
        (">= 1", (), "an operator within a text is a part of the text",
         "did you mean {gte: 1}? {eq: '>= 1'} if it is that text"),
        ({"not": "<5s"}, ("not",), "an operator within a text is a part of the text",
         "did you mean {lt: 5s}? {eq: '<5s'} if it is that text"),
    ],
)  # fmt: skip
def test_operators_of_other_tools(matcher: Any, path: tuple[str | int, ...], message: str, hint: str) -> None:
    assert (path, message, hint) == about(matcher)


@pytest.mark.parametrize("matcher", [{"eq": ">= 1"}, {"in": [">= 1"]}, "a >= 1", ">= b", {"contains": "> 1"}])
def test_a_text_that_only_looks_like_an_operator(matcher: Any) -> None:
    assert () == problems({"json": {"$.a": matcher}})
