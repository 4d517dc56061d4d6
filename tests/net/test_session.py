"""Redirects, cookies, the gate and the evidence, over a transport that answers by a script."""

import asyncio
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import Any

import httpx
import pytest

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.outcome import Exchange
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.auth import HeaderAuth
from checker.net.dial import Dial, route
from checker.net.evidence import told
from checker.net.failures import BodyTrouble
from checker.net.guard import Guard
from checker.net.http import MeasuredTransport
from checker.net.session import PRIVATE, Call, Session, copied_cookies
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore
from tests.net.loopback import answering

AUTH = frozenset({"a.example.org"})
Answer = Callable[[httpx.Request], httpx.Response]


class Script(httpx.AsyncBaseTransport):
    """Answers each URL as it was told, and keeps what it was asked."""

    def __init__(self, answers: dict[str, httpx.Response | Answer | Exception]) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        kept = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        kept.extensions = dict(request.extensions)
        self.asked.append(kept)
        answer = self.answers[str(request.url)]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    async def aclose(self) -> None:
        self.closed = True

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.asked]


def session(script: Script, secret: str | None = None) -> Session:
    store = SecretStore({"key": EnvSource("key", AUTH, {"key": secret or ""})})
    if secret:
        store.read("key")
    return Session(script, Guard(store), Clock(wall=lambda: 1_700_000_000.0))


def call(redirects: int = 0, **more: Any) -> Call:
    more.setdefault("state", {})
    return Call(Dial(), [], redirects=redirects, private=PRIVATE | {"x-key"}, **more)


def shown(run: Call) -> list[Exchange]:
    """Return the evidence."""
    return [told(kept) for kept in run.exchanges]


def to(location: str, status: int = 302, cookie: str = "") -> httpx.Response:
    headers = {"Location": location} | ({"Set-Cookie": cookie} if cookie else {})
    return httpx.Response(status, headers=headers)


def get(url: str = "https://a.example.org/", **headers: str) -> httpx.Request:
    return httpx.Request("GET", url, headers=headers)


# Redirects


async def test_without_redirects_a_redirect_is_the_answer() -> None:
    script = Script({"https://a.example.org/": to("/b")})
    response = await session(script).send(get(), call())
    assert response.status_code == 302
    assert script.urls == ["https://a.example.org/"]


async def test_without_redirects_not_even_a_broken_location_matters() -> None:
    script = Script({"https://a.example.org/": to("https://[broken")})
    assert (await session(script).send(get(), call())).status_code == 302


async def test_redirects_are_followed_up_to_their_limit() -> None:
    script = Script(
        {
            "https://a.example.org/": to("/b?c=d"),
            "https://a.example.org/b?c=d": to("https://b.example.org/e"),
            "https://b.example.org/e": httpx.Response(200, text="here"),
        }
    )
    following = call(2)
    response = await session(script).send(get(), following)
    assert response.text == "here"
    assert str(response.url) == "https://b.example.org/e"
    assert following.followed == 2
    assert [exchange.status for exchange in shown(following)] == [302, 302, 200]


async def test_one_redirect_too_many() -> None:
    script = Script({"https://a.example.org/": to("/b"), "https://a.example.org/b": to("/c")})
    with pytest.raises(Trouble) as caught:
        await session(script).send(get(), call(1))
    assert caught.value.reason is Reason.REDIRECT_LIMIT
    assert caught.value.message == "more than 1 redirects, the last one to https://a.example.org/c"
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    ("status", "method", "content"),
    [(301, "GET", b""), (302, "GET", b""), (303, "GET", b""), (307, "POST", b"body"), (308, "POST", b"body")],
)
async def test_a_post_after_a_redirect(status: int, method: str, content: bytes) -> None:
    script = Script(
        {"https://a.example.org/": to("/b", status), "https://a.example.org/b": httpx.Response(200)}
    )
    request = httpx.Request("POST", "https://a.example.org/", content=b"body")
    await session(script).send(request, call(1))
    assert (method, content) == (script.asked[1].method, script.asked[1].content)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("ftp://a.example.org/", "redirected to ftp://a.example.org/: a URL starts with http:// or https://"),
        (
            "http://169.254.169.254/latest",
            "redirected to http://169.254.169.254/latest, a link-local address that the file does not name",
        ),
        (
            "https://[broken",
            "redirected to https://%5Bbroken: the host of the URL is neither a name nor an address",
        ),
        ("http://[fd00:ec2::254]/", "a link-local address that the file does not name"),
        ("javascript:alert(1)", "redirected to 'javascript:alert(1)', where no request can go: "),
    ],
)
async def test_where_no_redirect_leads(location: str, message: str) -> None:
    script = Script({"https://a.example.org/": to(location)})
    with pytest.raises(Trouble) as caught:
        await session(script).send(get(), call(5))
    assert caught.value.reason is Reason.REDIRECT_LIMIT
    assert message in caught.value.message
    assert len(caught.value.message) < 300
    assert len(script.asked) == 1


async def test_a_link_local_address_that_the_file_names() -> None:
    script = Script(
        {"https://a.example.org/": to("http://169.254.170.2/"), "http://169.254.170.2/": httpx.Response(200)}
    )
    named = call(1, named=frozenset({"http://169.254.170.2"}))
    assert (await session(script).send(get(), named)).status_code == 200


async def test_who_is_sent_on_may_go_to_link_local_addresses_only_where_the_file_names_them() -> None:
    script = Script(
        {
            "https://a.example.org/": to("http://named.example.org/"),
            "http://named.example.org/": to("http://b.example.org/"),
            "http://b.example.org/": httpx.Response(200),
        }
    )
    named = call(3, named=frozenset({"http://named.example.org"}))
    await session(script).send(get(), named)
    assert [True, True, False] == [request.extensions["checker"].metadata for request in script.asked]
    assert (
        route(get().url, named.dial).key != route(get().url, Dial()).key
    )  # nor by a connection that was kept


async def test_a_first_request_may_go_to_a_link_local_address() -> None:
    local = httpx.Response(200, extensions={"checker.address": "169.254.170.2"})
    script = Script({"http://169.254.170.2/v4": local})
    assert (await session(script).send(get("http://169.254.170.2/v4"), call())).status_code == 200


@pytest.mark.parametrize("location", ["https://a:port/", "//" + "%20" * 30_000])
async def test_a_broken_location(location: str) -> None:
    script = Script({"https://a.example.org/": to(location)})
    with pytest.raises(Trouble) as caught:
        await session(script).send(get(), call(1))
    assert caught.value.reason is Reason.PROTOCOL
    assert caught.value.message.startswith(f"redirected to '{location[:20]}")
    assert len(caught.value.message) < 350


# Credentials on the way


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("https://a.example.org/b", True),
        ("https://b.example.org/", False),
        ("https://a.example.org:8443/", False),
        ("http://a.example.org/", False),
        ("https://a.example.org.evil.example.net/", False),
    ],
)
async def test_credentials_stay_with_their_origin(location: str, *, kept: bool) -> None:
    script = Script({"https://a.example.org/": to(location), location: httpx.Response(200)})
    request = get(**{"Authorization": "Bearer x", "X-Key": "k", "X-Other": "o", "X-Amz-Security-Token": "t"})
    await session(script).send(request, call(1, cookies={"c": "1"}), HeaderAuth("X-Key", "from auth"))
    first, second = script.asked
    assert (first.headers["x-key"], first.headers["cookie"]) == ("from auth", "c=1")
    private = ("authorization", "x-key", "x-amz-security-token", "cookie")
    assert [kept] * 4 == [name in second.headers for name in private]
    assert second.headers["x-other"] == "o"


async def test_they_follow_to_the_same_host_over_tls() -> None:
    script = Script(
        {"http://a.example.org/": to("https://a.example.org/"), "https://a.example.org/": httpx.Response(200)}
    )
    await session(script).send(get("http://a.example.org/"), call(1), HeaderAuth("X-Key", "k"))
    assert script.asked[1].headers["x-key"] == "k"


async def test_they_do_not_come_back() -> None:
    script = Script(
        {
            "https://a.example.org/": to("https://b.example.org/"),
            "https://b.example.org/": to("https://a.example.org/again"),
            "https://a.example.org/again": httpx.Response(200),
        }
    )
    await session(script).send(get(), call(2), HeaderAuth("X-Key", "k"))
    assert ["x-key" in request.headers for request in script.asked] == [True, False, False]


async def test_what_was_said_of_the_first_host_is_not_said_of_another() -> None:
    dial = Dial(
        address="10.0.0.1",
        port=9000,
        server_name="inner.example.org",
        ip_version="4",
        resolve={"b.example.org": "10.0.0.2"},
    )
    script = Script(
        {
            "https://a.example.org/": to("https://b.example.org/"),
            "https://b.example.org/": httpx.Response(200),
        }
    )
    await session(script).send(get(), Call(dial, [], redirects=1))
    first, second = (request.extensions["checker"] for request in script.asked)
    assert (first.address, first.port, first.server_name) == ("10.0.0.1", 9000, "inner.example.org")
    assert (second.address, second.port, second.server_name) == (None, None, None)
    assert (second.ip_version, second.resolve) == ("4", {"b.example.org": "10.0.0.2"})


@pytest.mark.parametrize("status", [302, 307])
async def test_a_restricted_secret_is_not_carried_along(status: int) -> None:
    script = Script({"https://a.example.org/": to("https://b.example.org/?k=hunter2hunter2", status)})
    with pytest.raises(Trouble) as caught:
        await session(script, "hunter2hunter2").send(get(), call(1))
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE
    assert len(script.asked) == 1


# Cookies


async def test_cookies_are_kept_for_the_run_and_no_longer() -> None:
    script = Script(
        {
            "https://a.example.org/login": httpx.Response(
                200, headers=[("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "b=2; Path=/b")]
            ),
            "https://a.example.org/": httpx.Response(200),
            "https://b.example.org/": httpx.Response(200),
        }
    )
    asking, run = session(script), call()
    await asking.send(get("https://a.example.org/login"), run)
    assert run.received_cookies == {"sid": "1", "b": "2"}
    await asking.send(get(), call(state=run.state))
    await asking.send(get("https://b.example.org/"), call(state=run.state))
    await asking.send(get(), call())
    assert [request.headers.get("cookie") for request in script.asked] == [None, "sid=1", None, None]


@pytest.mark.filterwarnings("error")
async def test_a_cookie_that_the_library_cannot_read_is_not_kept_and_says_nothing_in_the_log() -> None:
    endless = httpx.Response(200, headers={"Set-Cookie": f"sid=1; max-age={'9' * 400}"})
    script, run = Script({"https://a.example.org/": lambda _: endless}), call()
    for _ in range(2):
        await session(script).send(get(), run)
    assert script.asked[1].headers.get("cookie") is None


async def test_cookies_of_a_redirect() -> None:
    script = Script(
        {
            "https://a.example.org/": to("/home", cookie="sid=1; HttpOnly"),
            "https://a.example.org/home": httpx.Response(200, headers={"Set-Cookie": "seen=yes"}),
        }
    )
    run = call(1)
    await session(script).send(get(), run)
    assert script.asked[1].headers["cookie"] == "sid=1"
    assert run.received_cookies == {"sid": "1", "seen": "yes"}


async def test_cookies_of_a_request_go_before_those_of_the_run() -> None:
    script = Script(
        {"https://a.example.org/": lambda _: httpx.Response(200, headers={"Set-Cookie": "a=run; Path=/"})}
    )
    run = call()
    await session(script).send(get(), run)
    await session(script).send(get(), call(state=run.state, cookies={"b": "2", "a": "mine"}))
    assert script.asked[1].headers["cookie"] == "b=2; a=mine"
    await session(script).send(get(Cookie="x=y"), call(state=run.state, cookies={"b": "2"}))
    assert script.asked[2].headers["cookie"] == "x=y; b=2"


async def test_cookies_beyond_ascii_are_sent_as_utf_8() -> None:
    set_cookie = (b"Set-Cookie", "a=ü; Path=/".encode())
    script = Script({"https://a.example.org/": lambda _: httpx.Response(200, headers=[set_cookie])})
    run = call(cookies={"b": "€"})
    await session(script).send(get(), run)
    await session(script).send(get(), call(state=run.state, cookies={"b": "€"}))
    assert [request.headers.raw[-1][1] for request in script.asked] == ["b=€".encode(), "a=ü; b=€".encode()]


def test_copied_cookies_change_nothing_for_the_run() -> None:
    state: dict[str, Any] = {}
    assert copied_cookies(state) == {}

    async def set_one(name: str, held: MutableMapping[str, Any]) -> None:
        script = Script({"https://a.example.org/": httpx.Response(200, headers={"Set-Cookie": f"{name}=1"})})
        await session(script).send(get(), call(state=held))

    asyncio.run(set_one("a", state))
    copied = copied_cookies(state)
    asyncio.run(set_one("b", copied))
    (jar,), (copy,) = state.values(), copied.values()
    assert dict(jar) == {"a": "1"}
    assert dict(copy) == {"a": "1", "b": "1"}


# Evidence


async def test_an_exchange_is_kept_as_it_went_over_the_wire() -> None:
    answer = httpx.Response(
        201,
        headers={"X-Answer": "a"},
        content=b"there",
        extensions={"checker.address": "10.0.0.1", "http_version": b"HTTP/1.1"},
    )
    script = Script({"https://a.example.org/": answer})
    trace = Trace(iter(range(100)).__next__)
    trace.timings = {Phase.DNS: 1.0, Phase.WAIT: 1.0}

    def timed(request: httpx.Request) -> httpx.Response:
        with trace.phase(Phase.WAIT):
            return answer

    script.answers["https://a.example.org/"] = timed
    run = Call(Dial(trace), [])
    await session(script).send(
        httpx.Request("PUT", "https://a.example.org/", headers=[(b"X-Ask", "é".encode())], content=b"here"),
        run,
    )
    assert shown(run) == [
        Exchange(
            "PUT",
            "https://a.example.org/",
            (("Host", "a.example.org"), ("X-Ask", "é"), ("Content-Length", "4")),
            b"here",
            201,
            "HTTP/1.1",
            (("X-Answer", "a"), ("Content-Length", "5")),
            b"there",
            "10.0.0.1",
            1_700_000_000.0,
            {Phase.WAIT: 1.0},
        )
    ]


async def test_each_round_of_an_authentication_is_shown_as_it_was_sent() -> None:
    """The rounds are one request, whose headers change, and what follows a redirect is made of it."""
    challenge = {"WWW-Authenticate": 'Digest realm="a", nonce="b", qop="auth", algorithm=SHA-256'}
    unmet, met = httpx.Response(401, headers=challenge, content=b"who?"), to("/b", cookie="a=b")
    script = Script(
        {
            "https://a.example.org/": lambda request: met if "authorization" in request.headers else unmet,
            "https://a.example.org/b": httpx.Response(200, content=b"here"),
        }
    )
    following = call(1)
    await session(script).send(get(X_Ask="c"), following, httpx.DigestAuth("me", "hunter2"))
    first, second, third = shown(following)
    assert [request.headers.multi_items() for request in script.asked] == [
        [(name.lower(), value) for name, value in one.request_headers] for one in (first, second, third)
    ]
    assert "Authorization" not in dict(first.request_headers)
    assert dict(second.request_headers)["Authorization"].startswith('Digest username="me"')
    assert (401, b"who?", "https://a.example.org/") == (first.status, first.response_body, first.url)
    assert (302, ("Set-Cookie", "a=b")) == (second.status, second.response_headers[1])
    assert (200, b"here", "https://a.example.org/b") == (third.status, third.response_body, third.url)


async def test_an_answer_that_is_still_to_be_read_is_read() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"he"
        yield b"re"

    run = call()
    answer = httpx.Response(200, content=parts())
    response = await session(Script({"https://a.example.org/": answer})).send(get(), run)
    assert [b"here", b"here"] == [response.content, *(one.response_body for one in shown(run))]


async def test_a_request_without_an_answer_is_evidence_too() -> None:
    script = Script({"https://a.example.org/": Trouble(Reason.REFUSED, "refused")})
    run = call()
    with pytest.raises(Trouble, match="refused"):
        await session(script).send(get(), run)
    assert [(exchange.url, exchange.status) for exchange in shown(run)] == [("https://a.example.org/", None)]


async def test_so_is_one_that_was_cut_off() -> None:
    class Silent(Script):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            raise AssertionError

    run = call()
    asking = asyncio.create_task(session(Silent({})).send(get(), run))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(run.exchanges) == 1


async def test_of_an_answer_that_was_cut_off_its_head_is_evidence() -> None:
    login = "Location: https://me:hunter2@a.example.org/"
    async with answering(f"HTTP/1.1 302 Found\r\n{login}\r\nContent-Length: 9\r\n\r\nabc".encode()) as server:
        asking = Session(MeasuredTransport(), Guard(SecretStore({})))
        run = call()
        with pytest.raises(Trouble, match="after 3 of 9 bytes"):
            await asking.send(get(server.url), run)
        await asking.aclose()
    (kept,) = shown(run)
    assert (302, "HTTP/1.1", "127.0.0.1", b"") == (
        kept.status,
        kept.http_version,
        kept.address,
        kept.response_body,
    )
    assert {"hunter2"} == run.secrets


async def test_of_a_head_that_was_given_up_in_the_middle_no_header_is_overlooked() -> None:
    head = b"HTTP/1.1 302 Found\r\nTransfer-Encoding: gzip, chunked\r\nLocation: https://me:hunter2@a.example.org/"
    async with answering(head + b"\r\n\r\n") as server:
        asking = Session(MeasuredTransport(), Guard(SecretStore({})))
        run = call()
        with pytest.raises(Trouble, match="uses the transfer coding"):
            await asking.send(get(server.url), run)
        await asking.aclose()
    assert {"hunter2"} == run.secrets
    assert [302] == [exchange.status for exchange in shown(run)]


async def test_an_answer_whose_body_is_no_use_is_kept_without_it() -> None:
    trouble = BodyTrouble(
        Reason.TOO_LARGE, "too large", httpx.Response(200, headers={"X-A": "b"}, content=b"")
    )
    run = call()
    with pytest.raises(BodyTrouble) as caught:
        await session(Script({"https://a.example.org/": trouble})).send(get(), run)
    assert run.exchanges[0].status == 200
    assert str(caught.value.response.url) == "https://a.example.org/"


async def test_what_the_guard_refuses_is_never_sent() -> None:
    script = Script({})
    run = call()
    request = httpx.Request("POST", "https://b.example.org/", content=b"hunter2hunter2")
    with pytest.raises(Trouble, match=r"secret key may only be sent to a\.example\.org, not b\.example\.org"):
        await session(script, "hunter2hunter2").send(request, run)
    assert script.asked == []
    assert run.exchanges == []


# What else may happen


@pytest.mark.parametrize(
    "error", [httpx.ReadError("broken pipe"), httpx.RemoteProtocolError("bad"), httpx.InvalidURL("bad")]
)
@pytest.mark.parametrize("redirects", [0, 1])
async def test_no_exception_of_the_library_escapes(error: Exception, redirects: int) -> None:
    with pytest.raises(Trouble) as caught:
        await session(Script({"https://a.example.org/": error})).send(get(), call(redirects))
    assert caught.value.reason is Reason.PROTOCOL
    assert str(error) in caught.value.message


async def test_a_user_in_the_url_is_basic_authentication() -> None:
    script = Script({"https://me:pass@a.example.org/": httpx.Response(200)})
    await session(script).send(get("https://me:pass@a.example.org/"), call())
    assert script.asked[0].headers["authorization"] == "Basic bWU6cGFzcw=="


async def test_a_form_to_an_endpoint_beside_the_target() -> None:
    script = Script({"https://auth.example.org/token": httpx.Response(200, headers={"Set-Cookie": "a=b"})})
    dial = Dial(address="10.0.0.1", server_name="x", ip_version="4")
    beside = Call(dial, [])
    await session(script).post("https://auth.example.org/token", {"a": "b c"}, {"X-A": "y"}, beside)
    (request,) = script.asked
    used: Dial = request.extensions["checker"]
    assert (request.method, request.content) == ("POST", b"a=b+c")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["x-a"] == "y"
    assert (used.address, used.server_name, used.ip_version) == (None, None, "4")
    assert used.max_body == 64 << 10 < dial.max_body  # it is decoded on the event loop
    assert used.trace is dial.trace
    assert [exchange.url for exchange in shown(beside)] == ["https://auth.example.org/token"]


async def test_closing_closes_the_transport() -> None:
    script = Script({})
    await session(script).aclose()
    assert script.closed


# Endpoints beside the target


@pytest.mark.parametrize(("status", "kept"), [(200, b"(withheld)"), (400, b'{"refresh_token":"r3fr3sh"}')])
async def test_what_an_endpoint_grants_is_no_evidence(status: int, kept: bytes) -> None:
    """A refresh token is as good as the token that is used; why a token was refused is worth knowing."""
    answer = httpx.Response(status, content=b'{"refresh_token":"r3fr3sh"}')
    beside = call()
    response = await session(Script({"https://a.example.org/token": answer})).post(
        "https://a.example.org/token", {"grant_type": "client_credentials"}, {}, beside
    )
    assert response.json() == {"refresh_token": "r3fr3sh"}
    assert [(status, kept)] == [(exchange.status, exchange.response_body) for exchange in shown(beside)]
