"""`/callbacks/TOKEN` and `/heartbeats/PROBE/TOKEN`: where others call the checker.

Who does not know the token learns nothing, not even which probes there are, and nothing that was sent comes back.
"""

from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from checker.net import callbacks as net
from checker.net.callbacks import Callbacks, Reception
from checker.net.heartbeats import Heartbeats

_NOT_HERE = "there is nothing here"

_ANSWERS = {
    Reception.TAKEN: (200, "taken"),
    Reception.UNKNOWN: (404, _NOT_HERE),
    Reception.LATE: (410, "too late: the run that waited for this is over"),
    Reception.TOO_LARGE: (413, "too large"),
    Reception.FULL: (429, "too many deliveries are waiting"),
    Reception.SLOW: (408, "too slow"),
}


def callback_routes(callbacks: Callbacks) -> list[Route]:
    """Return where callbacks are delivered. What asks without delivering anything (HEAD, OPTIONS) takes no place."""

    async def callback(request: Request) -> Response:
        if request.method in ("HEAD", "OPTIONS"):
            return Response(status_code=204, headers={"Allow": ", ".join(_DELIVERING)})
        status, text = _ANSWERS[await _delivered(callbacks, request)]
        return PlainTextResponse(f"{text}\n", status)

    return [Route(f"{net.PATH}{{token:path}}", callback, methods=["OPTIONS", *_DELIVERING])]


_DELIVERING = ("GET", "POST", "PUT", "PATCH", "DELETE")


def heartbeat_routes(heartbeats: Heartbeats) -> list[Route]:
    """Return where heartbeats come in. A body says nothing, and is not read."""

    async def heartbeat(request: Request) -> Response:
        if not heartbeats.beat(request.path_params["path"]):
            raise HTTPException(404, _NOT_HERE)
        return PlainTextResponse("ok\n")

    return [Route("/heartbeats/{path:path}", heartbeat, methods=["GET", "POST"])]


async def _delivered(callbacks: Callbacks, request: Request) -> Reception:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    try:
        return await callbacks.deliver(request.path_params["token"], request.method, headers, _body(request))
    except ClientDisconnect as error:
        raise HTTPException(400, "the delivery was broken off") from error


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk
