"""The services of one environment: what each was deployed with, and what a restart makes of that.

A task reads its configuration when it starts and never again, which is where most of the faults come from.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from checker.core.clock import Clock
from checker.lab.estate import catalogue, upload
from checker.lab.estate.answers import Upstream
from checker.lab.estate.cdn import Cache, cdn
from checker.lab.estate.consumers import CONSUMERS, consumer
from checker.lab.estate.errors import UnknownNameError
from checker.lab.estate.identity import Tokens, identity_provider
from checker.lab.estate.reference import reference
from checker.lab.estate.search_engine import ApiKey, search_engine
from checker.lab.estate.uploads import Jobs

SERVICES = ("catalogue", "catalogue-cdn", "search-engine", "auth", "upload", "reference", *CONSUMERS)
OLD_REFERENCE = "old-reference"
"""Where the reference data were served before they moved; nothing listens there any more."""

PROBE_CLIENT = "checker-probe"
PROBE_SECRET = "demo-only-not-a-secret"
"""Published, so that a running demo can be probed from a second terminal as well."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things last, in seconds: copies in the CDN, and access tokens."""

    cache: float = 60.0
    token: float = 300.0


@dataclass(slots=True)
class Deployment:
    """The configuration that tasks are started with. Changing it changes nothing until the next start."""

    upload_secret: str
    reference_urls: dict[str, str] = field(default_factory=dict)


class Fleet:
    """One task for each service, behind an address that stays when the task is replaced."""

    def __init__(self, urls: Mapping[str, str], client: httpx.AsyncClient, clock: Clock, pace: Pace) -> None:
        """`urls`: a base URL for each of SERVICES and for OLD_REFERENCE."""
        self.urls = urls
        self.engine_key = ApiKey()
        self.clients = {PROBE_CLIENT: PROBE_SECRET, upload.CLIENT_ID: secrets.token_urlsafe(24)}
        self.deployment = Deployment(
            upload_secret=self.clients[upload.CLIENT_ID],
            reference_urls=dict.fromkeys(CONSUMERS, urls["reference"]),
        )
        self.catalogue_key = ""
        self._client, self._clock, self._pace = client, clock, pace
        self._jobs = Jobs(clock)
        self._builders = self._all_builders()
        self._running = {service: build() for service, build in self._builders.items()}

    def restart(self, service: str) -> None:
        """Replace a service's task by one with today's configuration; requests under way end with the old one."""
        if service not in self._builders:
            raise UnknownNameError("service", service, SERVICES)
        self._running[service] = self._builders[service]()

    def front(self, service: str) -> ASGIApp:
        """Return the service as its address shows it: always the task that is running now."""

        async def forward(scope: Scope, receive: Receive, send: Send) -> None:
            await self._running[service](scope, receive, send)

        return forward

    def _all_builders(self) -> Mapping[str, Callable[[], ASGIApp]]:
        return {
            "catalogue": self._catalogue,
            "catalogue-cdn": self._cdn,
            "search-engine": lambda: search_engine(self.engine_key),
            "auth": lambda: identity_provider(self.clients, Tokens(self._clock, self._pace.token)),
            "upload": self._upload,
            "reference": reference,
            **{name: self._consumer(name) for name in CONSUMERS},
        }

    def _catalogue(self) -> ASGIApp:
        self.catalogue_key = self.engine_key.value
        return catalogue.catalogue(self._upstream("search-engine"), self.catalogue_key)

    def _cdn(self) -> ASGIApp:
        return cdn(self._upstream("catalogue"), Cache(self._clock, self._pace.cache))

    def _upload(self) -> ASGIApp:
        return upload.upload(self._upstream("auth"), self.deployment.upload_secret, self._jobs)

    def _consumer(self, name: str) -> Callable[[], ASGIApp]:
        def build() -> ASGIApp:
            address = self.deployment.reference_urls[name]
            return consumer(name, Upstream("reference", address, self._client))

        return build

    def _upstream(self, service: str) -> Upstream:
        return Upstream(service, self.urls[service], self._client)
