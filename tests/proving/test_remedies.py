"""What is suggested can be pasted, holds on what came, and misses on what was let through."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.reason import Reason
from checker.core.scope import Scope
from checker.kinds.contract import Mutation, Observation, Weight
from checker.net.answers import FACTS
from checker.proving.remedies import Patient, Remedy, block, flow
from tests.engine.scripts import secrets

WORK = {"id": "a2239muq", "type": "Work"}
WORKS = {"total": 2, "results": [WORK, {"id": "b3342nvr", "type": "Work"}]}


def facts(document: Any = WORKS, **more: object) -> Facts:
    return Facts({"status": 200, "json": document, "size": 100, "cache": {"hit": False}, **more})


def remedy(name: str, subject: str, other: Facts, seen: Facts | None = None, **used: object) -> str | None:
    scope = Scope(secrets().read, {})
    scope.captures.update(used)
    patient = Patient(seen or facts(), FACTS, 1_700_000_000.0, scope, used)
    mutation = Mutation(name, "", lambda: Observation(other), Weight.PATH, subject)
    found = patient.remedy(mutation, lambda: mutation.see().facts)
    return found.text if found else None


def undecodable() -> Facts:
    return facts(Absent("the body is empty", reason=Reason.UNDECODABLE))


@pytest.mark.parametrize(
    ("name", "subject", "other", "expected"),
    [
        ("status_500", "status", facts(status=500), "expect.status: 200"),
        ("cache_hit", "", facts(cache={"hit": True}), "expect.cache.hit: false"),
        ("zero", "json.$.total", facts({**WORKS, "total": 0}), "expect.json.$.total: {gte: 1}"),
        (
            "empty_list",
            "json.$.results",
            facts({**WORKS, "results": []}),
            "expect.json.$.results: {length: {gte: 1}}",
        ),
        (
            "null",
            "json.$.results[*].id",
            facts({**WORKS, "results": [{"id": None}]}),
            "expect.json.$.results[*].id: {every: {empty: false}}",
        ),
        (
            "other_type",
            "json.$.results",
            facts({**WORKS, "results": {"a": 1}}),
            "expect.json.$.results: {type: array}",
        ),
        ("empty_body", "", undecodable(), "expect.json.$.results: {length: {gte: 1}}"),
        ("no_callback", "", undecodable(), None),
        ("huge", "size", facts(size=10**9), None),
        ("zero", "size", facts(size=0), "expect.size: {gt: 0}"),
        ("dropped", "headers.etag", facts(headers={}), "expect.headers.etag: {exists: true}"),
    ],
)
def test_what_to_write(name: str, subject: str, other: Facts, expected: str | None) -> None:
    assert expected == remedy(name, subject, other, facts(headers={"ETag": '"1"'}))


def test_an_expired_certificate_can_be_looked_at() -> None:
    def shown(seconds: float) -> Facts:
        return facts(certificate={"expires_in": seconds})

    found = remedy("expired_certificate", "", shown(-1.0), shown(86400.0 * 60))
    assert "expect.certificate.expires_in: {gt: 14d}" == found
    assert remedy("expired_certificate", "", shown(-1.0), shown(86400.0)) is None


def test_a_truth_is_expected_to_be_what_it_was() -> None:
    assert "expect.json.$.open: true" == remedy(
        "other_type", "json.$.open", facts({"open": False}), facts({"open": True})
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (WORK, "expect.json.$.id: ${id}"),
        ({"name": "x", "id": 7}, "expect.json.$.name: {empty: false}"),
        ({"count": 7, "name": "x"}, "expect.json.$.count: {gte: 1}"),
        ({}, "expect.json.$: {type: object}"),
        ([WORK], "expect.json.$: {length: {gte: 1}}"),
        ("text", "expect.json.$: {empty: false}"),
    ],
)
def test_what_to_expect_of_a_whole_answer(document: Any, expected: str) -> None:
    found = remedy("login_page", "", undecodable(), facts(document), id="a2239muq", **{"sign-in.id": "Work"})
    assert expected == found


def test_no_text_that_came_is_quoted() -> None:
    found = remedy("login_page", "", undecodable(), facts({"token": "hunter2"}))
    assert "expect.json.$.token: {empty: false}" == found


def test_where_nothing_could_be_seen_nothing_could_be_expected() -> None:
    def fails() -> Facts:
        raise Trouble(Reason.TLS_EXPIRED, "expired")

    patient = Patient(facts(), FACTS, 0.0, Scope(secrets().read, {}))
    assert patient.remedy(Mutation("expired_certificate", "", lambda: Observation(facts())), fails) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (200, "200"),
        (False, "false"),
        ({"gte": 1}, "{gte: 1}"),
        ({"length": {"gte": 1}}, "{length: {gte: 1}}"),
    ],
)
def test_a_value_on_one_line(value: object, text: str) -> None:
    assert text == flow(value)


@pytest.mark.parametrize(
    ("remedies", "expected"),
    [
        ([("status", "", 204)], {"status": 204}),
        (
            [("json", "$.a", {"gte": 1}), ("json", "$['x y'][*]", {"empty": False}), ("cache", "hit", False)],
            {"json": {"$.a": {"gte": 1}, "$['x y'][*]": {"empty": False}}, "cache": {"hit": False}},
        ),
        (
            [("json", "$.a", {"gte": 1}), ("json", "$.a", {"type": "number"})],
            {"json": {"$.a": {"gte": 1, "type": "number"}}},
        ),
        ([("json", "$.a", True), ("json", "$.a", {"type": "boolean"})], {"json": {"$.a": True}}),
        (
            [("json", "$.id", "${id}"), ("json", "$['a: b']", "${id}")],
            {"json": {"$.id": "${id}", "$['a: b']": "${id}"}},
        ),
    ],
)
def test_what_to_paste_is_yaml(remedies: list[tuple[str, str, object]], expected: Mapping[str, Any]) -> None:
    text = "\n".join(block(Remedy(*one) for one in remedies))
    assert {"expect": expected} == yaml.safe_load(text)
