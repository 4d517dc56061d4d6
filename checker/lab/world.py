"""What an incident happens in: an AWS account, its services on loopback, and what the checks are told about them."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from checker.lab.cloud.api import Api
from checker.lab.cloud.registry import Registry
from checker.lab.platform import Platform

_LIMITS = httpx.Limits(keepalive_expiry=2.0)
"""Connections are given up before the servers do, after 5 s: one that is used as it is closed would be a failure."""


@dataclass(slots=True)
class World:
    """`variables` are what checks.yaml refers to as `${env.…}`; `things` is what an incident keeps for itself."""

    api: Api
    client: httpx.AsyncClient
    platform: Platform
    registry: Registry
    variables: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a checker that watches this world: no account but its own."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CHECKER_"))
        }
        return {**inherited, **self.api.environment, **self.variables}


@contextlib.asynccontextmanager
async def empty_world() -> AsyncIterator[World]:
    """Yield an account in which nothing runs yet, and let go of everything in it in the end."""
    with Api() as api:
        async with httpx.AsyncClient(trust_env=False, limits=_LIMITS) as client:
            platform = Platform(api, client)
            try:
                async with platform.scheduling():
                    yield World(api, client, platform, Registry(api))
            finally:
                await platform.aclose()
