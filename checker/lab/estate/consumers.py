"""The five services that look values up in the reference data, each at the address that it was deployed with."""

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import Upstream, health_route, service

CONSUMERS = ("esr-notification", "concerns", "generic-upload", "profile", "sync")


def consumer(name: str, reference: Upstream) -> ASGIApp:
    """Return one task of the consumer `name`: `GET /api/{name}/lookup?trust=CODE`."""

    async def lookup(request: Request) -> Response:
        code = request.query_params.get("trust", "")
        if not code:
            raise HTTPException(400, "trust: is required")
        answer = await reference.get(f"/reference/api/trusts/code/{quote(code, safe='')}")
        if answer.status_code == 404:
            raise HTTPException(404, f"there is no trust {code}")
        if answer.status_code != 200:
            raise HTTPException(502, f"the reference service answered {answer.status_code}")
        return JSONResponse({"consumer": name, "trust": answer.json()})

    return service([health_route("/health", {"status": "UP"}), Route(f"/api/{name}/lookup", lookup)])
