import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Reason
from checker.core.trace import Trace
from checker.kinds.amazon import Asker, held, told
from checker.kinds.contract import Tools
from checker.net.aws.accounts import UNDECLARED
from checker.net.aws.calls import Aws
from checker.secrets.store import SecretStore
from tests.cloud import Cloud


def test_what_a_kind_judges_itself() -> None:
    good = held("healthy", "at least one", 2, holds=True, message="none is healthy")
    assert (Truth.HOLDS, "2", "") == (good.verdict, good.seen, good.message)
    bad = held(
        "healthy", "at least one", 0, holds=False, message="none is healthy", reason=Reason.TASK_FAILED
    )
    assert (Truth.MISSES, "healthy: none is healthy", Reason.TASK_FAILED, False) == (
        *(bad.verdict, bad.message, bad.reason),
        bad.own,
    )


@pytest.mark.parametrize("own", [True, False])
def test_what_is_not_known_cannot_be_judged(own: bool) -> None:
    absent = Absent("ECS does not tell", reason=Reason.RESOURCE_MISSING, own=own)
    verdict = held("stale_tasks", "none", absent, holds=True, message="")
    assert (Truth.UNTELLABLE, Reason.RESOURCE_MISSING, own) == (verdict.verdict, verdict.reason, verdict.own)
    assert "stale_tasks: expected none, but ECS does not tell" == verdict.message


def test_an_answer_without_what_is_always_there_is_none_of_aws() -> None:
    assert "here" == told({"QueueUrl": "here"}, "QueueUrl", "sqs:GetQueueUrl")
    with pytest.raises(Trouble, match="sqs:GetQueueUrl: what answers is not the AWS API") as caught:
        told({}, "QueueUrl", "sqs:GetQueueUrl")
    assert (Reason.PROTOCOL, True) == (caught.value.reason, caught.value.own)


async def test_another_region_is_asked_with_the_same_account(api: Cloud) -> None:
    api.client("sqs").create_queue(QueueName="here")
    asker = Asker(Tools(SecretStore({}), aws=Aws(delays=())), UNDECLARED, Trace())
    assert 1 == len(await asker.listed("sqs", "ListQueues", "QueueUrls"))
    assert [] == await asker.at("us-east-1").listed("sqs", "ListQueues", "QueueUrls")
    assert {} == await asker.at("us-east-1").whole("sqs", "ListQueues")
    assert (await asker.call("sqs", "GetQueueUrl", QueueName="here"))["QueueUrl"].endswith("/here")
