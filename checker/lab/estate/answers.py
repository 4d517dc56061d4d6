"""How the services of the estate answer and call each other, so that all of them speak alike."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import cast

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

CALL_TIMEOUT = 2.0
"""Seconds that one service waits for another."""


def service(routes: Sequence[BaseRoute]) -> Starlette:
    """Return an app whose errors have the estate's shape, unknown paths included."""
    return Starlette(routes=routes, exception_handlers={HTTPException: _error_answer})


def error_body(status: int, description: str) -> dict[str, object]:
    """Return the body of an error, in the shape that public catalogue APIs use."""
    return {
        "type": "Error",
        "errorType": "http",
        "httpStatus": status,
        "label": HTTPStatus(status).phrase,
        "description": description,
    }


def _error_answer(request: Request, exc: Exception) -> Response:
    refusal = cast("HTTPException", exc)  # registered for nothing else
    body = error_body(refusal.status_code, refusal.detail)
    return JSONResponse(body, refusal.status_code, headers=refusal.headers)


def unauthorized(description: str) -> HTTPException:
    """Return the refusal of a request whose bearer token is missing or no good (RFC 6750, section 3)."""
    return HTTPException(401, description, headers={"WWW-Authenticate": "Bearer"})


def number(request: Request, name: str, default: int, highest: int) -> int:
    """Return a query parameter between 1 and `highest`; anything else is answered with 400."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= highest):
        raise HTTPException(400, f"{name}: must be between 1 and {highest}")
    return int(text)


def health_route(path: str, body: object) -> Route:
    """Return a shallow health check: alive, therefore well, whatever else is broken."""

    async def health(_: Request) -> Response:
        return JSONResponse(body)

    return Route(path, health)


class Upstream:
    """Another service, as the one that calls it sees it: an address from its configuration."""

    def __init__(self, name: str, url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self.url = url
        self._client = client

    async def get(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """Return the answer, whatever its status; nobody there is answered with 502."""
        return await self._call("GET", path, headers=headers)

    async def post(
        self,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        """As `get`, with a body."""
        return await self._call("POST", path, headers=headers, form=form, json=json)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        try:
            return await self._client.request(
                method, self.url + path, headers=headers, data=form, json=json, timeout=CALL_TIMEOUT
            )
        except httpx.TransportError as exc:
            why = str(exc) or type(exc).__name__
            raise HTTPException(502, f"unable to reach {self.name} at {self.url}: {why}") from exc
