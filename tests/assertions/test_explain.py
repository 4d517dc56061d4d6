"""The sentences that people read. `expected` and `seen` are cut at 200 characters, parts of a sentence at 70."""

from typing import Any

import pytest

from checker.assertions.explain import LIMIT, missing, preview, shorten, show
from checker.core.facts import Absent, Unit
from tests.assertions.facts import document, verdict


def same(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", '"a"'),
        ('say "ä"\n', '"say \\"ä\\"\\n"'),
        ("\ud800", '"\\ud800"'),
        (5, "5"),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (b"x", "a bytes that is no JSON value"),
        (Absent("x"), "nothing"),
        ([], "[]"),
        ({}, "{}"),
        ([1, ["a"], {"b": None}], '[1, ["a"], {"b": null}]'),
        ([[[[[1]]]]], "[[[[[…]]]]]"),
        ([[[[{"a": 1}]]]], "[[[[{…}]]]]"),
        ([[[[[]]]]], "[[[[[]]]]]"),
        ("x" * 300, '"' + "x" * 198 + "…"),
        (list(range(1000)), shorten(str(list(range(100))))),
    ],
)
def test_a_plain_value_reads_as_json(value: object, expected: str) -> None:
    assert expected == show(value, Unit.PLAIN, same)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (204, Unit.STATUS, "204"),
        (2.31, Unit.DURATION, "2.31s"),
        (-60, Unit.DURATION, "-1m"),
        (70_000, Unit.SIZE, "68.4KiB"),
        (1_700_000_000.7, Unit.TIMESTAMP, "2023-11-14T22:13:20Z"),
        (1e300, Unit.TIMESTAMP, "1e+300"),
        ("2023-11-14T22:13:20Z", Unit.TIMESTAMP, '"2023-11-14T22:13:20Z"'),
        (None, Unit.DURATION, "null"),
        (float("nan"), Unit.DURATION, "NaN"),
        (True, Unit.STATUS, "true"),
    ],
)
def test_a_measured_value_reads_in_its_unit(value: object, unit: Unit, expected: str) -> None:
    assert expected == show(value, unit, same)


def test_a_large_value_is_not_rendered_whole() -> None:
    calls: list[str] = []

    def counted(text: str) -> str:
        calls.append(text)
        return text

    preview([{"id": "a2239muq"}] * 1_000_000, counted)
    assert 50 > len(calls)


def test_of_a_text_beyond_the_window_nothing_is_shown_that_could_end_in_a_part_of_a_secret() -> None:
    secret = "s" * 60_000
    shown = show(secret * 2, Unit.PLAIN, lambda text: text.replace(secret, "***"))
    assert "a text of 120000 characters" == shown


@pytest.mark.parametrize(
    ("matcher", "value", "message"),
    [
        (5, 6, "expected 5, saw 6"),
        (5, "5", 'expected 5, saw "5" (a text is not of the same type)'),
        (None, 6, "expected null, saw 6"),
        ({"ne": 5}, 5, "expected anything but 5, saw 5"),
        ([1, "a"], 2, 'expected one of 1, "a", saw 2'),
        ({"in": [1, "a"]}, None, 'expected one of 1, "a", saw null (null is not of one of these types)'),
        ({"not_in": [1, 2]}, 2, "expected none of 1, 2, saw 2"),
        ({"between": [1, 5]}, 7, "expected between 1 and 5, saw 7"),
        ({"lte": 5}, True, "expected <= 5, saw true (true or false is not a number or a timestamp)"),
        ({"contains": "x"}, "abc", 'expected to contain "x", saw "abc"'),
        (
            {"contains": 5},
            "abc",
            'expected to contain 5, saw "abc" (a text is not a list with something in it)',
        ),
        (
            {"not_contains": "x"},
            "",
            'expected not to contain "x", saw "" (an empty text is not a text or a list with something in it)',
        ),
        ({"starts_with": "x"}, "abc", 'expected to start with "x", saw "abc"'),
        ({"matches": "^x\\d$"}, "abc", "expected to match '^x\\d$', saw \"abc\""),
        ({"matches": "^x\n$"}, "abc", "expected to match '^x\\n$', saw \"abc\""),
        ({"exists": False}, 5, "expected not to exist, saw 5"),
        ({"exists": True}, None, "expected to exist, saw null (null is not a value, nor is it missing)"),
        ({"empty": True}, [1], "expected to be empty, saw [1]"),
        ({"empty": False}, {}, "expected not to be empty, saw {}"),
        ({"length": {"gte": 5, "lt": 9}}, [1], "expected length >= 5 and < 9, saw [1] (its length is 1)"),
        ({"length": 5}, 7, "expected length 5, saw 7 (a number is not a text, a list or an object)"),
        ({"type": ["string", "null"]}, 5, "expected type string or null, saw 5"),
        ({"type": "string"}, 5, "expected type string, saw 5"),
        ({"newer_than": "1h"}, 5, "expected newer than 1h, saw 5"),
        ({"every": {"gte": 1}}, [3, 0, -1], "expected every item >= 1, saw [3, 0, -1] (item 1 is 0)"),
        (
            {"every": {"gte": 1}},
            [3, "x"],
            'expected every item >= 1, saw [3, "x"] (item 1 is "x": a text is not a number or a timestamp)',
        ),
        (
            {"every": {"gte": 1}},
            [],
            "expected every item >= 1, saw [] (an empty list is not a list with items)",
        ),
        ({"any": {"gte": 5}}, [3, 0], "expected an item >= 5, saw [3, 0]"),
        (
            {"any": {"gte": 5}},
            [3, None],
            "expected an item >= 5, saw [3, null] (item 1 is null: null is not a number or a timestamp)",
        ),
        ({"none": {"gte": 5}}, [3, 7], "expected no item >= 5, saw [3, 7] (item 1 is 7)"),
        (
            {"none": {"gte": 5}},
            [3, None],
            "expected no item >= 5, saw [3, null] (item 1 is null: null is not a number or a timestamp)",
        ),
        ({"none": 5}, 5, "expected no item 5, saw 5 (a number is not a list)"),
        ({"includes": {"a": 1}}, {"a": 2}, 'expected to include {"a": 1}, saw {"a": 2}'),
        (
            {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}},
            {"a": 2},
            'expected to fit the inline schema, saw {"a": 2} ($.a breaks properties/a/type)',
        ),
        (
            {"schema": {"type": "object"}},
            None,
            "expected to fit the inline schema, saw null (null is not a value for a schema)",
        ),
        ({"not": {"gte": 5}}, 7, "expected not (>= 5), saw 7"),
        ({"not": {"gte": 5}}, "7", 'expected not (>= 5), saw "7" (a text is not a number or a timestamp)'),
        ({"any_of": [1, {"gte": 5}]}, 3, "expected any of (1; >= 5), saw 3"),
        (
            {"any_of": [1, {"gte": 5}]},
            "3",
            'expected any of (1; >= 5), saw "3" (a text is not what one of its matchers can judge)',
        ),
        ({"all_of": [{"gte": 5}, {"lt": 9}]}, 3, "expected all of (>= 5; < 9), saw 3 (not >= 5)"),
        (
            {"all_of": [{"ne": 5}, {"lt": 9}]},
            "3",
            'expected all of (anything but 5; < 9), saw "3" (a text is not a number or a timestamp)',
        ),
        ({"eq": 1}, float("nan"), "expected 1, saw NaN (it is no JSON value)"),
    ],
)
def test_a_sentence(matcher: Any, value: object, message: str) -> None:
    assert (
        f"json.$.value: {message}"
        == verdict({"json": {"$.value": matcher}}, {"json": {"value": value}}).message
    )


@pytest.mark.parametrize(
    ("fact", "matcher", "value", "message"),
    [
        ("status", "2xx", 404, "status: expected 2xx, saw 404"),
        ("status", [200, "3xx"], 404, "status: expected one of 200, 3xx, saw 404"),
        ("latency", {"lt": "2s"}, 2.31, "latency: expected < 2s, saw 2.31s"),
        ("latency", {"lt": "2s"}, 2.0001, "latency: expected < 2s, saw 2s (exactly 2.0001)"),
        (
            "latency",
            {"lt": "2s"},
            None,
            "latency: expected < 2s, saw null (null is not a number or a timestamp)",
        ),
        ("size", {"lt": "64KiB"}, 65537, "size: expected < 64KiB, saw 64KiB (exactly 65537)"),
    ],
)
def test_a_sentence_on_a_measured_fact(fact: str, matcher: Any, value: object, message: str) -> None:
    assert message == verdict({fact: matcher}, {fact: value}).message


WORKS: dict[str, Any] = {
    "type": "ResultList",
    "results": [{"id": "a"}],
    "none": [],
    "object": {},
    "null": None,
}
KEYS = "$ has the keys type, results, none, object, null"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("$.result", f"there is no $.result; did you mean $.results? {KEYS}"),
        ("$.qqq", f"there is no $.qqq; {KEYS}"),
        ("$.results[0].i", "there is no $.results[0].i; did you mean $.results[0].id? $.results[0] has the keys id"),
        ("$.results[5]", "there is no $.results[5]; $.results has 1 item"),
        ("$.results.id", "there is no $.results.id; $.results has 1 item"),
        ("$.none[0]", "there is no $.none[0]; $.none is []"),
        ("$.object.a", "there is no $.object.a; $.object is {}"),
        ("$.null.a", "there is no $.null.a; $.null is null"),
        ("$.result[*].id", f"there is no $.result; did you mean $.results? {KEYS}"),
        ("$.none[*]", "$.none[*] selects nothing; $.none is []"),
        ("$.results[?@.x]", "$.results[?@.x] selects nothing; $.results has 1 item"),
        ("$..x", f"$..x selects nothing; {KEYS}"),
    ],
)  # fmt: skip
def test_what_is_missing_names_the_nearest_value_above_it(path: str, message: str) -> None:
    seen = verdict({"json": {path: {"gte": 1}}}, {"json": WORKS}).message
    assert f"json.{path}: expected >= 1, but {message}" == seen


def test_an_absent_fact_says_why() -> None:
    assert "no *** here" == missing(Absent("no x here"), lambda text: text.replace("x", "***"))


def test_many_keys_are_cut() -> None:
    seen = verdict({"json": {"$.a": 1}}, {"json": {f"key{number}": 1 for number in range(1000)}}).message
    assert seen.startswith("json.$.a: expected 1, but there is no $.a; $ has the keys key0, key1, ")
    assert seen.endswith("…")
    assert LIMIT >= len(seen)


def test_the_longest_sentence_is_cut() -> None:
    one = document({"any_of": ["x" * 300, {"contains": "y" * 300}]}, "z" * 300)
    assert (LIMIT, LIMIT) == (len(one.expected), len(one.seen))
    assert LIMIT >= len(one.message)
