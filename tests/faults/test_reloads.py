"""A thousand reloads in a row, with probes that run meanwhile: nothing is left behind, and no slot is lost."""

import asyncio
import gc
import threading
from pathlib import Path

import pytest

from checker.app.service import Options, Service
from tests.faults.rows import GOOD
from tests.integration.processes import until
from tests.net.loopback import answering, descriptors, settled

RELOADS = 1000
WARM = 20
"""Reloads after which everything that is kept once is there."""

POOL = 32
"""Threads of asyncio's own pool, which it makes as they are needed."""

INTERVAL = 0.1


def config(port: int, number: int) -> str:
    """Return a configuration of which one probe stays, one changes and one has another name each time."""
    url = f"http://127.0.0.1:{port}"
    return (
        "version: 1\nsecrets: {key: {env: KEY}}\nprobes:\n"
        f'  kept: {{interval: 100ms, timeout: 90ms, http: {{url: "{url}/kept"}}}}\n'
        f'  changed: {{interval: 100ms, timeout: 90ms, http: {{url: "{url}/changed/{number}"}}}}\n'
        f'  named-{number}: {{interval: 1h, http: {{url: "{url}/named", headers: {{X: "${{secret.key}}"}}}}}}\n'
    )


def held() -> dict[str, int]:
    """Return how many there are of what a reload could leave behind."""
    gc.collect()
    timers = sum(type(one) is asyncio.TimerHandle and not one.cancelled() for one in gc.get_objects())
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": timers,
        "threads": threading.active_count(),
        "objects": len(gc.get_objects()),
    }


@pytest.mark.timeout(120)
async def test_a_thousand_reloads_leave_nothing_behind_and_lose_no_slot(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    async with answering(GOOD) as server:
        path.write_text(config(server.port, 0))
        service = Service(Options(str(path), environment={"KEY": "s3cr3t-value"}))
        service.start()
        loop = asyncio.get_running_loop()
        for number in range(1, WARM):
            await reload(service, path, server.port, number)
        await until(lambda: service.board.snapshot().probes["kept"].last)
        await until(lambda: service.scheduler.idle)
        before, open_files = held(), descriptors()
        await until(lambda: not service.scheduler.overdue)  # looking at all objects has held up some slots
        began, counted = loop.time(), slots(service)
        for number in range(WARM, RELOADS):
            await reload(service, path, server.port, number)
        # But for those under way, and late ones, at either end. What a busy machine makes late is told of later.
        await until(lambda: abs(slots(service) - counted - (loop.time() - began) / INTERVAL) <= 5)
        await until(lambda: service.scheduler.idle and len(asyncio.all_tasks()) <= before["tasks"])
        after = held()
        assert {"kept", "changed", f"named-{RELOADS - 1}"} == set(service.board.snapshot().probes)
        await service.stop()
        assert await settled(open_files) == open_files
    assert after["timers"] == before["timers"]
    assert after["threads"] <= before["threads"] + POOL
    assert after["objects"] - before["objects"] < RELOADS - WARM  # less than one for each


def slots(service: Service) -> int:
    """Return how many slots of the probe that stays have been accounted for."""
    view = service.board.snapshot().probes["kept"]
    return sum(view.runs.values()) + view.skipped


async def reload(service: Service, path: Path, port: int, number: int) -> None:
    path.write_text(config(port, number))
    assert await service.reload() is None
