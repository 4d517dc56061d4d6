"""One request of a step and all that follows from it: redirects, rounds of authentication, cookies, evidence.

Everything that is sent goes through one gate, which holds it against the guard and keeps it as evidence.
"""

from collections.abc import Coroutine, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode
from warnings import catch_warnings

import httpx

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.outcome import WITHHELD, Exchange
from checker.core.reason import Reason
from checker.net.auth import HeaderAuth
from checker.net.dial import Dial
from checker.net.evidence import Kept, sent, told
from checker.net.failures import BodyTrouble
from checker.net.guard import Guard, host_of
from checker.net.http import begun
from checker.net.private import login_in
from checker.net.rendering import origin, parse_url
from checker.net.resolve import is_metadata
from checker.net.response import names_of

_CALL = "checker.call"
_READ = httpx.ByteStream(b"")
_GRANT = 64 << 10  # bytes; no answer of a token endpoint is longer, and it is decoded on the event loop
_SHOWN = 200  # characters of a Location that is no URL
_JAR = "http.cookies"  # in the state that the steps of a run share
PRIVATE = frozenset({"authorization", "proxy-authorization", "x-amz-security-token"})
"""Headers that a redirect to another origin must not carry."""


@dataclass(slots=True)
class Call:
    """What one attempt of a step brings along, and what it gathers on the way.

    `private` are headers for the first origin alone, as are `cookies`. `named` are the origins that the
    configuration names. `state` is the run's; None for requests that have no part in its cookies. `secrets` gathers
    the passwords that redirects turn out to hold.
    """

    dial: Dial
    exchanges: list[Kept]
    state: MutableMapping[str, Any] | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    redirects: int = 0
    private: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    secrets: set[str] = field(default_factory=set)
    followed: int = 0
    received_cookies: dict[str, str] = field(default_factory=dict)


class Session:
    """Sends requests over `transport`. Keeps nothing of a run: its cookies live in the run's state."""

    def __init__(self, transport: httpx.AsyncBaseTransport, guard: Guard, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._gate = _Gate(transport, guard, self.clock)
        refusing = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(
            transport=self._gate,
            cookies=refusing,
            trust_env=False,
            timeout=None,  # noqa: S113 - the engine's deadline bounds every step
            event_hooks={"response": [_unbind]},
        )

    def send(
        self, request: httpx.Request, call: Call, auth: httpx.Auth | None = None
    ) -> Coroutine[Any, Any, httpx.Response]:
        """Return the answer at the end of at most `call.redirects` redirects; raises Trouble."""
        return (self._follow if call.redirects else self._send)(request, call, auth)

    async def _follow(self, request: httpx.Request, call: Call, auth: httpx.Auth | None) -> httpx.Response:
        response = await self._send(request, call, auth)
        while response.next_request is not None:
            if call.followed == call.redirects:
                raise Trouble(
                    Reason.REDIRECT_LIMIT,
                    f"more than {call.redirects} redirects, the last one to {response.next_request.url}",
                )
            call.followed += 1
            request, same = _next(response, call)
            auth = auth if same else None
            response = await self._send(request, call, auth)
        return response

    async def post(
        self,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        beside: Call,
    ) -> httpx.Response:
        """Send a form to an endpoint beside the step's own target; raises Trouble.

        `beside` is that of the step, but for the stopwatch. What the endpoint grants is withheld from the evidence.
        """
        dial = beside.dial
        # a context is made for one version of HTTP; without one, the version that every endpoint speaks
        version = dial.http_version if dial.ssl else "1.1"
        aside = replace(
            dial,
            address=None,
            port=None,
            server_name=None,
            http_version=version,
            max_body=_GRANT,
        )
        gathered: list[Kept] = []
        call = Call(aside, gathered, secrets=beside.secrets)
        request = httpx.Request(
            "POST",
            url,
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
                **headers,
            },
            content=urlencode(form).encode(),
        )
        try:
            return await self._send(request, call, None)
        finally:
            beside.exchanges.extend(map(_without_grants, gathered))

    async def aclose(self) -> None:
        """Close the transport."""
        await self._client.aclose()

    async def _send(self, request: httpx.Request, call: Call, auth: httpx.Auth | None) -> httpx.Response:
        request.extensions = {**request.extensions, "checker": call.dial, _CALL: call}
        if call.state or call.cookies:
            request.headers.encoding = "utf-8"  # httpx would refuse what is not ASCII
            _add_cookies(request, call)
        try:
            if not call.redirects and isinstance(auth, HeaderAuth):
                auth.add_to(request)
                return await self._gate.handle_async_request(request)  # nothing that the client could add
            if not call.redirects and auth is None and not request.url.userinfo:
                return await self._gate.handle_async_request(request)
            request.headers.encoding = "utf-8"  # for names and passwords
            return await self._client.send(request, auth=auth, follow_redirects=False)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            UnicodeError,
        ) as error:  # the last: an IDNA host in a Location
            raise _unusable(request, call, error) from error


async def _unbind(response: httpx.Response) -> None:
    """Take away the stream that the client has put there: it holds the answer, in a cycle for the collector."""
    response.stream = _READ


class _Gate(httpx.AsyncBaseTransport):
    """Stands before the wire: nothing is sent that the guard has not seen, and all that is sent is evidence."""

    def __init__(self, transport: httpx.AsyncBaseTransport, guard: Guard, clock: Clock) -> None:
        self._transport = transport
        self._guard = guard
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call: Call = request.extensions[_CALL]
        await request.aread()
        self._guard.check_request(request, call.dial)
        before, started_at = call.dial.trace.snapshot(), self._clock.wall()
        response = None
        try:
            came = await self._transport.handle_async_request(request)
            came.request = request
            if not came.is_closed:
                await came.aread()
            response = came
        except BodyTrouble as trouble:
            response = trouble.response
            response.request = request
            raise
        finally:
            known = response if response is not None else begun(request)
            names = names_of(known) if known is not None else ()
            if known is not None and b"location" in names:
                call.secrets.update(login_in(known.headers["location"]))
            call.exchanges.append(sent(request, known, started_at, before, call.dial.trace.snapshot()))
        if call.state is not None and b"set-cookie" in names:
            _keep_cookies(response, call, call.state)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


def _without_grants(kept: Kept) -> Exchange:
    """An answer that grants something is made of secrets, of which the one that is used is not the only one."""
    exchange = told(kept)
    granted = exchange.status is not None and exchange.status < 300
    return replace(exchange, response_body=WITHHELD.encode()) if granted else exchange


def _next(response: httpx.Response, call: Call) -> tuple[httpx.Request, bool]:
    """Return the request that a redirect asks for, and whether it goes where the first one's credentials may go."""
    request = response.next_request
    assert request is not None  # noqa: S101 - the caller has looked
    try:
        parse_url(str(request.url))
    except ValueError as error:
        raise Trouble(Reason.REDIRECT_LIMIT, f"redirected to {request.url}: {error}") from None
    named = origin(request.url) in call.named
    if not named and is_metadata(host_of(request.url)):
        where = f"{request.url}, a link-local address that the file does not name"
        raise Trouble(Reason.REDIRECT_LIMIT, f"redirected to {where}")
    call.dial = replace(call.dial, metadata=named)
    same = _same_site(response.request.url, request.url)
    if not same:
        for name in call.private:
            request.headers.pop(name, None)
        call.cookies = {}
        call.dial = replace(call.dial, address=None, port=None, server_name=None)
    return request, same


def _unusable(request: httpx.Request, call: Call, error: Exception) -> Trouble:
    """Tell what httpx could make nothing of: mostly a Location, which it reads for itself."""
    headers = told(call.exchanges[-1]).response_headers if call.redirects and call.exchanges else ()
    location = next((value for name, value in headers if name.lower() == "location"), None)
    if location is None:
        return Trouble(Reason.PROTOCOL, f"{request.method} {request.url}: {error}")
    scheme, colon, _ = location.partition(":")
    other = colon and scheme.isalnum() and scheme.lower() not in {"http", "https"}
    reason = Reason.REDIRECT_LIMIT if other else Reason.PROTOCOL
    return Trouble(reason, f"redirected to {location[:_SHOWN]!r}, where no request can go: {error}")


def _same_site(old: httpx.URL, new: httpx.URL) -> bool:
    """Return whether two URLs have one origin, or the new one is the old one's over TLS."""
    if origin(old) == origin(new):
        return True
    return (
        old.host == new.host
        and (old.scheme, new.scheme) == ("http", "https")
        and old.port is new.port is None
    )


# Cookies


def _add_cookies(request: httpx.Request, call: Call) -> None:
    jar = call.state.get(_JAR) if call.state else None
    if jar is not None:
        jar.set_cookie_header(request)
    if call.cookies:
        kept = (pair for pair in request.headers.get("cookie", "").split("; ") if pair)
        others = [pair for pair in kept if pair.partition("=")[0] not in call.cookies]
        request.headers["Cookie"] = "; ".join(
            [*others, *(f"{name}={value}" for name, value in call.cookies.items())]
        )


def _keep_cookies(response: httpx.Response, call: Call, state: MutableMapping[str, Any]) -> None:
    with catch_warnings(action="ignore"):  # of a cookie that it cannot read, with a traceback
        state.setdefault(_JAR, httpx.Cookies()).extract_cookies(response)
    for line in response.headers.get_list("set-cookie"):
        name, _, value = line.partition(";")[0].partition("=")
        call.received_cookies[name.strip()] = value.strip()


def copied_cookies(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state with the run's cookies, in which new ones change nothing for the run."""
    return {_JAR: httpx.Cookies(state[_JAR])} if _JAR in state else {}
