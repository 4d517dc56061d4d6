"""The catalogue: the works and images search APIs, in the shape of a public library's.

A task of it holds the search engine's API key that it was given at its start, for as long as it lives.
"""

from math import ceil
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import Upstream, health_route, number, service

HEALTH_PATH = "/management/healthcheck"
_COLLECTIONS = {"works": "Work", "images": "Image"}


def catalogue(engine: Upstream, api_key: str) -> ASGIApp:
    """Return one task of the catalogue, which searches with `api_key`."""
    index = _Index(engine, api_key)

    async def listing(request: Request) -> Response:
        size, page = number(request, "pageSize", 10, 100), number(request, "page", 1, 10_000)
        collection = _collection(request)
        total, results = await index.search(
            collection, request.query_params.get("query", ""), (page - 1) * size, size
        )
        return JSONResponse(_result_list(request, total, results, size, page))

    async def single(request: Request) -> Response:
        collection, identifier = _collection(request), request.path_params["id"]
        found = await index.document(collection, identifier)
        if found is None:
            raise HTTPException(404, f"{_COLLECTIONS[collection]} not found for identifier {identifier}")
        return JSONResponse(found)

    return service(
        [
            health_route(HEALTH_PATH, {"status": "ok"}),
            Route("/catalogue/v2/{collection}", listing),
            Route("/catalogue/v2/{collection}/{id}", single),
        ]
    )


def _collection(request: Request) -> str:
    collection: str = request.path_params["collection"]
    if collection not in _COLLECTIONS:
        raise HTTPException(404, f"Page not found for URL {request.url.path}")
    return collection


def _result_list(
    request: Request, total: int, results: list[object], size: int, page: int
) -> dict[str, object]:
    pages = ceil(total / size)
    links = {"nextPage": str(request.url.include_query_params(page=page + 1))} if page < pages else {}
    return {
        "type": "ResultList",
        "pageSize": size,
        "totalPages": pages,
        "totalResults": total,
        "results": results,
        **links,
    }


class _Index:
    """The search engine, asked with the key of this task."""

    def __init__(self, engine: Upstream, api_key: str) -> None:
        self._engine = engine
        self._headers = {"Authorization": f"ApiKey {api_key}"}

    async def search(self, collection: str, query: str, start: int, size: int) -> tuple[int, list[object]]:
        wanted = {"query": query, "from": start, "size": size}
        answer = await self._engine.post(f"/{collection}/_search", headers=self._headers, json=wanted)
        hits = _understood(answer.status_code, answer.json())["hits"]
        return hits["total"]["value"], hits["hits"]

    async def document(self, collection: str, identifier: str) -> object | None:
        answer = await self._engine.get(
            f"/{collection}/_doc/{quote(identifier, safe='')}", headers=self._headers
        )
        if answer.status_code == 404:
            return None
        document: object = _understood(answer.status_code, answer.json())["_source"]
        return document


def _understood(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """The engine's refusals are the catalogue's own faults: no user can do anything about them."""
    if status != 200:
        raise HTTPException(500, str(body["description"]))
    return body
