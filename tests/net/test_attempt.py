"""What a request carries that nobody wrote, and what becomes of an answer that is no use."""

import contextlib
import re
from typing import Any

import httpx
import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.reason import Reason
from checker.net.attempt import Asker, Recipe, attempt, bypass_query, traceparent
from checker.net.auth import HeaderAuth
from checker.net.dial import Dial
from checker.net.failures import BodyTrouble
from checker.net.guard import Guard
from checker.net.session import Session
from checker.secrets.store import SecretStore
from tests.net.scopes import RUN_ID, scope_with

URL = httpx.URL("https://a.example.org/x")


def asker(probe: str = "works-search") -> Asker:
    return Asker(probe, scope_with({"id": "a1"}), URL, Dial(), [], {})


async def answered(recipe: Recipe, answer: httpx.Response | Exception) -> tuple[Facts, httpx.Request]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    session = Session(httpx.MockTransport(handle), Guard(SecretStore({})))
    return (await attempt(recipe, session, asker())).facts, seen[0]


def recipe(**more: Any) -> Recipe:
    headers = tuple(more.pop("headers", ()))
    own = frozenset(name.lower() for name, _ in headers)
    return Recipe(more.pop("method", "GET"), lambda _: headers, own, **more)


def test_a_bare_request() -> None:
    request = recipe(agent="checker/0.1.0").request(asker())
    assert request.method == "GET"
    assert request.content == b""
    headers = dict(request.headers)
    assert headers.pop("traceparent").startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert headers == {
        "host": "a.example.org",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate, br, zstd",
        "user-agent": "checker/0.1.0 (probe works-search)",
    }


def test_what_is_set_is_not_set_again() -> None:
    names = (
        b"ACCEPT",
        b"user-agent",
        b"Traceparent",
        b"Accept-Encoding",
        b"Cache-Control",
        b"Content-Type",
        b"Host",
    )
    asking = recipe(
        headers=[(name, b"mine") for name in names], bypass=True, body=lambda _: (b"x", "text/plain")
    )
    request = asking.request(asker())
    assert [(name, b"mine") for name in names] == [
        header for header in request.headers.raw if header[1] == b"mine"
    ]
    assert sorted(set(request.headers)) == sorted(
        [*(name.decode().lower() for name in names), "pragma", "content-length"]
    )


def test_a_body_and_its_type() -> None:
    request = recipe(
        method="POST", body=lambda scope: (str(scope.captures["id"]).encode(), "text/x")
    ).request(asker())
    assert (request.content, request.headers["content-type"]) == (b"a1", "text/x")


def test_caches_are_asked_to_step_aside() -> None:
    request = recipe(bypass=True).request(asker())
    assert (request.headers["cache-control"], request.headers["pragma"]) == ("no-cache", "no-cache")
    queries = {bypass_query() for _ in range(100)}
    assert len(queries) == 100
    assert all(re.fullmatch("_checker=[0-9a-f]{16}", query) for query in queries)


def test_the_trace_is_the_run() -> None:
    assert re.fullmatch(r"00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01", traceparent(RUN_ID))
    assert traceparent(RUN_ID) != traceparent(RUN_ID)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", traceparent("no uuid"))
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", traceparent("g" * 32))


def test_a_name_that_is_not_ascii_can_still_be_told() -> None:
    request = recipe(agent="checker/1").request(asker("suche/köln\n"))
    assert request.headers["user-agent"] == "checker/1 (probe suche/k?ln?)"


async def test_credentials_and_cookies_go_along() -> None:
    asking = recipe(cookies=lambda _: {"a": "b"}, prove=lambda who: HeaderAuth("X-Key", who.probe))
    _, request = await answered(asking, httpx.Response(200))
    assert (request.headers["cookie"], request.headers["x-key"]) == ("a=b", "works-search")


@pytest.mark.parametrize("header", [{"Age": "3"}, {"X-Cache": "Hit from cloudfront"}])
@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_out_of_a_cache_that_was_to_be_bypassed(header: dict[str, str], status: int) -> None:
    with pytest.raises(Trouble) as caught:
        await answered(recipe(bypass=True), httpx.Response(status, headers=header))
    assert caught.value.reason is Reason.STALE_CACHE
    (pair,) = header.items()
    told = f"({pair[0].lower()}: {pair[1]})"
    assert (
        caught.value.message
        == f"https://a.example.org/x was answered by a cache {told}, although it was to be bypassed"
    )


@pytest.mark.parametrize(
    ("url", "dial", "secrets"),
    [
        ("https://a.example.org/x", Dial(), set()),
        ("https://me:p%2Fw@a.example.org/x", Dial(), {"p/w"}),
        ("https://t0ken@a.example.org/x", Dial(), {"t0ken"}),
        ("https://a.example.org/x", Dial(proxy_auth=("me", "pr0xy")), {"pr0xy"}),
        ("https://a.example.org/x", Dial(proxy_auth=("me", "")), set()),
    ],
)
async def test_what_a_url_logs_in_with_is_secret(url: str, dial: Dial, secrets: set[str]) -> None:
    session = Session(httpx.MockTransport(lambda _: httpx.Response(200)), Guard(SecretStore({})))
    asking = Asker("p", scope_with({"id": "a1"}), httpx.URL(url), dial, [], {})
    await attempt(recipe(), session, asking)
    assert asking.scope.secret_captures == secrets


async def test_an_answer_out_of_a_cache_that_was_not() -> None:
    facts, _ = await answered(recipe(), httpx.Response(200, headers={"Age": "3"}))
    assert facts.get("cache") == {"hit": True, "age": 3.0}


@pytest.mark.parametrize(("status", "headers"), [(200, {}), (204, {}), (302, {"Location": "/b"})])
async def test_a_body_that_is_no_use_is_trouble(status: int, headers: dict[str, str]) -> None:
    trouble = BodyTrouble(Reason.TOO_LARGE, "too large", httpx.Response(status, headers=headers))
    with pytest.raises(BodyTrouble):
        await answered(recipe(), trouble)


async def test_but_a_bad_status_tells_more() -> None:
    trouble = BodyTrouble(Reason.UNDECODABLE, "not the gzip", httpx.Response(503, headers={"X-A": "b"}))
    facts, _ = await answered(recipe(), trouble)
    assert facts.get("status") == 503
    assert facts.get("url") == "https://a.example.org/x"
    assert Absent("not the gzip", reason=Reason.UNDECODABLE) == facts.get("json")


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(503), BodyTrouble(Reason.TOO_LARGE, "too large", httpx.Response(200))],
    ids=["answer", "no use"],
)
async def test_the_status_outlives_the_answer(answer: httpx.Response | BodyTrouble) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, BodyTrouble):
            raise answer
        return answer

    asking = asker()
    session = Session(httpx.MockTransport(handle), Guard(SecretStore({})))
    with contextlib.suppress(BodyTrouble):
        await attempt(recipe(), session, asking)
    status = answer.response.status_code if isinstance(answer, BodyTrouble) else answer.status_code
    assert {"status": status, "http_version": "HTTP/1.1"} == asking.dial.trace.facts
