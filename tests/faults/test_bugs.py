"""Exceptions that nobody foresaw, injected where a run is made, judged and shown: the checker's own, and contained."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Never

import httpx
import pytest

from checker.app.service import Options, Service
from checker.assertions.capture import Capture
from checker.core.clock import Clock
from checker.net.http import MeasuredTransport
from checker.surfaces.web.app import web_app
from checker.surfaces.web.live import Live
from tests.integration.checks import PASS, Told, told
from tests.integration.sites import Site, reply, site

SECRET = "s3cr3t-value"
CHECKS = """\
version: 1
server: {{schedule: false}}
secrets: {{key: {{env: KEY}}}}
probes:
  broken:
    http: {{url: "{url}", headers: {{X: "${{secret.key}}"}}}}
    expect: {{json: {{$.v: 5}}}}
    capture: {{seen: {{json: $.v}}}}
  beside: {{tcp: {{host: 127.0.0.1, port: {port}}}}}
"""


def boom(*_: object, **__: object) -> Never:
    raise RuntimeError(f"nobody thought of {SECRET}")


@asynccontextmanager
async def serviced(tmp_path: Path, clock: Clock | None = None) -> AsyncIterator[tuple[Service, Site]]:
    async with site(lambda _: reply('{"v": 5}')) as server:
        path = tmp_path / "checks.yaml"
        path.write_text(CHECKS.format(url=server.url, port=server.port))
        service = Service(Options(str(path), environment={"KEY": SECRET}), clock)
        service.start()
        try:
            yield service, server
        finally:
            await service.stop()


BUGS = {
    "a kind": (MeasuredTransport, "handle_async_request"),
    "a matcher": (import_module("checker.assertions.evaluate"), "_judge"),
    "a capture": (Capture, "take"),
}


@pytest.mark.parametrize("where", BUGS)
async def test_an_exception_in(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serviced(tmp_path) as (service, _):
        with monkeypatch.context() as patched:
            patched.setattr(*BUGS[where], boom)
            outcome = await service.scheduler.run_now("broken")
        assert Told("error", "internal", "http") == told(outcome)
        assert outcome.message == "a fault of the checker (RuntimeError); its log tells more"
        assert PASS == told(await service.scheduler.run_now("beside"))
        assert "pass" == (await service.scheduler.run_now("broken")).result
    fields = [record.checker_fields for record in caplog.records if record.msg == "internal"]  # type: ignore[attr-defined]
    assert ["broken"] == [one["probe"] for one in fields]
    assert SECRET not in str(fields)


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/probes", "/probes/broken"])
async def test_an_exception_in_a_surface(path: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of it is shown, nor of the rest of it missed: the schedule, and whether the checker is healthy."""
    async with serviced(tmp_path) as (service, _):
        app = web_app(replace(service.sources(), snapshot=boom), Live(service.board.snapshot))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://checker.test") as client:
            answer = await client.get(path)
            assert answer.status_code == 500
            assert SECRET not in answer.text
            assert "Traceback" not in answer.text
            assert (await client.get("/-/healthy")).status_code == 200
        assert "pass" == (await service.scheduler.run_now("broken")).result


HOUR = 3600.0


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forth", "back"])
async def test_a_clock_that_is_set(step: float, tmp_path: Path) -> None:
    """It moves no verdict, no duration, and makes no age negative; the wall clock is only what is shown."""
    set_by = 0.0
    real = Clock()
    clock = Clock(wall=lambda: real.wall() + set_by, monotonic=real.monotonic)
    async with serviced(tmp_path, clock) as (service, server):
        first = await service.scheduler.run_now("broken")
        pending = asyncio.ensure_future(service.scheduler.run_now("broken"))
        await asyncio.sleep(0)
        set_by = step
        second, third = await pending, await service.scheduler.run_now("broken")
        for outcome in (first, second, third):
            assert "pass" == outcome.result
            assert 0.0 <= outcome.duration < 5.0
        assert abs(third.started_at - first.started_at - step) < 5.0
        view = service.board.snapshot().probes["broken"]
        assert (view.runs[first.result], sum(view.runs.values())) == (3, 3)
        assert view.last == third
        assert service.healthy() is None
        assert len(server.requests) == 3
