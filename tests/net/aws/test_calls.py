"""What kinds ask: the guard first, only calls that look, and again where AWS wants us to slow down."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Errand, Trace
from checker.net.aws import calls
from checker.net.aws.accounts import UNDECLARED, Account, chosen
from checker.net.aws.calls import Aws
from checker.net.aws.clients import Identity
from checker.net.aws.paging import MOST_PAGES
from checker.net.aws.readonly import refused
from tests.cloud import ACCOUNT, REGION, Cloud, asking, cloud
from tests.net.loopback import serving

PROD = Account("prod", ACCOUNT, REGION)
ROLE = "arn:aws:iam::111122223333:role/checker"


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        ecs = running.client("ecs")
        for number in range(130):
            ecs.create_cluster(clusterName=f"cluster-{number:03}")
        yield running


LOADING = """
import sys
from checker.net.aws.calls import Aws
aws = Aws()
before = "botocore" in sys.modules
aws.load()
print(before, "checker.net.aws.clients" in sys.modules, "checker.net.aws.failures" in sys.modules)
"""


def test_what_asking_takes_is_imported_when_it_is_wanted() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=True, timeout=60
    )
    assert "False True True" == done.stdout.strip()


class Ears:
    """Hears of every call."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.aws = Aws(
            listener=lambda service, name: self.heard.append(f"{service} {name}"), delays=(0.0, 0.0)
        )


@pytest.mark.usefixtures("api")
async def test_the_guard_asks_first_and_once() -> None:
    ears, trace = Ears(), Trace()
    for _ in range(2):
        await ears.aws.call(PROD, "ecs", "DescribeClusters", {"clusters": ["cluster-001"]}, trace=trace)
    assert ["sts GetCallerIdentity", "ecs DescribeClusters", "ecs DescribeClusters"] == ears.heard
    assert trace.snapshot()[Phase.WAIT] > 0
    assert trace.errand is None


@pytest.mark.usefixtures("api")
async def test_a_wrong_account_is_asked_nothing_else() -> None:
    ears = Ears()
    with pytest.raises(Trouble) as caught:
        await ears.aws.call(Account("prod", "9" * 12, REGION), "ecs", "ListClusters", trace=Trace())
    assert (Reason.WRONG_ACCOUNT, False) == (caught.value.reason, caught.value.own)
    assert ["sts GetCallerIdentity"] == ears.heard


@pytest.mark.usefixtures("api")
async def test_an_undeclared_account_is_not_guarded() -> None:
    ears = Ears()
    await ears.aws.call(UNDECLARED, "ecs", "ListClusters", trace=Trace())
    assert ["ecs ListClusters"] == ears.heard


@pytest.mark.usefixtures("api")
async def test_a_role_is_assumed_and_guarded() -> None:
    ears = Ears()
    identity = await ears.aws.verified(Account("stage", "111122223333", REGION, ROLE), Trace())
    assert "111122223333" == identity.account
    answer = await ears.aws.listed(
        Account("stage", "111122223333", REGION, ROLE), "ecs", "ListClusters", "clusterArns", trace=Trace()
    )
    assert [] == answer, "it is another account's"


@pytest.mark.usefixtures("api")
async def test_all_pages_are_taken() -> None:
    found = await Aws().listed(PROD, "ecs", "ListClusters", "clusterArns", trace=Trace())
    assert 130 == len(set(found))
    one = await Aws().listed(
        PROD,
        "ecs",
        "DescribeClusters",
        "clusters",
        {"clusters": ["cluster-001", "cluster-002"]},
        trace=Trace(),
    )
    assert 2 == len(one)


@pytest.mark.usefixtures("api")
async def test_answers_are_without_what_is_about_them() -> None:
    answer = await Aws().call(PROD, "ecs", "DescribeClusters", {"clusters": ["cluster-001"]}, trace=Trace())
    assert {"clusters", "failures"} == answer.keys()


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("service", "operation", "why"),
    [
        ("ecs", "DeleteService", "may change something"),
        ("secretsmanager", "GetSecretValue", "hands out secrets"),
        ("ecs", "DescribeNothing", "there is no such call"),
        ("nothing", "DescribeNothing", "there is no such call"),
    ],
)
async def test_calls_that_are_not_admitted_or_do_not_exist(service: str, operation: str, why: str) -> None:
    ears = Ears()
    with pytest.raises(Trouble, match=why) as caught:
        await ears.aws.call(UNDECLARED, service, operation, trace=Trace())
    assert (Reason.AWS_DENIED, True) == (caught.value.reason, caught.value.own)
    assert [] == ears.heard


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "INSTALLED", False)
    with pytest.raises(Trouble, match=r"pip install '\.\[aws\]'"):
        await Aws().verified(PROD, Trace())


async def test_without_credentials_it_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    with asking("http://127.0.0.1:9"):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        with pytest.raises(Trouble, match="no AWS credentials") as caught:
            await Aws().verified(PROD, Trace())
    assert (Reason.AWS_DENIED, True) == (caught.value.reason, caught.value.own)


async def test_an_endpoint_that_is_not_there_is_our_own_trouble() -> None:
    with asking("http://127.0.0.1:9"), pytest.raises(Trouble) as caught:
        await Aws(delays=(0.0,)).verified(PROD, Trace())
    assert (Reason.UNREACHABLE, True) == (caught.value.reason, caught.value.own)


Answer = tuple[int, dict[str, object]]


class Api:
    """An endpoint that answers each call with the next of its answers, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers
        self.asked = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                await reader.readexactly(length)
                writer.write(self._next())
                await writer.drain()

    def _next(self) -> bytes:
        status, document = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


@contextlib.asynccontextmanager
async def answering(*answers: Answer) -> AsyncIterator[Api]:
    api = Api(*answers)
    async with serving(api) as server:
        with asking(f"http://127.0.0.1:{server.port}"):
            yield api


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until a condition holds; the test's own limit ends it else."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)


def answer(status: int, **document: object) -> Answer:
    return status, document


THROTTLED = answer(400, __type="ThrottlingException", message="Rate exceeded")
BROKEN = answer(500, __type="ServerException", message="oops")
GOOD = answer(200, clusterArns=["a"])


async def clusters(aws: Aws, trace: Trace | None = None) -> list[object]:
    return await aws.listed(UNDECLARED, "ecs", "ListClusters", "clusterArns", trace=trace or Trace())


async def test_throttled_calls_are_made_again() -> None:
    async with answering(THROTTLED, THROTTLED, GOOD) as api:
        assert ["a"] == await clusters(Aws(delays=(0.0, 0.0)))
        assert 3 == api.asked


async def test_throttling_without_end_is_our_own_trouble() -> None:
    async with answering(THROTTLED) as api:
        with pytest.raises(Trouble, match="AWS throttles ecs:ListClusters") as caught:
            await clusters(Aws(delays=(0.0, 0.0)))
        assert 3 == api.asked
    assert (Reason.AWS_THROTTLED, True) == (caught.value.reason, caught.value.own)


async def test_while_it_waits_for_aws_a_deadline_would_be_told_as_throttling() -> None:
    trace = Trace()
    async with answering(THROTTLED) as api:
        task = asyncio.create_task(clusters(Aws(delays=(60.0,)), trace))
        await until(lambda: bool(trace.errand and trace.errand.reason is Reason.AWS_THROTTLED))
        task.cancel()
        await asyncio.wait([task])
        assert 1 == api.asked
    assert Errand("waiting, as AWS throttles ecs:ListClusters", Reason.AWS_THROTTLED) == trace.errand


async def test_trouble_of_awss_own_is_asked_about_once_more() -> None:
    async with answering(BROKEN, GOOD) as api:
        assert ["a"] == await clusters(Aws(delays=(0.0, 0.0)))
        assert 2 == api.asked
    async with answering(BROKEN) as api:
        with pytest.raises(Trouble, match="AWS itself failed") as caught:
            await clusters(Aws(delays=(0.0, 0.0)))
        assert 2 == api.asked
    assert (Reason.SERVER_ERROR, True) == (caught.value.reason, caught.value.own)


async def test_too_many_pages_are_trouble_and_not_a_part_of_the_truth() -> None:
    pages = [answer(200, clusterArns=["a"], nextToken=f"{number}") for number in range(MOST_PAGES + 1)]
    async with answering(*pages) as api:
        with pytest.raises(Trouble, match=f"more than {MOST_PAGES} pages") as caught:
            await clusters(Aws())
        assert MOST_PAGES + 1 == api.asked
    assert caught.value.own


@pytest.mark.parametrize(("name", "expected"), [("a", Account("a", "1" * 12)), ("b", Account("b", "2" * 12))])
def test_an_account_is_chosen_by_name(name: str, expected: Account) -> None:
    accounts = {"a": Account("a", "1" * 12), "b": Account("b", "2" * 12)}
    assert expected == chosen(accounts, name)
    with pytest.raises(ValueError, match="say which account: aws: a or b"):
        chosen(accounts, None)
    assert accounts["a"] == chosen({"a": accounts["a"]}, None)
    assert UNDECLARED == chosen({}, None)


@pytest.mark.parametrize(
    ("service", "operation", "admitted"),
    [
        ("ecs", "DescribeServices", True),
        ("ecr", "BatchGetImage", True),
        ("dynamodb", "GetItem", True),
        ("route53", "ListResourceRecordSets", True),
        ("ssm", "DescribeParameters", True),
        ("ssm", "GetParameter", False),
        ("secretsmanager", "BatchGetSecretValue", False),
        ("secretsmanager", "GetRandomPassword", False),
        ("s3", "GetObject", False),
        ("ecr", "GetAuthorizationToken", False),
        ("sts", "GetSessionToken", False),
        ("sts", "AssumeRole", False),
        ("ec2", "GetPasswordData", False),
        ("ecs", "Describe", False),
        ("ecs", "describeServices", False),
        ("sqs", "ReceiveMessage", False),
    ],
)
def test_what_is_admitted(service: str, operation: str, *, admitted: bool) -> None:
    assert admitted == (refused(service, operation) is None)


def test_who_one_is_is_a_value() -> None:
    assert Identity("1", "a") == Identity("1", "a")
