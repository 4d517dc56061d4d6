"""The CDN in front of the catalogue: a cache that outlives what it was filled with, errors included.

It does as real ones do: it ignores a request's `Cache-Control: no-cache`, keeps errors for a while (10 s is
CloudFront's default error caching minimum TTL), and takes every query string for a page of its own.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.core.clock import Clock
from checker.lab.estate.answers import Upstream, service
from checker.lab.estate.catalogue import HEALTH_PATH

ERROR_SECONDS = 10.0
"""How long an error is kept."""

_NAME = "lab-cdn"
_CAPACITY = 500


@dataclass(frozen=True, slots=True)
class _Copy:
    status: int
    content_type: str
    body: bytes
    stored_at: float
    keep: float

    def age(self, now: float) -> float:
        return now - self.stored_at


class Cache:
    """Copies of the origin's answers, `max_age` seconds for those with status 200, `error_age` for errors."""

    def __init__(self, clock: Clock, max_age: float, error_age: float = ERROR_SECONDS) -> None:
        self.max_age = max_age
        self.error_age = error_age
        self._clock = clock
        self._copies: dict[str, _Copy] = {}

    def fresh(self, url: str) -> tuple[_Copy, float] | None:
        """Return a copy that may still be handed out, and its age in seconds."""
        copy = self._copies.get(url)
        if copy is None:
            return None
        age = copy.age(self._clock.monotonic())
        return (copy, age) if age < copy.keep else None

    def store(self, url: str, status: int, content_type: str, body: bytes) -> _Copy:
        """Keep an answer. The oldest copies go first where every request has a query string of its own."""
        keep = self.max_age if status == 200 else self.error_age if status >= 400 else 0.0
        copy = _Copy(status, content_type, body, self._clock.monotonic(), keep)
        self._copies.pop(url, None)
        self._copies[url] = copy
        while len(self._copies) > _CAPACITY:
            del self._copies[next(iter(self._copies))]
        return copy


def cdn(origin: Upstream, cache: Cache) -> ASGIApp:
    """Return the CDN, which passes the health check through without keeping it."""

    async def cached(request: Request) -> Response:
        url = _path_and_query(request)
        found = cache.fresh(url)
        if found is not None:
            copy, age = found
            return _answer(copy, cache.max_age, age, "Hit")
        fetched = await origin.get(url, headers={"Host": request.headers.get("host", _NAME)})
        copy = cache.store(url, fetched.status_code, fetched.headers.get("content-type", ""), fetched.content)
        return _answer(copy, cache.max_age, 0.0, "Miss")

    async def passed_through(request: Request) -> Response:
        fetched = await origin.get(_path_and_query(request))
        return Response(fetched.content, fetched.status_code, media_type="application/json")

    return service([Route(HEALTH_PATH, passed_through), Route("/{path:path}", cached)])


def _path_and_query(request: Request) -> str:
    """As they were sent: decoding them would make one page of two."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("ascii")


def _answer(copy: _Copy, max_age: float, age: float, verdict: str) -> Response:
    headers = {"Content-Type": copy.content_type, "Age": str(int(age)), "X-Cache": f"{verdict} from {_NAME}"}
    if copy.status == 200:
        headers["Cache-Control"] = f"public, max-age={max_age:.0f}"
    return Response(copy.body, copy.status, headers)
