"""The two applications: pages, API and events for people; /metrics and the operating endpoints for machines.

By default one listener serves both. Nothing is decided here: requests come in, views and renderers answer.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.liveness import ALIVE
from checker.surfaces.exposition import Exposition, negotiate
from checker.surfaces.metrics import families
from checker.surfaces.own import Own
from checker.surfaces.pacing import gzipped, paced
from checker.surfaces.printable import block
from checker.surfaces.web import api, openapi, pages
from checker.surfaces.web.archive import archive, file_name
from checker.surfaces.web.detail import detail
from checker.surfaces.web.filters import Filter, unknown_parameters, unknown_values
from checker.surfaces.web.headers import SECURITY_HEADERS, SecurityHeaders
from checker.surfaces.web.live import Live
from checker.surfaces.web.streaming import Streamed
from checker.surfaces.web.views import page

Check = Callable[[], str | None]
"""Returns None where all is well, else a sentence that says what is not."""


def _well() -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Sources:
    """What the surfaces read, and the one thing that they may start. `now` is in seconds since the epoch.

    `reload` takes the configuration anew and returns None, or why it was refused; None: not offered over HTTP.
    `notices` are sentences about the checker itself that belong on every page, such as a refused configuration.
    """

    snapshot: Callable[[], Snapshot]
    own: Own
    healthy: Check = _well
    ready: Check = _well
    reload: Callable[[], Awaitable[str | None]] | None = None
    notices: Callable[[], tuple[str, ...]] = tuple
    now: Callable[[], float] = time.time
    exposition: Exposition = field(default_factory=Exposition)


def web_app(
    sources: Sources, live: Live | None = None, routes: Sequence[BaseRoute] = (), *, operations: bool = True
) -> Starlette:
    """Return the application that people open.

    `live` has to be closed before the server stops, because pages stay connected to it. `operations`: with
    /metrics and /-/…, which else have a listener of their own. `routes` are further ones, such as callbacks.
    """
    own = [*_page_routes(sources, live or Live(sources.snapshot)), *_api_routes(sources)]
    return _application([*(_operation_routes(sources) if operations else ()), *own, *routes])


def metrics_app(sources: Sources, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application for `server.metrics_listen`."""
    return _application([*_operation_routes(sources), *routes])


def called_app(routes: Sequence[BaseRoute]) -> Starlette:
    """Return the application of a checker that is only called, such as `run` while it waits for callbacks."""
    return _application(routes)


def _board(sources: Sources) -> Snapshot:
    """Return the board as of now: one that has not changed for minutes still has the time of its last change."""
    return replace(sources.snapshot(), taken_at=sources.now())


def _application(routes: Sequence[BaseRoute]) -> Starlette:
    return Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: _refusal, Exception: _fault},
    )


async def _refusal(request: Request, error: Exception) -> Response:
    refusal = cast("HTTPException", error)
    return _said(request, refusal.detail, refusal.status_code, refusal.headers)


async def _fault(request: Request, error: Exception) -> Response:
    """The traceback is in the log, and nowhere else."""
    return _said(request, "The checker has a fault; its log says more.", 500, SECURITY_HEADERS)


def _said(request: Request, text: str, status: int, headers: Mapping[str, str] | None) -> Response:
    """Who asks the API reads JSON, whatever the answer is."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    if path.startswith("/api/"):
        return JSONResponse({"error": text}, status, headers)
    return PlainTextResponse(f"{text}\n", status, headers)


def _operation_routes(sources: Sources) -> list[Route]:
    async def metrics(request: Request) -> Response:
        openmetrics, content_type = negotiate(request.headers.get("accept", ""))
        snapshot = sources.snapshot()
        text = sources.exposition.render(snapshot, families(snapshot), sources.own, openmetrics=openmetrics)
        headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        if _takes_gzip(request):
            return Streamed(gzipped(text), headers=headers | {"Content-Encoding": "gzip"})
        return Streamed(text, headers=headers)

    async def reload(request: Request) -> Response:
        if sources.reload is None:
            raise HTTPException(403, "reloading over HTTP is off; server.reload: true turns it on")
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise HTTPException(403, "a page of another site cannot ask for this")
        refused = await sources.reload()
        return PlainTextResponse(
            "reloaded\n" if refused is None else f"{refused}\n", 200 if refused is None else 500
        )

    return [
        Route("/metrics", metrics),
        Route("/-/healthy", _check(sources.healthy, ALIVE)),
        Route("/-/ready", _check(sources.ready, "the checker is ready")),
        Route("/-/reload", reload, methods=["POST"]),
    ]


def _check(check: Check, well: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        wrong = check()
        return PlainTextResponse(
            f"{well}\n" if wrong is None else f"{wrong}\n", 200 if wrong is None else 503
        )

    return answer


def _takes_gzip(request: Request) -> bool:
    offered = request.headers.get("accept-encoding", "").lower().split(",")
    return any(
        part.split(";")[0].strip() == "gzip" and "q=0" not in part.replace("q=0.", "") for part in offered
    )


def _api_routes(sources: Sources) -> list[Route]:
    async def probes(request: Request) -> Response:
        snapshot, asked = _board(sources), request.query_params.multi_items()
        if wrong := [*unknown_parameters(asked), *unknown_values(asked, snapshot.label_keys)]:
            raise HTTPException(400, " ".join(wrong))
        return _json(api.listing(snapshot, _filter(request)))

    async def probe(request: Request) -> Response:
        snapshot = _board(sources)
        found = snapshot.probes.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "there is no probe of this name")
        document = await asyncio.to_thread(api.document, found, snapshot, sources.own.happened())
        return _json([json.dumps(document), "\n"])

    async def description(request: Request) -> Response:
        return JSONResponse(openapi.document(sources.snapshot().label_keys))

    return [
        Route("/api/v1/probes", probes),
        Route("/api/v1/probes/{name:path}", probe),
        Route("/api/v1/openapi.json", description),
    ]


def _json(pieces: Iterable[str]) -> Response:
    return Streamed(paced(pieces), media_type="application/json")


def _page_routes(sources: Sources, live: Live) -> list[Route]:
    async def board(request: Request) -> Response:
        # Sorting ten thousand probes takes 30 ms; in a thread that delays nobody's stopwatch by more than a switch.
        snapshot = _board(sources)
        notices = (
            *unknown_values(request.query_params.multi_items(), snapshot.label_keys),
            *_notices(sources),
        )
        view = await asyncio.to_thread(page, snapshot, _filter(request), notices)
        return _html(request, "board", view=view)

    async def probe(request: Request) -> Response:
        snapshot = _board(sources)
        found = _found(snapshot, request.path_params["name"])
        told = (_filter(request), _notices(sources), sources.own.happened())
        return _html(request, "probe", view=await asyncio.to_thread(detail, found, snapshot, *told))

    async def failure(request: Request) -> Response:
        name, started_at = request.path_params["name"], request.path_params["started_at"]
        found = await asyncio.to_thread(archive, _found(_board(sources), name), started_at)
        if found is None:
            raise HTTPException(404, "There is no evidence of such a failure, or no longer.")
        disposition = f'attachment; filename="{file_name(name, started_at)}"'
        return Response(found, media_type="application/json", headers={"Content-Disposition": disposition})

    async def events(request: Request) -> Response:
        if live.full:
            raise HTTPException(503, "too many pages are open", {"Retry-After": "30"})
        return Streamed(live.stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return [
        Route("/", board),
        Route("/probes/{name:path}/failures/{started_at}.har", failure),
        Route("/probes/{name:path}", probe),
        Route("/events", events),
        Route("/static/{name}", _asset),
    ]


def _notices(sources: Sources) -> tuple[str, ...]:
    wrong = sources.healthy()
    return tuple(block(text) for text in (*sources.notices(), *([wrong] if wrong else [])))


def _found(snapshot: Snapshot, name: str) -> ProbeView:
    found = snapshot.probes.get(name)
    if found is None:
        raise HTTPException(
            404, "There is no probe of this name. It may have been removed from the configuration."
        )
    return found


def _filter(request: Request) -> Filter:
    return Filter.parse(request.query_params.multi_items())


def _html(request: Request, name: str, **values: object) -> Response:
    """With `?part`, only what changes is sent: the open page puts it in the place of the old."""
    template = f"_{name}.html" if "part" in request.query_params else f"{name}.html"
    theme = Filter(theme=_filter(request).theme)
    return Streamed(
        paced(pages.rendered(template, base=_base(request), theme=theme, **values)), media_type="text/html"
    )


def _base(request: Request) -> str:
    """Return the way back to where the pages are mounted; relative, so that it holds behind any proxy's prefix."""
    depth = request.url.path.count("/") - request.scope.get("root_path", "").count("/") - 1
    return "../" * depth or "./"


async def _asset(request: Request) -> Response:
    found = pages.assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404, "there is no such file")
    content, media_type = found
    return Response(
        content, media_type=media_type, headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
