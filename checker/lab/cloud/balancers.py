"""A machine behind a load balancer, as it was before containers: an instance in a target group.

moto keeps all of it and says rightly of a stopped instance that it is unused; that requests are counted is added here.
CloudWatch has `RequestCount` of a target group for as long as it has registered targets, and counts a request only if
there was a target to choose (Elastic Load Balancing, Application Load Balancers, CloudWatch metrics).
"""

from typing import Any

from checker.lab.cloud.api import Api
from checker.lab.cloud.metrics import Metrics

_IMAGE = "ami-12c6146b"
"""One of the machine images that moto has from the start."""


class InstanceBehindBalancer:
    """One instance, registered in a target group of the name `name`."""

    def __init__(self, api: Api, metrics: Metrics, name: str) -> None:
        self._ec2, self._elb = api.client("ec2"), api.client("elbv2")
        self._subnets = list(
            api.state("ec2").get_default_subnets().values()
        )  # moto takes seconds to list them
        self.is_running = True
        self._instance = self._launched()
        self._group = self._registered(name)
        balancer = self._balancer(name)
        self._requests = metrics.meter(
            "AWS/ApplicationELB",
            "RequestCount",
            TargetGroup=self._group.rpartition(":")[2],
            LoadBalancer=balancer.partition(":loadbalancer/")[2],
        )

    def chosen(self) -> bool:
        """Whether a request can be passed on, which is counted then."""
        if self.is_running:
            self._requests.add()
        return self.is_running

    def stop(self) -> None:
        """Stop the instance; it stays registered, and gets nothing."""
        self.is_running = False
        self._ec2.stop_instances(InstanceIds=[self._instance])

    def deregister(self) -> None:
        """Have the instance been taken out of the target group, of which nothing has been reported since."""
        self._elb.deregister_targets(TargetGroupArn=self._group, Targets=[{"Id": self._instance}])
        self._requests.end()

    def _launched(self) -> str:
        launched = self._ec2.run_instances(ImageId=_IMAGE, MinCount=1, MaxCount=1)
        return str(launched["Instances"][0]["InstanceId"])

    def _registered(self, name: str) -> str:
        vpc = self._subnets[0].vpc_id
        made = self._elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)
        arn: str = made["TargetGroups"][0]["TargetGroupArn"]
        self._elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": self._instance}])
        return arn

    def _balancer(self, name: str) -> str:
        subnets = [subnet.id for subnet in self._subnets[:2]]
        made: dict[str, Any] = self._elb.create_load_balancer(Name=name, Subnets=subnets)
        arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
        forward = [{"Type": "forward", "TargetGroupArn": self._group}]
        self._elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)
        return arn
