"""From an answer to the facts that assertions and captures speak of, of which few are: each is made when asked for."""

from collections.abc import Mapping
from typing import NamedTuple

import httpx

from checker.core.facts import Absent, Fact, Facts, Makers, Shape, Unit
from checker.core.reason import Phase, Reason
from checker.net.caching import TELLING, cache_facts
from checker.net.documents import ROOM, decode_json, decode_text
from checker.net.peer import (
    ADDRESS,
    CERTIFICATE,
    TLS,
    by_name,
    certificate_fact,
    latency_fact,
    timings_fact,
    tls_fact,
)
from checker.net.response import names_of, pairs_of
from checker.net.session import Call

_TIMINGS = {
    Phase.DNS: "Looking the name up.",
    Phase.CONNECT: "Connecting; through a proxy up to its consent.",
    Phase.TLS: "The TLS handshake.",
    Phase.SEND: "Sending the request.",
    Phase.WAIT: "Waiting for the first byte of the answer.",
    Phase.RECEIVE: "Receiving the rest of the answer.",
}

FACTS = (
    Fact("status", "The status of the answer.", unit=Unit.STATUS, reason=Reason.UNEXPECTED_STATUS),
    Fact("http_version", "The version of HTTP that was spoken, as a number: 1.1 or 2."),
    Fact("url", "The URL that answered, after redirects."),
    Fact("redirects", "How many redirects were followed."),
    Fact("headers", "The headers of the answer, by name in any case.", Shape.OPEN, ignore_case=True),
    Fact("cookies", "The cookies that the answer and the redirects before it set.", Shape.OPEN),
    Fact("body", "The body as text, by the charset that it claims, else as UTF-8."),
    Fact("size", "The size of the body, decompressed.", unit=Unit.SIZE),
    Fact("json", "What a JSONPath (RFC 9535) selects in the body.", Shape.JSONPATH),
    latency_fact("The whole of the last attempt, redirects included, measured at the socket."),
    timings_fact(_TIMINGS),
    Fact(
        "cache",
        "Whether the answer came out of a cache, as Age, Cache-Status, X-Cache and CF-Cache-Status tell.",
        Shape.KEYS,
        keys=(
            Fact("hit", "Whether a cache had it.", reason=Reason.STALE_CACHE),
            Fact("age", "How long a cache had had it.", unit=Unit.DURATION, reason=Reason.STALE_CACHE),
        ),
        reason=Reason.STALE_CACHE,
    ),
    ADDRESS,
    CERTIFICATE,
    TLS,
)
"""What `facts_of` makes."""

_ROOM_RATIO = 7  # bytes of memory that a document may take for each byte of max_body

_VERSIONS: Mapping[str, float] = {"HTTP/1.0": 1.0, "HTTP/1.1": 1.1, "HTTP/2": 2, "HTTP/2.0": 2, "HTTP/3": 3}


class _Seen(NamedTuple):
    """What the facts of an answer are made of; `spent` is of this attempt alone, in seconds."""

    response: httpx.Response
    call: Call
    body: bytes | Absent
    spent: Mapping[Phase, float]
    now: float


def facts_of(response: httpx.Response, call: Call, now: float, unusable_body: Absent | None = None) -> Facts:
    """Return the facts of an answer; `now` in seconds since the epoch, `unusable_body` in place of what it holds."""
    spent = dict(call.dial.trace.timings)  # which goes on, and begins anew with another attempt
    seen = _Seen(response, call, unusable_body or response.content, spent, now)
    redirected = response.status_code >= 300 and response.has_redirect_location
    return Facts({}, _where_to(response) if redirected and not call.redirects else None, seen, _MAKERS)


def _content_type(response: httpx.Response) -> str:
    headers = zip(names_of(response), pairs_of(response), strict=True)
    values = [value for name, (_, value) in headers if name == b"content-type"]
    return b", ".join(values).decode("utf-8", "replace")


def _where_to(response: httpx.Response) -> Mapping[str, str]:
    """A redirect that nobody follows is mostly one that nobody knew of."""
    return {"status": f"redirects: 1 would follow it to {response.headers['location']!r}"}


def _http_version(seen: _Seen) -> object:
    version = seen.response.http_version
    return _VERSIONS.get(version, version)


def _body(seen: _Seen) -> object:
    if isinstance(seen.body, Absent):
        return seen.body
    return decode_text(seen.body, _content_type(seen.response))


def _json(seen: _Seen) -> object:
    if isinstance(seen.body, Absent):
        return seen.body
    room = max(ROOM, _ROOM_RATIO * seen.call.dial.max_body)
    return decode_json(seen.body, _content_type(seen.response), room)


def _address(seen: _Seen) -> object:
    return seen.response.extensions.get("checker.address") or Absent("the address is not known")


_UNCACHED = cache_facts(httpx.Headers())


def _cache(seen: _Seen) -> object:
    if TELLING.isdisjoint(names_of(seen.response)):
        return _UNCACHED
    return cache_facts(seen.response.headers)


_MAKERS: Makers[_Seen] = {
    "status": lambda seen: seen.response.status_code,
    "http_version": _http_version,
    "url": lambda seen: str(seen.response.url),
    "redirects": lambda seen: seen.call.followed,
    "headers": lambda seen: dict(seen.response.headers.items()),
    "cookies": lambda seen: seen.call.received_cookies,
    "body": _body,
    "size": lambda seen: seen.body if isinstance(seen.body, Absent) else len(seen.body),
    "json": _json,
    "latency": lambda seen: sum(seen.spent.values()),
    "timings": lambda seen: by_name(seen.spent),
    "cache": _cache,
    "address": _address,
    "certificate": lambda seen: certificate_fact(seen.response.extensions.get("certificate"), seen.now),
    "tls": lambda seen: tls_fact(seen.response.extensions.get("tls")),
}
