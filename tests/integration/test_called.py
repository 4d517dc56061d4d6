"""The whole product, called by others: a server that reports the end of its work, and tasks that say that they ran."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from checker.app.listeners import listen, shown
from checker.surfaces.web.server import Server
from tests.integration.processes import Serving, checker, checker_serve, until
from tests.integration.sites import closed_port
from tests.integration.spellings import found

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "hb-Qm7xT2vK9sLw4"

HOW: Mapping[str, tuple[str, str | None]] = {
    "early": ("pass", None),
    "soon": ("pass", None),
    "twice": ("pass", None),
    "progress": ("pass", None),
    "failed": ("fail", "assertion"),
    "broken": ("fail", "undecodable"),
    "large": ("fail", "too_large"),
    "never": ("fail", "callback_missing"),
}
"""How the server calls back, and what becomes of the run."""


def checks(worker: str, more: str = "") -> str:
    """Return a configuration with a probe for every way of calling back."""
    probes = "".join(
        _submission(how, "300ms" if how == "never" else "20s") for how in HOW if how != "progress"
    )
    return f"""\
version: 1
server: {{schedule: false, reload: true}}
secrets: {{beat: {{env: BEAT}}}}
templates:
  submission:
    params: {{how: required, within: required}}
    interval: 1h
    timeout: 25s
    steps:
      - step: submit
        http: {{url: "{worker}/jobs", method: POST, json: {{how: "${{param.how}}", notify: "${{callback.url}}"}}}}
        expect: {{status: 202}}
        capture: {{id: {{json: $.id}}}}
      - step: done
        callback: {{within: "${{param.within}}"}}
        expect: {{method: POST, json: {{$.id: "${{id}}", $.state: done}}}}
probes:
{probes}{_submission("held", "20s")}{_submission("late", "100ms")}
  progress:
    interval: 1h
    timeout: 25s
    steps:
      - step: submit
        http: {{url: "{worker}/jobs", method: POST, json: {{how: progress, notify: "${{callback.url}}"}}}}
      - step: done
        callback: {{within: 10s}}
        poll: {{every: 100ms, within: 20s}}
        expect: {{json: {{$.state: done}}}}
{more}"""


def _submission(how: str, within: str) -> str:
    return f"  {how}: {{use: submission, with: {{how: {how}, within: {within}}}}}\n"


BEATING = """\
  nightly:
    matrix: {region: [eu]}
    interval: 100ms
    heartbeat: {every: 1h, grace: 5m, token: "${secret.beat}"}
"""


@dataclass
class Worker:
    """Takes work, and calls back as it was told. What is held calls back when it is let go."""

    url: str = ""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def submit(self, request: Request) -> Response:
        job = await request.json()
        identity = f"job-{len(self.statuses)}"
        calling = asyncio.create_task(self._call(job["how"], job["notify"], identity))
        self.tasks.add(calling)
        if job["how"] == "early":
            await calling
        return JSONResponse({"id": identity}, 202)

    async def _call(self, how: str, url: str, identity: str) -> None:
        statuses = self.statuses.setdefault(how, [])
        if how in ("held", "late"):
            await self.let_go.wait()
        async with httpx.AsyncClient(trust_env=False) as client:
            for content in _contents(how, identity):
                statuses.append((await client.post(url, content=content)).status_code)


def _contents(how: str, identity: str) -> list[bytes]:
    done = json.dumps({"id": identity, "state": "done"}).encode()
    failed = json.dumps({"id": identity, "state": "failed"}).encode()
    return {
        "twice": [done, done],
        "progress": [json.dumps({"id": identity, "state": "working"}).encode(), done],
        "failed": [failed],
        "broken": [b"<html>"],
        "large": [bytes((64 << 10) + 1)],
        "never": [],
    }.get(how, [done])


@pytest_asyncio.fixture(loop_scope="module")
async def worker() -> AsyncIterator[Worker]:
    made = Worker()
    server = Server(Starlette(routes=[Route("/jobs", made.submit, methods=["POST"])]), listen("127.0.0.1:0"))
    await server.open()
    made.url = shown(server.socket)
    yield made
    for task in made.tasks:
        task.cancel()
    await server.aclose()


@dataclass(frozen=True)
class Served:
    """A running checker, and its configuration's file."""

    process: Serving
    client: httpx.AsyncClient
    path: Path

    async def run(self, name: str) -> dict[str, Any]:
        """Run a probe now, and return what the API says of it."""
        await self.client.get("/probe", params={"probe": name})
        document: dict[str, Any] = (await self.client.get(f"/api/v1/probes/{name}")).json()
        return document

    async def reload(self, text: str) -> None:
        self.path.write_text(text)
        assert 200 == (await self.client.post("/-/reload")).status_code

    async def late(self) -> float:
        lines = (await self.client.get("/metrics")).text.splitlines()
        [value] = [line.split()[1] for line in lines if line.startswith("checker_callbacks_late_total ")]
        return float(value)


@asynccontextmanager
async def served(path: Path, text: str) -> AsyncIterator[Served]:
    path.write_text(text)
    async with (
        checker_serve(str(path), environment={"BEAT": TOKEN}) as process,
        httpx.AsyncClient(trust_env=False, base_url=process.url, timeout=30) as client,
    ):
        yield Served(process, client, path)
    assert [] == found([TOKEN], bytes(process.err) + bytes(process.out))


# Callbacks


async def test_serve_waits_for_every_way_of_calling_back(worker: Worker, tmp_path: Path) -> None:
    async with served(tmp_path / "checks.yaml", checks(worker.url)) as running:
        ended = {how: await running.run(how) for how in HOW}
        assert {how: (each["result"], each["reason"]) for how, each in ended.items()} == HOW
        assert {"submit"} == {each["steps"][0]["step"] for each in ended.values()}
        assert {"done"} == {each["step"] for each in ended.values() if each["reason"]}
        await until(lambda: len(worker.statuses["twice"]) == 2)
        statuses = {how: worker.statuses[how] for how in HOW if how != "twice"}
        expected = {
            how: {"progress": [200, 200], "large": [413], "never": []}.get(how, [200]) for how in statuses
        }
        assert expected == statuses
        assert worker.statuses["twice"] in ([200, 200], [200, 410])  # the run may be over by then


async def test_what_comes_after_the_run_is_late_and_counted(worker: Worker, tmp_path: Path) -> None:
    async with served(tmp_path / "checks.yaml", checks(worker.url)) as running:
        ended = await running.run("late")
        assert ("fail", "callback_missing") == (ended["result"], ended["reason"])
        assert "no callback came within 100ms" in ended["message"]
        assert 0.0 == await running.late()
        worker.let_go.set()
        await until(lambda: worker.statuses["late"] == [410])
        assert 1.0 == await running.late()


async def test_a_reload_in_between_loses_no_callback(worker: Worker, tmp_path: Path) -> None:
    text = checks(worker.url)
    async with served(tmp_path / "checks.yaml", text) as running:
        going = asyncio.create_task(running.run("held"))
        await until(lambda: "held" in worker.statuses)
        await running.reload(text + _submission("another", "1s"))
        worker.let_go.set()
        assert "pass" == (await going)["result"]


async def test_a_reload_that_breaks_the_run_off_ends_its_address(worker: Worker, tmp_path: Path) -> None:
    text = checks(worker.url)
    async with served(tmp_path / "checks.yaml", text) as running:
        going = asyncio.create_task(running.run("held"))
        await until(lambda: "held" in worker.statuses)
        await running.reload(text.replace("how: held, within: 20s", "how: held, within: 19s"))
        await going
        worker.let_go.set()
        await until(lambda: worker.statuses["held"] == [410])


async def run(path: Path, text: str, *names: str, **environment: str) -> tuple[int, dict[str, Any], str]:
    path.write_text(text)
    variables = {"BEAT": TOKEN, "CHECKER_LISTEN": "127.0.0.1:0", **environment}
    ended = await checker("run", "-c", str(path), "--format", "json", *names, environment=variables)
    probes = json.loads(ended.out)["probes"] if ended.out else []
    return ended.code, {probe["probe"]: probe for probe in probes}, ended.err.decode()


async def test_run_opens_a_listener_for_the_call(worker: Worker, tmp_path: Path) -> None:
    code, ended, _ = await run(tmp_path / "checks.yaml", checks(worker.url), *HOW)
    assert (1, HOW) == (code, {how: (each["result"], each["reason"]) for how, each in ended.items()})


async def test_run_listens_beside_a_checker_that_runs_there_already(worker: Worker, tmp_path: Path) -> None:
    text = checks(worker.url)
    async with served(tmp_path / "served.yaml", text) as running:
        taken = httpx.URL(running.process.url).netloc.decode()
        code, _, _ = await run(tmp_path / "checks.yaml", text, "soon", CHECKER_LISTEN=taken)
        assert 0 == code
        elsewhere = text.replace("reload: true", "external_url: https://checks.example.org")
        code, _, told = await run(tmp_path / "checks.yaml", elsewhere, "soon", CHECKER_LISTEN=taken)
        assert (2, True) == (code, f"cannot listen on {taken}" in told)


async def test_run_uses_the_external_url(worker: Worker, tmp_path: Path) -> None:
    port = closed_port()
    text = checks(worker.url).replace("reload: true", f"external_url: 'http://localhost:{port}'")
    code, _, told = await run(tmp_path / "checks.yaml", text, "soon", CHECKER_LISTEN=f"127.0.0.1:{port}")
    assert 0 == code, told


async def test_run_cannot_tell_where_nothing_says_how_it_is_reached(worker: Worker, tmp_path: Path) -> None:
    text = checks(worker.url)
    code, ended, _ = await run(tmp_path / "checks.yaml", text, "soon", CHECKER_LISTEN="0.0.0.0:0")
    assert (3, "error", "callback_missing") == (code, ended["soon"]["result"], ended["soon"]["reason"])
    assert "set server.external_url" in ended["soon"]["message"]
    assert {} == worker.statuses


# Heartbeats


async def becomes(running: Served, result: str) -> dict[str, Any]:
    """Run until the last run's result is this one."""

    async def ran() -> dict[str, Any] | None:
        document = await running.run("nightly/eu")
        return document if document["result"] == result else None

    document: dict[str, Any] = await until(ran)
    return document


async def test_a_heartbeat_from_its_first_day_to_a_restart(worker: Worker, tmp_path: Path) -> None:
    text = checks(worker.url, BEATING)
    async with served(tmp_path / "checks.yaml", text) as running:
        assert "heartbeat_missing" == (await becomes(running, "error"))["reason"]
        for wrong in (f"nightly/us/{TOKEN}", f"nightly/{TOKEN}", "nightly/eu/guess", TOKEN):
            assert 404 == (await running.client.get(f"/heartbeats/{wrong}")).status_code
        assert 404 == (await running.client.get(f"/callbacks/{TOKEN}")).status_code
        assert "error" == (await running.run("nightly/eu"))["result"]
        assert 200 == (await running.client.post(f"/heartbeats/nightly/eu/{TOKEN}")).status_code
        await becomes(running, "pass")
        await running.reload(text.replace("grace: 5m", "grace: 6m"))
        await becomes(running, "pass")
        for page in ("/", "/probes/nightly/eu", "/api/v1/probes/nightly/eu", "/metrics"):
            assert [] == found([TOKEN], (await running.client.get(page)).content), page
    async with served(tmp_path / "checks.yaml", text) as restarted:
        assert "heartbeat_missing" == (await becomes(restarted, "error"))["reason"]


async def test_run_cannot_tell_of_a_heartbeat(worker: Worker, tmp_path: Path) -> None:
    code, ended, _ = await run(tmp_path / "checks.yaml", checks(worker.url, BEATING), "nightly/eu")
    assert (3, "heartbeat_missing") == (code, ended["nightly/eu"]["reason"])
