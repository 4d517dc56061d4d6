"""The search engine behind the catalogue: it answers to whoever shows its API key, and to nobody else."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import health_route, service
from checker.lab.estate.library import Document, images, works


class ApiKey:
    """The engine's API key as its secret store holds it: whoever reads it late reads another one."""

    def __init__(self) -> None:
        self.value = secrets.token_urlsafe(24)

    def recreate(self) -> None:
        """Replace the key. Whoever holds the old one is refused from now on."""
        self.value = secrets.token_urlsafe(24)


def search_engine(key: ApiKey) -> ASGIApp:
    """Return the engine: `POST /{index}/_search` and `GET /{index}/_doc/{id}`."""
    indices = {"works": works(), "images": images()}

    async def search(request: Request) -> Response:
        _authenticate(request, key)
        index = _index(request, indices)
        wanted = await request.json()
        hits = _matching(index, str(wanted["query"]))
        start, size = int(wanted["from"]), int(wanted["size"])
        return JSONResponse({"hits": {"total": {"value": len(hits)}, "hits": hits[start : start + size]}})

    async def document(request: Request) -> Response:
        _authenticate(request, key)
        found = _index(request, indices).get(request.path_params["id"])
        return JSONResponse({"found": found is not None, "_source": found}, 200 if found else 404)

    return service(
        [
            health_route("/_cluster/health", {"cluster_name": "lab", "status": "green"}),
            Route("/{index}/_search", search, methods=["POST"]),
            Route("/{index}/_doc/{id}", document),
        ]
    )


def _authenticate(request: Request, key: ApiKey) -> None:
    if not secrets.compare_digest(
        request.headers.get("authorization", "").encode(), f"ApiKey {key.value}".encode()
    ):
        raise HTTPException(401, "unable to authenticate with provided credentials")


def _index(request: Request, indices: Mapping[str, Mapping[str, Document]]) -> Mapping[str, Document]:
    index = indices.get(request.path_params["index"])
    if index is None:
        raise HTTPException(404, f"no such index [{request.path_params['index']}]")
    return index


def _matching(index: Mapping[str, Document], query: str) -> list[Document]:
    terms = query.lower().split()
    return [document for document in index.values() if all(term in _text(document) for term in terms)]


def _text(document: Document) -> str:
    described: Any = document.get("source", document)
    return " ".join([described["title"], *(subject["label"] for subject in described["subjects"])]).lower()
