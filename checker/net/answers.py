"""From an answer to the facts that assertions and captures speak of. What costs something is made when asked for."""

from collections.abc import Callable, Mapping

import httpx

from checker.core.facts import Absent, Fact, Facts, Lazy, Shape, Unit
from checker.core.reason import Phase, Reason
from checker.net.caching import cache_facts
from checker.net.documents import ROOM, decode_json, decode_text
from checker.net.peer import (
    ADDRESS,
    CERTIFICATE,
    TLS,
    certificate_fact,
    latency_fact,
    latency_of,
    timings_fact,
    timings_of,
    tls_fact,
)
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


def facts_of(response: httpx.Response, call: Call, now: float, unusable_body: Absent | None = None) -> Facts:
    """Return the facts of an answer; `now` in seconds since the epoch, `unusable_body` in place of what it holds."""
    content_type = _content_type(response)
    body = unusable_body or response.content
    room = max(ROOM, _ROOM_RATIO * call.dial.max_body)
    return Facts(
        {
            "status": response.status_code,
            "http_version": _VERSIONS.get(response.http_version, response.http_version),
            "url": Lazy(lambda: str(response.url)),
            "redirects": call.followed,
            "headers": Lazy(lambda: dict(response.headers.items())),
            "cookies": call.received_cookies,
            "body": _lazy(body, lambda content: decode_text(content, content_type)),
            "size": len(body) if isinstance(body, bytes) else body,
            "json": _lazy(body, lambda content: decode_json(content, content_type, room)),
            "latency": latency_of(call.dial.trace),
            "timings": timings_of(call.dial.trace),
            "cache": Lazy(lambda: cache_facts(response.headers)),
            "address": response.extensions.get("checker.address") or Absent("the address is not known"),
            "certificate": certificate_fact(response.extensions.get("certificate"), now),
            "tls": tls_fact(response.extensions.get("tls")),
        },
        _where_to(response) if response.has_redirect_location and not call.redirects else None,
    )


def _content_type(response: httpx.Response) -> str:
    values = [value for name, value in response.headers.raw if name.lower() == b"content-type"]
    return b", ".join(values).decode("utf-8", "replace")


def _where_to(response: httpx.Response) -> Mapping[str, str]:
    """A redirect that nobody follows is mostly one that nobody knew of."""
    return {"status": f"redirects: 1 would follow it to {response.headers['location']!r}"}


def _lazy(body: bytes | Absent, make: Callable[[bytes], object]) -> object:
    return body if isinstance(body, Absent) else Lazy(lambda: make(body))
