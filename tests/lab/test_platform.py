import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.cloud.ecs import CLUSTER
from checker.lab.cloud.registry import HOST, Registry
from checker.lab.platform import Definition, Environment, Platform

IMAGE = f"{HOST}/app:v1"
APP = Definition(IMAGE, {"GREETING": "hello"})


def greeter(environment: Environment) -> ASGIApp:
    async def greet(_: Request) -> Response:
        return PlainTextResponse(environment["GREETING"])

    async def health(_: Request) -> Response:
        return PlainTextResponse("", 200 if environment.get("WELL", "yes") == "yes" else 503)

    return Starlette(routes=[Route("/", greet), Route("/health", health)])


def described(platform: Platform, name: str = "app") -> dict[str, object]:
    """Return what ECS tells a client of a service."""
    (found,) = platform.api.client("ecs").describe_services(cluster=CLUSTER, services=[name])["services"]
    return {key: found[key] for key in ("status", "desiredCount", "runningCount")}


def claims(platform: Platform) -> list[str]:
    return [str(claim) for claim in platform.claims()]


async def test_a_service_is_served_by_tasks_of_their_own_addresses(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    service = await platform.create("app", APP, desired=2, app=greeter)
    assert ("127.0.1.1", "127.0.1.2") == service.addresses
    urls = (service.url, *(f"http://{address}:{service.port}" for address in service.addresses))
    assert ["hello"] * 3 == [(await client.get(url)).text for url in urls]
    assert ["app 2/2 healthy"] == claims(platform)
    assert {"status": "ACTIVE", "desiredCount": 2, "runningCount": 2} == described(platform)


async def test_a_restart_replaces_the_oldest_task(platform: Platform) -> None:
    service = await platform.create("app", APP, desired=2, app=greeter)
    await service.restart()
    assert ("127.0.1.2", "127.0.1.3") == service.addresses


async def test_a_secret_is_injected_at_the_start_and_never_again(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    secrets = platform.api.client("secretsmanager")
    secrets.create_secret(Name="greeting", SecretString="old")
    service = await platform.create("app", Definition(IMAGE, secrets={"GREETING": "greeting"}), app=greeter)
    secrets.put_secret_value(SecretId="greeting", SecretString="new")
    before = (await client.get(service.url)).text
    await service.restart()
    assert ("old", "new") == (before, (await client.get(service.url)).text)


async def test_a_deployment_starts_the_new_before_it_stops_the_old(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    service = await platform.create("app", APP, app=greeter)
    await platform.deploy("app", Definition(IMAGE, {"GREETING": "hi"}), desired=1)
    assert ("hi", ("127.0.1.2",)) == ((await client.get(service.url)).text, service.addresses)
    await platform.roll("app", "app:1")
    assert (await client.get(service.url)).text == "hello"


async def test_a_deployment_of_an_image_that_is_gone_leaves_the_old_task(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    service = await platform.create("app", APP, app=greeter)
    await platform.deploy("app", Definition(f"{HOST}/app:never-pushed"))
    assert (await client.get(service.url)).text == "hello"
    event, *_ = platform.ecs.service("app").events
    assert "CannotPullContainerError" in event["message"]


async def test_a_task_whose_health_check_fails_is_unhealthy_and_stays(platform: Platform) -> None:
    await platform.create("app", Definition(IMAGE, {"GREETING": "", "WELL": "no"}), app=greeter)
    assert ["app 1/1 running, 0 healthy"] == claims(platform)


async def test_the_scheduler_starts_what_is_missing_as_soon_as_it_can(platform: Platform) -> None:
    worked = asyncio.Event()

    async def work(_: Environment) -> None:
        worked.set()
        await asyncio.Event().wait()

    await platform.create("app", Definition(f"{HOST}/app:v2"), work=work)
    assert ["app 0/1 running, 0 healthy"] == claims(platform)
    Registry(platform.api).push("app", "v2")
    async with platform.scheduling():
        await asyncio.wait_for(worked.wait(), 10)
    await platform.services["app"].drain()
    assert ["app 0/1 running, 0 healthy"] == claims(platform)


async def test_a_worker_needs_no_health_check(platform: Platform) -> None:
    async def work(_: Environment) -> None:
        await asyncio.Event().wait()

    await platform.create("app", APP, work=work)
    assert ["app 1/1 healthy"] == claims(platform)


async def test_what_is_deleted_is_inactive_and_its_load_balancer_stays(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    service = await platform.create("app", APP, app=greeter)
    await platform.delete("app")
    assert {"status": "INACTIVE", "desiredCount": 0, "runningCount": 0} == described(platform)
    assert ((await client.get(service.url)).status_code, claims(platform)) == (503, [])


async def test_an_address_where_nothing_listens_does_not_answer(platform: Platform) -> None:
    sock = platform.bound("127.0.0.1", 0)
    port = sock.getsockname()[1]
    sock.close()
    assert not await platform.answers(f"http://127.0.0.1:{port}/health")


@pytest.mark.parametrize("image", [f"{HOST}/app:v9", f"{HOST}/other:v1"])
async def test_a_task_that_cannot_start_says_why(platform: Platform, image: str) -> None:
    await platform.create("app", Definition(image), app=greeter)
    arns = platform.api.client("ecs").list_tasks(cluster=CLUSTER, serviceName="app", desiredStatus="STOPPED")
    (task,) = platform.api.client("ecs").describe_tasks(cluster=CLUSTER, tasks=arns["taskArns"])["tasks"]
    assert "TaskFailedToStart" == task["stopCode"]
    assert "CannotPullContainerError" in task["stoppedReason"]
