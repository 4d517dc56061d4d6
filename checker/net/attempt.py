"""One attempt of a step that speaks HTTP, out of what was prepared for it when the configuration was loaded."""

import re
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import httpx

from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.ids import span_id, trace_id
from checker.core.reason import Reason
from checker.core.record import record
from checker.core.scope import Scope
from checker.core.trace import Trace
from checker.net.answers import facts_of
from checker.net.caching import hit_header
from checker.net.dial import Dial
from checker.net.evidence import Kept
from checker.net.failures import BodyTrouble
from checker.net.private import cookie_values, credentials_in
from checker.net.rendering import Headers, Render
from checker.net.request import Prepared, Request, prepared
from checker.net.session import Call, Session

BYPASS_PARAMETER = "_checker"
"""The query parameter whose value is new each time, so that no cache has seen the URL before."""

_TRACE_ID = re.compile("[0-9a-f]{32}")
_BYPASS_HEADERS = ((b"Cache-Control", b"no-cache"), (b"Pragma", b"no-cache"))
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})  # theirs has a length, be it 0
_DEFAULTS = ((b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip, deflate, br, zstd"))


_Head = tuple[Headers, bytes, str, str | None, int]
"""What a request's headers are made of, but for what is new in each run: those that are given, the URL's host and port,
the probe, the body's type and its size in bytes."""


@record(frozen=True, slots=True)
class Asker:
    """Who asks, where and how: what differs from attempt to attempt, and where its evidence goes.

    `named` are the origins that the configuration names; `state` is shared by the steps of a run.
    """

    probe: str
    scope: Scope
    url: httpx.URL
    dial: Dial
    exchanges: list[Kept]
    state: MutableMapping[str, Any]
    named: frozenset[str] = frozenset()


Prove = Callable[[Asker], httpx.Auth]
"""Makes the auth flow of one attempt."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A request that only lacks what differs from run to run.

    `own` are the user's header names, in lower case, `credentials` those of them that hold one.
    """

    method: str
    headers: Render[Headers]
    own: frozenset[bytes]
    body: Render[tuple[bytes, str | None]] | None = None
    cookies: Render[dict[str, str]] | None = None
    prove: Prove | None = None
    redirects: int = 0
    private: frozenset[str] = frozenset()
    credentials: frozenset[bytes] = frozenset()
    bypass: bool = False
    agent: str = "checker"
    prepared: dict[_Head, Prepared] = field(default_factory=dict, repr=False, compare=False)

    def request(self, asker: Asker) -> httpx.Request:
        """Return the request of this attempt, without what `prove` adds."""
        content, content_type = self.body(asker.scope) if self.body else (b"", None)
        given = self.headers(asker.scope)
        if self.credentials:
            asker.scope.secret_captures.update(self._credentials_in(given))
        head = given, asker.url.netloc, asker.probe, content_type, len(content)
        known = self.prepared.get(head) or self._prepare(head)
        if b"traceparent" in self.own:
            return Request(self.method, asker.url, known, content)
        trace = b"traceparent", traceparent(asker.scope.run["id"]).encode()
        return Request(self.method, asker.url, known, content, (trace,))

    def _prepare(self, head: _Head) -> Prepared:
        """Make the headers that are the same in each run as a rule; only the latest are kept."""
        self.prepared.clear()
        self.prepared[head] = prepared(self._all(*head))
        return self.prepared[head]

    def _all(
        self, given: Headers, netloc: bytes, probe: str, content_type: str | None, size: int
    ) -> list[tuple[bytes, bytes]]:
        length = (b"Content-Length", b"%d" % size)
        added = [*_DEFAULTS, (b"User-Agent", _user_agent(self.agent, probe))]
        if self.bypass:
            added += _BYPASS_HEADERS
        if content_type:
            added.append((b"Content-Type", content_type.encode()))
        if size or (self.method in _WITH_BODY and b"transfer-encoding" not in self.own):
            added.append(length)
        return [
            *self._unless_own([(b"Host", netloc)]),
            *given,
            *self._unless_own(added),
        ]

    def _unless_own(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [header for header in headers if header[0].lower() not in self.own]

    def _credentials_in(self, headers: Iterable[tuple[bytes, bytes]]) -> Iterable[str]:
        for name, value in headers:
            if name.lower() in self.credentials:
                yield from credentials_in(name.decode(), value.decode())


@record(frozen=True, slots=True)
class Answered:
    """The final answer and its facts. `read` makes those of any other answer to the request; raises Trouble."""

    facts: Facts
    response: httpx.Response
    read: Callable[[httpx.Response], Facts]


async def attempt(recipe: Recipe, session: Session, asker: Asker) -> Answered:
    """Send the request and return the final answer; raises Trouble.

    A body that is no use is Trouble only beside a good status: else the status tells more.
    """
    cookies = recipe.cookies(asker.scope) if recipe.cookies else {}
    call = Call(
        asker.dial,
        asker.exchanges,
        state=asker.state,
        cookies=cookies,
        redirects=recipe.redirects,
        private=recipe.private,
        named=asker.named,
        secrets=asker.scope.secret_captures,
    )
    if cookies:
        asker.scope.secret_captures.update(cookie_values(iter(cookies.values())))
    if asker.url.userinfo or asker.dial.proxy_auth:
        _learn_passwords(asker)
    auth = recipe.prove(asker) if recipe.prove else None
    unusable = None
    try:
        response = await session.send(recipe.request(asker), call, auth)
    except BodyTrouble as trouble:
        response = trouble.response
        _note(response, asker.dial.trace)
        if response.is_success or response.has_redirect_location:
            raise
        unusable = Absent(trouble.message, reason=trouble.reason)
    _note(response, asker.dial.trace)
    now = session.clock.wall()

    def read(response: httpx.Response, unusable: Absent | None = None) -> Facts:
        if recipe.bypass:
            _check_fresh(response)
        return facts_of(response, call, now, unusable)

    return Answered(read(response, unusable), response, read)


def _note(response: httpx.Response, trace: Trace) -> None:
    """Keep what is told of a run long after its answer is gone."""
    trace.facts |= {"status": response.status_code, "http_version": response.http_version}


def _learn_passwords(asker: Asker) -> None:
    """What a URL logs in with is a secret, though the configuration's is the whole URL, or it calls nothing one."""
    if asker.url.userinfo:
        asker.scope.secret_captures.add(asker.url.password or asker.url.username)
    if asker.dial.proxy_auth and (password := asker.dial.proxy_auth[1]):
        asker.scope.secret_captures.add(password)


def _check_fresh(response: httpx.Response) -> None:
    if header := hit_header(response.headers):
        raise Trouble(
            Reason.STALE_CACHE,
            f"{response.url} was answered by a cache ({header}), although it was to be bypassed",
        )


def bypass_query() -> str:
    """Return a query that no cache has an answer for."""
    return f"{BYPASS_PARAMETER}={token_hex(8)}"


def traceparent(run_id: str) -> str:
    """Return the header by which a target's traces can be found (W3C Trace Context): the trace is the run."""
    trace = run_id.replace("-", "")
    if not _TRACE_ID.fullmatch(trace):
        trace = trace_id()
    return f"00-{trace}-{span_id()}-01"


def _user_agent(agent: str, probe: str) -> bytes:
    printable = "".join(character if " " <= character <= "~" else "?" for character in probe)
    return f"{agent} (probe {printable})".encode()
