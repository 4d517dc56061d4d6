"""A small ECS scheduler: keeps services at their number of tasks, each a real server or worker of this process.

It does what the platform did in the incidents: injects secrets when a task starts and never again, pulls images from
the registry before each start, asks a task's own health check and nothing else, and believes it.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp

from checker.lab.balancer import balancer
from checker.lab.claim import Claim
from checker.lab.cloud.api import Api
from checker.lab.cloud.ecs import CLUSTER, ContainerSpec, Ecs, PlacedTask
from checker.lab.cloud.registry import pull
from checker.surfaces.web.server import Server

Environment = Mapping[str, str]
App = Callable[[Environment], ASGIApp]
"""Makes a task's server from the environment that it is started with."""

Work = Callable[[Environment], Awaitable[None]]
"""What a worker's task does until it is cancelled."""

Why = tuple[str, str]
"""Why a task was stopped: the reason, and the stop code."""

BY_USER: Why = ("Task stopped by user", "UserInitiated")
BY_MAINTENANCE: Why = (
    "ECS is performing maintenance on the underlying infrastructure hosting the task",
    "ServiceSchedulerInitiated",
)

DRAINING = 0.1
"""Seconds from a task's last request to its end."""

PAUSE = 0.5
"""Seconds between two attempts of the scheduler to place a task."""

_DEPLOYED = "Scaling activity initiated by deployment"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a service runs: one container `app` and what it is given."""

    image: str
    environment: Environment = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def containers(self) -> tuple[ContainerSpec, ...]:
        """Return it as a task definition's containers."""
        return (ContainerSpec("app", self.image, self.environment, self.secrets),)


@dataclass(slots=True)
class _Running:
    """A task that runs: what ECS knows of it, and what has to be closed with it."""

    placed: PlacedTask
    stack: AsyncExitStack
    url: str | None = None


class Service:
    """One service: its tasks, and the load balancer in front of them, at `url`."""

    def __init__(
        self, platform: "Platform", name: str, *, app: App | None, work: Work | None, health: str
    ) -> None:
        self.name = name
        self.url = ""
        self.port = 0
        self._platform = platform
        self._app, self._work, self._health = app, work, health
        self._running: list[_Running] = []
        self._changing = asyncio.Lock()

    @property
    def claim(self) -> Claim:
        """What the platform says of it."""
        desired = int(self._platform.ecs.service(self.name).desired_count)
        healthy = sum(task.placed.health_status == "HEALTHY" for task in self._running)
        return Claim(self.name, desired, len(self._running), healthy)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The private addresses of the tasks that run, the oldest first."""
        return tuple(task.placed.address for task in self._running)

    def urls(self) -> tuple[str, ...]:
        """Where the tasks that run are reached."""
        return tuple(task.url for task in self._running if task.url)

    async def restart(self, index: int = 0, why: Why = BY_USER) -> None:
        """Stop one task, the oldest unless said otherwise, and start another in its place."""
        async with self._changing:
            await self._stop(self._running[index], *why)
            await self._fill()

    async def fill(self) -> None:
        """Start tasks until there are as many as are desired, or one cannot be started."""
        async with self._changing:
            await self._fill()

    async def replace(self) -> None:
        """Replace each task by one of what the service is to run now, the new before the old, as deployments do."""
        async with self._changing:
            for old in tuple(self._running):
                if not await self._start():
                    return
                await self._stop(old, _DEPLOYED, "ServiceSchedulerInitiated")

    async def drain(self) -> None:
        """Stop every task."""
        async with self._changing:
            await self._drain()

    async def look(self) -> None:
        """Ask each task's own health check, and tell ECS what it said."""
        for task in tuple(self._running):
            healthy = task.url is None or await self._platform.answers(task.url + self._health)
            self._platform.ecs.healthy(task.placed, healthy=healthy)

    async def _fill(self) -> None:
        while len(self._running) < self._platform.ecs.service(self.name).desired_count:
            if not await self._start():
                return

    async def _drain(self) -> None:
        leaving = tuple(self._running)
        await asyncio.gather(*(self._stop(task, _DEPLOYED, "ServiceSchedulerInitiated") for task in leaving))

    async def _start(self) -> bool:
        ecs = self._platform.ecs
        placed = ecs.place(self.name, self._platform.next_address())
        images = {container.image for container in placed.containers}
        try:
            digests = {image: pull(self._platform.api, image) for image in images}
        except LookupError as error:
            ecs.stopped(placed, str(error), "TaskFailedToStart")
            ecs.event(self.name, f"was unable to start a task. Reason: {error}")
            return False
        running = _Running(placed, AsyncExitStack())
        await self._run(running)
        ecs.started(placed, digests)
        self._running.append(running)
        await self.look()
        return True

    async def _run(self, running: _Running) -> None:
        definition = self._platform.ecs.service(self.name).task_definition
        environment = await asyncio.to_thread(self._platform.injected, definition)
        if self._app:
            sock = self._platform.bound(running.placed.address, self.port)
            running.url = f"http://{running.placed.address}:{self.port}"
            server = Server(self._app(environment), sock)
            running.stack.push_async_callback(_closed, server, sock)
            await server.open()
        if self._work:
            task = asyncio.ensure_future(self._work(environment))
            running.stack.push_async_callback(_cancelled, task)

    async def _stop(self, running: _Running, reason: str, code: str) -> None:
        self._running.remove(running)
        self._platform.ecs.stopped(running.placed, reason, code)
        if running.url:
            await asyncio.sleep(DRAINING)
        await running.stack.aclose()


class Platform:
    """All services of one account, and the network that they are in: addresses 127.0.1.1 and on."""

    def __init__(self, api: Api, client: httpx.AsyncClient) -> None:
        self.api = api
        self.ecs = Ecs(api)
        self.services: dict[str, Service] = {}
        self._client = client
        self._addresses = (f"127.0.{high}.{low}" for high in range(1, 255) for low in range(1, 255))
        self._served: list[tuple[Server, socket.socket]] = []

    async def aclose(self) -> None:
        """Stop everything."""
        await asyncio.gather(*(service.drain() for service in self.services.values()))
        await asyncio.gather(*(_closed(server, sock) for server, sock in self._served))

    async def create(
        self,
        name: str,
        definition: Definition,
        *,
        desired: int = 1,
        app: App | None = None,
        work: Work | None = None,
        health: str = "/health",
    ) -> Service:
        """Create a service and start its tasks; an `app` is behind a load balancer of its own."""
        service = Service(self, name, app=app, work=work, health=health)
        if app:
            service.url = await self.serve(balancer(service.urls, self._client))
            service.port = int(service.url.rpartition(":")[2])
        revision = await asyncio.to_thread(self.ecs.register, name, definition.containers())
        await asyncio.to_thread(self.ecs.create_service, name, revision, desired)
        self.services[name] = service
        await service.fill()
        return service

    async def deploy(self, name: str, definition: Definition, *, desired: int | None = None) -> None:
        """Register a new revision and have the service run it, in as many tasks as before unless said otherwise."""
        revision = await asyncio.to_thread(self.ecs.register, name, definition.containers())
        await self.roll(name, revision, desired=desired)

    async def roll(self, name: str, revision: str, *, desired: int | None = None) -> None:
        """Have the service run a revision that is there, as `family:revision`."""
        number = {} if desired is None else {"desiredCount": desired}
        self.api.client("ecs").update_service(
            cluster=CLUSTER, service=name, taskDefinition=revision, **number
        )
        self.ecs.count(name)
        await self.services[name].replace()

    async def delete(self, name: str) -> None:
        """Delete a service with its tasks; its load balancer stays, as do all things that are not ECS's."""
        self.ecs.delete_service(name)
        await self.services.pop(name).drain()

    async def serve(self, app: ASGIApp) -> str:
        """Serve something that is not a task, at a free port of 127.0.0.1, until everything stops; return its URL."""
        sock = self.bound("127.0.0.1", 0)
        server = Server(app, sock)
        self._served.append((server, sock))
        await server.open()
        return f"http://127.0.0.1:{sock.getsockname()[1]}"

    async def schedule(self) -> None:
        """Replace what is missing and look at what runs, until cancelled."""
        while True:
            for service in tuple(self.services.values()):
                await service.fill()
                await service.look()
            await asyncio.sleep(PAUSE)

    @contextlib.asynccontextmanager
    async def scheduling(self) -> Any:
        """Schedule for as long as the context is open."""
        task = asyncio.create_task(self.schedule())
        try:
            yield self
        finally:
            await _cancelled(task)

    def claims(self) -> tuple[Claim, ...]:
        """Return what the platform says of each service."""
        return tuple(service.claim for service in self.services.values())

    def next_address(self) -> str:
        """Return a private address that no task has had."""
        return next(self._addresses)

    def injected(self, definition: str) -> Environment:
        """Return the environment of a task that starts now: its plain values, and its secrets as they are now."""
        environment: dict[str, str] = {}
        secrets = self.api.client("secretsmanager")
        for container in self.ecs.containers(definition):
            environment |= {each["name"]: each["value"] for each in container.get("environment", ())}
            for each in container.get("secrets", ()):
                environment[each["name"]] = secrets.get_secret_value(SecretId=each["valueFrom"])[
                    "SecretString"
                ]
        return environment

    async def answers(self, url: str) -> bool:
        """Whether something answers 200 there."""
        try:
            return (await self._client.get(url, timeout=1.0)).status_code == 200
        except httpx.TransportError:
            return False

    def bound(self, host: str, port: int) -> socket.socket:
        """Return a socket that listens on an address of loopback."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen()
        return sock


async def _closed(server: Server, sock: socket.socket) -> None:
    await server.aclose()
    sock.close()


async def _cancelled(task: "asyncio.Future[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
