"""The task definitions in deploy/ecs: taken by the real API's model, and confined as docs/deploying-on-ecs.md says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import Cloud, cloud

ECS = Path(__file__).parents[2] / "deploy" / "ecs"
SIDECAR, SENTINEL = "sidecar.task-definition.json", "sentinel.task-definition.json"


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ECS / name).read_text())
    return read


def checker(name: str) -> dict[str, Any]:
    return next(each for each in document(name)["containerDefinitions"] if each["name"] == "checker")


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        running.client("ecs").create_cluster(clusterName="prod")
        yield running


@pytest.mark.parametrize("name", [SIDECAR, SENTINEL])
def test_it_can_be_registered(api: Cloud, name: str) -> None:
    taken = api.client("ecs").register_task_definition(**document(name))["taskDefinition"]
    assert document(name)["family"] == taken["family"]


def test_the_sentinels_service_can_be_created(api: Cloud) -> None:
    ec2 = api.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    wanted = document("sentinel.service.json")
    wanted["networkConfiguration"]["awsvpcConfiguration"] |= {"subnets": [subnet], "securityGroups": [group]}
    api.client("ecs").register_task_definition(**document(SENTINEL))
    service = api.client("ecs").create_service(**wanted)["service"]
    assert (1, "ACTIVE") == (service["desiredCount"], service["status"])


def test_a_deployment_of_the_sentinel_never_overlaps_itself() -> None:
    """Or probes with side effects would run twice."""
    deployment = document("sentinel.service.json")["deploymentConfiguration"]
    assert (100, 0) == (deployment["maximumPercent"], deployment["minimumHealthyPercent"])


def test_the_sidecar_can_neither_stop_the_app_nor_be_lost_with_its_configuration() -> None:
    container = checker(SIDECAR)
    assert container["essential"] is False
    assert container["restartPolicy"]["enabled"] is True
    assert ["serve", "--role", "sidecar", "--stay-up"] == container["command"]
    assert [{"containerName": "app", "condition": "START"}] == container["dependsOn"]


@pytest.mark.parametrize("name", [SIDECAR, SENTINEL])
def test_the_container_is_confined_and_says_itself_whether_it_is_alive(name: str) -> None:
    container = checker(name)
    assert ["CMD", "checker", "healthcheck"] == container["healthCheck"]["command"]
    assert "65532:65532" == container["user"]
    assert container["readonlyRootFilesystem"] is True
    assert ["ALL"] == container["linuxParameters"]["capabilities"]["drop"]


def test_no_health_check_is_a_deep_probe() -> None:
    """A platform that restarts the app because another service is down makes two outages of one."""
    for name in (SIDECAR, SENTINEL):
        for container in document(name)["containerDefinitions"]:
            assert "run" not in container["healthCheck"]["command"]
