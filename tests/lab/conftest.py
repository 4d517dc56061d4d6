"""A platform with an image to run, for tests of what incidents are made of."""

from collections.abc import AsyncIterator

import httpx
import pytest

from checker.lab.cloud.api import Api
from checker.lab.cloud.registry import Registry
from checker.lab.platform import Platform


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.fixture
async def platform(client: httpx.AsyncClient) -> AsyncIterator[Platform]:
    with Api() as api:
        registry = Registry(api)
        registry.create("app")
        registry.push("app", "v1")
        running = Platform(api, client)
        yield running
        await running.aclose()
