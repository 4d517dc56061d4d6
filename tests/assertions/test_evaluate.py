"""Which verdicts come first, which reason a run takes from them, and what may be read in them."""

from collections.abc import Mapping
from typing import Any

import pytest

from checker.assertions import evaluate
from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts, Lazy
from checker.core.outcome import Truth, Verdict
from checker.core.reason import Reason
from checker.core.scope import Scope
from checker.core.template import parse_template
from tests.assertions.facts import NOW, compiled, scope, truth, verdict, verdicts

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE

UNDECODABLE = Absent("the body is not JSON: it begins with '<html>'", reason=Reason.UNDECODABLE)


def test_every_assertion_is_judged() -> None:
    expect = {"json": {"$.a": {"gte": 1, "lt": 5}, "$.b": 1}, "status": 200}
    facts = {"status": 500, "json": {"a": 0, "b": 1}}
    assert [("status", "eq", M), ("json.$.a", "gte", M), ("json.$.a", "lt", H), ("json.$.b", "eq", H)] == [
        (one.subject, one.operator, one.verdict) for one in verdicts(expect, facts)
    ]


def test_a_verdict_that_holds() -> None:
    expected = Verdict("json.$.a", "gte", ">= 1", "5", H)
    assert expected == verdict({"json": {"$.a": {"gte": 1}}}, {"json": {"a": 5}})


def test_a_number_of_hundreds_of_digits_is_redacted_before_it_is_cut() -> None:
    number = 7 * 10**400
    (found,) = evaluate(
        compiled({"json": {"$.value": {"gte": 1}}}),
        Facts({"json": {"value": number}}),
        scope(),
        NOW,
        lambda text: text.replace(str(number), "***"),
    )
    assert "***" == found.seen
    (found,) = evaluate(
        compiled({"json": {"$.value": {"gte": 1}}}), Facts({"json": {"value": number}}), scope(), NOW, str
    )
    assert "7" + "0" * 198 + "…" == found.seen


def test_a_verdict_that_misses() -> None:
    expected = Verdict(
        "json.$.totalResults",
        "gte",
        ">= 1",
        "0",
        M,
        Reason.ASSERTION,
        "json.$.totalResults: expected >= 1, saw 0",
    )
    assert expected == verdict({"json": {"$.totalResults": {"gte": 1}}}, {"json": {"totalResults": 0}})


def test_the_status_comes_first_then_decoding_then_the_rest() -> None:
    expect = {"latency": {"lt": "1s"}, "json": {"$.a": 1}, "body": "x", "status": 200}
    facts = {"status": 500, "json": UNDECODABLE, "latency": 2, "body": "y"}
    assert [
        ("status", Reason.SERVER_ERROR),
        ("json.$.a", Reason.UNDECODABLE),
        ("latency", Reason.SLOW),
        ("body", Reason.ASSERTION),
    ] == [(one.subject, one.reason) for one in verdicts(expect, facts)]


def test_the_status_comes_first_even_if_it_was_compiled_apart() -> None:
    """What a kind implies (a 2xx status) is compiled for itself."""
    assertions = compiled({"latency": {"lt": "1s"}}) + compiled({"status": "2xx"})
    found = evaluate(assertions, Facts({"status": 503, "latency": 2}), scope(), NOW, str)
    assert ["status", "latency"] == [one.subject for one in found]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.AUTH_REJECTED),
        (403, Reason.AUTH_REJECTED),
        (407, Reason.AUTH_REJECTED),
        (429, Reason.RATE_LIMITED),
        (500, Reason.SERVER_ERROR),
        (503, Reason.SERVER_ERROR),
        (599, Reason.SERVER_ERROR),
        (400, Reason.UNEXPECTED_STATUS),
        (404, Reason.UNEXPECTED_STATUS),
        (301, Reason.UNEXPECTED_STATUS),
        (204, Reason.UNEXPECTED_STATUS),
        (None, Reason.UNEXPECTED_STATUS),
    ],
)
def test_a_missed_status_takes_the_reason_of_its_class(status: object, reason: Reason) -> None:
    assert reason is verdict({"status": 200}, {"status": status}).reason


@pytest.mark.parametrize(
    ("expect", "facts", "reason"),
    [
        ({"latency": {"lt": "1s"}}, {"latency": 2}, Reason.SLOW),
        ({"timings": {"wait": {"lt": "1s"}}}, {"timings": {"wait": 2}}, Reason.SLOW),
        ({"cache": {"hit": False}}, {"cache": {"hit": True}}, Reason.STALE_CACHE),
        ({"cache": {"age": {"lt": "1s"}}}, {"cache": {"hit": False, "age": 2}}, Reason.STALE_CACHE),
        (
            {"certificate": {"expires_in": {"gt": "7d"}}},
            {"certificate": {"expires_in": 2}},
            Reason.TLS_EXPIRED,
        ),
        ({"certificate": {"issuer": "x"}}, {"certificate": {"issuer": "y"}}, Reason.ASSERTION),
        ({"headers": {"etag": "x"}}, {"headers": {}}, Reason.ASSERTION),
        ({"json": {"$.a": 1}}, {"json": UNDECODABLE}, Reason.UNDECODABLE),
        ({"body": "x"}, {"body": Absent("too large", reason=Reason.TOO_LARGE)}, Reason.TOO_LARGE),
        ({"body": "x"}, {"body": Absent("not there")}, Reason.ASSERTION),
    ],
)
def test_a_miss_takes_the_reason_of_its_fact(
    expect: Mapping[str, Any], facts: Mapping[str, object], reason: Reason
) -> None:
    assert reason is verdict(expect, facts).reason


@pytest.mark.parametrize(
    ("expect", "facts"),
    [
        ({"status": 200}, {"status": 503}),
        ({"latency": {"lt": "1s"}}, {"latency": 2}),
        ({"json": {"$.a": 1}}, {"json": UNDECODABLE}),
        ({"json": {"$.a": 1}}, {"json": {"a": 2}}),
    ],
)
def test_any_miss_of_an_answer_out_of_a_cache_is_the_cache_s(
    expect: Mapping[str, Any], facts: Mapping[str, object]
) -> None:
    assert Reason.STALE_CACHE is verdict(expect, {**facts, "cache": Lazy(lambda: {"hit": True})}).reason
    for other in ({"hit": False}, {"hit": 1}, {}, "hit", Absent("no answer")):
        assert Reason.STALE_CACHE is not verdict(expect, {**facts, "cache": other}).reason


def test_what_cannot_be_told_of_a_value_says_so() -> None:
    seen = verdict({"json": {"$.a": {"lt": 5}}}, {"json": {"a": None}})
    assert (U, "null") == (seen.verdict, seen.seen)
    assert "json.$.a: expected < 5, saw null (null is not a number or a timestamp)" == seen.message


def test_what_is_not_known_says_why() -> None:
    seen = verdict({"json": {"$.a": {"lt": 5}}}, {"json": UNDECODABLE})
    assert (U, "nothing (the body is not JSON: it begins with '<html>')") == (seen.verdict, seen.seen)
    assert "json.$.a: expected < 5, but the body is not JSON: it begins with '<html>'" == seen.message


def test_what_is_missing_says_what_there_is_instead() -> None:
    seen = verdict({"json": {"$.a.b": 1}}, {"json": {"a": {"bb": 1}}})
    assert "nothing (there is no $.a.b; did you mean $.a.bb? $.a has the keys bb)" == seen.seen


def test_what_is_rightly_missing_says_nothing_more() -> None:
    held = verdict({"json": {"$.a": {"exists": False}}}, {"json": {}})
    assert ("nothing", "") == (held.seen, held.message)
    both = verdicts({"json": {"$.a": {"exists": False}, "$.b": 1}}, {"json": {}})
    assert ["nothing", "nothing (there is no $.b; $ is {})"] == [one.seen for one in both]


def test_a_fact_is_worked_out_once() -> None:
    made: list[int] = []

    def make() -> object:
        made.append(1)
        return {"a": 1}

    verdicts({"json": {"$.a": {"gte": 1, "lt": 5}, "$.b": 1}}, {"json": Lazy(make)})
    assert [1] == made


REFERENCE = parse_template("${work_id}")


@pytest.mark.parametrize(
    ("matcher", "captured", "value", "expected"),
    [
        (REFERENCE, "abc", "abc", H),
        (REFERENCE, "abc", "abd", M),
        (REFERENCE, 5, 5, H),
        (REFERENCE, "5", 5, U),
        (REFERENCE, {"ne": "x"}, "y", U),
        (REFERENCE, [1, 2], [1, 2], H),
        (REFERENCE, [1, 2], 1, U),
        ([REFERENCE, "x"], "abc", "abc", H),
        ({"in": REFERENCE}, ["a", "b"], "b", H),
        ({"in": REFERENCE}, "ab", "b", U),
        ({"in": REFERENCE}, [], "b", U),
        ({"not_in": REFERENCE}, [], "b", U),
        ({"gte": REFERENCE}, 5, 7, H),
        ({"gte": REFERENCE}, "5", 7, U),
        ({"gte": REFERENCE}, True, 7, U),
        ({"gte": REFERENCE}, float("nan"), 7, U),
        ({"between": [REFERENCE, 9]}, 5, 7, H),
        ({"between": [REFERENCE, 9]}, 10, 7, U),
        ({"contains": REFERENCE}, "b", "abc", H),
        ({"contains": REFERENCE}, "", "abc", U),
        ({"not_contains": REFERENCE}, "", "abc", U),
        ({"starts_with": REFERENCE}, 5, "abc", U),
        ({"starts_with": parse_template("/works/${work_id}")}, 5, "/works/5?x", H),
        ({"includes": {"id": REFERENCE}}, "a", {"id": "a", "x": 1}, H),
        ({"includes": REFERENCE}, "a", {"id": "a"}, U),
        ({"eq": {"id": [REFERENCE]}}, "a", {"id": ["a"]}, H),
        ({"length": REFERENCE}, 2, "ab", H),
        ({"length": {"gte": REFERENCE}}, "2", "ab", U),
        ({"every": REFERENCE}, "a", ["a", "a"], H),
        ({"not": REFERENCE}, "a", "b", H),
        ({"not": {"gte": REFERENCE}}, "a", 5, U),
        ({"any_of": [5, {"gte": REFERENCE}]}, 7, 8, H),
        ({"any_of": [5, {"gte": REFERENCE}]}, "x", 5, U),
        ({"all_of": [{"gte": 1}, {"lt": REFERENCE}]}, 7, 5, H),
    ],
)
def test_references_are_filled_in_and_never_become_operators(
    matcher: Any, captured: object, value: object, expected: Truth
) -> None:
    assert expected is truth(matcher, value, work_id=captured)


def test_a_status_and_a_size_out_of_a_capture() -> None:
    expect = {"status": REFERENCE, "size": {"lt": REFERENCE}}
    assert [H] == [one.verdict for one in verdicts({"status": REFERENCE}, {"status": 204}, work_id="2xx")]
    assert [H] == [
        one.verdict for one in verdicts({"size": {"lt": REFERENCE}}, {"size": 204}, work_id="1KiB")
    ]
    assert [U, U] == [one.verdict for one in verdicts(expect, {"status": 204, "size": 5}, work_id="x")]


def test_a_reference_shows_what_it_stands_for() -> None:
    seen = verdict({"json": {"$.id": REFERENCE}}, {"json": {"id": "b"}}, work_id="a")
    assert ('"a"', 'json.$.id: expected "a", saw "b"') == (seen.expected, seen.message)


def test_a_reference_to_what_was_never_captured() -> None:
    seen = verdict({"json": {"$.id": REFERENCE}}, {"json": {"id": "b"}})
    assert (U, Reason.CAPTURE_MISSING, '"${work_id}"') == (seen.verdict, seen.reason, seen.expected)
    assert "json.$.id: ${work_id} was never captured" == seen.message


def test_a_reference_of_a_wrong_type_says_what_is_wanted() -> None:
    seen = verdict({"json": {"$.n": {"gte": REFERENCE}}}, {"json": {"n": 1}}, work_id="many")
    assert (U, Reason.ASSERTION) == (seen.verdict, seen.reason)
    assert (
        "json.$.n: expected a number or a timestamp such as 2024-05-31T12:00:00Z, not a text" == seen.message
    )


def unreadable(name: str) -> str:
    raise Trouble(Reason.SECRET_UNAVAILABLE, f"secret {name} cannot be read")


def test_the_checker_s_own_trouble_comes_last_and_is_never_the_cache_s() -> None:
    """A target that certainly fails is a failure, whatever else could not be asked."""
    assertions = compiled({"headers": {"x": parse_template("${secret.key}")}, "json": {"$.a": 1}})
    facts = Facts({"headers": {"x": "y"}, "json": {"a": 2}, "cache": {"hit": True}})
    found = evaluate(assertions, facts, Scope(unreadable, {}), NOW, str)
    assert [("json.$.a", Reason.STALE_CACHE), ("headers.x", Reason.SECRET_UNAVAILABLE)] == [
        (one.subject, one.reason) for one in found
    ]


LIMITED = {"latency": {"lt": "1s"}}


@pytest.mark.parametrize(
    ("expect", "seen", "lost", "expected"),
    [
        (LIMITED, 1.3, 0.0, (M, Reason.SLOW, False)),
        (LIMITED, 1.3, 0.1, (M, Reason.SLOW, False)),  # what it lost does not account for the miss
        (LIMITED, 1.3, 0.2, (U, Reason.OVERLOADED, True)),
        (LIMITED, 1.3, 1.3, (U, Reason.OVERLOADED, True)),
        (LIMITED, 60.0, 2.0, (M, Reason.SLOW, False)),
        ({"latency": {"between": ["200ms", "300ms"]}}, 1.0, 1.0, (U, Reason.OVERLOADED, True)),
        ({"latency": {"not": {"gt": "1s"}}}, 1.3, 0.3, (U, Reason.OVERLOADED, True)),
        ({"latency": {"gt": "2s"}}, 1.3, 1.0, (M, Reason.SLOW, False)),  # no stall makes a time shorter
        ({"json": {"$.a": {"lt": 1}}}, 1.3, 1.3, (M, Reason.ASSERTION, False)),
    ],
)
def test_a_time_that_the_checker_may_have_made_too_long_itself_cannot_be_told(
    expect: Mapping[str, Any], seen: float, lost: float, expected: tuple[Truth, Reason, bool]
) -> None:
    facts = Facts({"latency": seen, "json": {"a": seen}})
    (found,) = evaluate(compiled(expect), facts, scope(), NOW, str, lost)
    assert expected == (found.verdict, found.reason, found.own)


def test_of_a_time_that_cannot_be_told_it_says_what_the_checker_lost() -> None:
    (found,) = evaluate(compiled(LIMITED), Facts({"latency": 1.3}), scope(), NOW, str, 0.5)
    expected = "latency: expected < 1s, saw 1.3s, but the checker itself stood still for 500ms meanwhile"
    assert expected == found.message


def test_a_stall_says_nothing_of_what_holds() -> None:
    (found,) = evaluate(compiled(LIMITED), Facts({"latency": 0.9}), scope(), NOW, str, 5.0)
    assert (H, False) == (found.verdict, found.own)


ELSEWHERE = Absent("it is in another registry", own=True)


@pytest.mark.parametrize("matcher", [{"every": True}, {"any": False}, {"none": False}, {"contains": False}])
def test_what_the_checker_does_not_know_of_a_document_is_no_verdict_on_the_target(matcher: Any) -> None:
    seen = verdict({"json": {"$[*].present": matcher}}, {"json": [{"present": True}, {"present": ELSEWHERE}]})
    assert (U, True) == (seen.verdict, seen.own)


def test_a_document_with_a_hole_says_what_is_not_known() -> None:
    denied = Absent("AWS denies ecr:DescribeImages", reason=Reason.AWS_DENIED, own=True)
    seen = verdict({"json": {"$[*].present": {"every": True}}}, {"json": [{"present": denied}]})
    assert Reason.AWS_DENIED is seen.reason
    assert "item 0 is nothing: AWS denies ecr:DescribeImages" in seen.message


def test_what_misses_whatever_is_in_a_hole_is_a_failure() -> None:
    seen = verdict({"json": {"$[*].present": {"length": 5}}}, {"json": [{"present": ELSEWHERE}]})
    assert (M, False) == (seen.verdict, seen.own)


def nested(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_value_nested_too_deeply_cannot_be_told() -> None:
    seen = verdict({"json": {"$.a": REFERENCE}}, {"json": {"a": nested(5000)}}, work_id=nested(5000))
    assert U is seen.verdict


SECRET = "hunter2-hunter2"


def redact(text: str) -> str:
    return text.replace(SECRET, "***")


SHOWING: list[tuple[Any, object]] = [
    (SECRET, SECRET),
    (SECRET, "x"),
    ("x", SECRET),
    ([SECRET, "x"], SECRET),
    ({"eq": {"a": SECRET}}, {"a": SECRET}),
    ({"ne": {SECRET: 1}}, {SECRET: 2}),
    ({"contains": SECRET}, "x" * 400 + SECRET),
    ({"contains": "x"}, "x" * 190 + SECRET),
    ({"contains": "y"}, "x" * 190 + SECRET),
    ({"contains": "y"}, [SECRET] * 30),
    ({"contains": "y"}, ["x" * 60 + SECRET] * 30),
    ({"matches": SECRET}, "x" * 62 + SECRET),
    ({"not_matches": SECRET}, SECRET),
    ({"starts_with": SECRET * 20}, SECRET * 20),
    ({"every": {"ne": SECRET}}, [1, SECRET]),
    ({"none": {"eq": SECRET}}, [1, SECRET]),
    ({"includes": {"a": SECRET}}, {"a": [SECRET]}),
    ({"schema": {"type": "object", "required": [SECRET]}}, {"a": SECRET}),
    ({"schema": {"type": "object", "properties": {"a": {"const": 1}}}}, {"a": SECRET}),
    ({"any_of": [SECRET, {"lt": 5}]}, SECRET * 3),
    ({"all_of": ["x", {"ne": SECRET}]}, SECRET),
    ({"length": 1}, SECRET),
    (parse_template("x-${work_id}"), "x-" + SECRET),
    ({"in": [parse_template("x-${work_id}"), 5]}, SECRET),
]


@pytest.mark.parametrize(("matcher", "value"), SHOWING)
@pytest.mark.parametrize("length", [len(SECRET), 2000])
def test_no_part_of_a_secret_is_ever_shown(matcher: Any, value: object, length: int) -> None:
    secret = (SECRET * 200)[:length]
    matcher, value = exchanged(matcher, secret), exchanged(value, secret)
    assertions = compiled({"json": {"$.value": matcher}})
    within = scope({"work_id": secret})
    for document in ({"value": value}, {secret: value}, {}):
        for one in evaluate(
            assertions, Facts({"json": document}), within, NOW, lambda text: text.replace(secret, "***")
        ):
            assert "hunter2" not in f"{one.expected} {one.seen} {one.message}"


def exchanged(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        return {exchanged(key, secret): exchanged(item, secret) for key, item in value.items()}
    if isinstance(value, list):
        return [exchanged(item, secret) for item in value]
    return value.replace(SECRET, secret) if isinstance(value, str) else value


def test_a_trouble_is_redacted_before_it_is_cut() -> None:
    def read(name: str) -> str:
        raise Trouble(Reason.SECRET_UNAVAILABLE, "x" * 190 + SECRET)

    assertions = compiled({"body": parse_template("${secret.key}")})
    (one,) = evaluate(assertions, Facts({"body": "x"}), Scope(read, {}), NOW, redact)
    assert "hunter2" not in one.message
    assert 200 >= len(one.message)


def test_redaction_is_one_call_where_all_holds() -> None:
    calls: list[str] = []

    def counted(text: str) -> str:
        calls.append(text)
        return text

    assertions = compiled({"status": 200, "latency": {"lt": "2s"}, "json": {"$.n": {"gte": 1}}})
    found = evaluate(
        assertions, Facts({"status": 200, "latency": 0.5, "json": {"n": 5}}), scope(), NOW, counted
    )
    assert [H, H, H] == [one.verdict for one in found]
    assert 2 >= len(calls)
