"""The kind `sqs_queue`: what waits in a queue, and whether anybody still takes something out of it."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Unit
from checker.core.reason import Reason
from checker.kinds.amazon import Asker, AwsKind, AwsSpec, told
from checker.kinds.contract import Observation, Observe, StepContext
from checker.kinds.fields import Plain
from checker.kinds.windows import Window, measured, unasked
from checker.net.aws.metrics import LAG, Metric, Series
from checker.net.peer import latency_fact, latency_of

_COUNTS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}
_REDRIVE = "RedrivePolicy"
_SUMS = {
    "deleted": "NumberOfMessagesDeleted",
    "sent": "NumberOfMessagesSent",
    "received": "NumberOfMessagesReceived",
}
_AGE = "ApproximateAgeOfOldestMessage"


class SqsQueueSpec(AwsSpec):
    """A queue, and over which time to count."""

    queue: Plain = Field(description="The queue's name or URL.")
    window: Window = Field(
        900.0, description="Over which time to count what was sent, received and deleted, from 1m to 63d."
    )


class SqsQueueKind(AwsKind[SqsQueueSpec]):
    """Asks SQS for what there is, and CloudWatch for what went on."""

    name: ClassVar[str] = "sqs_queue"
    Spec: ClassVar[type[BaseModel]] = SqsQueueSpec
    needs: ClassVar[tuple[str, ...]] = (
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "cloudwatch:GetMetricData",
    )
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("visible", "How many messages wait to be received."),
        Fact("in_flight", "How many were received and are neither deleted nor visible again."),
        Fact("delayed", "How many cannot be received yet."),
        Fact(
            "dead_letter",
            "How many are in the dead-letter queue, visible, in flight or delayed; missing without one.",
        ),
        Fact("oldest_age", "How old the oldest message is, as CloudWatch knows it.", unit=Unit.DURATION),
        Fact("deleted", "How many were deleted in the window: processed."),
        Fact("sent", "How many were sent in the window."),
        Fact("received", "How many were received in the window."),
        latency_fact("From the first question to the last answer."),
    )

    def prepare(self, spec: SqsQueueSpec) -> Observe:
        account = self.account(spec)

        async def observe(context: StepContext) -> Observation:
            asker = Asker(self.tools, account, context.trace)
            url = await _url(asker, spec.queue)
            attributes = await _attributes(asker, url)
            facts: dict[str, object] = {
                **{name: _count(attributes, name) for name in _COUNTS},
                "dead_letter": await _dead_letter(asker, attributes, context),
                **await self._measured(asker, url.rpartition("/")[2], spec.window, context),
            }
            return Observation(Facts({**facts, "latency": latency_of(context.trace)}))

        return observe

    async def _measured(
        self, asker: Asker, queue: str, window: float, context: StepContext
    ) -> dict[str, object]:
        now = self.tools.clock.wall()
        sums = {name: _metric(queue, metric) for name, metric in _SUMS.items() if context.wants(name)}
        totals = await measured(asker, sums, window, now, LAG)
        age: dict[str, Series] = {}
        if context.wants("oldest_age"):
            # an age is not summed up: the newest minute counts, be it whole or not
            age = await measured(asker, {"oldest_age": _metric(queue, _AGE, "Maximum")}, window, now, -60.0)
        return {
            **{name: totals[name].total if name in totals else unasked(name) for name in _SUMS},
            "oldest_age": age["oldest_age"].newest if age else unasked("oldest_age"),
        }


def _metric(queue: str, name: str, statistic: str = "Sum") -> Metric:
    return Metric("AWS/SQS", name, (("QueueName", queue),), statistic)


async def _url(asker: Asker, queue: str, owner: str | None = None) -> str:
    if queue.startswith(("https://", "http://")):
        return queue
    theirs = {} if owner is None else {"QueueOwnerAWSAccountId": owner}
    answer = await asker.call("sqs", "GetQueueUrl", QueueName=queue, **theirs)
    return str(told(answer, "QueueUrl", "sqs:GetQueueUrl"))


async def _attributes(asker: Asker, url: str) -> Mapping[str, Any]:
    wanted = [*_COUNTS.values(), _REDRIVE]
    answer = await asker.call("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=wanted)
    attributes: Mapping[str, Any] = answer.get("Attributes") or {}
    return attributes


def _count(attributes: Mapping[str, Any], name: str) -> int | Absent:
    text = str(attributes.get(_COUNTS[name], ""))
    return int(text) if text.isdecimal() else Absent(f"SQS did not tell {_COUNTS[name]}", own=True)


async def _dead_letter(asker: Asker, attributes: Mapping[str, Any], context: StepContext) -> int | Absent:
    """Return how many messages have been given up."""
    if not context.wants("dead_letter"):
        return unasked("dead_letter")
    if not attributes.get(_REDRIVE):
        return Absent("the queue has no dead-letter queue", known=True)
    name, owner = _target(str(attributes[_REDRIVE]))
    if not name:
        return Absent("the queue's redrive policy names no dead-letter queue", own=True)
    try:
        theirs = await _attributes(asker, await _url(asker, name, owner))
    except Trouble as trouble:
        if trouble.reason is not Reason.RESOURCE_MISSING:
            raise
        return Absent(f"the dead-letter queue {name} does not exist", reason=Reason.RESOURCE_MISSING)
    counts = [_count(theirs, one) for one in _COUNTS]
    return next((count for count in counts if isinstance(count, Absent)), None) or sum(
        count for count in counts if isinstance(count, int)
    )


def _target(policy: str) -> tuple[str, str]:
    """Return the name of the queue that a redrive policy names, and its account: arn:aws:sqs:REGION:ACCOUNT:NAME."""
    try:
        parts = str(json.loads(policy)["deadLetterTargetArn"]).split(":")
    except (ValueError, KeyError, TypeError):
        return "", ""
    return (parts[5], parts[4]) if len(parts) == 6 else ("", "")
