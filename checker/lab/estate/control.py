"""The estate's control desk: break it and mend it by hand, with curl, while the checker watches.

On the demo's ports:

    curl -X POST   http://127.0.0.1:10482/faults/engine-key-revoked
    curl -X DELETE http://127.0.0.1:10482/faults/engine-key-revoked
    curl -X POST  'http://127.0.0.1:10482/faults/consumer-on-old-address?which=sync'
    curl -X POST   http://127.0.0.1:10482/restart/catalogue
    curl           http://127.0.0.1:10482/faults
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import health_route, service
from checker.lab.estate.errors import UnknownNameError
from checker.lab.estate.faults import FAULTS, fault
from checker.lab.estate.fleet import SERVICES, Fleet


def control(fleet: Fleet) -> ASGIApp:
    """Return the control desk of a fleet."""

    async def overview(_: Request) -> Response:
        services = {name: fleet.urls[name] for name in SERVICES}
        return JSONResponse({"services": services, "faults": _faults(fleet)})

    async def list_faults(_: Request) -> Response:
        return JSONResponse(_faults(fleet))

    async def switch(request: Request) -> Response:
        which = request.query_params.get("which")
        try:
            chosen = fault(request.path_params["name"])
            chosen.switch(fleet, on=request.method == "POST", which=which)
        except UnknownNameError as exc:
            raise HTTPException(404, str(exc)) from exc
        return JSONResponse(chosen.view(fleet))

    async def restart(request: Request) -> Response:
        name = request.path_params["service"]
        try:
            fleet.restart(name)
        except UnknownNameError as exc:
            raise HTTPException(404, str(exc)) from exc
        return JSONResponse({"restarted": name})

    return service(
        [
            health_route("/health", {"status": "UP"}),
            Route("/", overview),
            Route("/faults", list_faults),
            Route("/faults/{name}", switch, methods=["POST", "DELETE"]),
            Route("/restart/{service}", restart, methods=["POST"]),
        ]
    )


def _faults(fleet: Fleet) -> list[dict[str, object]]:
    return [known.view(fleet) for known in FAULTS]
