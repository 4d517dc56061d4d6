"""Every operator against every kind of broken answer, as a real server gives it: nothing passes without evidence.

Each matcher stands beside a value on which it holds, and is held against that first: a table of matchers that
never hold would prove nothing. The answer with status 500 has that very value in its body.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from checker.app.loop import run
from checker.assertions.operators import OPERATORS
from checker.core.outcome import Outcome
from tests.integration.checks import PASS, Told, document, outcome_of, rig, told
from tests.integration.sites import Request, closed_port, reply, site

SCHEMA = {"type": "object", "required": ["a"]}

ONE: tuple[tuple[dict[str, Any], Any], ...] = (
    ({"eq": 5}, 5),
    ({"eq": "x"}, "x"),
    ({"eq": True}, True),
    ({"eq": [1]}, [1]),
    ({"eq": None}, None),
    ({"ne": 6}, 5),
    ({"ne": "y"}, "x"),
    ({"lt": 6}, 5),
    ({"lte": 5}, 5),
    ({"gt": 4}, 5),
    ({"gte": 0}, 5),
    ({"lt": "2999-01-01T00:00:00Z"}, "2024-01-01T00:00:00Z"),
    ({"between": [-9, 9]}, 5),
    ({"in": [5, 6]}, 5),
    ({"not_in": [6, 7]}, 5),
    ({"contains": "x"}, "axb"),
    ({"contains": 5}, [4, 5]),
    ({"not_contains": "x"}, "ab"),
    ({"not_contains": 5}, [4]),
    ({"starts_with": "a"}, "axb"),
    ({"ends_with": "b"}, "axb"),
    ({"matches": "x"}, "axb"),
    ({"not_matches": "y"}, "axb"),
    ({"exists": True}, 5),
    ({"exists": False}, None),  # a document without it
    ({"empty": True}, []),
    ({"empty": False}, [1]),
    ({"length": 2}, [1, 2]),
    ({"length": 0}, ""),
    ({"length": {"lt": 5}}, "abc"),
    ({"type": "string"}, "x"),
    ({"type": "null"}, None),
    ({"type": ["array", "boolean"]}, []),
    ({"newer_than": "1d"}, "2999-01-01T00:00:00Z"),
    ({"older_than": "1d"}, "2024-01-01T00:00:00Z"),
    ({"every": {"gte": 1}}, [1, 2]),
    ({"any": {"gte": 2}}, [1, 2]),
    ({"none": {"gte": 3}}, [1, 2]),
    ({"includes": {"a": 1}}, {"a": 1, "b": 2}),
    ({"includes": [1]}, [2, 1]),
    ({"schema": SCHEMA}, {"a": 1}),
    ({"not": {"eq": 6}}, 5),
    ({"not": {"contains": "y"}}, "x"),
    ({"not": {"any": {"eq": 3}}}, [1]),
    ({"not": {"exists": False}}, 5),
    ({"not": {"type": "string", "ne": "x"}}, "x"),
    ({"any_of": [6, {"lt": 6}]}, 5),
    ({"any_of": [{"not": {"eq": 6}}, {"not": {"eq": 7}}]}, 5),
    ({"all_of": [{"ne": 6}, {"lt": 6}]}, 5),
    ({"all_of": [{"ne": 6}, {"ne": 7}]}, 5),
)
"""Held against `$.v`."""

MANY: tuple[tuple[dict[str, Any], Any], ...] = (
    ({"eq": [1, 2]}, [1, 2]),
    ({"ne": [3]}, [1, 2]),
    ({"in": [[1, 2], [3]]}, [1, 2]),
    ({"not_in": [[3]]}, [1, 2]),
    ({"contains": 2}, [1, 2]),
    ({"not_contains": 3}, [1, 2]),
    ({"exists": True}, [1]),
    ({"empty": True}, []),
    ({"empty": False}, [1]),
    ({"length": 0}, []),
    ({"length": {"lt": 5}}, [1]),
    ({"length": {"gte": 1}}, [1]),
    ({"type": "array"}, [1]),
    ({"every": {"ne": 3}}, [1, 2]),
    ({"every": {"type": "number"}}, [1, 2]),
    ({"every": {"not_in": [3]}}, [1, 2]),
    ({"any": {"ne": 3}}, [1, 2]),
    ({"none": {"eq": 3}}, [1, 2]),
    ({"includes": [1]}, [1, 2]),
    ({"schema": {"type": "array"}}, [1]),
    ({"not": {"eq": [3]}}, [1]),
    ({"not": {"every": {"eq": 3}}}, [1]),
    ({"not": {"none": {"eq": 1}}}, [1]),
    ({"any_of": [{"length": 9}, {"every": {"eq": 1}}]}, [1]),
    ({"all_of": [{"not": {"contains": 3}}, {"type": "array"}]}, [1]),
)
"""Held against `$.v[*]`, which yields a list."""

HTML = "<!doctype html><title>503</title><p>Sorry"
CONSTANT: Mapping[str, bytes] = {
    "no answer": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "empty": reply("", Content_Type="application/json"),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "HTML": reply(HTML, Content_Type="text/html"),
    "HTML that claims to be JSON": reply(HTML, Content_Type="application/json"),
    "truncated": reply('{"v": [1, 2'),
    "cut off": reply('{"v": 5}').replace(b"Content-Length: 8", b"Content-Length: 9"),
    "not UTF-8": reply(b'{"v": "\xff"}'),
    "twice": reply('{"v": 5, "v": 6}'),
    "not the gzip it claims": reply('{"v": 5}', Content_Encoding="gzip"),
    "missing": reply('{"other": 5}'),
    "no object": reply('"v"'),
    "null": reply('{"v": null}'),
    "another type": reply('{"v": true}'),
}
GOOD, FAILING = "good", "500"
BROKEN = ("refused", *CONSTANT, FAILING)

REASONS = {
    "refused": "refused",
    "no answer": "reset",
    "no HTTP": "protocol",
    "cut off": "reset",
    FAILING: "server_error",
    **dict.fromkeys(("missing", "no object", "null", "another type"), "assertion"),
}
"""Of a run that fails; what is not listed is undecodable."""

NOT_THERE: list[dict[str, Any]] = [{"exists": False}]
OVER_NOTHING: list[dict[str, Any]] = [
    {"empty": True},
    {"length": 0},
    {"length": {"lt": 5}},
    {"none": {"eq": 3}},
]

HOLDS: Mapping[tuple[str, str], list[dict[str, Any]]] = {
    ("$.v", "missing"): NOT_THERE,
    ("$.v", "no object"): NOT_THERE,
    ("$.v", "null"): [
        {"eq": None},
        {"type": "null"},
        {"ne": 6},
        {"ne": "y"},
        {"not_in": [6, 7]},
        {"not": {"type": "string", "ne": "x"}},  # both of which can tell
        {"all_of": [{"ne": 6}, {"ne": 7}]},
    ],
    ("$.v", "another type"): [
        {"eq": True},  # not another one for these three
        {"type": ["array", "boolean"]},
        {"exists": True},
        {"not": {"exists": False}},
        {"ne": 6},
        {"ne": "y"},
        {"not_in": [6, 7]},
        {"not": {"type": "string", "ne": "x"}},
        {"all_of": [{"ne": 6}, {"ne": 7}]},
    ],
    ("$.v[*]", "missing"): OVER_NOTHING,
    ("$.v[*]", "null"): OVER_NOTHING,  # there is nothing below null, true or a text
    ("$.v[*]", "another type"): OVER_NOTHING,
    ("$.v[*]", "no object"): OVER_NOTHING,
}
"""All that may hold: what the contract lists, and nothing else."""


class Case(NamedTuple):
    path: str
    matcher: dict[str, Any]
    good: Any
    answer: str

    @property
    def name(self) -> str:
        return f"{self.path} {json.dumps(self.matcher)} on {self.answer}"

    @property
    def expected(self) -> Told:
        holding = HOLDS.get((self.path, self.answer), [])
        if self.answer == GOOD or any(_identical(self.matcher, other) for other in holding):
            return PASS
        return Told("fail", REASONS.get(self.answer, "undecodable"), "http")

    @property
    def served(self) -> bytes:
        if self.answer in CONSTANT:
            return CONSTANT[self.answer]
        absent = self.matcher == {"exists": False}
        body = json.dumps({"other": 1} if absent else {"v": self.good})
        return reply(body, "500 Internal Server Error" if self.answer == FAILING else "200 OK")


def _identical(one: object, other: object) -> bool:
    return json.dumps(one) == json.dumps(other)  # True is not 1


CASES = tuple(
    Case(path, matcher, good, answer)
    for path, matchers in (("$.v", ONE), ("$.v[*]", MANY))
    for matcher, good in matchers
    for answer in (GOOD, *BROKEN)
)


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, Outcome]:
    """Of all cases, as one configuration."""
    return run(_run_all())


async def _run_all() -> Mapping[str, Outcome]:
    def answer(request: Request) -> bytes:
        return CASES[int(request.path.removeprefix("/"))].served

    async with site(answer) as server:
        probes = {f"p{number}": _probe(case, f"{server.url}/{number}") for number, case in enumerate(CASES)}
        async with rig(json.dumps({"version": 1, "probes": probes})) as bench:
            places = asyncio.Semaphore(50)

            async def one(name: str) -> Outcome:
                async with places:
                    return await bench.run(name)

            finished = await asyncio.gather(*map(one, probes))
    return {case.name: outcome for case, outcome in zip(CASES, finished, strict=True)}


def _probe(case: Case, url: str) -> object:
    if case.answer == "refused":
        url = f"http://127.0.0.1:{closed_port()}/"
    return {"http": {"url": url}, "expect": {"json": {case.path: case.matcher}}}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_no_operator_passes_a_broken_answer(case: Case, outcomes: Mapping[str, Outcome]) -> None:
    outcome = outcomes[case.name]
    assert case.expected == told(outcome), outcome.message


def test_the_table_has_every_operator() -> None:
    assert set(OPERATORS) == {name for matcher, _ in (*ONE, *MANY) for name in matcher}


def test_what_may_hold_is_in_the_table() -> None:
    names = {case.name for case in CASES}
    allowed = {
        Case(path, matcher, None, answer).name
        for (path, answer), matchers in HOLDS.items()
        for matcher in matchers
    }
    assert set() == allowed - names


# Facts other than json

LAX: Mapping[str, Any] = {
    "exists: false": {"exists": False},
    "not": {"not": {"eq": 1}},
    "any_of": {"any_of": [{"exists": False}, {"not": {"exists": True}}]},
}
"""What is most willing to hold."""

FACTS: tuple[dict[str, Any], ...] = (
    *(
        {name: matcher}
        for name in ("http_version", "url", "redirects", "address", "body")
        for matcher in LAX.values()
    ),
    *(
        {name: {key: matcher}}
        for name, key in (
            ("headers", "x-v"),
            ("cookies", "v"),
            ("json", "$.v"),
            ("cache", "hit"),
            ("certificate", "subject"),
            ("tls", "version"),
        )
        for matcher in LAX.values()
    ),
    {"status": {"not": {"eq": 200}}},
    {"status": {"not_in": [200]}},
    {"status": {"ne": "5xx"}},
    {"status": {"any_of": [{"lt": 200}, {"gte": 300}]}},
    {"size": 0},
    {"size": {"lt": "1MiB"}},
    {"body": {"empty": True}},
    {"body": {"not_contains": "error"}},
    {"latency": {"lt": "1h"}},
    {"timings": {"wait": {"exists": False}}},
    {"timings": {"dns": {"not": {"gt": "1h"}}}},
    {"certificate": {"expires_in": {"not": {"lt": "1d"}}}},
    {"certificate": {"not_after": {"newer_than": "1h"}}},
    {"cache": {"age": {"any_of": [{"exists": False}, {"lte": "1h"}]}}},
)


@pytest.mark.parametrize("answer", ["refused", "no answer", "no HTTP", "cut off"])
async def test_no_fact_holds_where_there_was_no_whole_answer(answer: str) -> None:
    """Not even that something is not there: nobody has told."""
    async with site(lambda _: CONSTANT.get(answer, b"")) as server:
        url = f"http://127.0.0.1:{closed_port()}" if answer == "refused" else server.url
        probes = {
            f"p{number}": {"http": {"url": url}, "expect": expect} for number, expect in enumerate(FACTS)
        }
        async with rig(json.dumps({"version": 1, "probes": probes})) as bench:
            said = {name: told(await bench.run(name)) for name in probes}
    assert dict.fromkeys(probes, Told("fail", REASONS[answer], "http")) == said


NOT_KNOWN_TO_BE_MISSING: tuple[dict[str, Any], ...] = (
    {"certificate": {"expires_in": {"exists": False}}},
    {"certificate": {"expires_in": {"not": {"lt": "1d"}}}},
    {"certificate": {"not_after": {"any_of": [{"exists": False}, {"newer_than": "1d"}]}}},
    {"tls": {"version": {"exists": False}}},
    {"tls": {"version": {"not": {"eq": 1.2}}}},
    {"timings": {"tls": {"exists": False}}},
    {"timings": {"tls": {"not": {"gt": "1s"}}}},
    {"timings": {"dns": {"lt": "1s"}}},
)


@pytest.mark.parametrize("expect", NOT_KNOWN_TO_BE_MISSING, ids=json.dumps)
async def test_what_did_not_happen_proves_nothing(expect: object) -> None:
    """There is neither TLS nor a lookup."""
    async with site(lambda _: reply("{}")) as server:
        probe = {"http": {"url": server.url}, "expect": expect}
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    assert ("fail", "http") == (outcome.result, outcome.step)


BODIES: tuple[tuple[dict[str, Any], str], ...] = (
    #                                    on: an answer without one, and one that is no text
    ({"eq": ""}, "pass"),
    ({"empty": True}, "pass"),
    ({"length": 0}, "pass"),
    ({"type": "string"}, "pass"),
    ({"exists": True}, "pass"),
    ({"ne": "x"}, "pass"),
    ({"not_in": ["x"]}, "pass"),
    ({"exists": False}, "fail"),
    ({"contains": "x"}, "fail"),
    ({"not_contains": "x"}, "fail"),
    ({"not": {"contains": "x"}}, "fail"),
    ({"starts_with": "x"}, "fail"),
    ({"ends_with": "x"}, "fail"),
    ({"matches": "x"}, "fail"),
    ({"not_matches": "x"}, "fail"),
    ({"not": {"matches": "x"}}, "fail"),
    ({"newer_than": "1h"}, "fail"),
    ({"lt": 1}, "fail"),
    ({"none": {"eq": 1}}, "fail"),
    ({"schema": {"type": "string"}}, "pass"),
)
"""Of an answer without a body it is known that its body is an empty text; of any other text nothing is told."""


@pytest.mark.parametrize(("matcher", "result"), BODIES, ids=json.dumps)
@pytest.mark.parametrize("answer", ["empty", "no content", "no text"])
async def test_a_body_that_is_empty_or_no_text(matcher: object, result: str, answer: str) -> None:
    async with site(lambda _: CONSTANT.get(answer, reply(b"\xff\xfe\x00"))) as server:
        probe = {"http": {"url": server.url}, "expect": {"body": matcher}}
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    assert ("fail" if answer == "no text" else result) == outcome.result, outcome.message


# No expectation at all

STATUSES = {
    "301 Moved Permanently": "unexpected_status",
    "304 Not Modified": "unexpected_status",
    "400 Bad Request": "unexpected_status",
    "401 Unauthorized": "auth_rejected",
    "403 Forbidden": "auth_rejected",
    "404 Not Found": "unexpected_status",
    "407 Proxy Authentication Required": "auth_rejected",
    "418 I'm a teapot": "unexpected_status",
    "429 Too Many Requests": "rate_limited",
    "500 Internal Server Error": "server_error",
    "503 Service Unavailable": "server_error",
    "599 ": "server_error",
    "600 Beyond": "unexpected_status",
}


@pytest.mark.parametrize(("status", "reason"), STATUSES.items())
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"warn": {"latency": {"lt": "1h"}}},
        {"expect": {"json": {"$.v": 5}}},
        {"expect": {"latency": {"lt": "1h"}, "headers": {"x-v": {"exists": False}}}},
        {"capture": {"v": {"json": "$.v"}}},
        {"poll": {"every": "100ms", "within": "100ms"}},
        {"retry": {"attempts": 2}},
    ],
    ids=lambda more: next(iter(more), "nothing"),
)
async def test_without_a_word_on_the_status_only_2xx_passes(
    more: dict[str, Any], status: str, reason: str
) -> None:
    async with site(lambda _: reply('{"v": 5}', status)) as server:
        probe = {"http": {"url": server.url}, **more}
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    assert Told("fail", reason, "http") == told(outcome)


@pytest.mark.parametrize("answer", ["refused", "no answer", "no HTTP", "cut off", "not the gzip it claims"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"warn": {"latency": {"lt": "1h"}}},
        {"poll": {"every": "100ms", "within": "100ms"}},
        {"poll": {"every": "100ms", "within": "100ms", "stop_if": {"status": {"ne": 200}}}},
        {"retry": {"attempts": 2, "delay": "1ms"}},
    ],
    ids=lambda more: next(iter(more), "nothing"),
)
async def test_nothing_passes_where_there_is_no_answer(more: dict[str, Any], answer: str) -> None:
    async with site(lambda _: CONSTANT.get(answer, b"")) as server:
        url = f"http://127.0.0.1:{closed_port()}" if answer == "refused" else server.url
        outcome = await outcome_of(
            json.dumps({"version": 1, "probes": {"probe": {"http": {"url": url}, **more}}})
        )
    assert Told("fail", REASONS.get(answer, "undecodable"), "http") == told(outcome)


# Warnings, captures, comparisons


@pytest.mark.parametrize(
    "answer", [name for name in CONSTANT if name not in ("no answer", "no HTTP", "cut off")]
)
async def test_a_warning_on_a_broken_answer_is_told(answer: str) -> None:
    async with site(lambda _: CONSTANT[answer]) as server:
        probe = {"http": {"url": server.url}, "warn": {"json": {"$.v": {"lt": 5}}}}
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    encoded = answer == "not the gzip it claims"  # of which nothing at all can be told
    assert ("fail" if encoded else "degraded") == outcome.result
    assert REASONS.get(answer, "undecodable") == outcome.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("empty", "undecodable"),
        ("no content", "undecodable"),
        ("HTML", "undecodable"),
        ("truncated", "undecodable"),
        ("missing", "capture_missing"),
        ("no object", "capture_missing"),
        ("null", "capture_missing"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"metric": True}, {"secret": True}, {"regex": "(.*)"}], ids=json.dumps)
async def test_a_capture_takes_nothing_from_a_broken_answer(
    answer: str, reason: str, more: dict[str, object]
) -> None:
    async with site(lambda _: CONSTANT[answer]) as server:
        probe = {"http": {"url": server.url}, "capture": {"v": {"json": "$.v", **more}}}
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    assert Told("fail", reason, "http") == told(outcome), outcome.message


async def test_what_was_not_captured_is_not_sent() -> None:
    text = document("""
        steps:
          - {step: make, http: {url: "${env.URL}"}, capture: {id: {json: $.v}}}
          - {step: use, http: {url: "${env.URL}/${id}"}}
        """)
    async with site(lambda _: reply("{}")) as server:
        outcome = await outcome_of(text, {"URL": server.url})
    assert (Told("fail", "capture_missing", "make"), 1) == (told(outcome), len(server.requests))


@pytest.mark.parametrize("answer", ["refused", *CONSTANT, FAILING])
async def test_a_platform_that_says_nothing_does_not_say_healthy(answer: str) -> None:
    """So that a failure beside it is not called masked."""
    async with site(lambda _: CONSTANT.get(answer, reply("{}", "500 Internal Server Error"))) as server:
        url = f"http://127.0.0.1:{closed_port()}" if answer == "refused" else server.url
        probe = {
            "shallow": {"http": {"url": url}, "expect": {"json": {"$.v": 5}}},
            "http": {"url": f"http://127.0.0.1:{closed_port()}"},
        }
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    assert outcome.shallow is not None
    assert (False, False) == (outcome.shallow.healthy, outcome.masked)


LONG = "k" * 20_000


@pytest.mark.parametrize(
    "answer",
    [
        f"SSH-2.0-{LONG}\r\n".encode(),
        reply(f'{{"{LONG}": 1, "{LONG}": 2}}'),
        reply("{}", Content_Encoding=LONG),
        reply("{}", Content_Type=f"application/json; charset={LONG}"),
        reply("{}", Age=LONG),
        reply("{}", f"500 {LONG}"),
    ],
    ids=["no HTTP", "twice", "coding", "charset", "age", "reason phrase"],
)
@pytest.mark.parametrize(
    "more",
    [
        {"expect": {"json": {"$.v": 5}, "cache": {"age": {"lt": "1s"}}}},
        {"capture": {"v": {"json": "$.v"}}},
        {"capture": {"v": {"cache": "age"}}},
    ],
    ids=["expect", "capture", "capture of an age"],
)
async def test_a_message_is_short_whatever_a_server_says(answer: bytes, more: dict[str, Any]) -> None:
    async with site(lambda _: answer) as server:
        probe = {"http": {"url": server.url}, **more}
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": probe}}))
    assert "fail" == outcome.result
    assert 0 < len(outcome.message or "") <= 1000
