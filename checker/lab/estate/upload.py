"""The bulk upload: a file is handed in with a bearer token and processed in its own time.

It believes no token: it asks the identity provider about each, as a client with a secret of its own. With an
outdated secret in its configuration it can therefore do nothing at all, and its health check stays green.
"""

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import Upstream, health_route, service, unauthorized
from checker.lab.estate.identity import INTROSPECTION_PATH
from checker.lab.estate.uploads import Job, Jobs

CLIENT_ID = "generic-upload"

_LARGEST_FILE = 1024 * 1024
_MOST_SHOWN = 20


def upload(identity: Upstream, client_secret: str, jobs: Jobs) -> ASGIApp:
    """Return one task of the upload service, which presents itself with `client_secret`."""
    callers = _Callers(identity, client_secret)

    async def submit(request: Request) -> Response:
        client = await callers.identify(request)
        name, content = await _file(request)
        job_id = jobs.submit(name, client, content)
        return JSONResponse({"id": job_id, "fileName": name, "fileStatus": "PENDING"}, 202)

    async def status(request: Request) -> Response:
        await callers.identify(request)
        query = request.query_params
        found = jobs.find(query.get("searchQuery", ""), query.get("file", ""))
        return JSONResponse({"content": found[:_MOST_SHOWN], "totalElements": len(found)})

    async def delete(request: Request) -> Response:
        client = await callers.identify(request)
        job = _own(jobs.get(request.path_params["id"]), client)
        jobs.delete(job.id)
        return JSONResponse({"id": job.id, "rowsDeleted": job.parsed.imported})

    return service(
        [
            health_route("/health", {"status": "UP"}),
            Route("/generic-upload/api/file", submit, methods=["POST"]),
            Route("/generic-upload/api/file/{id:int}", delete, methods=["DELETE"]),
            Route("/generic-upload/api/status", status),
        ]
    )


async def _file(request: Request) -> tuple[str, bytes]:
    async with request.form(max_files=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise HTTPException(400, "a multipart field 'file' with a file name is required")
        content = await file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise HTTPException(413, f"files may hold up to {_LARGEST_FILE} bytes")
    return file.filename, content


def _own(job: Job | None, client: str) -> Job:
    if job is None:
        raise HTTPException(404, "there is no such file")
    if job.client != client:
        raise HTTPException(403, "only who uploaded a file may delete its rows")
    return job


class _Callers:
    """Tells who is calling, by asking the identity provider."""

    def __init__(self, identity: Upstream, client_secret: str) -> None:
        self._identity = identity
        self._credentials = {"client_id": CLIENT_ID, "client_secret": client_secret}

    async def identify(self, request: Request) -> str:
        """Return the client id that the request's bearer token stands for; refuse the request if there is none."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("a bearer token is required")
        answer = await self._identity.post(INTROSPECTION_PATH, form={**self._credentials, "token": token})
        if answer.status_code != 200:
            raise unauthorized(f"the identity provider refused {CLIENT_ID}: {answer.json()['error']}")
        verdict = answer.json()
        if not verdict["active"]:
            raise unauthorized("the token is unknown or has expired")
        return str(verdict["client_id"])
