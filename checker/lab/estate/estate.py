"""The estate as a whole: every service on a loopback port of its own, in one process and one event loop."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import Self

import httpx

from checker.core.clock import Clock
from checker.lab.estate import listening
from checker.lab.estate.catalogue import HEALTH_PATH
from checker.lab.estate.control import control
from checker.lab.estate.errors import EstateError
from checker.lab.estate.faults import FAULTS, fault
from checker.lab.estate.fleet import OLD_REFERENCE, PROBE_SECRET, SERVICES, Fleet, Pace
from checker.surfaces.web.server import Server

DEMO_BASE_PORT = 10471
"""The port that the defaults in checks.yaml start from."""

_CONTROL = "control"
_HEALTH_PATHS = {
    "catalogue": HEALTH_PATH,
    "catalogue-cdn": HEALTH_PATH,
    "search-engine": "/_cluster/health",
}


class Estate:
    """Runs for as long as the context is open.

        async with Estate(base_port=DEMO_BASE_PORT) as estate:
            estate.switch("engine-key-revoked", on=True)

    `base_port` None takes free ports; otherwise they are taken in a row from there, in a fixed order.
    Entering raises PortBusyError where one of them is taken.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        base_port: int | None = None,
        *,
        clock: Clock | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._host = host
        self._base_port = base_port
        self._clock = clock or Clock()
        self._pace = pace or Pace()
        self._stack = AsyncExitStack()
        self._addresses: Mapping[str, str] = {}
        self._fleet: Fleet | None = None

    async def __aenter__(self) -> Self:
        sockets = listening.bind((*SERVICES, _CONTROL), (OLD_REFERENCE,), self._host, self._base_port)
        async with AsyncExitStack() as stack:
            stack.callback(listening.close, sockets)
            self._addresses = {name: listening.address(sock) for name, sock in sockets.items()}
            client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
            fleet = Fleet(self._addresses, client, self._clock, self._pace)
            apps = {**{name: fleet.front(name) for name in SERVICES}, _CONTROL: control(fleet)}
            servers = [Server(app, sockets[name]) for name, app in apps.items()]
            stack.push_async_callback(_close_all, servers)
            await asyncio.gather(*(server.open() for server in servers))
            self._fleet, self._stack = fleet, stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._fleet = None
        await self._stack.aclose()

    @property
    def urls(self) -> Mapping[str, str]:
        """Base URLs by the names of the environment variables under which checks.yaml looks for them."""
        return MappingProxyType(
            {_variable(name): self._addresses[name] for name in SERVICES if self._addresses}
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """What checks.yaml needs to find and to use this estate: `urls`, and the probe's own secret."""
        return MappingProxyType({**self.urls, "UPLOAD_CLIENT_SECRET": PROBE_SECRET})

    @property
    def health_urls(self) -> Mapping[str, str]:
        """The shallow health check of each service, by the service's name. They are green whatever happens."""
        paths = ((name, _HEALTH_PATHS.get(name, "/health")) for name in SERVICES if self._addresses)
        return MappingProxyType({name: self._addresses[name] + path for name, path in paths})

    @property
    def control_url(self) -> str:
        """Where faults are switched by hand; see control.py."""
        return self._addresses[_CONTROL]

    def switch(self, name: str, on: bool, which: str | None = None) -> None:  # noqa: FBT001 - as a switch reads
        """Switch a fault; `which` aims it where the fault has choices. Raises UnknownNameError."""
        fault(name).switch(self._open(), on=on, which=which)

    def restart(self, service: str) -> None:
        """Replace the service's task by one with today's configuration. Raises UnknownNameError."""
        self._open().restart(service)

    def faults(self) -> Mapping[str, tuple[str, ...]]:
        """Return for each fault the services that it affects now."""
        fleet = self._open()
        return MappingProxyType({known.name: known.affected(fleet) for known in FAULTS})

    def _open(self) -> Fleet:
        if self._fleet is None:
            raise EstateError("the estate is not running: enter its context first")
        return self._fleet


async def _close_all(servers: list[Server]) -> None:
    await asyncio.gather(*(server.aclose() for server in servers))


def _variable(service: str) -> str:
    return f"{service.upper().replace('-', '_')}_URL"
