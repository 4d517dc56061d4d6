"""The kind `target_group`: what a load balancer thinks of its targets, and whether it still sends them anything."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, Field, model_validator

from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Shape
from checker.core.outcome import Verdict
from checker.core.reason import Reason
from checker.kinds.amazon import Asker, AwsKind, AwsSpec, held, told
from checker.kinds.contract import Observation, Observe, StepContext
from checker.kinds.fields import Plain, exactly_one, wrong
from checker.kinds.windows import Window, measured, unasked
from checker.net.aws.asking import bounded
from checker.net.aws.metrics import LAG, Metric, Series
from checker.net.peer import latency_fact, latency_of

STATES = ("healthy", "unhealthy", "draining", "initial")
TOLD = 3
"""Targets that a message names."""

Target = Mapping[str, Any]


def _arn(value: str) -> str:
    if ":targetgroup/" not in value:
        raise wrong(
            f"{value[:80]!r} is not the ARN of a target group, such as"
            " arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/NAME/ID"
        )
    return value


class TargetGroupSpec(AwsSpec, json_schema_extra=exactly_one("name", "arn")):
    """A target group, by its name or its ARN."""

    name: Plain | None = Field(None, description="The target group's name.")
    arn: Annotated[Plain, AfterValidator(_arn)] | None = Field(None, description="Its ARN.")
    window: Window = Field(900.0, description="Over which time to count requests, from 1m to 63d.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "TargetGroupSpec":
        if (self.name is None) == (self.arn is None):
            raise wrong("a target group is named either by its name or by its arn")
        return self


class TargetGroupKind(AwsKind[TargetGroupSpec]):
    """Asks the load balancer; at least one target has to be healthy."""

    name: ClassVar[str] = "target_group"
    Spec: ClassVar[type[BaseModel]] = TargetGroupSpec
    needs: ClassVar[tuple[str, ...]] = (
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "cloudwatch:GetMetricData",
    )
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("healthy", "How many targets pass the load balancer's health checks."),
        Fact("unhealthy", "How many do not."),
        Fact("draining", "How many are being taken out."),
        Fact("initial", "How many are being registered, or have not been checked often enough."),
        Fact(
            "targets", "The targets: id, port, zone, state, reason and description of each.", Shape.JSONPATH
        ),
        Fact("requests", "How many requests they were sent in the window, as CloudWatch knows it."),
        latency_fact("From the first question to the last answer."),
    )

    def prepare(self, spec: TargetGroupSpec) -> Observe:
        account = self.account(spec)
        wanted = {"Names": [spec.name]} if spec.arn is None else {"TargetGroupArns": [spec.arn]}

        async def observe(context: StepContext) -> Observation:
            asker = Asker(self.tools, account, context.trace)
            group = await _group(asker, wanted, spec.name or spec.arn or "")
            targets = await _targets(asker, told(group, "TargetGroupArn", _DESCRIBE))
            counts = Counter(target["state"] for target in targets)
            facts: dict[str, object] = {
                **{state: counts[state] for state in STATES},
                "targets": targets,
                "requests": await self._requests(asker, group, spec.window, context),
            }
            verdicts = () if "healthy" in context.asserted else (_some_healthy(group, targets),)
            return Observation(Facts({**facts, "latency": latency_of(context.trace)}), verdicts=verdicts)

        return observe

    async def _requests(
        self, asker: Asker, group: Mapping[str, Any], length: float, context: StepContext
    ) -> float | Absent:
        if not context.wants("requests"):
            return unasked("requests")
        balancers = [str(arn) for arn in group.get("LoadBalancerArns") or ()]
        if not balancers:
            return Absent(
                "no load balancer sends to this target group, so nobody counts its requests", own=True
            )
        metrics = {balancer: _metric(balancer, str(group["TargetGroupArn"])) for balancer in balancers}
        if None in metrics.values():
            return Absent("only an application load balancer counts requests", own=True)
        counted = {name: metric for name, metric in metrics.items() if metric}
        return _sum((await measured(asker, counted, length, self.tools.clock.wall(), LAG)).values())


_DESCRIBE = "elasticloadbalancing:DescribeTargetGroups"


async def _group(asker: Asker, wanted: Mapping[str, Any], named: str) -> Mapping[str, Any]:
    groups = await asker.listed("elbv2", "DescribeTargetGroups", "TargetGroups", **wanted)
    if not groups:
        raise Trouble(Reason.RESOURCE_MISSING, f"{_DESCRIBE}: there is no target group {named}")
    group: Mapping[str, Any] = groups[0]
    return group


async def _targets(asker: Asker, arn: str) -> list[Target]:
    described = await asker.listed(
        "elbv2", "DescribeTargetHealth", "TargetHealthDescriptions", TargetGroupArn=arn
    )
    return [_target(one.get("Target") or {}, one.get("TargetHealth") or {}) for one in described]


def _target(target: Mapping[str, Any], health: Mapping[str, Any]) -> Target:
    return {
        "id": target.get("Id"),
        "port": target.get("Port"),
        "zone": target.get("AvailabilityZone"),
        "state": health.get("State"),
        "reason": health.get("Reason"),
        "description": bounded(health.get("Description")),
    }


def _metric(balancer: str, group: str) -> Metric | None:
    """Return what counts the requests from a load balancer; its name in CloudWatch is the end of its ARN."""
    name = balancer.partition(":loadbalancer/")[2]
    if not name.startswith("app/"):
        return None
    dimensions = (("TargetGroup", group.rpartition(":")[2]), ("LoadBalancer", name))
    return Metric("AWS/ApplicationELB", "RequestCount", dimensions)


def _sum(counted: Iterable[Series]) -> float | Absent:
    """Return the requests from all load balancers; one of which nothing is known makes the sum unknown."""
    totals = [series.total for series in counted]
    unknown = next((total for total in totals if isinstance(total, Absent)), None)
    return unknown or sum(total for total in totals if not isinstance(total, Absent))


def _some_healthy(group: Mapping[str, Any], targets: list[Target]) -> Verdict:
    healthy = sum(target["state"] == "healthy" for target in targets)
    return held("healthy", "at least one", healthy, holds=healthy > 0, message=_why(group, targets))


def _why(group: Mapping[str, Any], targets: list[Target]) -> str:
    if not targets:
        return "no target is registered"
    shown = [_shown(target) for target in targets[:TOLD]]
    if len(targets) > TOLD:
        shown.append(f"and {len(targets) - TOLD} more")
    return f"none of {len(targets)} targets is healthy: {', '.join(shown)}{_open(group, targets)}"


def _shown(target: Target) -> str:
    why = target["description"] or target["reason"]
    return f"{target['id']}:{target['port']} is {target['state']}" + (f" ({why})" if why else "")


def _open(group: Mapping[str, Any], targets: list[Target]) -> str:
    """Return what an application load balancer does then: it fails open."""
    arns = group.get("LoadBalancerArns") or ()
    unhealthy = any(target["state"] == "unhealthy" for target in targets)
    if not unhealthy or not any(":loadbalancer/app/" in arn for arn in arns):
        return ""
    return "; where all are unhealthy, the load balancer sends requests to all of them all the same"
