"""From the answer that came to the facts of one that might have come instead, by the code of the step itself."""

from dataclasses import replace

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.kinds.contract import Answer
from tests.kinds.asking import URL, Asking


async def came(asking: Asking, **keys: object) -> Answer:
    asking.router.route().respond(200, json={"total": 3}, headers={"X-A": "b"})
    seen = (await asking.observe(url=URL, **keys)).answer
    assert seen is not None
    return seen


async def test_an_answer_is_what_came(asking: Asking) -> None:
    answer = await came(asking)
    assert ("GET", 200, b'{"total":3}') == (answer.method, answer.status, answer.body)
    assert (b"X-A", b"b") in answer.headers
    assert {"total": 3} == answer.facts.get("json")
    assert "read=" not in repr(answer)


async def test_another_one_is_read_by_the_same_code(asking: Asking) -> None:
    answer = await came(asking)
    page = replace(answer, status=401, headers=((b"Content-Type", b"text/html"),), body=b"<html>")
    facts = page.facts
    assert (401, 6, {"content-type": "text/html"}) == tuple(map(facts.get, ("status", "size", "headers")))
    document = facts.get("json")
    assert isinstance(document, Absent)
    assert document.reason is Reason.UNDECODABLE
    assert answer.facts.get("address") == facts.get("address")
    assert URL == facts.get("url")


async def test_past_a_cache_a_copy_is_trouble_there_too(asking: Asking) -> None:
    answer = await came(asking, cache="bypass")
    with pytest.raises(Trouble) as caught:
        replace(answer, headers=(*answer.headers, (b"Age", b"60"))).facts  # noqa: B018 - a property that raises
    assert caught.value.reason is Reason.STALE_CACHE


async def test_each_address_has_its_own() -> None:
    asking = Asking(names={"api.example.org": ("192.0.2.1", "192.0.2.2")})
    asking.router.route().respond(200, json={"version": 7})
    seen = await asking.observe(url=URL, each_address=True, same=[{"json": "$.version"}])
    (name, first), second = seen.replicas
    assert first.answer is not None
    other = replace(first, facts=replace(first.answer, body=b'{"version": 8}').facts)
    assert seen.compare is not None
    held, missed = seen.compare(seen.replicas), seen.compare(((name, other), second))
    assert (["holds"], ["misses"]) == (
        [one.verdict.value for one in held],
        [one.verdict.value for one in missed],
    )
