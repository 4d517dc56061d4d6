"""C: 15 October 2024. The bulk upload was deployed with a configuration that was out of date.

It asked an identity provider that no longer knew it, so every call that it made was answered with 401, and its page
refreshed for ever. Its health check was green, and its logs went where nobody had them any more. A user noticed after
one to three hours; it was mended the next morning.

Here the deployment rolls out an older revision than the newest, with the identity provider and the log group of a
year ago.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator
from itertools import count

from starlette.types import ASGIApp, Receive, Scope, Send

from checker.core.clock import Clock
from checker.lab.cloud.logs import Logs
from checker.lab.estate.answers import Upstream
from checker.lab.estate.identity import Tokens, identity_provider
from checker.lab.estate.upload import CLIENT_ID, upload
from checker.lab.estate.uploads import Jobs
from checker.lab.platform import App, Definition, Environment
from checker.lab.timeline import Deed, Event, Gate, Incident, Quiet, Sight, fails, passes
from checker.lab.world import World, empty_world

SERVICE = "bulk-upload"
LOG_GROUP, OLD_LOG_GROUP = "/ecs/bulk-upload", "/bulk-upload/2023"
SECRET = "upload/client"
_PROBE = "checker-probe"
_TOKENS_LAST = 300.0
"""Seconds."""

_IN_THE_PIPELINE = (SERVICE, "--repeat-writes", "--until-pass", "3s")


@contextlib.asynccontextmanager
async def _world() -> AsyncIterator[World]:
    async with empty_world() as world:
        clients = {_PROBE: secrets.token_urlsafe(24), CLIENT_ID: secrets.token_urlsafe(24)}
        auth, old_auth = [
            await world.platform.serve(identity_provider(known, Tokens(Clock(), _TOKENS_LAST)))
            for known in (clients, {})
        ]
        world.api.client("secretsmanager").create_secret(Name=SECRET, SecretString=clients[CLIENT_ID])
        logs = Logs(world.api)
        logs.create(LOG_GROUP)
        world.registry.create(SERVICE)
        image = world.registry.push(SERVICE, "v1")
        world.platform.ecs.register(SERVICE, _definition(image, old_auth, OLD_LOG_GROUP).containers())
        service = await world.platform.create(
            SERVICE, _definition(image, auth, LOG_GROUP), desired=2, app=_app(world, logs)
        )
        world.variables |= {
            "AUTH_URL": auth,
            "UPLOAD_URL": service.url,
            "UPLOAD_CLIENT_SECRET": clients[_PROBE],
        }
        yield world


def _definition(image: str, auth: str, log_group: str) -> Definition:
    return Definition(image, {"AUTH_URL": auth, "LOG_GROUP": log_group}, {"CLIENT_SECRET": SECRET})


def _app(world: World, logs: Logs) -> App:
    jobs, numbers = Jobs(Clock()), count(1)

    def app(environment: Environment) -> ASGIApp:
        identity = Upstream("identity", environment["AUTH_URL"], world.client)
        task = upload(identity, environment["CLIENT_SECRET"], jobs)
        return _logged(task, logs, environment["LOG_GROUP"], f"app/{next(numbers)}")

    return app


def _logged(app: ASGIApp, logs: Logs, group: str, stream: str) -> ASGIApp:
    """Return an app that logs each request before it answers."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        logs.write(group, stream, f"{scope['method']} {scope['path']}")
        await app(scope, receive, send)

    return logged


def _roll(revision: int) -> Deed:
    async def roll(world: World) -> None:
        await world.platform.roll(SERVICE, f"{SERVICE}:{revision}")

    return roll


STALE_CONFIG = Incident(
    name="stale-config",
    title="A deployment brought back a configuration that was out of date",
    story=__doc__ or "",
    checks="stale_config.yaml",
    noticed=3600.0,
    noticed_by="a user, after one to three hours; mended the next morning",
    build=_world,
    timeline=(
        Quiet(2.0),
        Event("the bulk upload is deployed with a configuration of last year", _roll(1), fault=True),
        Sight(SERVICE, "fails, masked", fails("auth_rejected", step="upload-asks-identity", masked=True)),
        Gate(
            "the deployment's gate fails at what asks the identity provider, masked",
            _IN_THE_PIPELINE,
            fails=(SERVICE,),
            look=fails("auth_rejected", step="upload-asks-identity", masked=True),
        ),
        Sight("newest", "what runs is not the newest revision", fails("assertion", says="is_newest")),
        Sight(
            "configuration", "its environment is not the expected one", fails("assertion", says="AUTH_URL")
        ),
        Sight("logs", "nothing is logged any more", fails("assertion", says="lastEventTimestamp")),
        Event("the next morning it is deployed with today's configuration", _roll(2), healed=True),
        Gate("the deployment's gate lets it pass", _IN_THE_PIPELINE),
        Sight(SERVICE, "uploads are processed", passes()),
        Sight("newest", "the newest revision runs", passes()),
        Sight("configuration", "with the expected environment", passes()),
        Sight("logs", "and it logs", passes()),
        Quiet(2.0),
    ),
)
