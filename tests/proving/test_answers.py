import json
from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.reason import Reason
from checker.kinds.contract import Answer, Mutation, Weight
from checker.net.documents import decode_json
from checker.proving.answers import of_answer, with_document

HEADERS = ((b"Content-Type", b"application/json"), (b"Content-Length", b"999"), (b"X-A", b"b"))


def read(answer: Answer) -> Facts:
    if answer.status == 429:
        raise Trouble(Reason.STALE_CACHE, "no use")
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Facts(
        {
            "status": answer.status,
            "headers": headers,
            "body": answer.body,
            "size": len(answer.body),
            "json": decode_json(answer.body),
        }
    )


def mutated(document: Any, status: int = 200, body: bytes | None = None) -> dict[tuple[str, str], Mutation]:
    content = json.dumps(document).encode() if body is None else body
    answer = Answer(status, HEADERS, content, read)
    return {(one.name, one.subject): one for one in of_answer(answer, answer.facts.get("json"))}


def seen(mutations: dict[tuple[str, str], Mutation], name: str, subject: str = "") -> Facts:
    return mutations[name, subject].see().facts


def test_a_status_comes_with_the_same_body() -> None:
    facts = seen(mutated({"a": 1}), "status_500", "status")
    assert (500, {"a": 1}) == (facts.get("status"), facts.get("json"))
    assert ("status_401", "status") not in mutated({"a": 1}, 401)


def test_what_cannot_be_read_is_the_trouble_that_it_would_be() -> None:
    with pytest.raises(Trouble):
        seen(mutated({"a": 1}), "status_429", "status")


def test_other_bodies() -> None:
    mutations = mutated({"a": 1})
    assert b"" == seen(mutations, "empty_body").get("body")
    assert {"error": "the service is unavailable"} == seen(mutations, "error_document").get("json")
    assert isinstance(seen(mutations, "truncated").get("json"), Absent)
    page = seen(mutations, "login_page")
    expected = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(page.get("size")),
        "X-A": "b",
    }
    assert (200, expected) == (page.get("status"), page.get("headers"))


def test_a_page_says_what_it_is_even_where_nothing_was_said() -> None:
    answer = Answer(204, (), b"", read)
    (page,) = [one for one in of_answer(answer, Absent("empty")) if one.name == "login_page"]
    facts = page.see().facts
    assert (200, {"Content-Type": "text/html; charset=utf-8"}) == (facts.get("status"), facts.get("headers"))


def test_of_no_body_nothing_can_be_taken() -> None:
    names = {name for name, _ in mutated(None, 204, b"")}
    assert {"status_500", "status_401", "status_429", "login_page"} == names


def test_what_is_asked_without_a_body_has_none() -> None:
    found = of_answer(Answer(200, HEADERS, b"", read, "HEAD"), Absent("empty"))
    assert ["status_500", "status_401", "status_429"] == [one.name for one in found]


@pytest.mark.parametrize(("body", "tried"), [(b"<p>Hello</p>", True), (b"x", False)])
def test_half_a_page_may_be_meant_so(body: bytes, tried: bool) -> None:
    mutations = mutated(None, 200, body)
    assert tried is (("truncated", "") in mutations)
    assert not tried or mutations["truncated", ""].weight is Weight.HINT
    assert ("error_document", "") not in mutations


def test_the_main_part_of_a_document() -> None:
    works = {"total": 2, "results": [{"id": "a2239muq", "type": "Work"}] * 2}
    mutations = mutated(works)
    assert {**works, "results": []} == seen(mutations, "empty_list", "json.$.results").get("json")
    assert {**works, "total": 0} == seen(mutations, "zero", "json.$.total").get("json")
    assert (Weight.PATH, Weight.HINT) == (
        mutations["empty_list", "json.$.results"].weight,
        mutations["zero", "json.$.total"].weight,
    )


def test_an_error_that_was_expected_may_look_as_it_likes() -> None:
    mutations = mutated({"error": "not found"}, 404)
    assert Weight.HINT is mutations["login_page", ""].weight
    assert Weight.PATH is mutations["status_500", "status"].weight


def test_a_document_is_read_as_it_would_have_come() -> None:
    answer = Answer(200, HEADERS, b'{"a": 1}', read)
    seen_ = with_document(answer, {"a": "ü"})
    assert {"a": "ü"} == seen_.facts.get("json")
    assert seen_.answer is not None
    assert (b"Content-Length", b"15") in seen_.answer.headers
