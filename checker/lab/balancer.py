"""The load balancer in front of a service's tasks: each request goes to the next of them."""

from collections.abc import Callable, Sequence
from itertools import count

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

_HOPS = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "host"}
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_PATIENCE = 5.0
"""Seconds within which a task has to answer."""


def balancer(targets: Callable[[], Sequence[str]], client: httpx.AsyncClient) -> ASGIApp:
    """Return what passes each request on to the next of the targets, which are base URLs; 503 where there is none."""
    turn = count()

    async def forward(request: Request) -> Response:
        urls = targets()
        if not urls:
            return Response("no healthy upstream", 503)
        return await _passed_on(request, urls[next(turn) % len(urls)], client)

    return Starlette(routes=[Route("/{path:path}", forward, methods=_METHODS)])


async def _passed_on(request: Request, base: str, client: httpx.AsyncClient) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {name: value for name, value in request.headers.items() if name not in _HOPS}
    try:
        answer = await client.request(
            request.method,
            base + request.scope["raw_path"].decode() + query,
            headers=headers,
            content=await request.body(),
            timeout=_PATIENCE,
        )
    except httpx.TransportError as error:
        return Response(f"upstream: {type(error).__name__}", 502)
    kept = {
        name: value
        for name, value in answer.headers.items()
        if name not in _HOPS and name != "content-encoding"
    }
    return Response(answer.content, answer.status_code, kept)
