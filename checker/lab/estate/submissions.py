"""Forms that people submit: an API that takes them, a queue, and workers that hand each on to who waits for it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import CALL_TIMEOUT, health_route, service

PAUSE = 0.2
"""Seconds between two looks at an empty queue."""


class Message(Protocol):
    """What was received."""

    @property
    def body(self) -> str:
        """What was sent."""


M = TypeVar("M", bound=Message)


class Queue(Protocol[M]):
    """What lies between the API and the workers."""

    async def send(self, bodies: Sequence[str]) -> None:
        """Send messages."""

    async def receive(self) -> Sequence[M]:
        """Return some messages, which others do not get for a while."""

    async def delete(self, messages: Sequence[M]) -> None:
        """Delete what has been done."""


def submission(form: str, webhook: str) -> dict[str, str]:
    """Return a submission as the queue has it."""
    return {"id": str(uuid4()), "form": form, "webhook": webhook}


def submissions(queue: Queue[Any]) -> ASGIApp:
    """Return the API: `POST /submissions` with a form's name and a webhook; 202 means that it is on the queue."""

    async def submit(request: Request) -> Response:
        try:
            sent = await request.json()
            taken = submission(str(sent["form"]), str(sent["webhook"]))
        except (ValueError, KeyError, TypeError):
            raise HTTPException(400, "a form and a webhook are required") from None
        await queue.send([json.dumps(taken)])
        return JSONResponse({"id": taken["id"]}, 202)

    return service(
        [health_route("/health", {"status": "UP"}), Route("/submissions", submit, methods=["POST"])]
    )


def office() -> ASGIApp:
    """Return those who wait for submissions: `POST /processed` is the webhook that they leave."""

    async def processed(_: Request) -> Response:
        return Response(status_code=204)

    return service([Route("/processed", processed, methods=["POST"])])


async def work(queue: Queue[M], client: httpx.AsyncClient) -> None:
    """Hand on one submission after the other until cancelled; what cannot be handed on comes again."""
    while True:
        messages = await queue.receive()
        done = await asyncio.gather(*(_handed_on(message, client) for message in messages))
        await queue.delete([message for message, is_done in zip(messages, done, strict=True) if is_done])
        if not messages:
            await asyncio.sleep(PAUSE)


async def _handed_on(message: Message, client: httpx.AsyncClient) -> bool:
    """Call a submission's webhook. Who answers that they want it no more is not asked again."""
    taken = json.loads(message.body)
    document = {"id": taken["id"], "form": taken["form"], "state": "processed"}
    try:
        answer = await client.post(taken["webhook"], json=document, timeout=CALL_TIMEOUT)
    except httpx.TransportError:
        return False
    return answer.status_code < 500
