import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.kinds.ecs_task import VARIABLE
from tests.kinds.stepping import run, step_of
from tests.net.loopback import answering

# As in the Amazon ECS Developer Guide, "task metadata endpoint version 4": names and shapes.
APP: dict[str, Any] = {
    "DockerId": "1e1698469422439ea356071e581e8545-2769710123",
    "Name": "app",
    "Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/app:v1",
    "ImageID": "sha256:" + "ab" * 32,
    "DesiredStatus": "RUNNING",
    "KnownStatus": "RUNNING",
    "CreatedAt": "2024-12-24T03:10:00.620912337Z",
    "StartedAt": "2024-12-24T03:12:08.062559351Z",
    "Type": "NORMAL",
    "Health": {"status": "HEALTHY", "statusSince": "2024-12-24T03:13:00Z"},
}
CHECKER: dict[str, Any] = {
    "Name": "checker",
    "Image": "checker:1",
    "KnownStatus": "RUNNING",
    "StartedAt": "2024-12-24T03:12:01Z",
}
TASK: dict[str, Any] = {
    "Cluster": "prod",
    "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/prod/158d1c8083dd49d6b527399fd6414f5c",
    "Family": "app",
    "Revision": "26",
    "DesiredStatus": "RUNNING",
    "KnownStatus": "RUNNING",
    "Containers": [APP, CHECKER],
}


def task(**app: Any) -> dict[str, Any]:
    return {**TASK, "Containers": [{**APP, **app}, CHECKER]}


def answer(document: object, status: str = "200 OK") -> bytes:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def probe() -> dict[str, Any]:
    return {"ecs_task": {"container": "app"}}


async def asked(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    probe: Mapping[str, Any],
    document: object = TASK,
    **more: Any,
) -> Any:
    async with answering(answer(document, **more)) as server:
        monkeypatch.setenv(VARIABLE, f"{server.url}v4/abc")
        step = await step_of(directory, probe)
    assert [b"GET /v4/abc/task HTTP/1.1"] == [head.split(b"\r\n")[0] for head in server.requests]
    return step


async def test_a_healthy_container_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: Any
) -> None:
    expect = {
        "task": "158d1c8083dd49d6b527399fd6414f5c",
        "family": "app",
        "revision": 26,
        "started_at": {"eq": "2024-12-24T03:12:08.062559Z", "older_than": "1h"},
        "containers": {
            "$[*].status": {"every": "RUNNING"},
            "$[0]": {
                "includes": {"name": "app", "health": "HEALTHY", "image": APP["Image"], "exit_code": None}
            },
            "$[1].health": None,
        },
    }
    step = await asked(tmp_path, monkeypatch, {**probe, "expect": expect})
    assert (Result.PASS, None) == (step.result, step.message)
    assert {"known_status", "health"} <= {one.subject for one in step.assertions}


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ({"Health": {"status": "UNHEALTHY"}}, 'health: expected "HEALTHY", saw "UNHEALTHY"'),
        ({"Health": {"status": "UNKNOWN"}}, 'health: expected "HEALTHY", saw "UNKNOWN"'),
        ({"KnownStatus": "STOPPED", "ExitCode": 1}, 'known_status: expected "RUNNING", saw "STOPPED"'),
    ],
)
@pytest.mark.parametrize("container", ["app", None])
async def test_what_ecs_believes_to_be_broken_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: Any, told: str, container: str | None
) -> None:
    document = {**task(**app), "KnownStatus": app.get("KnownStatus", "RUNNING")}
    step = await asked(
        tmp_path, monkeypatch, {"ecs_task": {"container": container} if container else {}}, document
    )
    assert (Result.FAIL, Reason.TASK_FAILED, told) == (step.result, step.reason, step.message)


async def test_the_task_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expect = {"started_at": "2024-12-24T03:12:01Z"}
    step = await asked(tmp_path, monkeypatch, {"ecs_task": {}, "expect": expect})
    assert (Result.PASS, None) == (step.result, step.message)


async def test_without_a_health_check_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: Any
) -> None:
    step = await asked(tmp_path, monkeypatch, probe, task(Health=None))
    assert Result.ERROR is step.result
    assert "there is no health check in the task definition" in (step.message or "")


async def test_a_container_that_has_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: Any
) -> None:
    document = task(KnownStatus="PULLED", StartedAt=None)
    expect = {"started_at": {"exists": False}, "known_status": "PULLED"}
    assert Result.PASS is (await asked(tmp_path, monkeypatch, {**probe, "expect": expect}, document)).result


@pytest.mark.parametrize(
    ("document", "more", "told"),
    [
        (b"", {}, "does not describe a task: the body is empty"),
        (b"<html>", {}, "does not describe a task: the body is an HTML page, not JSON"),
        ({}, {}, "does not describe a task: it has no TaskARN"),
        ([], {}, "does not describe a task: it has no TaskARN"),
        (b"", {"status": "404 Not Found"}, "answers 404"),
        ({**TASK, "Containers": [CHECKER]}, {}, "the task has no container app; it has checker"),
        ({**TASK, "Containers": None}, {}, "the task has no container app; it has none"),
    ],
)
async def test_what_cannot_be_read_is_the_checker_s_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: Any, document: Any, more: Any, told: str
) -> None:
    step = await asked(tmp_path, monkeypatch, probe, document, **more)
    assert Result.ERROR is step.result
    assert told in (step.message or "")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            None,
            "ECS_CONTAINER_METADATA_URI_V4 is not set: the checker does not run in a container of an ECS task",
        ),
        ("http://127.0.0.1:1/v4", "the task metadata endpoint does not answer:"),
        ("http://[::/v4", "the task metadata endpoint does not answer:"),
    ],
)
async def test_outside_of_a_task_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: Any, url: str | None, told: str
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if url:
        monkeypatch.setenv(VARIABLE, url)
    step = await step_of(tmp_path, probe)
    assert Result.ERROR is step.result
    assert told in (step.message or "")


@pytest.mark.parametrize(
    ("health", "healthy", "masked"),
    [({"status": "HEALTHY"}, True, True), ({"status": "UNHEALTHY"}, False, False), (None, None, None)],
)
async def test_as_a_shallow_check_it_tells_what_the_platform_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, health: Any, healthy: bool | None, masked: bool | None
) -> None:
    async with answering(answer(task(Health=health))) as endpoint, answering(answer(b"", "500 No")) as deep:
        monkeypatch.setenv(VARIABLE, endpoint.url.rstrip("/"))
        probe = {"shallow": {"ecs_task": {"container": "app"}}, "http": {"url": deep.url}}
        outcome: Outcome = await run(tmp_path, probe)
    assert outcome.shallow
    assert (Result.FAIL, healthy, masked) == (outcome.result, outcome.shallow.healthy, outcome.masked)
