"""A deployer: what it makes for a service beside ECS's own, and what it believes to be there.

It keeps what it has deployed in a table, believes the table and asks nobody else. A service of which the table knows is
updated; for any other it makes everything anew, and gives up where something of that is there already.
"""

import asyncio
from contextlib import ExitStack
from typing import Any

from botocore.exceptions import ClientError

from checker.lab.cloud.api import Api
from checker.lab.cloud.ecs import CLUSTER
from checker.lab.platform import App, Definition, Platform

TABLE = "deployments"
DOMAIN = "example.org"


class Deployer:
    """Deploys services. To remove what is left of one, people have to do it part by part, with the `remove_…` here."""

    def __init__(self, api: Api, platform: Platform) -> None:
        self._api, self._platform = api, platform
        self._ecs, self._table = api.client("ecs"), api.client("dynamodb")
        self._balancers, self._names = api.client("elbv2"), api.client("route53")
        self._table.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "service", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "service", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        zone = self._names.create_hosted_zone(Name=DOMAIN, CallerReference=DOMAIN)
        self.zone = str(zone["HostedZone"]["Id"]).rpartition("/")[2]

    async def deploy(self, name: str, definition: Definition, app: App) -> None:
        """Deploy a service; where AWS refuses, everything is left as it was. Raises botocore's ClientError."""
        if not await asyncio.to_thread(self._updated, name):
            await asyncio.to_thread(self._make, name)
            await self._platform.create(name, definition, desired=2, app=app)
            entry = {**_key(name), "state": {"S": "deployed"}}
            await asyncio.to_thread(self._table.put_item, TableName=TABLE, Item=entry)

    def _updated(self, name: str) -> bool:
        """Update a service of which the table knows; False: it does not."""
        known = "Item" in self._table.get_item(TableName=TABLE, Key=_key(name))
        if known:
            self._ecs.update_service(cluster=CLUSTER, service=name, forceNewDeployment=True)
        return known

    def _make(self, name: str) -> None:
        with ExitStack() as undone:
            host = self._make_load_balancer(name)
            undone.callback(self.remove_load_balancer, name)
            self._change("CREATE", _cname(name, host))
            undone.callback(self.remove_cname, name)
            self._make_health_check(name)
            undone.pop_all()

    def remove_table_entry(self, name: str) -> None:
        """Make the deployer forget a service."""
        self._table.delete_item(TableName=TABLE, Key=_key(name))

    def remove_load_balancer(self, name: str) -> None:
        """Delete a service's load balancer."""
        for arn in self._load_balancers(name):
            self._balancers.delete_load_balancer(LoadBalancerArn=arn)

    def remove_cname(self, name: str) -> None:
        """Delete a service's name."""
        records = self._names.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        (found,) = [record for record in records if record["Name"] == f"{_host(name)}."]
        self._change("DELETE", found)

    def remove_health_check(self, name: str) -> None:
        """Delete the check by which Route 53 watches a service."""
        for identifier in self._health_checks(name):
            self._names.delete_health_check(HealthCheckId=identifier)

    def _make_load_balancer(self, name: str) -> str:
        if self._load_balancers(name):
            raise _refusal("CreateLoadBalancer", "DuplicateLoadBalancerName", name)
        subnets = [subnet.id for subnet in self._api.state("ec2").get_default_subnets().values()]
        made = self._balancers.create_load_balancer(Name=name, Subnets=subnets)
        return str(made["LoadBalancers"][0]["DNSName"])

    def _make_health_check(self, name: str) -> None:
        if self._health_checks(name):
            raise _refusal("CreateHealthCheck", "HealthCheckAlreadyExists", name)
        target = {
            "Type": "HTTP",
            "FullyQualifiedDomainName": _host(name),
            "Port": 80,
            "ResourcePath": "/health",
        }
        self._names.create_health_check(CallerReference=name, HealthCheckConfig=target)

    def _load_balancers(self, name: str) -> list[str]:
        found = self._balancers.describe_load_balancers()["LoadBalancers"]
        return [each["LoadBalancerArn"] for each in found if each["LoadBalancerName"] == name]

    def _health_checks(self, name: str) -> list[str]:
        found = self._names.list_health_checks()["HealthChecks"]
        hosts = {check["Id"]: check["HealthCheckConfig"]["FullyQualifiedDomainName"] for check in found}
        return [identifier for identifier, host in hosts.items() if host == _host(name)]

    def _change(self, action: str, record: dict[str, Any]) -> None:
        changes = [{"Action": action, "ResourceRecordSet": record}]
        self._names.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})


def _refusal(operation: str, code: str, name: str) -> ClientError:
    """Return what AWS answers to a second thing of a name; moto takes any number of them."""
    return ClientError({"Error": {"Code": code, "Message": f"there is one of {name}"}}, operation)


def _host(name: str) -> str:
    return f"{name}.{DOMAIN}"


def _key(name: str) -> dict[str, Any]:
    return {"service": {"S": name}}


def _cname(name: str, target: str) -> dict[str, Any]:
    return {"Name": _host(name), "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": target}]}
