from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.kinds.sqs_queue import SqsQueueKind
from tests.cloud import Cloud
from tests.kinds.asking_aws import NOW, AskingAws
from tests.kinds.aws_state import measure, state

MEASURED = ("oldest_age", "deleted", "sent", "received")
MINUTE = 60.0


@pytest.fixture
def asking() -> AskingAws:
    return AskingAws(SqsQueueKind)


def queue(api: Cloud, name: str, messages: int = 0, **attributes: str) -> str:
    client = api.client("sqs")
    url: str = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    for number in range(messages):
        client.send_message(QueueUrl=url, MessageBody=str(number))
    return url


def with_dead_letters(api: Cloud, name: str, messages: int) -> None:
    queue(api, f"{name}-dead", messages)
    arn = f"arn:aws:sqs:eu-west-1:123456789012:{name}-dead"
    queue(api, name, RedrivePolicy=f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "3"}}')


def absent(value: object) -> tuple[bool, bool, Reason | None]:
    assert isinstance(value, Absent), value
    return value.known, value.own, value.reason


async def test_it_counts_what_waits(api: Cloud, asking: AskingAws) -> None:
    url = queue(api, "forms", 5)
    api.client("sqs").send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    api.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=2)
    for named in ("forms", url):
        facts = (await asking.observe({"queue": named}, asked=[])).facts
        assert (3, 2, 1) == tuple(facts.get(name) for name in ("visible", "in_flight", "delayed"))
        assert facts.get("latency")
    assert {"sqs:GetQueueUrl", "sqs:GetQueueAttributes"} == asking.actions


async def test_it_counts_what_went_on_in_whole_minutes_of_the_window(api: Cloud, asking: AskingAws) -> None:
    queue(api, "busy")
    end = NOW - 180
    series: dict[str, list[tuple[float, float]]] = {
        "NumberOfMessagesDeleted": [
            (end - 16 * MINUTE, 100),
            (end - 15 * MINUTE, 1),
            (end - MINUTE, 2),
            (end, 100),
        ],
        "NumberOfMessagesSent": [(end - 5 * MINUTE, 7)],
        "NumberOfMessagesReceived": [(end - 5 * MINUTE, 0.0)],
        "ApproximateAgeOfOldestMessage": [(end, 60), (NOW - MINUTE, 300), (NOW, 12)],
    }
    for metric, points in series.items():
        measure(api, "AWS/SQS", metric, [("QueueName", "busy")], *points)
        measure(api, "AWS/SQS", metric, [("QueueName", "another")], (end - MINUTE, 1000))
    facts = (await asking.observe({"queue": "busy"})).facts
    assert (12, 3, 7, 0) == tuple(facts.get(name) for name in MEASURED)
    assert set(SqsQueueKind.needs) == asking.actions
    assert 103 == (await asking.observe({"queue": "busy", "window": "20m"})).facts.get("deleted")


async def test_without_data_nothing_is_known_and_nothing_is_zero(api: Cloud, asking: AskingAws) -> None:
    queue(api, "idle")
    facts = (await asking.observe({"queue": "idle"})).facts
    assert [(False, True, None)] * 4 == [absent(facts.get(name)) for name in MEASURED]
    deleted = facts.get("deleted")
    assert isinstance(deleted, Absent)
    assert (
        "CloudWatch has no data on NumberOfMessagesDeleted of idle in the 15m up to 11:57 UTC" == deleted.why
    )


async def test_cloudwatch_is_asked_only_for_what_the_step_speaks_of(api: Cloud, asking: AskingAws) -> None:
    queue(api, "quiet")
    facts = (await asking.observe({"queue": "quiet"}, asked=["visible"])).facts
    assert [(False, True, None)] * 4 == [absent(facts.get(name)) for name in MEASURED]
    assert "cloudwatch:GetMetricData" not in asking.actions


async def test_dead_letters_are_counted(api: Cloud, asking: AskingAws) -> None:
    with_dead_letters(api, "orders", 3)
    api.client("sqs").receive_message(QueueUrl=queue(api, "orders-dead"), MaxNumberOfMessages=1)
    assert 3 == (await asking.observe({"queue": "orders"}, asked=["dead_letter"])).facts.get("dead_letter")


async def test_without_a_dead_letter_queue_there_is_none(api: Cloud, asking: AskingAws) -> None:
    queue(api, "plain")
    facts = (await asking.observe({"queue": "plain"}, asked=["dead_letter"])).facts
    assert (True, False, None) == absent(facts.get("dead_letter"))
    facts = (await asking.observe({"queue": "plain"}, asked=[])).facts
    assert (False, True, None) == absent(facts.get("dead_letter"))


async def test_a_dead_letter_queue_that_is_gone_is_missing(api: Cloud, asking: AskingAws) -> None:
    with_dead_letters(api, "lost", 0)
    api.client("sqs").delete_queue(QueueUrl=queue(api, "lost-dead"))
    facts = (await asking.observe({"queue": "lost"}, asked=["dead_letter"])).facts
    assert (False, False, Reason.RESOURCE_MISSING) == absent(facts.get("dead_letter"))


@pytest.mark.parametrize("policy", ["no json", "{}", '{"deadLetterTargetArn": "arn:aws"}', "[1]"])
async def test_a_policy_that_says_nothing_tells_nothing(api: Cloud, asking: AskingAws, policy: str) -> None:
    queue(api, "odd")
    kept: Any = type(state("sqs").queues["odd"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "attributes", property(lambda _: {"RedrivePolicy": policy}))
        facts = (await asking.observe({"queue": "odd"}, asked=["dead_letter"])).facts
    assert (False, True, None) == absent(facts.get("dead_letter"))
    assert (False, True, None) == absent(facts.get("visible"))


async def test_a_dead_letter_queue_that_may_not_be_asked_is_no_verdict(api: Cloud) -> None:
    with_dead_letters(api, "closed", 0)
    asking = AskingAws(SqsQueueKind, refusing={"GetQueueAttributes": "AccessDenied"}, after=1)
    with pytest.raises(Trouble, match="sqs:GetQueueAttributes") as caught:
        await asking.observe({"queue": "closed"}, asked=["dead_letter"])
    assert (Reason.AWS_DENIED, True) == (caught.value.reason, caught.value.own)


async def test_a_queue_that_is_not_there_is_missing(asking: AskingAws) -> None:
    with pytest.raises(Trouble, match="sqs:GetQueueUrl: AWS knows of no such thing") as caught:
        await asking.observe({"queue": "nothing"})
    assert (Reason.RESOURCE_MISSING, False) == (caught.value.reason, caught.value.own)
