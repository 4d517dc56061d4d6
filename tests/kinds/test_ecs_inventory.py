from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.app.secrets import secret_store
from checker.app.wiring import Lasting, wire
from checker.config.load import load
from checker.core.clock import Clock
from checker.core.outcome import StepOutcome
from checker.core.reason import Reason, Result
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.ecs_inventory import EcsInventoryKind
from checker.net.aws.calls import Aws
from checker.net.aws.failures import iam_action
from tests.cloud import ACCOUNT, REGION, Cloud
from tests.kinds.ecs_state import CLUSTER, Ecs

INVENTORY: dict[str, Any] = {"cluster": CLUSTER}


@pytest.fixture(scope="module")
def estate(api: Cloud) -> tuple[Ecs, Lasting, list[str]]:
    asked: list[str] = []
    aws = Aws(delays=(), listener=lambda service, name: asked.append(iam_action(service, name)))
    return Ecs(api), Lasting(aws=aws), asked


class Cluster:
    """A cluster with some services, and probes of it as checks.yaml has them."""

    def __init__(self, ecs: Ecs, lasting: Lasting, asked: list[str], directory: Path) -> None:
        ecs.reset()
        self.ecs, self.asked = ecs, asked
        self._lasting, self._path = lasting, directory / "checks.yaml"
        self._definition = ecs.define("app", {"image": "app:1"})

    def serve(self, *names: str) -> None:
        for name in names:
            self.ecs.state.create_service(CLUSTER, name, 1, self._definition)

    async def look(self, others: Any = None, expect: Any = None, top: Any = None, **spec: Any) -> StepOutcome:
        """Run the inventory in a configuration with other probes."""
        self.asked.clear()
        probe: dict[str, Any] = {"ecs_inventory": {**INVENTORY, **spec}}
        probes = {**(others or {}), "p": {**probe, "expect": expect} if expect else probe}
        self._path.write_text(yaml.safe_dump({"version": 1, **(top or {}), "probes": probes}))
        config, clock = load(str(self._path), {}), Clock()
        secrets = secret_store(config, {})
        wiring = wire(config, secrets, role="sentinel", clock=clock, lasting=self._lasting)
        (step,) = (await Runner(Room(secrets, clock)).run(wiring.plan.probes["p"])).steps
        await wiring.aclose()
        return step


@pytest.fixture
def cluster(estate: tuple[Ecs, Lasting, list[str]], tmp_path: Path) -> Cluster:
    return Cluster(*estate, tmp_path)


def told(step: StepOutcome) -> tuple[Result, Reason | None, str | None]:
    return step.result, step.reason, step.message


# Against a list


async def test_what_is_declared_and_there_passes(cluster: Cluster) -> None:
    cluster.serve("app", "worker")
    step = await cluster.look(services=["worker", "app"])
    assert (Result.PASS, None, None) == told(step)
    assert ["missing", "inactive", "unexpected"] == [one.subject for one in step.assertions]
    assert set(EcsInventoryKind.needs) == set(cluster.asked)


async def test_what_is_declared_and_not_there_is_missing(cluster: Cluster) -> None:
    cluster.serve("app")
    step = await cluster.look(services=["app", "deployer"])
    message = 'missing: expected to be empty, saw ["deployer"]'
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == told(step)[:2]
    assert (step.message or "").startswith(message)


@pytest.mark.parametrize("status", ["INACTIVE", "DRAINING"])
async def test_what_was_deleted_is_inactive(cluster: Cluster, status: str) -> None:
    cluster.serve("app", "deployer", "old")
    cluster.ecs.service("deployer").status = cluster.ecs.service("old").status = status
    step = await cluster.look(services=["app", "deployer"])
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == told(step)[:2]
    assert (step.message or "").startswith('inactive: expected to be empty, saw ["deployer"]')
    assert (
        Result.PASS
        is (await cluster.look(services=["app", "deployer"], expect={"inactive": {"length": 1}})).result
    )


async def test_what_ecs_no_longer_lists_is_asked_for_by_name(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.serve("app", "deployer")
    cluster.ecs.service("deployer").status = "INACTIVE"
    monkeypatch.setattr(cluster.ecs.state, "list_services", lambda *_, **__: [cluster.ecs.service("app").arn])
    step = await cluster.look(services=["app", "deployer"])
    assert (step.message or "").startswith("inactive: ")


async def test_what_is_there_and_not_declared_is_unexpected(cluster: Cluster) -> None:
    cluster.serve("app", "leftover")
    step = await cluster.look(services=["app"])
    assert (Result.FAIL, Reason.ASSERTION) == told(step)[:2]
    assert (step.message or "").startswith('unexpected: expected to be empty, saw ["leftover"]')


async def test_three_hundred_services(cluster: Cluster) -> None:
    names = [f"service-{number:03}" for number in range(300)]
    cluster.serve(*names)
    expect = {"services": {"length": 300}, "missing": {"eq": []}, "unexpected": {"eq": []}}
    assert (Result.PASS, None, None) == told(await cluster.look(services=names, expect=expect))
    assert 30 == cluster.asked.count("ecs:DescribeServices")


async def test_a_cluster_that_is_not_there_is_missing(cluster: Cluster) -> None:
    step = await cluster.look(cluster="stage", services=["app"])
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == told(step)[:2]


# Against the probes

DEEP = {"ecs_service": {"cluster": CLUSTER, "service": "app"}}
TASKS = {"cluster": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}", "service": "web", "port": 80}
EACH = {"http": {"url": "http://web/", "each_address": {"ecs_service": TASKS}}}


async def test_what_no_probe_looks_at_is_uncovered(cluster: Cluster) -> None:
    cluster.serve("app", "web", "worker")
    step = await cluster.look({"deep": DEEP, "each": EACH})
    assert (Result.FAIL, Reason.ASSERTION) == told(step)[:2]
    assert (step.message or "").startswith('uncovered: expected to be empty, saw ["worker"]')


async def test_where_every_service_is_looked_at_nothing_is_uncovered(cluster: Cluster) -> None:
    cluster.serve("app", "web", "gone")
    cluster.ecs.service("gone").status = "INACTIVE"
    step = await cluster.look({"deep": {"shallow": DEEP, "http": {"url": "http://a/"}}, "each": EACH})
    assert (Result.PASS, None, None) == told(step)


async def test_an_empty_cluster_proves_nothing(cluster: Cluster) -> None:
    step = await cluster.look()
    assert (Result.FAIL, Reason.RESOURCE_MISSING) == told(step)[:2]
    assert (step.message or "").startswith("services: expected")


async def test_the_same_name_in_another_cluster_or_account_covers_nothing(cluster: Cluster) -> None:
    cluster.serve("app")
    top = {"aws": {name: {"account": ACCOUNT, "region": REGION} for name in ("prod", "stage")}}
    others = {
        "elsewhere": {"aws": "prod", "ecs_service": {"cluster": "stage", "service": "app"}},
        "other": {"aws": "stage", **DEEP},
    }
    step = await cluster.look(others, top=top, account="prod")
    assert (step.message or "").startswith('uncovered: expected to be empty, saw ["app"]')
    others["own"] = {"aws": "prod", **DEEP}
    assert Result.PASS is (await cluster.look(others, top=top, account="prod")).result


async def test_without_a_list_nothing_is_missing_or_known_not_to_be(cluster: Cluster) -> None:
    cluster.serve("app")
    step = await cluster.look({"deep": DEEP}, expect={"missing": {"empty": True}})
    assert Result.FAIL is step.result
    assert "the step declares no services" in (step.message or "")
