from concurrent.futures import ThreadPoolExecutor

import pytest

from checker.core.clock import Clock
from checker.lab.cloud.api import Api
from checker.lab.cloud.metrics import Metrics
from checker.lab.cloud.queues import Message, Queues
from tests.lab.cloud.test_metrics import Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def metrics(api: Api, time: Time) -> Metrics:
    return Metrics(api, time.clock)


def counted(metrics: Metrics, time: Time) -> dict[str, float]:
    """Return how much of each was counted, once all of it is told."""
    time.minute += 10
    totals: dict[str, float] = {}
    for meter in metrics.meters:
        for datum in meter.data():
            totals[datum.name] = totals.get(datum.name, 0) + datum.value
    return totals


async def test_what_is_sent_is_received_and_deleted(api: Api, metrics: Metrics, time: Time) -> None:
    queue = Queues(api, metrics).create("jobs")
    await queue.send([f"job {number}" for number in range(12)])
    first, second = await queue.receive(), await queue.receive()
    assert ["job 0", "job 11"] == [first[0].body, second[-1].body]
    await queue.delete(first)
    assert counted(metrics, time) == {
        "NumberOfMessagesSent": 12,
        "NumberOfMessagesReceived": 12,
        "NumberOfMessagesDeleted": 10,
    }


async def test_what_is_received_is_hidden_from_others(api: Api, metrics: Metrics) -> None:
    queue = Queues(api, metrics).create("jobs")
    await queue.send(["job"])
    await queue.receive()
    assert await queue.receive() == ()


async def test_nothing_to_delete_is_no_call(api: Api, metrics: Metrics) -> None:
    await Queues(api, metrics).create("jobs").delete([])


async def test_an_unknown_receipt_counts_for_nothing(api: Api, metrics: Metrics, time: Time) -> None:
    await Queues(api, metrics).create("jobs").delete([Message("job", "no-such-receipt")])
    assert counted(metrics, time)["NumberOfMessagesDeleted"] == 0


def test_nothing_is_lost_between_those_who_send_and_those_who_delete(api: Api) -> None:
    """moto's own deletion puts back the list that it has read before."""
    Queues(api, Metrics(api, Clock())).create("jobs")
    state = api.state("sqs")
    first = state.send_message("jobs", "first")

    def send(number: int) -> None:
        state.send_message("jobs", str(number))
        for message in state.receive_message("jobs", 1, 0, 60):
            state.delete_message("jobs", message.receipt_handle)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, range(200)))
    assert first.approximate_receive_count == 1
    assert len(state.receive_message("jobs", 10, 0, 60)) == 1
