"""What went over the wire, as it is kept until somebody looks at it: nobody looks at most of the runs that pass."""

from collections.abc import Mapping

import httpx

from checker.core.outcome import Exchange
from checker.core.reason import Phase
from checker.core.record import record
from checker.net.request import headers_of
from checker.net.response import Pairs, pairs_of


@record(frozen=True, slots=True)
class Sent:
    """One request and what came of it, in pieces: the request itself knows the step, which keeps this.

    `before` and `after` are what the stopwatch showed, `answered` the headers of the answer.
    """

    method: str
    url: httpx.URL
    headers: Pairs
    content: bytes
    started_at: float  # seconds since the epoch
    before: Mapping[Phase, float]
    after: Mapping[Phase, float]
    status: int | None = None
    http_version: str = ""
    answered: Pairs = ()
    body: bytes = b""
    address: str = ""

    @property
    def exchange(self) -> Exchange:
        """The same for people to read."""
        return Exchange(
            self.method,
            str(self.url),
            _texts(self.headers),
            self.content,
            self.status,
            self.http_version,
            _texts(self.answered),
            self.body,
            self.address,
            self.started_at,
            _difference(self.after, self.before),
        )


Kept = Exchange | Sent
"""Evidence as the steps of a run gather it."""


def told(kept: Kept) -> Exchange:
    """Return evidence as people read it."""
    return kept.exchange if isinstance(kept, Sent) else kept


def size_of(kept: Kept) -> int:
    """Return how many bytes the two bodies have."""
    if isinstance(kept, Sent):
        return len(kept.content) + len(kept.body)
    return len(kept.request_body) + len(kept.response_body)


def sent(
    request: httpx.Request,
    response: httpx.Response | None,
    started_at: float,
    before: Mapping[Phase, float],
    after: Mapping[Phase, float],
) -> Sent:
    """Keep a request and its answer, if one came, as they are now."""
    headers = headers_of(request)  # a copy: another round of an authentication changes them
    asked = request.method, request.url, headers, request.content, started_at, before, after
    if response is None:
        return Sent(*asked)
    return Sent(
        *asked,
        response.status_code,
        response.http_version,
        pairs_of(response),
        response.content,
        response.extensions.get("checker.address", ""),
    )


def _texts(headers: Pairs) -> tuple[tuple[str, str], ...]:
    return tuple([(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in headers])


def _difference(after: Mapping[Phase, float], before: Mapping[Phase, float]) -> Mapping[Phase, float]:
    if not before:
        return after
    return {
        phase: spent - before.get(phase, 0.0)
        for phase, spent in after.items()
        if spent > before.get(phase, 0.0)
    }
