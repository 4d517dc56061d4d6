"""Every key of the kind, as it goes over the wire; and what the kind makes of what comes back."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
import respx

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Phase, Reason
from checker.kinds.http import HttpKind
from checker.net.dial import Dial
from tests.kinds.asking import OAUTH2, URL, Asking, dialled, refused

# url, params, method


async def test_a_request_at_its_simplest(asking: Asking) -> None:
    asking.router.get(URL).respond(200, json={"totalResults": 3}, headers={"X-A": "b"})
    run = asking.run()
    facts = (await asking.observe(run, url=URL)).facts
    assert facts.get("status") == 200
    assert facts.get("json") == {"totalResults": 3}
    assert facts.get("redirects") == 0
    assert [(exchange.url, exchange.status) for exchange in run.exchanges] == [(URL, 200)]


async def test_params(asking: Asking) -> None:
    params = {"q": "${q}", "n": 10, "include": ["items", "${run.id}"], "strict": True}
    request = await asking.sent(asking.run(q="a b&c"), url=f"{URL}?flag", params=params)
    expected = "flag&q=a%20b%26c&n=10&include=items&include=0af76519-16cd-43dd-8448-eb211c80319c&strict=true"
    assert expected == request.url.query.decode()


async def test_a_capture_in_the_url(asking: Asking) -> None:
    request = await asking.sent(asking.run(id="a/../b?c#d"), url=f"{URL}/${{id}}/items")
    assert str(request.url) == f"{URL}/a%2F..%2Fb%3Fc%23d/items"


async def test_a_whole_url_must_lead_to_an_origin_that_the_file_names(asking: Asking) -> None:
    with pytest.raises(
        Trouble, match=r"leads to https://api\.example\.org, which the configuration does not name"
    ):
        await asking.observe(asking.run(next=f"{URL}?page=2"), url="${next}")
    asking.kind.prepare(asking.spec(url=URL))
    request = await asking.sent(asking.run(next=f"{URL}?page=2"), url="${next}")
    assert str(request.url) == f"{URL}?page=2"
    with pytest.raises(Trouble) as caught:
        await asking.observe(asking.run(next="https://evil.example.net/"), url="${next}")
    assert caught.value.reason is Reason.CAPTURE_MISSING


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_method(asking: Asking, method: str) -> None:
    assert method == (await asking.sent(url=URL, method=method)).method


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({}, ("url",), "Field required"),
        ({"url": "works"}, ("url",), "a URL starts with http:// or https:// and a host"),
        ({"url": 1}, ("url",), "expected a URL, not a whole number"),
        (
            {"url": URL, "method": "get"},
            ("method",),
            "a method is written in capitals, such as GET, not 'get'",
        ),
        (
            {"url": URL, "method": "GET /"},
            ("method",),
            "a method is written in capitals, such as GET, not 'GET /'",
        ),
        (
            {"url": URL, "params": {"a": None}},
            ("params", "a"),
            "expected a text, a number or true or false, not nothing",
        ),
        (
            {"url": URL, "redirects": True},
            ("redirects",),
            "expected a whole number, 0 or more, not true or false",
        ),
        (
            {"url": URL, "resolve": {"a": "b"}},
            ("resolve", "a"),
            "'b' is not an IP address, such as 127.0.0.1 or ::1",
        ),
        ({"url": URL, "cache": "never"}, ("cache",), "expected allow or bypass, not 'never'"),
        ({"url": URL, "timeout": "1s"}, ("timeout",), "Extra inputs are not permitted"),
        (
            {"url": URL, "same": [{"status": True}]},
            (),
            "same compares the answers of several addresses: it needs each_address: true",
        ),
        (
            {"url": URL, "each_address": True, "proxy": "http://p:1"},
            (),
            "each_address and proxy cannot go together: the proxy chooses the address",
        ),
    ],
)
def test_what_may_not_be_written(keys: dict[str, Any], path: tuple[str, ...], message: str) -> None:
    assert [(path, message)] == refused(**keys)


# Restricted secrets


AUTH_ONLY = {"key": ["auth.example.org"]}


@pytest.mark.parametrize(
    "place",
    [
        {"headers": {"X-Key": "${secret.key}"}},
        {"params": {"key": "${secret.key}"}},
        {"cookies": {"key": "${secret.key}"}},
        {"method": "POST", "json": {"a": ["${secret.key}"]}},
        {"method": "POST", "form": {"a": "x${secret.key}y"}},
        {"method": "POST", "body": "${secret.key}"},
        {"method": "POST", "multipart": {"a": {"content": "${secret.key}"}}},
        {"auth": {"basic": {"username": "me", "password": "${secret.key}"}}},
        {"auth": {"bearer": "${secret.key}"}},
        {"auth": {"digest": {"username": "me", "password": "${secret.key}"}}},
        {"auth": {"api_key": {"header": "X-Key", "value": "${secret.key}"}}},
        {"auth": {"api_key": {"query": "key", "value": "${secret.key}"}}},
        {
            "auth": {
                "oauth2": {
                    "token_url": "https://evil.example.net/token",
                    "client_id": "me",
                    "client_secret": "${secret.key}",
                }
            }
        },
        {"proxy": "http://me:${secret.key}@api.example.org:3128"},
    ],
)
async def test_a_restricted_secret_goes_nowhere_else(place: dict[str, Any]) -> None:
    asking = Asking({"key": "hunter2/hunter2+"}, AUTH_ONLY)
    route = asking.router.route().respond(200)
    with pytest.raises(Trouble) as caught:
        await asking.observe(url=URL, **place)
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE
    assert not route.called
    (problem,) = asking.kind.problems(asking.spec(url=URL, **place), {"key": frozenset(AUTH_ONLY["key"])})
    assert problem[1].startswith("secret key may only be sent to auth.example.org, not ")
    assert caught.value.message.endswith(problem[1])


def test_where_the_misplaced_secret_stands() -> None:
    asking = Asking()
    multipart = {"a": {"content": "${secret.key}"}}
    spec = asking.spec(
        url=URL, headers={"X-Key": "${secret.key}", "X-Other": "${secret.free}"}, multipart=multipart
    )
    problems = asking.kind.problems(spec, {"key": frozenset({"auth.example.org"})})
    assert [("headers", "X-Key"), ("multipart", "a", "content")] == [path for path, _ in problems]


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "https://auth.example.org/", "headers": {"X-Key": "${secret.key}"}},
        {"url": "https://${host}/", "headers": {"X-Key": "${secret.key}"}},
        {
            "url": URL,
            "auth": {
                "oauth2": {
                    "token_url": "https://auth.example.org/",
                    "client_id": "a",
                    "client_secret": "${secret.key}",
                }
            },
        },
        {"url": URL, "proxy": "http://me:${secret.key}@auth.example.org:3128"},
        {"url": URL, "tls": {"cert": "c.pem", "key": "${secret.key}"}},
    ],
)
def test_what_is_not_known_to_be_misplaced(keys: dict[str, Any]) -> None:
    asking = Asking()
    assert list(asking.kind.problems(asking.spec(**keys), {"key": frozenset({"auth.example.org"})})) == []


async def test_a_restricted_secret_does_not_follow_a_redirect() -> None:
    asking = Asking({"key": "hunter2hunter2"}, {"key": ["api.example.org"]})
    asking.router.get(URL).respond(302, headers={"Location": "https://evil.example.net/?k=hunter2hunter2"})
    with pytest.raises(
        Trouble, match=r"secret key may only be sent to api\.example\.org, not evil\.example\.net"
    ):
        await asking.observe(url=URL, redirects=1, headers={"X-Key": "${secret.key}"})


async def test_headers_with_a_secret_stay_behind() -> None:
    asking = Asking({"key": "hunter2hunter2"})
    asking.router.get(URL).respond(302, headers={"Location": "https://other.example.org/"})
    route = asking.router.get("https://other.example.org/").respond(200)
    api_key = {"api_key": {"header": "X-Mine", "value": "${secret.key}"}}
    await asking.observe(url=URL, redirects=1, headers={"X-Key": "${secret.key}", "X-A": "b"}, auth=api_key)
    assert {"x-key", "x-mine"}.isdisjoint(asking.last(route).headers)
    assert asking.last(route).headers["x-a"] == "b"


# tls, proxy, and the way there


async def test_the_way_there_by_default(asking: Asking) -> None:
    run = asking.run()
    assert Dial(trace=run.trace) == await dialled(asking, run)


async def test_the_way_there_as_it_is_set(asking: Asking) -> None:
    run = asking.run()
    dial = await dialled(
        asking,
        run,
        proxy="http://me:p%40ss@proxy.example.org:3128",
        http_version=2,
        connection="reuse",
        ip_version=6,
        resolve={"api.example.org": "::1"},
        max_body="2MiB",
        tls={"server_name": "inner.example.org", "verify": False},
    )
    assert dial.ssl is not None
    assert dial == Dial(
        trace=run.trace,
        ssl=dial.ssl,
        server_name="inner.example.org",
        resolve={"api.example.org": "::1"},
        ip_version="6",
        proxy=httpx.URL("http://proxy.example.org:3128"),
        proxy_auth=("me", "p@ss"),
        max_body=2 << 20,
        connection="reuse",
        http_version="2",
    )


async def test_the_password_of_a_proxy() -> None:
    asking = Asking({"password": "p@ss/word"})
    dial = await dialled(asking, proxy="http://me:${secret.password}@proxy.example.org:3128")
    assert (dial.proxy, dial.proxy_auth) == (httpx.URL("http://proxy.example.org:3128"), ("me", "p@ss/word"))


async def test_a_captured_proxy_must_be_one_that_the_file_names() -> None:
    proxy = "http://proxy.example.org:3128"
    asking = Asking(origins=[proxy])
    dial = await dialled(asking, asking.run(proxy=f"{proxy}/"), proxy="${proxy}")
    assert (dial.proxy, dial.proxy_auth) == (httpx.URL(f"{proxy}/"), None)
    with pytest.raises(Trouble, match="which the configuration does not name") as caught:
        await dialled(asking, asking.run(proxy="http://evil.example.net:3128"), proxy="${proxy}")
    assert caught.value.reason is Reason.CAPTURE_MISSING


async def test_a_capture_that_is_no_proxy() -> None:
    asking = Asking(origins=["https://proxy.example.org"])
    with pytest.raises(Trouble, match="a proxy is written http://host:port") as caught:
        await dialled(asking, asking.run(proxy="https://proxy.example.org"), proxy="${proxy}")
    assert caught.value.reason is Reason.CAPTURE_MISSING


async def test_a_secret_that_is_no_proxy() -> None:
    asking = Asking({"proxy": "https://proxy.example.org"})
    with pytest.raises(Trouble, match="a proxy is written http://host:port") as caught:
        await asking.observe(url=URL, proxy="${secret.proxy}")
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE


# redirects and cache


async def test_redirects(asking: Asking) -> None:
    asking.router.get(URL).respond(302, headers={"Location": "/elsewhere"})
    asking.router.get("https://api.example.org/elsewhere").respond(200, text="here")
    facts = (await asking.observe(url=URL)).facts
    assert (facts.get("status"), facts.get("redirects"), facts.get("url")) == (302, 0, URL)
    facts = (await asking.observe(url=URL, redirects=1)).facts
    assert (facts.get("status"), facts.get("redirects"), facts.get("url")) == (
        200,
        1,
        "https://api.example.org/elsewhere",
    )
    asking.router.get("https://api.example.org/elsewhere").respond(302, headers={"Location": "/again"})
    with pytest.raises(Trouble) as caught:
        await asking.observe(url=URL, redirects=1)
    assert caught.value.reason is Reason.REDIRECT_LIMIT


async def test_bypassing_caches(asking: Asking) -> None:
    queries = set()
    for _ in range(3):
        request = await asking.sent(asking.run(q="x"), url=f"{URL}?a=b", params={"q": "${q}"}, cache="bypass")
        assert (request.headers["cache-control"], request.headers["pragma"]) == ("no-cache", "no-cache")
        query = request.url.query.decode()
        assert re.fullmatch("a=b&q=x&_checker=[0-9a-f]{16}", query)
        queries.add(query)
    assert len(queries) == 3


async def test_a_cache_that_will_not_be_bypassed(asking: Asking) -> None:
    asking.router.get(url__startswith=URL).respond(200, headers={"X-Cache": "Hit from cloudfront"})
    with pytest.raises(Trouble) as caught:
        await asking.observe(url=URL, cache="bypass")
    assert caught.value.reason is Reason.STALE_CACHE
    assert (await asking.observe(url=URL)).facts.get("cache") == {
        "hit": True,
        "age": Absent("the answer has no Age header", known=True),
    }


# each_address


REPLICAS = {"api.example.org": ("10.0.0.1", "10.0.0.2", "10.0.0.3")}


def by_address(answers: dict[str, httpx.Response | Exception]) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        dial: Dial = request.extensions["checker"]
        assert request.headers["host"] == "api.example.org"
        dial.trace.timings[Phase.WAIT] = 0.1 * int((dial.address or "")[-1])
        dial.trace.facts["address"] = dial.address
        found = answers[dial.address or ""]
        if isinstance(found, Exception):
            raise found
        return found

    return answer


async def test_each_address_is_asked() -> None:
    asking = Asking(names=REPLICAS)
    answers: dict[str, httpx.Response | Exception] = {
        "10.0.0.1": httpx.Response(200, json={"version": 1}),
        "10.0.0.2": Trouble(Reason.REFUSED, "connection to 10.0.0.2:443 was refused"),
        "10.0.0.3": httpx.Response(503),
    }
    asking.router.get(URL).mock(side_effect=by_address(answers))
    run = asking.run()
    seen = await asking.observe(run, url=URL, each_address=True)
    assert [name for name, _ in seen.replicas] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    first, second, third = (observation for _, observation in seen.replicas)
    assert first.facts.get("json") == {"version": 1}
    assert second.trouble is answers["10.0.0.2"]
    assert third.facts.get("status") == 503
    assert seen.compared == ()
    assert len(run.exchanges) == 3
    assert run.trace.timings[Phase.WAIT] == pytest.approx(0.3)
    assert run.trace.facts["address"] == "10.0.0.3"
    assert asking.resolver.asked == [("api.example.org", "any")]


@pytest.mark.parametrize(
    ("versions", "truth", "told"),
    [
        (["1.2", "1.2", "1.2"], Truth.HOLDS, '"1.2" at 10.0.0.1, 10.0.0.2, 10.0.0.3'),
        (["1.2", "1.3", "1.2"], Truth.MISSES, '"1.2" at 10.0.0.1, 10.0.0.3; "1.3" at 10.0.0.2'),
        ([1, True, 1], Truth.MISSES, "1 at 10.0.0.1, 10.0.0.3; true at 10.0.0.2"),
    ],
)
async def test_what_must_be_the_same_at_all(versions: list[object], truth: Truth, told: str) -> None:
    asking = Asking(names=REPLICAS)
    answers = {
        f"10.0.0.{number}": httpx.Response(200, json={"version": version})
        for number, version in enumerate(versions, 1)
    }
    asking.router.get(URL).mock(side_effect=by_address(dict(answers)))
    seen = await asking.observe(url=URL, each_address=True, same=[{"json": "$.version"}, {"status": True}])
    version, status = seen.compared
    assert (version.subject, version.operator, version.verdict, version.seen) == (
        "json.$.version",
        "same",
        truth,
        told,
    )
    assert (status.subject, status.verdict) == ("status", Truth.HOLDS)


async def test_what_cannot_be_told_to_be_the_same() -> None:
    asking = Asking(names=REPLICAS)
    answers: dict[str, httpx.Response | Exception] = {
        "10.0.0.1": httpx.Response(200, json={}),
        "10.0.0.2": httpx.Response(200, json={"version": "1.2"}),
        "10.0.0.3": Trouble(Reason.REFUSED, "refused"),
    }
    asking.router.get(URL).mock(side_effect=by_address(answers))
    seen = await asking.observe(url=URL, each_address=True, same=[{"json": "$.version"}])
    assert seen.compared[0].verdict is Truth.UNTELLABLE
    assert '"1.2" at 10.0.0.2' in seen.compared[0].seen


async def test_a_name_with_a_given_address_is_not_looked_up() -> None:
    asking = Asking(names=REPLICAS)
    asking.router.get(URL).mock(side_effect=by_address({"10.0.0.9": httpx.Response(200)}))
    seen = await asking.observe(url=URL, each_address=True, resolve={"api.example.org": "10.0.0.9"})
    assert [name for name, _ in seen.replicas] == ["10.0.0.9"]
    assert asking.resolver.asked == []


async def test_the_cookies_of_one_replica_are_no_business_of_the_others() -> None:
    asking = Asking(names=REPLICAS)
    asking.router.post(URL).respond(200, headers={"Set-Cookie": "sid=1"})
    run = asking.run()
    await asking.observe(run, url=URL, method="POST")
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["cookie"])
        return httpx.Response(200, headers={"Set-Cookie": f"replica={len(sent)}"})

    asking.router.get(URL).mock(side_effect=answer)
    await asking.observe(run, url=URL, each_address=True)
    assert sent == ["sid=1"] * 3
    assert (await asking.sent(run, url=f"{URL}/x")).headers["cookie"] == "sid=1"


async def test_at_most_sixteen_at_a_time() -> None:
    asking = Asking(names={"api.example.org": tuple(f"10.0.0.{number}" for number in range(40))})
    now = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return httpx.Response(200)

    asking.router.get(URL).mock(side_effect=answer)
    assert len((await asking.observe(url=URL, each_address=True)).replicas) == 40
    assert most == 16


def test_selectors_that_select_nothing(asking: Asking) -> None:
    spec = asking.spec(
        url=URL, each_address=True, same=[{"json": "$.version"}, {"jsn": "$.a"}, {"json": "$["}, {}]
    )
    problems = list(asking.kind.problems(spec, {}))
    assert [("same", 1, "jsn"), ("same", 2, "json"), ("same", 3)] == [path for path, _ in problems]
    assert problems[0][1].startswith("there is no fact 'jsn'; did you mean 'json'")


# What the engine asks of the kind


@pytest.mark.parametrize(
    ("method", "writes", "idempotent"),
    [
        ("GET", False, True),
        ("HEAD", False, True),
        ("OPTIONS", False, True),
        ("PUT", True, True),
        ("DELETE", True, True),
        ("POST", True, False),
        ("PATCH", True, False),
    ],
)
def test_methods_that_write(asking: Asking, method: str, *, writes: bool, idempotent: bool) -> None:
    spec = asking.spec(url=URL, method=method)
    assert (writes, idempotent) == (HttpKind.writes(spec), HttpKind.idempotent(spec))


def test_signing_in_is_not_writing(asking: Asking) -> None:
    assert not HttpKind.writes(asking.spec(url=URL, auth=OAUTH2))


@pytest.mark.parametrize(
    ("method", "body", "doubted"),
    [
        ("GET", {"json": None}, ["json"]),
        ("HEAD", {"form": {"a": 1}}, ["form"]),
        ("GET", {}, []),
        ("POST", {"json": {}}, []),
        ("DELETE", {"body": "x"}, []),
    ],
)
def test_a_body_that_most_servers_ignore(
    asking: Asking, method: str, body: dict[str, Any], doubted: list[str]
) -> None:
    message = f"most servers ignore the body of a {method}: is method: POST meant?"
    spec = asking.spec(url=URL, method=method, **body)
    assert [((name,), message) for name in doubted] == list(asking.kind.doubts(spec))


def test_the_files_that_a_request_is_made_of(asking: Asking) -> None:
    parts = {"a": {"file": "rows.csv"}, "b": "plain", "c": {"content": "x"}}
    assert ["rows.csv"] == list(HttpKind.files(asking.spec(url=URL, method="POST", multipart=parts)))
    assert [] == list(HttpKind.files(asking.spec(url=URL)))


def test_what_is_implied_and_what_repeats(asking: Asking) -> None:
    assert HttpKind.implied(asking.spec(url=URL), frozenset({"json"})) == {"status": "2xx"}
    assert HttpKind.implied(asking.spec(url=URL), frozenset({"status"})) == {}
    assert HttpKind.repeats(asking.spec(url=URL, each_address=True))
    assert not HttpKind.repeats(asking.spec(url=URL))


async def test_what_can_be_prepared_is_prepared_once(asking: Asking) -> None:
    asking.router.post(url__startswith=URL).respond(200)
    spec = asking.spec(url=URL, params={"a": 1}, method="POST", json={"a": [1]}, headers={"X-A": "b"})
    observe = asking.kind.prepare(spec)
    assert json.loads(asking.last(await _twice(asking, observe)).content) == {"a": [1]}


async def _twice(asking: Asking, observe: Any) -> respx.Route:
    from checker.kinds.contract import StepContext

    for _ in range(2):
        run = asking.run()
        await observe(StepContext("p", "s", run.scope, run.trace, run.kept, run.state))
    (route,) = asking.router.routes
    return route


async def test_closing(asking: Asking) -> None:
    await asking.kind.aclose()
