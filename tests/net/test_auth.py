"""The flows against servers that know what is right; the tokens against their clock."""

import asyncio
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping

import httpx
import pytest

from checker.core.clock import Clock, FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.auth import (
    REMEMBERED,
    DigestAuth,
    Grant,
    HeaderAuth,
    QueryAuth,
    SignedAuth,
    Token,
    TokenAuth,
    Tokens,
    basic_auth,
    fetch_token,
)
from checker.net.failures import BodyTrouble
from checker.net.sigv4 import Credentials, Signer

Answer = Callable[[httpx.Request], httpx.Response]
GRANT = Grant("https://auth.example.org/token", "me", "s3cret&more")


async def ask(
    auth: httpx.Auth, answer: Answer, url: str = "https://api.example.org/x?a=b"
) -> tuple[httpx.Response, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(
            httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        )
        return answer(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(keep)) as client:
        return await client.post(url, auth=auth, content=b"body"), seen


def fine(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


# Headers and parameters


async def test_basic() -> None:
    _, seen = await ask(basic_auth("jürgen", "pass:wörd"), fine)
    assert seen[0].headers["authorization"] == "Basic " + b64encode("jürgen:pass:wörd".encode()).decode()


async def test_a_key_in_a_header_takes_the_place_of_what_was_there() -> None:
    auth = HeaderAuth("X-Key", "schlüssel")
    request = httpx.Request("GET", "https://a/", headers={"x-key": "old", "x-other": "kept"})
    assert "kept" == request.headers["x-other"]  # httpx takes them for ASCII from now on
    sent = next(auth.auth_flow(request))
    assert [(b"x-key", "schlüssel".encode()), (b"x-other", b"kept")] == sorted(
        (name.lower(), value) for name, value in sent.headers.raw if name.lower().startswith(b"x-")
    )


def test_a_key_that_no_header_can_hold_is_noticed_before_anything_is_sent() -> None:
    with pytest.raises(UnicodeEncodeError):
        HeaderAuth("X-Key", "\udcff")


async def test_a_key_in_the_query() -> None:
    _, seen = await ask(QueryAuth("api key", "a&b"), fine)
    assert str(seen[0].url) == "https://api.example.org/x?a=b&api%20key=a%26b"
    _, seen = await ask(QueryAuth("key", "abc"), fine, "https://api.example.org/x?key=abc&a=b")
    assert str(seen[0].url) == "https://api.example.org/x?key=abc&a=b"
    _, seen = await ask(QueryAuth("key", "abc"), fine, "https://api.example.org/x")
    assert str(seen[0].url) == "https://api.example.org/x?key=abc"


# Digest


def digesting(algorithm: str, digest: Callable[[str], str]) -> Answer:
    """Return a server that wants RFC 7616's qop=auth of the user me with the password secret."""

    def answer(request: httpx.Request) -> httpx.Response:
        told = dict(re.findall(r'(\w+)="?([^",]+)"?', request.headers.get("authorization", "")))
        if told:
            ha1, ha2 = digest("me:here:secret"), digest(f"{request.method}:{told['uri']}")
            wanted = digest(f"{ha1}:n0nce:{told['nc']}:{told['cnonce']}:auth:{ha2}")
            if told["response"] == wanted and told["username"] == "me":
                return httpx.Response(200)
        challenge = f'Digest realm="here", nonce="n0nce", qop="auth", algorithm={algorithm}'
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})

    return answer


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("MD5", lambda text: hashlib.md5(text.encode()).hexdigest()),
        ("SHA-256", lambda text: hashlib.sha256(text.encode()).hexdigest()),
    ],
)
async def test_digest(algorithm: str, digest: Callable[[str], str]) -> None:
    response, seen = await ask(DigestAuth("me", "secret"), digesting(algorithm, digest))
    assert response.status_code == 200
    assert [request.content for request in seen] == [b"body", b"body"]
    response, seen = await ask(DigestAuth("me", "wrong"), digesting(algorithm, digest))
    assert response.status_code == 401
    assert len(seen) == 2


@pytest.mark.parametrize("challenge", ["Basic realm=x", None])
async def test_digest_where_nobody_asks_for_it(challenge: str | None) -> None:
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    response, seen = await ask(DigestAuth("me", "secret"), lambda _: httpx.Response(401, headers=headers))
    assert response.status_code == 401
    assert len(seen) == 1


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="here"',
        "Digest nonsense",
        'Digest realm="here", nonce="n", algorithm=SHA3-1000',
        'Digest realm="here", nonce="n", qop="auth-int"',
        'Digest realm="here", nonce="n", qop="auth-ext"',
        f'Digest realm="{"x" * 300}"',
    ],
)
async def test_a_challenge_that_cannot_be_met(challenge: str) -> None:
    with pytest.raises(Trouble) as caught:
        await ask(
            DigestAuth("me", "secret"), lambda _: httpx.Response(401, headers={"WWW-Authenticate": challenge})
        )
    assert caught.value.reason is Reason.PROTOCOL
    assert caught.value.message == f"the digest challenge cannot be met: {challenge}"


# Signatures


async def test_a_signature_covers_the_body() -> None:
    async def credentials() -> Credentials:
        return Credentials("AKID", "secret", "session-token")

    auth = SignedAuth(Signer("es", "eu-west-1"), lambda: 1_700_000_000.0, credentials)
    _, seen = await ask(auth, fine)
    assert seen[0].headers["x-amz-content-sha256"] == hashlib.sha256(b"body").hexdigest()
    assert seen[0].headers["x-amz-security-token"] == "session-token"
    assert seen[0].headers["x-amz-date"] == "20231114T221320Z"
    signed = "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token"
    assert f"Credential=AKID/20231114/eu-west-1/es/aws4_request, {signed}" in seen[0].headers["authorization"]


# Tokens


class Endpoint:
    """A token endpoint that answers in turn, and remembers how it was asked."""

    def __init__(self, *answers: httpx.Response | Trouble, delay: float = 0.0) -> None:
        self.answers = list(answers)
        self.delay = delay
        self.asked: list[tuple[str, dict[str, str], Mapping[str, str]]] = []

    async def __call__(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str], trace: Trace
    ) -> httpx.Response:
        self.asked.append((url, dict(form), headers))
        await asyncio.sleep(self.delay)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Trouble):
            raise answer
        return answer


def token(value: str = "token-1", **more: object) -> httpx.Response:
    return httpx.Response(200, json={"access_token": value, "token_type": "Bearer", **more})


def broken_body(status: int) -> BodyTrouble:
    return BodyTrouble(Reason.UNDECODABLE, "the body is not gzip", httpx.Response(status))


async def test_client_credentials_go_into_a_header() -> None:
    endpoint = Endpoint(token(expires_in=100))
    grant = Grant("https://auth.example.org/token", "me", "s3cret&more", scope="a b", audience="api")
    assert await fetch_token(grant, endpoint, Trace(), lambda: 1000.0) == Token("token-1", 1090.0)
    header = {"Authorization": "Basic " + b64encode(b"me:s3cret%26more").decode()}
    form = {"grant_type": "client_credentials", "scope": "a b", "audience": "api"}
    assert endpoint.asked == [("https://auth.example.org/token", form, header)]


async def test_a_refused_client_tells_its_secret_in_the_form() -> None:
    endpoint = Endpoint(httpx.Response(401, json={"error": "invalid_client"}), token())
    assert (await fetch_token(GRANT, endpoint, Trace())).value == "token-1"
    assert endpoint.asked[1][1:] == (
        {"grant_type": "client_credentials", "client_id": "me", "client_secret": "s3cret&more"},
        {},
    )


async def test_a_refusal_is_one_whatever_its_body_is() -> None:
    endpoint = Endpoint(broken_body(401), token())
    assert (await fetch_token(GRANT, endpoint, Trace())).value == "token-1"


async def test_the_password_grant_of_a_public_client() -> None:
    endpoint = Endpoint(token())
    grant = Grant("https://auth.example.org/token", "app", username="me", password="pass")
    await fetch_token(grant, endpoint, Trace())
    form = {"grant_type": "password", "username": "me", "password": "pass", "client_id": "app"}
    assert endpoint.asked == [("https://auth.example.org/token", form, {})]


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": "no such client"}),
            Reason.AUTH_REJECTED,
            "status 401 invalid_client no such client",
        ),
        (httpx.Response(400, text="no"), Reason.AUTH_REJECTED, "status 400"),
        (httpx.Response(400, json={"error": "x" * 300}), Reason.AUTH_REJECTED, f"status 400 {'x' * 300}"),
        (httpx.Response(403, json={"error": {"code": 3}}), Reason.AUTH_REJECTED, "status 403"),
        (httpx.Response(404, json=["x"]), Reason.AUTH_REJECTED, "status 404"),
        (httpx.Response(429), Reason.RATE_LIMITED, "status 429"),
        (httpx.Response(503), Reason.SERVER_ERROR, "status 503"),
        (httpx.Response(302, headers={"Location": "/login"}), Reason.UNEXPECTED_STATUS, "status 302"),
        (httpx.Response(200, text="<html>"), Reason.UNDECODABLE, "the body is an HTML page, not JSON"),
        (httpx.Response(200, json={}), Reason.AUTH_REJECTED, "the answer holds no access_token"),
        (httpx.Response(200, json=["x"]), Reason.AUTH_REJECTED, "the answer holds no access_token"),
        (token(""), Reason.AUTH_REJECTED, "the answer holds no access_token"),
        (token("a\nb"), Reason.AUTH_REJECTED, "the answer holds no access_token"),
        (
            httpx.Response(200, json={"access_token": 12}),
            Reason.AUTH_REJECTED,
            "the answer holds no access_token",
        ),
        (Trouble(Reason.REFUSED, "connection refused"), Reason.REFUSED, "connection refused"),
        (broken_body(500), Reason.SERVER_ERROR, "status 500"),
        (broken_body(429), Reason.RATE_LIMITED, "status 429"),
        (broken_body(401), Reason.AUTH_REJECTED, "status 401"),
        (broken_body(302), Reason.UNEXPECTED_STATUS, "status 302"),
        (broken_body(200), Reason.UNDECODABLE, "the body is not gzip"),
    ],
)
async def test_no_token(answer: httpx.Response | Trouble, reason: Reason, message: str) -> None:
    with pytest.raises(Trouble) as caught:
        await fetch_token(GRANT, Endpoint(answer), Trace())
    assert caught.value.reason is reason
    assert caught.value.message.startswith(f"no token from https://auth.example.org/token: {message}")


@pytest.mark.parametrize(
    ("expires_in", "good_for"),
    [(3600, 3570.0), (100, 90.0), (10.5, 9.45), ("3600", 3570.0), (None, 54.0), ("soon", 54.0), (True, 54.0)],
)
async def test_a_token_is_let_go_before_it_expires(expires_in: object, good_for: float) -> None:
    assert (
        await fetch_token(GRANT, Endpoint(token(expires_in=expires_in)), Trace(), lambda: 0.0)
    ).good_until == pytest.approx(good_for)


def test_a_token_is_kept_until_it_expires() -> None:
    async def main(clock: FakeClock) -> list[str]:
        tokens = Tokens(clock.clock)
        endpoint = Endpoint(token("one", expires_in=100), token("two", expires_in=100))
        values = [await tokens.get(GRANT, endpoint, Trace())]
        await asyncio.sleep(89)
        values.append(await tokens.get(GRANT, endpoint, Trace()))
        await asyncio.sleep(2)
        values.append(await tokens.get(GRANT, endpoint, Trace()))
        return values

    assert run_virtual(main) == ["one", "one", "two"]


async def test_other_settings_are_another_token() -> None:
    tokens = Tokens()
    other = Grant("https://auth.example.org/token", "me", "rotated")
    assert await tokens.get(GRANT, Endpoint(token("one")), Trace()) == "one"
    assert await tokens.get(other, Endpoint(token("two")), Trace()) == "two"
    assert await tokens.get(GRANT, Endpoint(token("three")), Trace()) == "one"


def test_whoever_comes_meanwhile_waits_for_the_same_fetch() -> None:
    async def main(clock: FakeClock) -> tuple[list[str], int]:
        tokens = Tokens(clock.clock)
        endpoint = Endpoint(token("one"), token("two"), delay=1)
        values = await asyncio.gather(*(tokens.get(GRANT, endpoint, Trace()) for _ in range(5)))
        return values, len(endpoint.asked)

    assert run_virtual(main) == (["one"] * 5, 1)


def test_one_that_is_cut_off_does_not_take_the_token_from_the_others() -> None:
    async def main(clock: FakeClock) -> str:
        tokens = Tokens(clock.clock)
        endpoint = Endpoint(token("one"), delay=1)
        first = asyncio.create_task(tokens.get(GRANT, endpoint, Trace()))
        second = asyncio.create_task(tokens.get(GRANT, endpoint, Trace()))
        await asyncio.sleep(0.5)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert run_virtual(main) == "one"


def test_all_that_wait_are_told_of_the_failure_and_the_next_one_asks_again() -> None:
    async def main(clock: FakeClock) -> tuple[list[Reason], str]:
        tokens = Tokens(clock.clock)
        endpoint = Endpoint(httpx.Response(503), token("one"), delay=1)
        troubles = await asyncio.gather(
            *(tokens.get(GRANT, endpoint, Trace()) for _ in range(3)), return_exceptions=True
        )
        reasons = [trouble.reason for trouble in troubles if isinstance(trouble, Trouble)]
        return reasons, await tokens.get(GRANT, endpoint, Trace())

    assert run_virtual(main) == ([Reason.SERVER_ERROR] * 3, "one")


def test_a_fetch_that_nobody_waits_for_any_more_fails_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    async def main(clock: FakeClock) -> None:
        tokens = Tokens(clock.clock)
        waiting = asyncio.create_task(tokens.get(GRANT, Endpoint(httpx.Response(503), delay=1), Trace()))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.sleep(1)

    run_virtual(main)
    assert caplog.text == ""


def test_an_endpoint_that_hangs() -> None:
    async def main(clock: FakeClock) -> Trouble:
        with pytest.raises(Trouble) as caught:
            await Tokens(clock.clock).get(GRANT, Endpoint(token(), delay=60), Trace())
        assert clock.loop.time() == 10
        return caught.value

    trouble = run_virtual(main)
    assert trouble.reason is Reason.TIMEOUT
    assert trouble.message == "no token from https://auth.example.org/token: no answer within 10 s"


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.DNS, Reason.DNS),
        (Phase.CONNECT, Reason.CONNECT_TIMEOUT),
        (Phase.TLS, Reason.TLS_HANDSHAKE),
        (Phase.WAIT, Reason.TIMEOUT),
    ],
)
def test_an_endpoint_that_hangs_has_the_reason_of_the_phase(phase: Phase, reason: Reason) -> None:
    async def post(url: str, form: object, headers: object, trace: Trace) -> httpx.Response:
        with trace.phase(phase):
            await asyncio.Event().wait()
        raise AssertionError

    async def main(clock: FakeClock) -> Reason:
        with pytest.raises(Trouble) as caught:
            await Tokens(clock.clock).get(GRANT, post, Trace())
        return caught.value.reason

    assert reason is run_virtual(main)


async def test_all_who_wait_know_how_far_the_fetch_has_come() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def post(url: str, form: object, headers: object, trace: Trace) -> httpx.Response:
        with trace.phase(Phase.CONNECT):
            begun.set()
            await go_on.wait()
        return token()

    tokens, traces = Tokens(), (Trace(), Trace())
    waiting = [asyncio.create_task(tokens.get(GRANT, post, trace)) for trace in traces]
    await begun.wait()
    for trace in traces:
        assert [("a token from https://auth.example.org/token", Phase.CONNECT)] == [
            (name, aside.current) for name, aside in trace.asides.items()
        ]
    go_on.set()
    await asyncio.gather(*waiting)
    assert [({}, {}), ({}, {})] == [(trace.asides, trace.timings) for trace in traces]


async def test_closing_stops_what_is_under_way() -> None:
    tokens = Tokens()
    waiting = asyncio.create_task(tokens.get(GRANT, Endpoint(token(), delay=60), Trace()))
    await asyncio.sleep(0)
    await tokens.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_rejected_token_is_not_given_out_again() -> None:
    tokens, endpoint = Tokens(), Endpoint(token("one"), token("two"), token("three"))
    assert await tokens.get(GRANT, endpoint, Trace()) == "one"
    assert await tokens.get(GRANT, endpoint, Trace(), rejected="one") == "two"
    assert await tokens.get(GRANT, endpoint, Trace(), rejected="one") == "two"


async def test_what_is_remembered_is_bounded() -> None:
    tokens = Tokens(Clock())
    for number in range(REMEMBERED + 5):
        await tokens.get(Grant("https://auth.example.org/token", str(number)), Endpoint(token()), Trace())
    endpoint = Endpoint(token("new"))
    assert (
        await tokens.get(Grant("https://auth.example.org/token", str(REMEMBERED)), endpoint, Trace())
        == "token-1"
    )
    assert await tokens.get(Grant("https://auth.example.org/token", "0"), endpoint, Trace()) == "new"


async def test_a_401_fetches_the_token_anew_once() -> None:
    given = iter(["one", "two", "three"])
    asked: list[str | None] = []

    async def next_token(rejected: str | None) -> str:
        asked.append(rejected)
        return next(given)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.headers["authorization"] == "Bearer two" else 401)

    response, seen = await ask(TokenAuth(next_token), answer)
    assert response.status_code == 200
    assert asked == [None, "one"]
    assert [request.content for request in seen] == [b"body", b"body"]
    response, seen = await ask(TokenAuth(next_token), lambda _: httpx.Response(403))
    assert (response.status_code, len(seen)) == (403, 1)


async def test_a_401_twice_is_the_answer() -> None:
    async def same_token(rejected: str | None) -> str:
        return "one"

    response, seen = await ask(TokenAuth(same_token), lambda _: httpx.Response(401))
    assert (response.status_code, len(seen)) == (401, 2)


def test_credentials_do_not_print_themselves() -> None:
    grant = Grant("https://auth.example.org/token", "me", "s3cret", username="u", password="pass")
    assert "s3cret" not in repr(grant)
    assert "pass" not in repr(grant)
    assert "token-1" not in repr(Token("token-1", 0))


def test_a_form_has_no_empty_fields() -> None:
    assert GRANT.form(with_client=False) == {"grant_type": "client_credentials"}
