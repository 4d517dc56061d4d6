"""One estate for the tests of a module, with a clock that is moved by hand; each test finds it healthy."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from checker.core.clock import Clock
from checker.lab.estate import FAULTS, Estate
from checker.lab.estate.fleet import SERVICES


class HandClock:
    """Time stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def advance(self, seconds: float) -> None:
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: 1_700_000_000.0 + self.now, monotonic=lambda: self.now)


class Visitor:
    """Calls the estate as somebody outside would: `await visit.get("catalogue", "/path")`."""

    def __init__(self, estate: Estate, client: httpx.AsyncClient) -> None:
        self.estate = estate
        self.client = client

    def url(self, service: str, path: str) -> str:
        return self.estate.urls[f"{service.upper().replace('-', '_')}_URL"] + path

    async def get(self, service: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(self.url(service, path), **options)

    async def post(self, service: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.post(self.url(service, path), **options)

    async def delete(self, service: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.delete(self.url(service, path), **options)


@pytest.fixture(scope="module")
def hand_clock() -> HandClock:
    return HandClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(hand_clock: HandClock) -> AsyncIterator[Estate]:
    async with Estate(clock=hand_clock.clock) as estate:
        yield estate


@pytest.fixture
def estate(running: Estate) -> Iterator[Estate]:
    yield running
    for fault in FAULTS:
        running.switch(fault.name, on=False)
    for service in SERVICES:
        running.restart(service)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def visit(estate: Estate, client: httpx.AsyncClient) -> Visitor:
    return Visitor(estate, client)
