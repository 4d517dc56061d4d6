"""`each_address: {ecs_service: …}`: each running task of a service is asked at its own address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from checker.app.wiring import Lasting
from checker.config.load import load
from checker.core.outcome import StepOutcome
from checker.core.reason import Reason, Result
from checker.kinds.each_address import NEEDS
from checker.net.aws.calls import Aws
from checker.net.aws.failures import iam_action
from tests.cloud import ACCOUNT, REGION, Cloud, asking
from tests.kinds.ecs_state import CLUSTER, Ecs
from tests.kinds.stepping import problems, step_of, written
from tests.net.loopback import Server, serving

URL = "http://api.example.org/info"
TASKS = {"cluster": CLUSTER, "service": "app", "port": 1}


@asynccontextmanager
async def replicas(*answers: tuple[str, bytes]) -> AsyncIterator[Server]:
    """Answer at 127.0.0.1, 127.0.0.2 and so on, all on one port, each in its own way."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        address: str = writer.get_extra_info("sockname")[0]
        status, body = answers[int(address.rpartition(".")[2]) - 1]
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    async with serving(script, host="0.0.0.0") as server:  # all addresses of loopback
        yield server


@pytest.fixture(scope="module")
def estate(api: Cloud) -> tuple[Ecs, Lasting, list[str]]:
    asked: list[str] = []
    aws = Aws(delays=(), listener=lambda service, name: asked.append(iam_action(service, name)))
    return Ecs(api), Lasting(aws=aws), asked


class Service:
    """A service whose tasks are at addresses of loopback, all on one port."""

    def __init__(self, ecs: Ecs, lasting: Lasting, asked: list[str], directory: Path) -> None:
        ecs.reset()
        self.ecs, self.asked = ecs, asked
        self._lasting, self.directory = lasting, directory
        self.definition = ecs.define("app", {"image": "app:1"})
        ecs.serve("app", self.definition, 2)

    async def ask(self, port: int = 1, **http: Any) -> StepOutcome:
        self.asked.clear()
        spec = {"url": URL, "each_address": {"ecs_service": {**TASKS, "port": port}}, **http}
        return await step_of(self.directory, {"http": spec}, lasting=self._lasting)


@pytest.fixture
def service(estate: tuple[Ecs, Lasting, list[str]], tmp_path: Path) -> Service:
    return Service(*estate, tmp_path)


async def test_each_task_is_asked_at_its_own_address(service: Service) -> None:
    async with replicas(("200 OK", b'{"v": 1}'), ("200 OK", b'{"v": 1}')) as server:
        tasks = [service.ecs.task(service.definition, address=f"127.0.0.{n}") for n in (1, 2)]
        service.ecs.task(service.definition, address="127.0.0.9", last_status="PENDING")
        step = await service.ask(server.port, same=[{"json": "$.v"}])
    assert (Result.PASS, None) == (step.result, step.message)
    assert 2 == len(server.requests)
    assert all(b"\r\nHost: api.example.org\r\n" in head for head in server.requests)
    subjects = {one.subject for one in step.assertions}
    assert {f"[{task.id} 127.0.0.{n}] status" for n, task in enumerate(tasks, 1)} <= subjects
    assert ["ecs:ListTasks", "ecs:DescribeTasks"] == service.asked


async def test_the_task_that_differs_is_named(service: Service) -> None:
    async with replicas(("200 OK", b"ok"), ("500 No", b"unable to authenticate")) as server:
        service.ecs.task(service.definition, address="127.0.0.1")
        bad = service.ecs.task(service.definition, address="127.0.0.2")
        step = await service.ask(server.port)
    assert (Result.FAIL, Reason.SERVER_ERROR) == (step.result, step.reason)
    assert f"1 of 2 addresses failed: [{bad.id} 127.0.0.2] status: expected 2xx, saw 500" == step.message


async def test_a_mixed_deployment_is_told_by_same(service: Service) -> None:
    async with replicas(("200 OK", b'{"v": 1}'), ("200 OK", b'{"v": 2}')) as server:
        tasks = [service.ecs.task(service.definition, address=f"127.0.0.{n}") for n in (1, 2)]
        step = await service.ask(server.port, same=[{"json": "$.v"}])
    assert (Result.FAIL, Reason.ASSERTION) == (step.result, step.reason)
    for number, task in enumerate(tasks, 1):
        assert f"{number} at {task.id} 127.0.0.{number}" in (step.message or "")


# Where there is nobody to ask


async def test_a_service_without_running_tasks_fails(service: Service) -> None:
    service.ecs.task(service.definition, last_status="PENDING")
    step = await service.ask()
    assert (Result.FAIL, Reason.TASK_FAILED) == (step.result, step.reason)
    assert "no task of the service app in the cluster prod runs; 2 are desired" == step.message
    assert set(NEEDS) == set(service.asked)


async def test_a_service_scaled_to_nothing_shows_nothing(service: Service) -> None:
    service.ecs.service("app").desired_count = 0
    step = await service.ask()
    assert (Result.ERROR, Reason.TASK_FAILED) == (step.result, step.reason)


@pytest.mark.parametrize(
    ("service_name", "status", "told"),
    [
        ("deployer", "ACTIVE", "there is no such service: the service deployer in the cluster prod"),
        ("app", "INACTIVE", "the service app in the cluster prod is INACTIVE"),
    ],
)
async def test_a_service_that_is_gone_is_missing(
    service: Service, service_name: str, status: str, told: str
) -> None:
    service.ecs.service("app").status = status
    step = await service.ask(each_address={"ecs_service": {**TASKS, "service": service_name}})
    assert (Result.FAIL, Reason.RESOURCE_MISSING, told) == (step.result, step.reason, step.message)


async def test_a_task_without_an_address_of_its_own_is_the_checker_s_trouble(service: Service) -> None:
    task = service.ecs.task(service.definition)
    task.attachments = []
    step = await service.ask()
    assert (Result.ERROR, Reason.RESOURCE_MISSING) == (step.result, step.reason)
    assert f"the task {task.id} has no network interface of its own (awsvpc)" in (step.message or "")


async def test_time_that_passes_while_aws_is_asked_is_the_checker_s_own(service: Service) -> None:
    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(be_silent) as server:
        with asking(f"http://127.0.0.1:{server.port}"):
            spec = {"url": URL, "each_address": {"ecs_service": TASKS}}
            step = await step_of(service.directory, {"timeout": "200ms", "http": spec})
    assert (Result.ERROR, Reason.TIMEOUT) == (step.result, step.reason)
    assert "while asking AWS (ecs:ListTasks) (the tasks of app)" in (step.message or "")


# How it is written


@pytest.mark.parametrize(
    ("written_as", "message"),
    [
        ("all", "expected true, false or {ecs_service: {cluster: …, service: …, port: …}}"),
        ({}, "'ecs_service' is missing here"),
        ({"ecs_service": {"cluster": "prod", "service": "app"}}, "'port' is missing here"),
        (
            {"ecs_service": {**TASKS, "account": "stage"}},
            "there is no account 'stage' under aws; aws: declares none",
        ),
        ({"ecs": TASKS}, "unknown key 'ecs'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, written_as: Any, message: str) -> None:
    found = problems(tmp_path, {"http": {"url": URL, "each_address": written_as}})
    assert message in found


@pytest.mark.parametrize(
    ("written_as", "runs_on"), [(True, "any"), (False, "any"), ({"ecs_service": TASKS}, "sentinel")]
)
def test_who_asks_the_control_plane_runs_on_a_sentinel(tmp_path: Path, written_as: Any, runs_on: str) -> None:
    (probe,) = load(written(tmp_path, {"http": {"url": URL, "each_address": written_as}}, {}), {}).probes
    assert runs_on == probe.runs_on
    assert (written_as is not False) == probe.steps[0].repeats


@pytest.mark.parametrize(("own", "asked"), [({}, "stage"), ({"account": "prod"}, "prod")])
def test_the_probe_s_account_is_asked_unless_it_says_so_itself(tmp_path: Path, own: Any, asked: str) -> None:
    accounts = {name: {"account": ACCOUNT, "region": REGION} for name in ("prod", "stage")}
    spec = {"url": URL, "each_address": {"ecs_service": {**TASKS, **own}}}
    (probe,) = load(written(tmp_path, {"aws": "stage", "http": spec}, {"aws": accounts}), {}).probes
    step: Any = probe.steps[0].spec
    assert asked == step.tasks.account


def test_the_probe_s_account_changes_nothing_else(tmp_path: Path) -> None:
    accounts = {"stage": {"account": ACCOUNT, "region": REGION}}
    (probe,) = load(
        written(tmp_path, {"aws": "stage", "http": {"url": URL, "each_address": True}}, {"aws": accounts}), {}
    ).probes
    step: Any = probe.steps[0].spec
    assert (None, True) == (step.tasks, step.each_address is not None)
