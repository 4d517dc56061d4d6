import pytest
from pydantic import ValidationError

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Reason
from checker.kinds.target_group import TargetGroupKind, TargetGroupSpec
from tests.cloud import Cloud
from tests.kinds.asking_aws import NOW, AskingAws, missed
from tests.kinds.aws_state import measure, register, state, target_group, targets_are

FAILING = ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")
MINUTES_AGO = NOW - 600


@pytest.fixture
def asking() -> AskingAws:
    return AskingAws(TargetGroupKind)


def requests(api: Cloud, group: str, balancer: str, value: float) -> None:
    """Have CloudWatch know how many requests went from a load balancer to a target group."""
    dimensions = [
        ("TargetGroup", group.rpartition(":")[2]),
        ("LoadBalancer", balancer.partition("loadbalancer/")[2]),
    ]
    measure(api, "AWS/ApplicationELB", "RequestCount", dimensions, (MINUTES_AGO, value))


def absent(value: object) -> str:
    assert isinstance(value, Absent), value
    assert (False, True, None) == (value.known, value.own, value.reason)
    return value.why


async def test_it_counts_the_targets_by_their_state(
    api: Cloud, asking: AskingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, balancer = target_group(api, "mixed")
    register(api, group, "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
    requests(api, group, balancer, 42)
    targets_are(
        monkeypatch,
        {
            "10.0.0.1": ("healthy",),
            "10.0.0.2": FAILING,
            "10.0.0.3": ("draining", "Target.DeregistrationInProgress"),
            "10.0.0.4": ("initial", "Elb.RegistrationInProgress"),
        },
    )
    for named in ({"name": "mixed"}, {"arn": group}):
        seen = await asking.observe(named)
        facts = seen.facts
        assert [1, 1, 1, 1, 42] == [
            facts.get(name) for name in ("healthy", "unhealthy", "draining", "initial", "requests")
        ]
        targets = facts.get("targets")
        assert isinstance(targets, list)
        assert {
            "id": "10.0.0.2",
            "port": 8080,
            "zone": None,
            "state": "unhealthy",
            "reason": FAILING[1],
            "description": FAILING[2],
        } == targets[1]
        assert (None, None) == (targets[0]["reason"], targets[0]["description"])
        assert [] == missed(seen)
    assert set(TargetGroupKind.needs) == asking.actions


async def test_where_none_is_healthy_it_says_why_and_that_requests_go_on(
    api: Cloud, asking: AskingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, _ = target_group(api, "sick")
    addresses = [f"10.0.1.{number}" for number in range(1, 6)]
    register(api, group, *addresses)
    targets_are(monkeypatch, dict.fromkeys(addresses, FAILING))
    (verdict,) = missed(await asking.observe({"name": "sick"}, asked=[]))
    assert (Truth.MISSES, "healthy", False) == (verdict.verdict, verdict.subject, verdict.own)
    assert verdict.message == (
        "healthy: none of 5 targets is healthy: "
        + ", ".join(f"10.0.1.{number}:8080 is unhealthy ({FAILING[2]})" for number in (1, 2, 3))
        + ", and 2 more; where all are unhealthy, the load balancer sends requests to all of them all the same"
    )


async def test_what_only_drains_gets_no_requests(
    api: Cloud, asking: AskingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, _ = target_group(api, "leaving")
    register(api, group, "10.0.2.1")
    targets_are(monkeypatch, {"10.0.2.1": ("draining", "Target.DeregistrationInProgress")})
    (verdict,) = missed(await asking.observe({"name": "leaving"}, asked=[]))
    assert verdict.message.endswith("10.0.2.1:8080 is draining (Target.DeregistrationInProgress)")


async def test_without_targets_none_is_healthy(api: Cloud, asking: AskingAws) -> None:
    target_group(api, "empty")
    (verdict,) = missed(await asking.observe({"name": "empty"}, asked=[]))
    assert "healthy: no target is registered" == verdict.message
    assert () == (await asking.observe({"name": "empty"}, asked=[], asserted=["healthy"])).verdicts


async def test_requests_without_data_are_unknown_and_not_zero(api: Cloud, asking: AskingAws) -> None:
    target_group(api, "silent")
    facts = (await asking.observe({"name": "silent"}, asked=["requests"])).facts
    assert "CloudWatch has no data on RequestCount" in absent(facts.get("requests"))


async def test_requests_are_those_of_all_load_balancers_or_unknown(api: Cloud, asking: AskingAws) -> None:
    group, balancer = target_group(api, "shared")
    theirs = balancer.replace("lb-shared", "lb-other")
    state("elbv2").target_groups[group].load_balancer_arns.append(theirs)
    requests(api, group, balancer, 3)
    unknown = (await asking.observe({"name": "shared"}, asked=["requests"])).facts
    assert "app/lb-other/" in absent(unknown.get("requests"))
    requests(api, group, theirs, 4)
    assert 7 == (await asking.observe({"name": "shared"}, asked=["requests"])).facts.get("requests")


async def test_requests_that_nobody_counts_are_unknown(api: Cloud, asking: AskingAws) -> None:
    alone, _ = target_group(api, "alone", None)
    facts = (await asking.observe({"arn": alone}, asked=["requests"])).facts
    assert "no load balancer sends to this target group" in absent(facts.get("requests"))
    other, balancer = target_group(api, "network")
    made = state("elbv2").target_groups[other]
    made.load_balancer_arns = [balancer.replace("/app/", "/net/")]  # moto calls all of them app
    facts = (await asking.observe({"arn": other}, asked=["requests"])).facts
    assert "only an application load balancer counts requests" in absent(facts.get("requests"))
    assert "cloudwatch:GetMetricData" not in asking.actions


async def test_requests_are_not_asked_where_nobody_speaks_of_them(api: Cloud, asking: AskingAws) -> None:
    target_group(api, "unasked")
    facts = (await asking.observe({"name": "unasked"}, asked=["healthy"])).facts
    assert "nobody asked" in absent(facts.get("requests"))


@pytest.mark.parametrize(
    "named",
    [
        {"name": "nothing"},
        {"arn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/nothing/0123456789abcdef"},
    ],
)
async def test_a_target_group_that_is_not_there_is_missing(
    api: Cloud, asking: AskingAws, named: dict[str, str]
) -> None:
    target_group(api, "here-" + next(iter(named)), None)
    with pytest.raises(Trouble, match="DescribeTargetGroups") as caught:
        await asking.observe(named)
    assert (Reason.RESOURCE_MISSING, False) == (caught.value.reason, caught.value.own)


async def test_an_answer_without_any_is_missing_too(
    api: Cloud, asking: AskingAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(state("elbv2")), "describe_target_groups", lambda *_, **__: [])
    with pytest.raises(Trouble, match="there is no target group gone") as caught:
        await asking.observe({"name": "gone"})
    assert Reason.RESOURCE_MISSING == caught.value.reason


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({}, "either by its name or by its arn"),
        ({"name": "a", "arn": "arn:aws:elasticloadbalancing:a:1:targetgroup/a/b"}, "either by its name or"),
        ({"arn": "web"}, "is not the ARN of a target group"),
    ],
)
def test_it_is_named_in_one_way(spec: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TargetGroupSpec.model_validate(spec)
