"""Queues of SQS, with what CloudWatch is told of them.

Known gaps of moto 5.2 that this fills: it counts nothing; of two threads that send and delete at the same time, the one
that deletes may put a list back in which the message of the other is missing; and for each message that is received it
counts all of them, to tell whether it is too old, so that a backlog takes minutes.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from checker.lab.cloud.api import Api
from checker.lab.cloud.metrics import Meter, Metrics

VISIBILITY = "5"
"""Seconds until a message that was received and not deleted can be received again."""

AT_ONCE = 10
"""Messages that SQS takes or gives in one call."""

_COUNTED: dict[str, tuple[str, Callable[[Any], int]]] = {
    "send_message": ("NumberOfMessagesSent", lambda _: 1),
    "receive_message": ("NumberOfMessagesReceived", len),
    "delete_message": ("NumberOfMessagesDeleted", lambda _: 1),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was received; `receipt` is what it is deleted with."""

    body: str
    receipt: str


class Queues:
    """The queues of the account."""

    def __init__(self, api: Api, metrics: Metrics) -> None:
        self._api, self._metrics = api, metrics
        self._meters: dict[tuple[str, str], Meter] = {}
        self._lock = Lock()
        state = api.state("sqs")
        for operation, (metric, number) in _COUNTED.items():
            setattr(state, operation, self._counting(getattr(state, operation), metric, number))
        state.is_message_valid_based_on_retention_period = lambda *_: True

    def create(self, name: str) -> "Queue":
        """Create a queue, which is active from now on."""
        client = self._api.client("sqs")
        for metric, _ in _COUNTED.values():
            self._meters[name, metric] = self._metrics.meter("AWS/SQS", metric, QueueName=name)
        answer = client.create_queue(QueueName=name, Attributes={"VisibilityTimeout": VISIBILITY})
        return Queue(client, answer["QueueUrl"])

    def _counting(
        self, call: Callable[..., Any], metric: str, number: Callable[[Any], int]
    ) -> Callable[..., Any]:
        def counted(queue_name: str, *args: Any, **kwargs: Any) -> Any:
            with self._lock:
                answer = call(queue_name, *args, **kwargs)
            self._meters[queue_name, metric].add(number(answer))
            return answer

        return counted


class Queue:
    """One queue, as those who send to it and receive from it use it."""

    def __init__(self, client: Any, url: str) -> None:
        self._client, self._url = client, url

    async def send(self, bodies: Sequence[str]) -> None:
        """Send some messages."""
        for start in range(0, len(bodies), AT_ONCE):
            entries = [
                {"Id": str(index), "MessageBody": body}
                for index, body in enumerate(bodies[start : start + AT_ONCE])
            ]
            await asyncio.to_thread(self._client.send_message_batch, QueueUrl=self._url, Entries=entries)

    async def receive(self) -> tuple[Message, ...]:
        """Return what there is, ten messages at most; nobody else receives these for a while."""
        answer = await asyncio.to_thread(
            self._client.receive_message, QueueUrl=self._url, MaxNumberOfMessages=AT_ONCE
        )
        return tuple(Message(one["Body"], one["ReceiptHandle"]) for one in answer.get("Messages", ()))

    async def delete(self, messages: Iterable[Message]) -> None:
        """Delete what has been done."""
        entries = [{"Id": str(index), "ReceiptHandle": one.receipt} for index, one in enumerate(messages)]
        if entries:
            await asyncio.to_thread(self._client.delete_message_batch, QueueUrl=self._url, Entries=entries)
