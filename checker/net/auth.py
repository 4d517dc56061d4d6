"""How requests prove who sends them, as httpx auth flows.

A flow is made for one attempt of one step, with its credentials rendered. Only OAuth 2 tokens live longer: probes
with the same settings share one, so that a checker with a hundred probes does not sign in a hundred times.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import httpx

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.reason import Reason, deadline_reason
from checker.core.trace import Trace
from checker.net.documents import decode_json
from checker.net.failures import BodyTrouble
from checker.net.request import set_header
from checker.net.sigv4 import Credentials, Signer

TOKEN_DEADLINE = (
    10.0  # seconds for a token endpoint; a fetch is shared, so no single run's deadline can bound it
)
UNSPECIFIED_LIFETIME = 60.0  # seconds; of a token whose endpoint does not say how long it is good for
REMEMBERED = 256  # tokens

Flow = Generator[httpx.Request, httpx.Response, None]


class HeaderAuth(httpx.Auth):
    """Bearer, Basic, or an API key in a header."""

    def __init__(self, name: str, value: str) -> None:
        value.encode()  # raises for what no header can hold, before anything is sent
        self._name, self._value = name, value

    def auth_flow(self, request: httpx.Request) -> Flow:
        self.add_to(request)
        yield request

    def add_to(self, request: httpx.Request) -> None:
        """Add the header, in place of any that is there."""
        set_header(request, self._name, self._value)  # a key need not be ASCII


def basic_auth(username: str, password: str) -> HeaderAuth:
    """Return HTTP Basic (RFC 7617), in UTF-8."""
    return HeaderAuth("Authorization", basic(username, password))


def basic(username: str, password: str) -> str:
    """Return the value of a Basic Authorization header."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


class QueryAuth(httpx.Auth):
    """An API key as a query parameter."""

    def __init__(self, name: str, value: str) -> None:
        self._query = f"{quote(name, safe='')}={quote(value, safe='')}".encode()

    def auth_flow(self, request: httpx.Request) -> Flow:
        query = request.url.query
        if self._query not in query.split(b"&"):  # a redirect may have handed it on
            request.url = request.url.copy_with(query=query + b"&" + self._query if query else self._query)
        yield request


class DigestAuth(httpx.Auth):
    """HTTP Digest (RFC 7616) by httpx; a challenge that cannot be met is Trouble."""

    def __init__(self, username: str, password: str) -> None:
        self._digest = httpx.DigestAuth(username, password)

    def auth_flow(self, request: httpx.Request) -> Flow:
        flow = self._digest.auth_flow(request)
        response = yield next(flow)
        try:
            answer = flow.send(response)
        except StopIteration:
            return
        except (httpx.ProtocolError, NotImplementedError, LookupError, ValueError) as error:
            challenge = response.headers.get("www-authenticate", "")
            raise Trouble(Reason.PROTOCOL, f"the digest challenge cannot be met: {challenge}") from error
        yield answer


class SignedAuth(httpx.Auth):
    """AWS Signature Version 4, with what `credentials` finds."""

    def __init__(
        self, signer: Signer, now: Callable[[], float], credentials: Callable[[], Awaitable[Credentials]]
    ) -> None:
        self._signer = signer
        self._now = now
        self._credentials = credentials

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await request.aread()
        self._signer.sign(request, await self._credentials(), self._now())
        yield request


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is asked for with: client credentials, or with a username the password grant (RFC 6749)."""

    token_url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str | None = None
    audience: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def form(self, *, with_client: bool) -> dict[str, str]:
        """Return the form of a token request; with the client's own credentials where they are not in a header."""
        fields = {
            "grant_type": "client_credentials" if self.username is None else "password",
            "username": self.username,
            "password": self.password,
            "scope": self.scope,
            "audience": self.audience,
        }
        if with_client or self.client_secret is None:
            fields |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return {name: value for name, value in fields.items() if value is not None}

    def header(self) -> dict[str, str]:
        """Return the header that names the client (RFC 6749, 2.3.1); empty for a public one."""
        if self.client_secret is None:
            return {}
        return {"Authorization": basic(quote_plus(self.client_id), quote_plus(self.client_secret))}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when to stop using it, in seconds of the monotonic clock."""

    value: str = field(repr=False)
    good_until: float


Post = Callable[[str, dict[str, str], dict[str, str], Trace], Awaitable[httpx.Response]]
"""Sends a form: URL, fields, headers, the stopwatch to time it on. Raises Trouble."""


class _Fetch(NamedTuple):
    """A token that is on its way, and how far it has come: each of those who wait may be cut off."""

    task: asyncio.Task[Token]
    trace: Trace


class Tokens:
    """The tokens of a process. Whoever asks while one is being fetched waits for the same fetch."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._tokens: dict[Grant, Token] = {}
        self._fetches: dict[Grant, _Fetch] = {}

    async def get(self, grant: Grant, post: Post, trace: Trace, rejected: str | None = None) -> str:
        """Return a token that is good and not `rejected`; fetched with `post` if there is none. Raises Trouble.

        `trace` is of who asks; the fetch, which may have begun before, is timed on one of its own.
        """
        token = self._tokens.get(grant)
        if token and token.value != rejected and token.good_until > self._clock.monotonic():
            return token.value
        fetch = self._fetches.get(grant)
        if fetch is None:
            fetch = self._fetches[grant] = self._begin(grant, post)
        try:
            with trace.aside(f"a token from {grant.token_url}", fetch.trace):
                # One run that is cut off must not take the token from the others.
                return (await asyncio.shield(fetch.task)).value
        finally:
            del fetch  # one that failed holds an error that knows this frame: a cycle

    async def aclose(self) -> None:
        """Stop the fetches that are under way."""
        fetches = [fetch.task for fetch in self._fetches.values()]
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)

    def _begin(self, grant: Grant, post: Post) -> _Fetch:
        trace = Trace()
        task = asyncio.create_task(self._fetch(grant, post, trace))
        task.add_done_callback(lambda done: self._finished(grant, done))
        return _Fetch(task, trace)

    async def _fetch(self, grant: Grant, post: Post, trace: Trace) -> Token:
        try:
            async with asyncio.timeout(TOKEN_DEADLINE):
                return await fetch_token(grant, post, trace, self._clock.monotonic)
        except TimeoutError:
            # what was cut off has left its phase running
            reason = deadline_reason(trace.current)
            raise _refused(grant, reason, f"no answer within {TOKEN_DEADLINE:g} s") from None

    def _finished(self, grant: Grant, fetch: asyncio.Task[Token]) -> None:
        self._fetches.pop(grant, None)
        if fetch.cancelled() or fetch.exception() is not None:
            return
        self._tokens.pop(grant, None)
        self._tokens[grant] = fetch.result()
        while len(self._tokens) > REMEMBERED:
            del self._tokens[next(iter(self._tokens))]


async def fetch_token(
    grant: Grant, post: Post, trace: Trace, now: Callable[[], float] = time.monotonic
) -> Token:
    """Ask the endpoint for a token; raises Trouble that names the endpoint.

    The client's credentials go into a header, as every server must take them there (RFC 6749, 2.3.1). Some take
    them in the form alone: so a refusal is asked again that way.
    """
    asked_at = now()

    async def asked(form: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        return await _answer(grant, post(grant.token_url, form, headers, trace))

    response = await asked(grant.form(with_client=False), grant.header())
    if response.status_code in (400, 401) and grant.client_secret is not None:
        response = await asked(grant.form(with_client=True), {})
    if not response.is_success:
        raise _refused(grant, _rejection(response.status_code), _error_of(response))
    return _token(grant, response, asked_at)


async def _answer(grant: Grant, coming: Awaitable[httpx.Response]) -> httpx.Response:
    """Return the answer; without its body where that is no use, but the status already says what is wrong."""
    try:
        return await coming
    except BodyTrouble as trouble:
        if trouble.response.is_success:
            raise _refused(grant, trouble.reason, trouble.message) from trouble
        return trouble.response
    except Trouble as trouble:
        raise _refused(grant, trouble.reason, trouble.message) from trouble


def _refused(grant: Grant, reason: Reason, why: str) -> Trouble:
    return Trouble(reason, f"no token from {grant.token_url}: {why}")


def _rejection(status: int) -> Reason:
    if status == 429:
        return Reason.RATE_LIMITED
    if status >= 500:
        return Reason.SERVER_ERROR
    return Reason.AUTH_REJECTED if status >= 400 else Reason.UNEXPECTED_STATUS


def _error_of(response: httpx.Response) -> str:
    document = decode_json(response.content)
    told = [document.get("error"), document.get("error_description")] if isinstance(document, dict) else []
    return " ".join([f"status {response.status_code}", *(text for text in told if isinstance(text, str))])


def _token(grant: Grant, response: httpx.Response, asked_at: float) -> Token:
    document = decode_json(response.content, response.headers.get("content-type", ""))
    if isinstance(document, Absent):
        raise _refused(grant, Reason.UNDECODABLE, document.why)
    value = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value.strip():
        raise _refused(grant, Reason.AUTH_REJECTED, "the answer holds no access_token")
    lifetime = _lifetime(document.get("expires_in"))
    return Token(value, asked_at + lifetime - min(30.0, lifetime / 10))


def _lifetime(expires_in: object) -> float:
    if isinstance(expires_in, str) and expires_in.isascii() and expires_in.isdigit():
        return float(expires_in)
    if isinstance(expires_in, int | float) and not isinstance(expires_in, bool):
        return float(expires_in)
    return UNSPECIFIED_LIFETIME


class TokenAuth(httpx.Auth):
    """OAuth 2: `token(rejected)` yields a token, another one than the one that a 401 rejected."""

    def __init__(self, token: Callable[[str | None], Awaitable[str]]) -> None:
        self._token = token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self._token(None)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {await self._token(token)}"
            yield request
