import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from checker.lab.balancer import balancer


def task(name: str) -> httpx.AsyncClient:
    async def answer(request: Request) -> Response:
        told = {"task": name, "query": request.url.query, "body": (await request.body()).decode()}
        return JSONResponse(told, headers={"X-Task": name})

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://task")


def balanced(client: httpx.AsyncClient, *targets: str) -> httpx.AsyncClient:
    app = balancer(lambda: targets, client)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://balancer")


async def test_a_request_goes_to_a_task_as_it_came() -> None:
    async with task("a") as behind, balanced(behind, "http://task") as client:
        answer = await client.post("/files?name=x%20y", content=b"rows")
    assert answer.json() == {"task": "a", "query": "name=x%20y", "body": "rows"}
    assert answer.headers["X-Task"] == "a"


async def test_targets_take_turns() -> None:
    asked: list[str] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200)

    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(answered)) as behind,
        balanced(behind, "http://one", "http://two") as client,
    ):
        for _ in range(3):
            await client.get("/")
    assert asked == ["one", "two", "one"]


async def test_without_a_target_the_balancer_says_so() -> None:
    async with httpx.AsyncClient() as behind, balanced(behind) as client:
        assert (await client.get("/")).status_code == 503


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("late")])
async def test_a_task_that_does_not_answer_is_a_bad_gateway(failure: httpx.TransportError) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise failure

    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(broken)) as behind,
        balanced(behind, "http://one") as client,
    ):
        answer = await client.get("/")
    assert (502, f"upstream: {type(failure).__name__}") == (answer.status_code, answer.text)
