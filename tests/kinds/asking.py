"""A kind `http` that asks a router in place of the network, and runs as steps have them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import ValidationError

from checker.core.clock import Clock
from checker.core.outcome import Exchange
from checker.core.scope import Scope
from checker.core.trace import Trace
from checker.kinds.contract import Observation, StepContext, Tools
from checker.kinds.http import HttpKind, HttpSpec
from checker.net.dial import Dial
from checker.net.evidence import Kept, told
from checker.net.resolve import Resolver
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore
from tests.net.scopes import RUN_ID, templated

NOW = 1_700_000_000.0
URL = "https://api.example.org/works"
TOKEN_URL = "https://auth.example.org/token"
OAUTH2 = {"oauth2": {"token_url": TOKEN_URL, "client_id": "me", "client_secret": "${secret.client}"}}


class Names(Resolver):
    """Knows some names; the others have no address."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.names = names
        self.asked: list[tuple[str, str]] = []

    async def resolve(self, host: str, ip_version: Any = "any") -> tuple[str, ...]:
        self.asked.append((host, ip_version))
        return self.names[host] if host in self.names else await super().resolve(host, ip_version)


@dataclass
class Run:
    """One run of one probe: what its steps have captured, and the evidence."""

    scope: Scope
    trace: Trace = field(default_factory=Trace)
    kept: list[Kept] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def exchanges(self) -> list[Exchange]:
        """The evidence."""
        return [told(one) for one in self.kept]


class Asking:
    """The kind, its secrets, and the router that answers."""

    def __init__(
        self,
        secrets: Mapping[str, str] | None = None,
        hosts: Mapping[str, Iterable[str]] | None = None,
        names: Mapping[str, tuple[str, ...]] | None = None,
        directory: Path | None = None,
        origins: Iterable[str] = (),
    ) -> None:
        self.environment = dict(secrets or {})
        restricted = {name: frozenset(allowed) for name, allowed in (hosts or {}).items()}
        self.store = SecretStore(
            {name: EnvSource(name, restricted.get(name), self.environment) for name in self.environment}
        )
        self.router = respx.MockRouter(assert_all_called=False)
        self.resolver = Names(names or {})
        tools = Tools(self.store, Clock(wall=lambda: NOW), "0.1.0", directory or Path(), frozenset(origins))
        self.kind = HttpKind(tools, httpx.MockTransport(self.router.async_handler), self.resolver)

    def spec(self, **keys: Any) -> HttpSpec:
        """Return a spec as the configuration hands it over."""
        return HttpSpec.model_validate(templated(keys))

    def run(self, **captures: object) -> Run:
        """Return a new run, in which `captures` were made."""
        scope = Scope(self.store.read, {"id": RUN_ID, "started_at": "2024-05-06T07:08:09Z"})
        scope.captures.update(captures)
        return Run(scope)

    async def observe(self, run: Run | None = None, /, **keys: Any) -> Observation:
        """Do one step."""
        run = run or self.run()
        context = StepContext("works-search", "http", run.scope, run.trace, run.kept, run.state)
        return await self.kind.prepare(self.spec(**keys))(context)

    async def sent(self, run: Run | None = None, /, **keys: Any) -> httpx.Request:
        """Do one step that is answered with 200, and return the last request."""
        route = self.router.route().respond(200)
        await self.observe(run, **keys)
        return self.last(route)

    @staticmethod
    def last(route: respx.Route) -> httpx.Request:
        """Return the last request that a route has answered."""
        request: httpx.Request = route.calls.last.request
        return request


def refused(**keys: Any) -> list[tuple[tuple[int | str, ...], str]]:
    """Return where and why a spec is refused."""
    with pytest.raises(ValidationError) as caught:
        HttpSpec.model_validate(keys)
    return [(error["loc"], error["msg"]) for error in caught.value.errors()]


async def dialled(asking: Asking, run: Run | None = None, /, **keys: Any) -> Dial:
    dial: Dial = (await asking.sent(run, url=URL, **keys)).extensions["checker"]
    return dial
