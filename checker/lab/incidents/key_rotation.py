"""A: 20 November 2025. An infrastructure change recreated the API key of the search engine.

The tasks that ran kept the key that they had been started with and answered 500 ("unable to authenticate with provided
credentials"), in production and in staging. Their health checks stayed green. Restarts healed the works; images looked
broken for longer, because of caches. About 35 minutes; an external monitor noticed after 2 to 4, the cause was found
after 44.
"""

import contextlib
from collections.abc import AsyncIterator

from starlette.types import ASGIApp

from checker.core.clock import Clock
from checker.lab.cloud.secrets import Secrets
from checker.lab.estate.answers import Upstream
from checker.lab.estate.catalogue import HEALTH_PATH, catalogue
from checker.lab.estate.cdn import Cache, cdn
from checker.lab.estate.search_engine import ApiKey, search_engine
from checker.lab.platform import Definition, Environment
from checker.lab.timeline import Deed, Event, Incident, Quiet, Sight, cause, fails, passes
from checker.lab.world import World, empty_world

ENVIRONMENTS = ("prod", "stage")
COPIES, ERRORS = 1.0, 5.0
"""Seconds for which the CDN keeps good answers and errors; CloudFront keeps errors for 10."""


@contextlib.asynccontextmanager
async def _world() -> AsyncIterator[World]:
    async with empty_world() as world:
        world.things["secrets"] = Secrets(world.api)
        world.registry.create("catalogue")
        image = world.registry.push("catalogue", "v1")
        for environment in ENVIRONMENTS:
            await _environment(world, environment, image)
        origin = Upstream("catalogue", world.variables["PROD_URL"], world.client)
        world.variables["CDN_URL"] = await world.platform.serve(cdn(origin, Cache(Clock(), COPIES, ERRORS)))
        yield world


async def _environment(world: World, name: str, image: str) -> None:
    key = world.things[name] = ApiKey()
    secret = f"{name}/catalogue/es"
    world.things["secrets"].create(secret, key.value)
    engine = Upstream("search-engine", await world.platform.serve(search_engine(key)), world.client)

    def app(environment: Environment) -> ASGIApp:
        return catalogue(engine, environment["ES_KEY"])

    service = await world.platform.create(
        f"catalogue-{name}",
        Definition(image, secrets={"ES_KEY": secret}),
        desired=2,
        app=app,
        health=HEALTH_PATH,
    )
    world.variables[f"{name.upper()}_URL"] = service.url
    world.variables[f"{name.upper()}_PORT"] = str(service.port)


async def _recreate_keys(world: World) -> None:
    for name in ENVIRONMENTS:
        world.things[name].recreate()
        world.things["secrets"].rotate(f"{name}/catalogue/es", world.things[name].value)


def _restart(environment: str) -> Deed:
    async def restart(world: World) -> None:
        await world.platform.services[f"catalogue-{environment}"].restart()

    return restart


KEY_ROTATION = Incident(
    name="key-rotation",
    title="The search engine's API key was recreated; running tasks kept the old one",
    story=__doc__ or "",
    checks="key_rotation.yaml",
    noticed=180.0,
    noticed_by="an external monitor; the cause after 44 minutes",
    build=_world,
    timeline=(
        Quiet(),
        Event(
            "an infrastructure change recreates the API key in both environments", _recreate_keys, fault=True
        ),
        Sight("works-search/prod", "fails at the origin, masked", fails("server_error", masked=True)),
        Sight("images-search/prod", "fails at the origin, masked", fails("server_error", masked=True)),
        Sight("works-search/stage", "fails in staging too, masked", fails("server_error", masked=True)),
        Sight(
            "engine-key/prod", "tasks are older than the key", fails("assertion", says="have its old value")
        ),
        Sight("works-search/prod", "the likely cause is the key", cause("engine-key/prod")),
        Sight("works-cdn", "users get errors", fails()),
        Event("one of two tasks is restarted", _restart("prod")),
        Sight(
            "catalogue-tasks/prod", "names the one that is still bad", fails("server_error", says="1 of 2")
        ),
        Event("the other one too", _restart("prod"), healed=True),
        Sight("works-search/prod", "the origin has recovered", passes()),
        Sight("works-cdn", "the CDN still hands out errors", fails("stale_cache")),
        Sight("works-cdn", "until the cache lets go", passes()),
        Sight("engine-key/prod", "no task is older than the key", passes()),
        Event("staging is restarted", _restart("stage")),
        Event("all of it", _restart("stage")),
        Sight("works-search/stage", "staging has recovered", passes()),
        Quiet(),
    ),
)
