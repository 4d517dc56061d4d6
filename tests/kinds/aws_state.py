"""What moto would have to know by itself: set in its own state, in this process.

Known gaps of moto 5.2: ListSecretVersionIds says that every version was made just now; tasks have no start, and move on
towards STOPPED each time they are described; ListTasks does not look at the service; alarms have no time at which their
state changed; targets at addresses are always healthy.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.backends import get_backend
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup
from moto.moto_api import state_manager
from moto.secretsmanager.responses import SecretsManagerResponse

from tests.cloud import ACCOUNT, REGION, Cloud


def state(service: str) -> Any:
    """Return moto's state of a service, in the tests' account and region."""
    backends: Any = get_backend(service)  # type: ignore[call-overload]
    return backends[ACCOUNT][REGION]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# Secrets


def versions_keep_their_time(patch: pytest.MonkeyPatch) -> None:
    """Let ListSecretVersionIds tell when each version was made, in pages of two, and leave out what has no stage."""

    def answer(self: Any) -> str:
        secret = state("secretsmanager").secrets[self._get_param("SecretId")]
        start = int(self._get_param("NextToken") or 0)
        versions = [one for one in secret.versions.items() if one[1]["version_stages"]]
        return json.dumps(
            {
                "NextToken": str(start + 2) if len(versions) > start + 2 else None,
                "Versions": [
                    {
                        "VersionId": name,
                        "VersionStages": one["version_stages"],
                        "CreatedDate": one["createdate"],
                    }
                    for name, one in versions[start : start + 2]
                ],
            }
        )

    patch.setattr(SecretsManagerResponse, "list_secret_version_ids", answer)


def secret(api: Cloud, name: str, *made: float) -> list[str]:
    """Make a secret that was rotated at these times, and return the ids of its versions, the oldest first."""
    client = api.client("secretsmanager")
    client.create_secret(Name=name, SecretString="v0")
    for number in range(1, len(made)):
        client.put_secret_value(SecretId=name, SecretString=f"v{number}")
    versions = state("secretsmanager").secrets[name].versions
    for version, at in zip(versions.values(), made, strict=True):
        version["createdate"] = int(at)
    return list(versions)


# Tasks


def service(api: Cloud, cluster: str, name: str) -> None:
    """Make a service that starts nothing by itself."""
    ecs = api.client("ecs")
    ecs.create_cluster(clusterName=cluster)
    ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "app", "image": "example.org/app:1", "memory": 128}]
    )
    ecs.create_service(cluster=cluster, serviceName=name, taskDefinition=name, desiredCount=0)


def task(api: Cloud, cluster: str, name: str, started: float | None, status: str = "RUNNING") -> str:
    """Have the service run a task since a time, and return its id."""
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1000})
    arn = api.client("ecs").run_task(cluster=cluster, taskDefinition=name, launchType="FARGATE")["tasks"][0][
        "taskArn"
    ]
    made = state("ecs").tasks[cluster][arn]
    made.status, made.group = status, f"service:{name}"
    if started is not None:
        made.started_at = moment(started)
    return str(arn.rpartition("/")[2])


# Measurements


def measure(
    api: Cloud, namespace: str, name: str, dimensions: Sequence[tuple[str, str]], *points: tuple[float, float]
) -> None:
    """Have CloudWatch know values, each with its time."""
    named = [{"Name": key, "Value": value} for key, value in dimensions]
    api.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": name, "Dimensions": named, "Value": value, "Timestamp": moment(at)}
            for at, value in points
        ],
    )


def alarm(
    api: Cloud, name: str, since: float | None = None, reason: str = "it is so", value: str = "ALARM"
) -> Any:
    """Make an alarm that has been in a state since a time, and return moto's own object of it."""
    client = api.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Statistic="Maximum",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Threshold=300,
    )
    client.set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)
    made = state("cloudwatch").alarms[name]
    if since is not None:
        made.state_transitioned_timestamp = moment(since)
    return made


# Load balancers


def target_group(api: Cloud, name: str, balanced: str | None = "application") -> tuple[str, str]:
    """Make a target group, behind an application load balancer unless it is None; return the ARNs of both."""
    ec2, elb = api.client("ec2"), api.client("elbv2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    if balanced is None:
        return group, ""
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"][:2]]
    balancer = elb.create_load_balancer(Name=f"lb-{name}", Subnets=subnets, Type=balanced)["LoadBalancers"][
        0
    ]["LoadBalancerArn"]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return group, balancer


def register(api: Cloud, group: str, *addresses: str) -> None:
    api.client("elbv2").register_targets(
        TargetGroupArn=group, Targets=[{"Id": address, "Port": 8080} for address in addresses]
    )


def targets_are(patch: pytest.MonkeyPatch, said: dict[str, Iterable[str]]) -> None:
    """Let targets be in a state, with its reason and description, by their address."""

    def health(self: Any, target: Any, _: object) -> FakeHealthStatus:
        status, *why = said[target["Id"]]
        return FakeHealthStatus(target["Id"], target["Port"], "80", status, *why)

    patch.setattr(FakeTargetGroup, "health_for", health)
