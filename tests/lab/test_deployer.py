"""A deployer that believes its table, and everything that is left where only a service was deleted."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from starlette.applications import Starlette

from checker.lab.cloud.registry import HOST
from checker.lab.deployer import DOMAIN, Deployer
from checker.lab.platform import Definition, Platform

APP = Definition(f"{HOST}/app:v1")


@pytest.fixture
async def deployer(platform: Platform) -> Deployer:
    deployer = Deployer(platform.api, platform)
    await deploy(deployer)
    return deployer


async def deploy(deployer: Deployer) -> None:
    await deployer.deploy("app", APP, lambda _: Starlette())


async def refusal(deployer: Deployer) -> str:
    with pytest.raises(ClientError) as raised:
        await deploy(deployer)
    return str(raised.value.response["Error"]["Code"])


def parts(platform: Platform, deployer: Deployer) -> list[str]:
    """Return what there is of the service beside ECS."""
    names, balancers = platform.api.client("route53"), platform.api.client("elbv2")
    records = names.list_resource_record_sets(HostedZoneId=deployer.zone)["ResourceRecordSets"]
    return [
        *(each["LoadBalancerName"] for each in balancers.describe_load_balancers()["LoadBalancers"]),
        *(record["Name"] for record in records if record["Type"] == "CNAME"),
        *(
            check["HealthCheckConfig"]["FullyQualifiedDomainName"]
            for check in names.list_health_checks()["HealthChecks"]
        ),
    ]


async def test_a_service_is_deployed_with_all_of_its_parts(platform: Platform, deployer: Deployer) -> None:
    assert ["app", f"app.{DOMAIN}.", f"app.{DOMAIN}"] == parts(platform, deployer)
    assert ["app 2/2 running, 0 healthy"] == [str(claim) for claim in platform.claims()]


async def test_what_the_table_knows_is_updated(platform: Platform, deployer: Deployer) -> None:
    await deploy(deployer)
    assert len(parts(platform, deployer)) == 3


async def test_each_part_that_is_left_blocks_and_leaves_the_others_as_they_were(
    platform: Platform, deployer: Deployer
) -> None:
    await platform.delete("app")
    refused = [await refusal(deployer)]
    removals: tuple[Callable[[str], None], ...] = (
        deployer.remove_table_entry,
        deployer.remove_load_balancer,
        deployer.remove_cname,
    )
    for remove in removals:
        remove("app")
        refused.append(await refusal(deployer))
    assert refused == [
        "ServiceNotActiveException",
        "DuplicateLoadBalancerName",
        "InvalidChangeBatch",
        "HealthCheckAlreadyExists",
    ]
    assert [f"app.{DOMAIN}"] == parts(platform, deployer)
    deployer.remove_health_check("app")
    await deploy(deployer)
    assert len(parts(platform, deployer)) == 3
