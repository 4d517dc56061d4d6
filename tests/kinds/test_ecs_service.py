from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checker.app.wiring import Lasting
from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.outcome import StepOutcome, Truth, Verdict
from checker.core.reason import Reason, Result
from checker.core.trace import Trace
from checker.kinds.contract import Observation, StepContext, Tools
from checker.kinds.ecs_service import EcsServiceKind, EcsServiceSpec
from checker.net.aws.accounts import Account
from checker.net.aws.calls import Aws
from checker.net.aws.failures import iam_action
from checker.net.aws.remembered import Remembered
from checker.secrets.store import SecretStore
from tests.cloud import Cloud
from tests.kinds.ecs_state import CLUSTER, NOW, Ecs, digest
from tests.kinds.stepping import problems, step_of
from tests.net.scopes import scope_with

APP = {"ecs_service": {"cluster": CLUSTER, "service": "app"}}
BLIND = {"ecs_service": {**APP["ecs_service"], "containers": []}}
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): manifest unknown"


class Listening(Aws):
    """AWS as a whole module of tests asks it, with a note of what, and with a policy that may forget an operation."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.denied = ""
        super().__init__(
            delays=(), listener=lambda service, name: self.asked.append(iam_action(service, name))
        )

    async def call(self, account: Account, service: str, operation: str, *rest: Any, **more: Any) -> Any:
        self._forget(service, operation)
        return await super().call(account, service, operation, *rest, **more)

    async def listed(self, account: Account, service: str, operation: str, *rest: Any, **more: Any) -> Any:
        self._forget(service, operation)
        return await super().listed(account, service, operation, *rest, **more)

    def _forget(self, service: str, operation: str) -> None:
        if operation == self.denied:
            raise Trouble(Reason.AWS_DENIED, f"AWS denies {iam_action(service, operation)}", own=True)


@pytest.fixture(scope="module")
def estate(api: Cloud) -> tuple[Ecs, Listening]:
    return Ecs(api), Listening()


@pytest.fixture
def ecs(estate: tuple[Ecs, Listening]) -> Ecs:
    made, _ = estate
    made.reset()
    return made


Stepping = Callable[..., Awaitable[StepOutcome]]


@pytest.fixture
def step(estate: tuple[Ecs, Listening], tmp_path: Path) -> Stepping:
    """Runs a probe as checks.yaml has it."""
    lasting = Lasting(aws=estate[1])
    return lambda probe: step_of(tmp_path, probe, lasting=lasting)


@pytest.fixture
def healthy(ecs: Ecs) -> Ecs:
    """Two tasks of `app:1` that run what `app:v1` names."""
    definition = ecs.define("app", {"image": ecs.push("app", "v1", 1)})
    ecs.serve("app", definition, 2)
    for number in (1, 2):
        ecs.task(definition, [{"image_digest": digest(1)}], address=f"10.0.0.{number}")
    return ecs


class Watcher:
    """The kind as it lives on across reloads."""

    def __init__(self, aws: Listening) -> None:
        self.now = NOW
        self.remembered = Remembered()
        self.aws = aws

    async def observe(self, asked: Any = None, **spec: Any) -> Observation:
        self.aws.asked.clear()
        clock = Clock(wall=self.now.timestamp)
        kind = EcsServiceKind(Tools(SecretStore({}), clock=clock, aws=self.aws, remembered=self.remembered))
        wanted = None if asked is None else frozenset(asked)
        context = StepContext("p", "s", scope_with(), Trace(), asked=wanted)
        written = {"cluster": CLUSTER, "service": "app", **spec}
        return await kind.prepare(EcsServiceSpec.model_validate(written))(context)

    async def facts(self, *asked: str, **spec: Any) -> Facts:
        return (await self.observe(asked or None, **spec)).facts


@pytest.fixture
def watcher(estate: tuple[Ecs, Listening]) -> Iterator[Watcher]:
    _, aws = estate
    yield Watcher(aws)
    aws.denied = ""


def verdict(seen: Observation, subject: str) -> Verdict:
    (found,) = [one for one in seen.verdicts if one.subject == subject]
    return found


def outcome(step: StepOutcome) -> tuple[Result, Reason | None]:
    return step.result, step.reason


# What is seen of a service that is well


async def test_a_service_that_is_well_passes_without_a_word(healthy: Ecs, step: Stepping) -> None:
    seen = await step(APP)
    assert (Result.PASS, None) == (seen.result, seen.message)
    assert ["status", "running", "missing_images"] == [one.subject for one in seen.assertions]


async def test_its_facts(healthy: Ecs, watcher: Watcher) -> None:
    facts = await watcher.facts()
    assert ("ACTIVE", 2, 2, 0) == tuple(
        facts.get(name) for name in ("status", "desired", "running", "pending")
    )
    assert ("COMPLETED", "app:1", "app:1") == tuple(
        facts.get(name) for name in ("rollout_state", "task_definition", "newest_revision")
    )
    assert (True, False, []) == tuple(facts.get(name) for name in ("is_newest", "mixed", "missing_images"))
    assert NOW.timestamp() == facts.get("oldest_task_started_at")
    tasks: Any = facts.get("tasks")
    assert [("10.0.0.1", "HEALTHY", 1), ("10.0.0.2", "HEALTHY", 1)] == sorted(
        (task["address"], task["health"], task["revision"]) for task in tasks
    )


async def test_expectations_of_all_shapes(healthy: Ecs, step: Stepping) -> None:
    expect = {
        "desired": 2,
        "tasks": {"$[*].health": {"every": "HEALTHY"}, "$": {"length": 2}},
        "images": {"$[*].present": {"every": True}, "$[*].pushed_at": {"every": {"older_than": "1h"}}},
        "deployments": {"$[0].failed_tasks": 0},
        "oldest_task_started_at": {"older_than": "1h"},
        "is_newest": True,
        "fewest_pushes_until_expiry": {"any_of": [{"exists": False}, {"gte": 5}]},
    }
    seen = await step({**APP, "expect": expect})
    assert (Result.PASS, None) == (seen.result, seen.message)


async def test_no_more_is_asked_than_is_wanted(healthy: Ecs, watcher: Watcher) -> None:
    await watcher.facts("desired", containers=())
    assert ["ecs:DescribeServices"] == watcher.aws.asked
    await watcher.facts("desired")
    implied = ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:DescribeTasks"]
    assert [*implied, "ecr:DescribeImages"] == watcher.aws.asked
    await watcher.facts("task_definition", "newest_revision", containers=())
    assert ["ecs:DescribeServices", "ecs:ListTaskDefinitions"] == watcher.aws.asked


async def test_what_a_policy_has_to_allow_is_what_it_asks(healthy: Ecs, watcher: Watcher) -> None:
    await watcher.facts()
    assert set(EcsServiceKind.needs) == set(watcher.aws.asked)


# A service that is not there


async def test_a_service_that_is_missing(ecs: Ecs, step: Stepping) -> None:
    seen = await step(APP)
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == outcome(seen)
    told = "status: MISSING: the service app in the cluster prod: there is none: it never was there, or was deleted"
    assert told == seen.message


async def test_a_cluster_that_is_missing(ecs: Ecs, step: Stepping) -> None:
    seen = await step({"ecs_service": {"cluster": "stage", "service": "app"}})
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == outcome(seen)


@pytest.mark.parametrize("expect", [{"running": {"gte": 1}}, {"images": {"$[*].present": {"every": True}}}])
async def test_of_a_missing_service_nothing_is_known(ecs: Ecs, step: Stepping, expect: Any) -> None:
    seen = await step({**APP, "expect": expect})
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == outcome(seen)


async def test_that_a_service_is_gone_may_be_expected(ecs: Ecs, step: Stepping) -> None:
    seen = await step({**APP, "expect": {"status": {"in": ["MISSING", "INACTIVE"]}}})
    assert Result.PASS is seen.result


@pytest.mark.parametrize(
    ("status", "told"),
    [("INACTIVE", "it was deleted"), ("DRAINING", "it is being deleted, its last tasks still run")],
)
async def test_a_service_that_was_deleted(healthy: Ecs, step: Stepping, status: str, told: str) -> None:
    healthy.service("app").status = status
    seen = await step(APP)
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == outcome(seen)
    assert f"status: {status}: the service app in the cluster prod: {told}" == seen.message


# Too few tasks


async def test_fewer_tasks_than_desired_are_a_failure_that_says_why(healthy: Ecs, step: Stepping) -> None:
    service = healthy.service("app")
    service.running_count, service.pending_count = 0, 1
    service.deployments[0].update(rolloutState="FAILED", failedTasks=14, rolloutStateReason="circuit breaker")
    for age in (2, 1):
        healthy.stop(
            healthy.task("app:1"), f"{PULL} ({age})", "TaskFailedToStart", NOW - timedelta(hours=age)
        )
    seen = await step(BLIND)
    assert (Result.FAIL, Reason.TASK_FAILED) == outcome(seen)
    assert (
        "running: 0 of 2 tasks run, 1 are pending; none was seen to stop within a day; the deployment of app:1 is"
        " FAILED, 14 of its tasks failed (circuit breaker)"
    ) == seen.message


async def test_the_latest_stopped_task_is_told(healthy: Ecs, watcher: Watcher) -> None:
    healthy.service("app").running_count = 1
    for age in (2, 1):
        healthy.stop(
            healthy.task("app:1"), f"{PULL} ({age})", "TaskFailedToStart", NOW - timedelta(hours=age)
        )
    short = verdict(await watcher.observe([]), "running")
    assert (Truth.MISSES, Reason.TASK_FAILED) == (short.verdict, short.reason)
    last = f"the last that stopped did at 2024-12-24T11:00:00Z: TaskFailedToStart, {PULL} (1)"
    assert f"running: 1 of 2 tasks run, 0 are pending; {last}" == short.message


async def test_what_is_expected_of_running_is_not_implied(healthy: Ecs, step: Stepping) -> None:
    healthy.service("app").running_count = 1
    seen = await step({**APP, "expect": {"running": {"gte": 1}}})
    assert Result.PASS is seen.result


@pytest.mark.parametrize(
    "speaks", [{"capture": {"n": {"running": True, "metric": True}}}, {"warn": {"running": {"gte": 9}}}]
)
async def test_to_capture_running_or_to_warn_of_it_expects_nothing(
    healthy: Ecs, step: Stepping, speaks: Any
) -> None:
    healthy.service("app").running_count = 1
    assert (Result.FAIL, Reason.TASK_FAILED) == outcome(await step({**APP, **speaks}))


async def test_a_deployment_in_progress_may_run_fewer(healthy: Ecs, step: Stepping) -> None:
    service = healthy.service("app")
    service.running_count = 1
    service.deployment_configuration = {"minimumHealthyPercent": 50, "maximumPercent": 200}
    service.deployments[0].update(rolloutState="IN_PROGRESS")
    assert Result.PASS is (await step(APP)).result
    service.deployments[0].update(failedTasks=1)
    assert (Result.FAIL, Reason.TASK_FAILED) == outcome(await step(APP))


async def test_a_service_scaled_to_nothing_shows_nothing(healthy: Ecs, step: Stepping) -> None:
    service = healthy.service("app")
    service.desired_count = service.running_count = 0
    seen = await step(APP)
    assert (Result.ERROR, Reason.TASK_FAILED) == outcome(seen)
    assert "nothing shows that the service works" in (seen.message or "")
    assert Result.PASS is (await step({**APP, "expect": {"desired": 0}})).result


# What ECS forgets


async def test_stopped_tasks_are_known_for_a_day(healthy: Ecs, watcher: Watcher) -> None:
    task = healthy.task("app:1", [{"exitCode": 1, "reason": "OutOfMemoryError"}])
    healthy.stop(task, "Essential container in task exited", "EssentialContainerExited")
    (first,) = [await watcher.facts("stopped")]
    assert [task.id] == [one["task"] for one in first.get("stopped")]  # type: ignore[attr-defined]
    await watcher.facts("stopped", containers=())
    assert ["ecs:DescribeServices", "ecs:ListTasks"] == watcher.aws.asked, "it is not asked for again"
    healthy.forget(task)
    watcher.now = NOW + timedelta(hours=20)
    later: Any = (await watcher.facts("stopped")).get("stopped")
    assert [("Essential container in task exited", "EssentialContainerExited")] == [
        (one["reason"], one["stop_code"]) for one in later
    ]
    assert [{"name": "app", "exit_code": 1, "reason": "OutOfMemoryError"}] == later[0]["containers"]
    watcher.now = NOW + timedelta(hours=25)
    assert [] == (await watcher.facts("stopped")).get("stopped")


async def test_a_task_that_is_still_stopping_is_not_remembered(healthy: Ecs, watcher: Watcher) -> None:
    task = healthy.task("app:1")
    healthy.stop(task, "scaled in", "ServiceSchedulerInitiated")
    task.last_status = "DEPROVISIONING"
    assert [] == (await watcher.facts("stopped")).get("stopped")


async def test_events_and_failures_are_remembered(healthy: Ecs, watcher: Watcher) -> None:
    service = healthy.service("app")
    healthy.event(service, "(service app) was unable to place a task")
    service.deployments[0]["failedTasks"] = 3
    await watcher.facts("events")
    service.events.clear()
    service.deployments[0]["failedTasks"] = 0
    facts: Any = await watcher.facts("events", "deployments")
    assert [
        {"at": "2024-12-24T12:00:00Z", "message": "(service app) was unable to place a task"}
    ] == facts.get("events")
    assert [3] == [one["failed_tasks"] for one in facts.get("deployments")]


async def test_many_tasks_are_asked_for_in_portions(ecs: Ecs, watcher: Watcher) -> None:
    definition = ecs.define("app", {"image": "nginx"})
    ecs.serve("app", definition, 120)
    for _ in range(120):
        ecs.task(definition)
    facts: Any = await watcher.facts("tasks", containers=())
    assert 120 == len(facts.get("tasks"))
    assert 2 == watcher.aws.asked.count("ecs:DescribeTasks")


# Revisions


async def test_a_running_revision_that_is_not_the_newest(healthy: Ecs, step: Stepping) -> None:
    healthy.define("app", {"image": "x"})
    seen = await step({**APP, "expect": {"is_newest": True}})
    assert (Result.FAIL, Reason.ASSERTION) == outcome(seen)
    healthy.client.deregister_task_definition(taskDefinition="app:2")
    assert Result.PASS is (await step({**APP, "expect": {"is_newest": True}})).result


async def test_tasks_left_of_another_revision(healthy: Ecs, watcher: Watcher) -> None:
    healthy.service("app").task_definition = healthy.state.describe_task_definition(
        healthy.define("app", {"image": "x"})
    ).arn
    facts = await watcher.facts("task_definition", "newest_revision", "is_newest", "mixed", containers=())
    assert ("app:2", "app:2", False, False) == tuple(
        facts.get(name) for name in ("task_definition", "newest_revision", "is_newest", "mixed")
    )
    healthy.task("app:2")
    facts = await watcher.facts("is_newest", "mixed", containers=())
    assert (False, True) == (facts.get("is_newest"), facts.get("mixed"))


async def test_a_family_without_an_active_revision(healthy: Ecs, watcher: Watcher) -> None:
    healthy.client.deregister_task_definition(taskDefinition="app:1")
    facts = await watcher.facts("newest_revision", "is_newest")
    assert (
        Absent("no revision of app is ACTIVE", known=True)
        == facts.get("newest_revision")
        == facts.get("is_newest")
    )


async def test_a_service_without_a_definition(healthy: Ecs, watcher: Watcher) -> None:
    healthy.service("app").task_definition = None
    seen = await watcher.observe()
    assert isinstance(seen.facts.get("task_definition"), Absent)
    assert isinstance(seen.facts.get("newest_revision"), Absent)
    assert Truth.UNTELLABLE is verdict(seen, "missing_images").verdict


# The environment


@pytest.fixture
def configured(ecs: Ecs) -> Ecs:
    app = {
        "image": "nginx",
        "environment": [
            {"name": "API", "value": "http://old.example.org"},
            {"name": "PASSWORD", "value": "hunter2"},
        ],
        "secrets": [{"name": "KEY", "valueFrom": "prod/key"}],
    }
    definition = ecs.define("app", app, {"name": "proxy", "image": "nginx"})
    ecs.serve("app", definition, 1)
    ecs.task(definition)
    return ecs


async def test_the_environment_that_runs(configured: Ecs, watcher: Watcher) -> None:
    facts = await watcher.facts("environment", "secrets", containers=["app"])
    assert {"app": {"API": "http://old.example.org", "PASSWORD": "hunter2"}} == facts.get("environment")
    assert {"app": {"KEY": "prod/key"}} == facts.get("secrets")


async def test_an_environment_is_held_against_what_is_expected(configured: Ecs, step: Stepping) -> None:
    expect = {"environment": {"$.app.API": "http://new.example.org"}, "missing_images": {"exists": False}}
    seen = await step({**BLIND, "expect": {"environment": {"$": {"length": 0}}}})
    assert Result.PASS is seen.result
    seen = await step({**APP, "expect": expect})
    assert (Result.FAIL, Reason.ASSERTION) == outcome(seen)
    assert "old.example.org" in (seen.message or "")
    assert "hunter2" not in str(seen)


async def test_what_ran_before_is_what_runs_until_it_is_replaced(configured: Ecs, watcher: Watcher) -> None:
    new = configured.define(
        "app", {"image": "nginx", "environment": [{"name": "API", "value": "http://new.example.org"}]}
    )
    configured.service("app").task_definition = configured.state.describe_task_definition(new).arn
    before: Any = (await watcher.facts("environment")).get("environment")
    assert "http://old.example.org" == before["app"]["API"]
    configured.task(new)
    during: Any = (await watcher.facts("environment")).get("environment")
    assert "tasks of app:1 and app:2 run, and these differ in it" == during["app"]["API"].why


async def test_a_container_that_is_not_there_is_the_checker_s_trouble(
    configured: Ecs, step: Stepping
) -> None:
    probe = {"ecs_service": {"cluster": CLUSTER, "service": "app", "containers": ["web"]}}
    seen = await step({**probe, "expect": {"environment": {"$.web.API": "x"}}})
    assert Result.ERROR is seen.result
    assert "app:1 has no container web, at which to look; it has app, proxy" in (seen.message or "")


# Images


async def test_a_running_image_that_is_gone_is_told_before_a_restart(healthy: Ecs, step: Stepping) -> None:
    healthy.expire("app", 1)
    seen = await step(APP)
    assert (Result.FAIL, Reason.IMAGE_MISSING) == outcome(seen)
    assert "missing_images: app: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:v1" in (seen.message or "")
    assert (seen.message or "").endswith("is gone from ECR")


async def test_one_whose_tag_was_moved_is_gone_all_the_same(healthy: Ecs, step: Stepping) -> None:
    healthy.push("app", "v1", 2)
    assert Result.PASS is (await step(APP)).result, "the digest is still there"
    healthy.expire("app", 1)
    seen = await step(APP)
    assert (Result.FAIL, Reason.IMAGE_MISSING) == outcome(seen)
    assert "its tag now names sha256:000000000000" in (seen.message or "")


async def test_an_image_within_some_pushes_of_its_expiry(healthy: Ecs, step: Stepping) -> None:
    healthy.keep("app", 3)
    healthy.push("app", "v2", 2, NOW + timedelta(days=1))
    expect = {"fewest_pushes_until_expiry": {"gte": 2}}
    assert Result.PASS is (await step({**APP, "expect": expect})).result
    healthy.push("app", "v3", 3, NOW + timedelta(days=2))
    seen = await step({**APP, "expect": expect})
    assert (Result.FAIL, Reason.IMAGE_MISSING) == outcome(seen)
    assert "fewest_pushes_until_expiry: expected >= 2, saw 1" == seen.message
    seen = await step({**APP, "warn": expect})
    assert (Result.DEGRADED, Reason.IMAGE_MISSING) == outcome(seen)


async def test_an_image_that_expires_by_its_age(healthy: Ecs, watcher: Watcher) -> None:
    healthy.keep("app", 14, "sinceImagePushed")
    watcher.now = NOW + timedelta(days=13)
    facts: Any = await watcher.facts("expires_in", "images", "fewest_pushes_until_expiry")
    assert 86400.0 == facts.get("expires_in")
    assert ["2025-01-07T12:00:00Z"] == [image["expires_at"] for image in facts.get("images")]
    assert facts.get("fewest_pushes_until_expiry").known


async def test_an_image_in_another_registry_is_not_known(ecs: Ecs, step: Stepping) -> None:
    images = ({"image": ecs.push("app", "v1", 1)}, {"name": "proxy", "image": "docker.io/library/nginx:1.27"})
    definition = ecs.define("app", *images)
    ecs.serve("app", definition, 1)
    for probe in (
        APP,
        {**APP, "expect": {"missing_images": {"empty": True}}},
        {**APP, "expect": {"missing_images": {"exists": True}, "images": {"$[*].present": {"every": True}}}},
    ):
        seen = await step(probe)
        assert Result.ERROR is seen.result
        assert "its registry, docker.io, is not ECR" in (seen.message or "")
    only = {"ecs_service": {**APP["ecs_service"], "containers": ["app"]}}
    assert Result.PASS is (await step(only)).result
    assert Result.PASS is (await step(BLIND)).result


async def test_ten_containers(ecs: Ecs, watcher: Watcher) -> None:
    image = ecs.push("app", "v1", 1)
    definition = ecs.define("app", *({"name": f"c{n}", "image": image} for n in range(10)))
    ecs.serve("app", definition, 1)
    facts: Any = await watcher.facts("images", "missing_images")
    assert [True] * 10 == [one["present"] for one in facts.get("images")]
    assert [] == facts.get("missing_images")


async def test_too_few_tasks_come_before_what_is_not_known(healthy: Ecs, step: Stepping) -> None:
    healthy.service("app").running_count = 0
    healthy.service("app").task_definition = healthy.state.describe_task_definition(
        healthy.define("app", {"image": "nginx"})
    ).arn
    assert (Result.FAIL, Reason.TASK_FAILED) == outcome(await step(APP))


# What cannot be asked


@pytest.mark.parametrize(
    ("operation", "lost"),
    [("ListTasks", "missing_images"), ("DescribeTaskDefinition", "missing_images")],
)
async def test_what_is_denied_leaves_the_rest(
    healthy: Ecs, watcher: Watcher, operation: str, lost: str
) -> None:
    watcher.aws.denied = operation
    seen = await watcher.observe([])
    assert Truth.HOLDS is verdict(seen, "running").verdict
    denied = verdict(seen, lost)
    assert (Truth.UNTELLABLE, Reason.AWS_DENIED, True) == (denied.verdict, denied.reason, denied.own)
    assert f"AWS denies ecs:{operation}" in denied.message


async def test_a_shortage_is_one_also_where_nobody_may_say_why(healthy: Ecs, watcher: Watcher) -> None:
    healthy.service("app").running_count = 1
    watcher.aws.denied = "ListTasks"
    short = verdict(await watcher.observe([]), "running")
    assert (Truth.MISSES, Reason.TASK_FAILED, False) == (short.verdict, short.reason, short.own)
    assert "why is not known: AWS denies ecs:ListTasks" in short.message


def test_what_is_wrong_with_a_spec(tmp_path: Path) -> None:
    assert ["'service' is missing here"] == problems(tmp_path, {"ecs_service": {"cluster": "prod"}})
    assert ["there is no account 'stage' under aws; aws: declares none"] == problems(
        tmp_path, {"ecs_service": {**APP["ecs_service"], "account": "stage"}}
    )
