"""D: a reference-data service moved behind a load balancer on ECS, and not all who used it moved along.

Five consumers were not deployed anew, and still called the old address. When the old instance was stopped, they broke.
An error tracker told of it after three minutes; of one consumer, users told 22 hours later. Every health check was
green. Here two of the five are deployed in time, so that it shows that only those are named who were left behind.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.types import ASGIApp

from checker.lab.balancer import balancer
from checker.lab.cloud.balancers import InstanceBehindBalancer
from checker.lab.cloud.metrics import Metrics
from checker.lab.estate.answers import Upstream
from checker.lab.estate.consumers import CONSUMERS, consumer
from checker.lab.estate.reference import reference
from checker.lab.platform import App, Definition, Environment
from checker.lab.timeline import Deed, Event, Gate, Incident, Quiet, Sight, fails, never_failed, passes
from checker.lab.users import using
from checker.lab.world import World, empty_world

LEFT_BEHIND = ("esr-notification", "generic-upload", "profile")
IN_TIME = tuple(name for name in CONSUMERS if name not in LEFT_BEHIND)
LAST = "profile"
"""The one of which users told."""

EVERY = 0.5
"""Seconds between two times at which people use all of the consumers."""

GATE = "moved_service_gate.yaml"


@contextlib.asynccontextmanager
async def _world() -> AsyncIterator[World]:
    async with empty_world() as world:
        machine = InstanceBehindBalancer(world.api, Metrics(world.api), "reference-old")
        app = await world.platform.serve(reference())
        old = await world.platform.serve(balancer(lambda: (app,) if machine.chosen() else (), world.client))
        world.things = {"machine": machine}
        world.variables["OLD_REFERENCE"] = old.removeprefix("http://")
        for name in CONSUMERS:
            await _consumer(world, name, old)
        async with using(lambda: _look_up(world), EVERY):
            yield world


async def _look_up(world: World) -> None:
    for name in CONSUMERS:
        url = f"{world.platform.services[name].url}/api/{name}/lookup"
        await world.client.get(url, params={"trust": "RB1"}, timeout=5.0)


async def _consumer(world: World, name: str, address: str) -> None:
    world.registry.create(name)
    image = world.registry.push(name, "v1")
    service = await world.platform.create(name, _definition(image, address), app=_app(world, name))
    world.things[name] = image
    world.variables[f"{name.upper().replace('-', '_')}_URL"] = service.url


def _definition(image: str, address: str) -> Definition:
    return Definition(image, {"REFERENCE_URL": address})


def _app(world: World, name: str) -> App:
    def app(environment: Environment) -> ASGIApp:
        return consumer(name, Upstream("reference", environment["REFERENCE_URL"], world.client))

    return app


async def _move(world: World) -> None:
    await asyncio.to_thread(world.registry.create, "reference")
    definition = Definition(await asyncio.to_thread(world.registry.push, "reference", "v1"))
    await world.platform.create("reference", definition, app=lambda _: reference())
    await _redeploy(*IN_TIME)(world)


def _redeploy(*consumers: str) -> Deed:
    async def redeploy(world: World) -> None:
        address = world.platform.services["reference"].url
        for name in consumers:
            await world.platform.deploy(name, _definition(world.things[name], address))

    return redeploy


async def _stop(world: World) -> None:
    world.things["machine"].stop()


async def _deregister(world: World) -> None:
    world.things["machine"].deregister()


MOVED_SERVICE = Incident(
    name="moved-service",
    title="A service moved, and its old address was switched off while consumers still used it",
    story=__doc__ or "",
    checks="moved_service.yaml",
    noticed=180.0,
    noticed_by="an error tracker; of one consumer users after 22 hours",
    build=_world,
    timeline=(
        Quiet(2.0),
        Event("the reference data move; two of five consumers are deployed with the new address", _move),
        Gate(
            "the old address may not be switched off: who has it, and that it is used",
            fails={
                **{f"has-moved/{name}": "environment" for name in LEFT_BEHIND},
                "old-address-unused": "requests",
            },
            checks=GATE,
            predicts=True,
        ),
        Quiet(1.0),
        Event("the old instance is stopped all the same", _stop, fault=True),
        *(
            Sight(f"lookup/{name}", "fails, masked", fails("server_error", says="502", masked=True))
            for name in LEFT_BEHIND
        ),
        Event(
            "the error tracker tells of two of them, and these are deployed anew", _redeploy(*LEFT_BEHIND[:2])
        ),
        *(Sight(f"lookup/{name}", "is back", passes()) for name in LEFT_BEHIND[:2]),
        Sight(f"lookup/{LAST}", "still fails, masked", fails("server_error", masked=True)),
        Event("22 hours later users tell of the last one", _redeploy(LAST), healed=True),
        Sight(f"lookup/{LAST}", "is back", passes()),
        *(
            Sight(f"lookup/{name}", "never failed like them", never_failed("server_error"))
            for name in IN_TIME
        ),
        Gate("nobody uses the old address", arguments=("--until-pass", "20s"), checks=GATE),
        Event("later the old instance is taken out of its target group", _deregister),
        Gate("no data is unknown, not zero", unknown=("old-address-unused",), checks=GATE),
        Quiet(2.0),
    ),
)
