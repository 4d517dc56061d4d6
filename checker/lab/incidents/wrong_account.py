"""E: 5 September 2016. To mend a deployment in staging, the deployer's service was deleted: in production.

The terminal had the credentials of the other account, and nothing showed whose they were. The person who did it noticed
at once, an external monitor after two minutes. The deployer did not notice that its own service was gone, and went on
updating it. What was left of it in a table, a load balancer, a CNAME and a health check had to be found and removed
before it could be deployed again: 31 minutes.

Here somebody also starts a deployer by hand under another name, and ECS forgets the deleted service within the story.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.balancer import balancer
from checker.lab.cloud.api import ACCOUNT
from checker.lab.deployer import Deployer
from checker.lab.estate.answers import health_route, service
from checker.lab.observed import LabError
from checker.lab.platform import Definition, Environment
from checker.lab.timeline import Deed, Event, Gate, Incident, Quiet, Sight, Witness, fails, misses, passes
from checker.lab.world import World, empty_world

STAGING = "210987654321"
TERMINAL = "AKIATERMINAL"
"""The key of the terminal's credentials: one of production's."""

SERVICE, BY_HAND = "deployer", "deployer-by-hand"
ASKING_AWS = ("account", "deployer-service", "inventory", "table")
LEFTOVERS = ("leftover-table-entry", "leftover-load-balancer", "leftover-cname", "leftover-health-check")


@contextlib.asynccontextmanager
async def _world() -> AsyncIterator[World]:
    async with empty_world() as world:
        world.registry.create(SERVICE)
        world.things["image"] = world.registry.push(SERVICE, "v1")
        deployer = world.things["deployer"] = Deployer(world.api, world.platform)
        await _deploy(world)
        running = world.platform.services
        name = balancer(lambda: running[SERVICE].urls() if SERVICE in running else (), world.client)
        world.variables |= {
            "ACCOUNT": ACCOUNT,
            "ZONE": deployer.zone,
            "DEPLOYER_URL": await world.platform.serve(name),
        }
        yield world


def _app(_: Environment) -> ASGIApp:
    async def deployments(_: Request) -> Response:
        return JSONResponse({"deployments": [{"service": SERVICE, "state": "deployed"}]})

    return service([health_route("/health", {"status": "UP"}), Route("/deployments", deployments)])


async def _deploy(world: World) -> None:
    await world.things["deployer"].deploy(SERVICE, Definition(world.things["image"]), _app)


async def _delete(world: World) -> None:
    await world.platform.delete(SERVICE)


async def _start_by_hand(world: World) -> None:
    await world.platform.create(BY_HAND, Definition(world.things["image"]), app=_app)


async def _forget(world: World) -> None:
    world.platform.ecs.forget(SERVICE)


def _refused(code: str, without: str | None = None) -> Deed:
    """Return a deployment that AWS refuses with this code, after one more thing was removed."""

    async def refused(world: World) -> None:
        if without:
            await _remove(without)(world)
        try:
            await _deploy(world)
        except ClientError as error:
            if error.response["Error"]["Code"] == code:
                return
            raise
        raise LabError(f"{SERVICE} was deployed, although it had to be refused with {code}")

    return refused


def _remove(part: str) -> Deed:
    async def remove(world: World) -> None:
        await asyncio.to_thread(getattr(world.things["deployer"], f"remove_{part}"), SERVICE)

    return remove


async def _deploy_again(world: World) -> None:
    await world.platform.delete(BY_HAND)
    await _deploy(world)


def _only_asked_who(world: World) -> str | None:
    asked = world.api.asked(TERMINAL)
    return None if asked == {"sts"} else f"the terminal's credentials were used to ask {sorted(asked)}"


def _left(what: str, count: int) -> Gate:
    return Gate(what, fails=LEFTOVERS[-count:] if count else (), checks="wrong_account_leftovers.yaml")


WRONG_ACCOUNT = Incident(
    name="wrong-account",
    title="A service was deleted in production instead of staging, and what was left of it blocked its deployment",
    story=__doc__ or "",
    checks="wrong_account.yaml",
    noticed=120.0,
    noticed_by="an external monitor; the person who did it knew at once",
    build=_world,
    timeline=(
        Gate(
            "the checks of staging, run in that terminal, say that it is another account's",
            ASKING_AWS,
            fails=ASKING_AWS,
            look=fails("wrong_account", says=f"are of account {ACCOUNT}"),
            environment={"ACCOUNT": STAGING, "AWS_ACCESS_KEY_ID": TERMINAL},
            predicts=True,
        ),
        Witness("the account was asked nothing but whose the credentials are", _only_asked_who),
        Quiet(2.0),
        Event("the deployer's service is deleted in production all the same", _delete, fault=True),
        Sight("deployer", "does not answer; it believes to be deployed", fails("server_error", masked=True)),
        Sight("deployer-service", "says that it was deleted", fails("resource_missing", says="was deleted")),
        Sight("inventory", "one that is declared is inactive", misses("inactive", SERVICE)),
        Event(
            "it is deployed again: ECS refuses to update what is not there",
            _refused("ServiceNotActiveException"),
        ),
        Event("somebody starts a deployer by hand, under another name", _start_by_hand),
        Sight("inventory", "one is not declared", misses("unexpected", BY_HAND)),
        Event("ECS forgets what was deleted", _forget),
        Sight("inventory", "one that is declared is missing", misses("missing", SERVICE)),
        _left("four things are left of it", 4),
        Event(
            "the entry in the table is removed: the load balancer blocks",
            _refused("DuplicateLoadBalancerName", "table_entry"),
        ),
        _left("three things are left of it", 3),
        Event(
            "the load balancer is removed: the CNAME blocks",
            _refused("InvalidChangeBatch", "load_balancer"),
        ),
        _left("two things are left of it", 2),
        Event(
            "the CNAME is removed: the health check blocks",
            _refused("HealthCheckAlreadyExists", "cname"),
        ),
        _left("one thing is left of it", 1),
        Event("the health check is removed", _remove("health_check")),
        _left("nothing is left of it", 0),
        Event("the deployer is deployed, and the one by hand deleted", _deploy_again, healed=True),
        Sight("deployer", "answers", passes()),
        Sight("deployer-service", "runs", passes()),
        Sight("inventory", "what is declared is there, and nothing else", passes()),
        Quiet(2.0),
    ),
)
