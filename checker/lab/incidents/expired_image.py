"""B: 24 to 27 December 2024. The image of a queue's worker had been deleted, and nobody knew until it was needed.

A lifecycle policy (keep 30) had expired the image that the worker's task ran. When the platform restarted the task, it
could not be pulled (`CannotPullContainerError`), and for three days no form submission was processed: 7,770 waited in
the queue. The alarm on the queue's age was lost among others, and an alert that had been open since October blocked the
escalation. A customer noticed. Four workers drained the backlog.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp

from checker.lab.cloud.alarms import Alarms
from checker.lab.cloud.metrics import Metrics
from checker.lab.cloud.queues import Queues
from checker.lab.estate.submissions import office, submission, submissions, work
from checker.lab.platform import BY_MAINTENANCE, Definition, Environment
from checker.lab.timeline import Deed, Event, Incident, Quiet, Sight, cause, fails, passes
from checker.lab.users import using
from checker.lab.world import World, empty_world

WORKER = "submissions-worker"
KEEP = 30
"""Images that the lifecycle policy leaves."""

NEWER = 20
"""Images that had been pushed after the one that runs."""

EVERY = 0.2
"""Seconds between two forms that people submit."""

BACKLOG = 150
"""Submissions of three days; 7,770 in reality."""

QUEUE_AGE, LEFT_OPEN = "submissions-queue-age", "website-5xx"


@contextlib.asynccontextmanager
async def _world() -> AsyncIterator[World]:
    async with empty_world() as world:
        queue = Queues(world.api, Metrics(world.api)).create("submissions")
        waiting = await world.platform.serve(office())
        world.things = {"queue": queue, "alarms": _alarms(world), "webhook": f"{waiting}/processed"}
        await _services(world, queue)
        async with using(lambda: _submit(world), EVERY):
            yield world


def _alarms(world: World) -> Alarms:
    alarms = Alarms(world.api)
    alarms.create(QUEUE_AGE, "AWS/SQS", "ApproximateAgeOfOldestMessage", 900)
    alarms.create(LEFT_OPEN, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", 10)
    return alarms


async def _services(world: World, queue: Any) -> None:
    world.registry.create("submissions-api")
    world.registry.create(WORKER, keep=KEEP)
    worker = Definition(world.registry.push(WORKER, "v1"))
    api = Definition(world.registry.push("submissions-api", "v1"))
    await _push(NEWER)(world)

    def app(_: Environment) -> ASGIApp:
        return submissions(queue)

    async def process(_: Environment) -> None:
        await work(queue, world.client)

    await world.platform.create(WORKER, worker, work=process)
    service = await world.platform.create("submissions-api", api, app=app)
    world.variables["SUBMISSIONS_URL"] = service.url


async def _submit(world: World) -> None:
    form = {"form": "enquiry", "webhook": world.things["webhook"]}
    await world.client.post(f"{world.variables['SUBMISSIONS_URL']}/submissions", json=form)


def _push(number: int) -> Deed:
    """Have others push images to the worker's repository: builds that are not deployed."""

    async def push(world: World) -> None:
        first = world.things.get("builds", 1) + 1
        world.things["builds"] = first + number - 1
        for build in range(first, first + number):
            await asyncio.to_thread(world.registry.push, WORKER, f"v{build}")

    return push


async def _expire(world: World) -> None:
    await _push(KEEP)(world)
    await asyncio.to_thread(world.registry.expire, WORKER, KEEP)


async def _leave_alert_open(world: World) -> None:
    world.things["alarms"].go_off(LEFT_OPEN, "the threshold was crossed", timedelta(days=70))


async def _restart(world: World) -> None:
    await world.platform.services[WORKER].restart(why=BY_MAINTENANCE)


async def _three_days(world: World) -> None:
    waiting = [json.dumps(submission("enquiry", world.things["webhook"])) for _ in range(BACKLOG)]
    await world.things["queue"].send(waiting)
    world.things["alarms"].go_off(QUEUE_AGE, "the threshold was crossed", timedelta(days=3))


async def _deploy(world: World) -> None:
    image = await asyncio.to_thread(world.registry.push, WORKER, "mended")
    await world.platform.deploy(WORKER, Definition(image), desired=4)


async def _tidy_up(world: World) -> None:
    for alarm in (QUEUE_AGE, LEFT_OPEN):
        world.things["alarms"].end(alarm)


EXPIRED_IMAGE = Incident(
    name="expired-image",
    title="A lifecycle policy deleted the image of a queue's worker, and the platform restarted the worker",
    story=__doc__ or "",
    checks="expired_image.yaml",
    noticed=3 * 86400.0,
    noticed_by="a customer",
    build=_world,
    timeline=(
        Quiet(2.0),
        Event("an alert goes off in October, and is left open", _leave_alert_open),
        Sight("alarms", "an alert is stale", fails("assertion", says=f"{LEFT_OPEN} for 70d")),
        Event("six more images are pushed; none is deployed to this worker", _push(6)),
        Sight(
            "worker-image",
            "the image that runs is about to be deleted",
            fails("image_missing", says="fewest_pushes_until_expiry"),
            predicts=True,
        ),
        Event("so many more that the lifecycle policy deletes it", _expire),
        Sight(
            "worker",
            "the image that runs is gone",
            fails("image_missing", says="is gone from ECR"),
            predicts=True,
        ),
        Sight("submission", "all is well nonetheless", passes()),
        Event("ECS performs maintenance, and restarts the worker's task", _restart, fault=True),
        Sight("worker", "says why no task runs", fails("task_failed", says="CannotPullContainerError")),
        Sight(
            "submission",
            "no webhook is called, masked",
            fails("callback_missing", masked=True, step="processed"),
        ),
        Sight("submission", "the likely cause is that no worker runs", cause("CannotPullContainerError")),
        Sight("queue-moves", "nothing is deleted any more", fails("assertion", says="deleted")),
        Event("three days pass; the alarm on the queue's age is lost among others", _three_days),
        Sight("queue-depth", "submissions pile up", fails("assertion", says="visible")),
        Sight("alarms", "that alarm is stale too", fails("assertion", says=f"{QUEUE_AGE} for 3d")),
        Event("an image is pushed and deployed, with four workers", _deploy, healed=True),
        Sight("worker", "four of four run", passes()),
        Sight("worker-image", "their image is there", passes()),
        Sight("submission", "submissions are processed", passes()),
        Sight("queue-depth", "the backlog is drained", passes()),
        Sight("queue-moves", "by workers that go on", passes()),
        Event("the alarm on the queue ends, and the alert of October is closed", _tidy_up),
        Sight("alarms", "no alert is stale", passes()),
        Quiet(2.0),
    ),
)
