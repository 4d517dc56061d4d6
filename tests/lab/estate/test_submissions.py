import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from checker.lab.estate.submissions import office, submission, submissions, work


@dataclass(frozen=True)
class Message:
    body: str


@dataclass
class ListedQueue:
    """A queue as a list; what was received stays there until it is deleted."""

    messages: list[Message] = field(default_factory=list)
    looks: int = 0
    looked_at_twice: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, bodies: Sequence[str]) -> None:
        self.messages += [Message(body) for body in bodies]

    async def receive(self) -> Sequence[Message]:
        self.looks += 1
        if self.looks == 2:
            self.looked_at_twice.set()
        return tuple(self.messages)

    async def delete(self, messages: Sequence[Message]) -> None:
        self.messages = [message for message in self.messages if message not in messages]


@pytest.fixture
def queue() -> ListedQueue:
    return ListedQueue()


@contextlib.asynccontextmanager
async def visiting(queue: ListedQueue) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(submissions(queue))
    async with httpx.AsyncClient(transport=transport, base_url="http://submissions") as client:
        yield client


async def worked(queue: ListedQueue, handler: object) -> None:
    """Let a worker look at the queue twice."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:  # type: ignore[arg-type]
        task = asyncio.create_task(work(queue, client))
        await queue.looked_at_twice.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_submission_is_put_on_the_queue(queue: ListedQueue) -> None:
    async with visiting(queue) as client:
        form = {"form": "enquiry", "webhook": "http://office/processed"}
        answer = await client.post("/submissions", json=form)
    (taken,) = [json.loads(message.body) for message in queue.messages]
    assert (answer.status_code, answer.json()) == (202, {"id": taken["id"]})
    assert taken == {"id": taken["id"], **form}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"form": "enquiry"}', b'"text"'])
async def test_what_is_no_submission_is_refused(queue: ListedQueue, content: bytes) -> None:
    async with visiting(queue) as client:
        answer = await client.post("/submissions", content=content)
    assert (answer.status_code, queue.messages) == (400, [])


async def test_the_health_check_knows_nothing_of_the_queue(queue: ListedQueue) -> None:
    async with visiting(queue) as client:
        assert (await client.get("/health")).json() == {"status": "UP"}


async def test_a_worker_calls_the_webhook(queue: ListedQueue) -> None:
    sent = submission("enquiry", "http://office/processed")
    await queue.send([json.dumps(sent)])
    heard: list[tuple[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append((str(request.url), json.loads(request.content)))
        return httpx.Response(204)

    await worked(queue, answer)
    document = {"id": sent["id"], "form": "enquiry", "state": "processed"}
    assert heard == [("http://office/processed", document)]
    assert queue.messages == []


@pytest.mark.parametrize(("status", "is_over"), [(200, True), (410, True), (500, False), (503, False)])
async def test_who_wants_no_more_is_not_called_again(queue: ListedQueue, status: int, is_over: bool) -> None:
    await queue.send([json.dumps(submission("enquiry", "http://office/processed"))])
    await worked(queue, lambda _: httpx.Response(status))
    assert (queue.messages == []) is is_over


async def test_what_nobody_answers_comes_again(queue: ListedQueue) -> None:
    await queue.send([json.dumps(submission("enquiry", "http://office/processed"))])

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    await worked(queue, refuse)
    assert len(queue.messages) == 1


async def test_the_office_takes_what_is_processed() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(office()), base_url="http://office") as client:
        assert (await client.post("/processed", json={})).status_code == 204
