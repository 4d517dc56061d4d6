"""Those who ask the checker: hundreds at once, some who never read what they asked for, and a surface with a bug."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.integration.processes import Serving, checker_serve, until

SCRAPERS = 200
STALLED = 10
PROBES = 200
"""So that an answer is larger than what sockets hold for one who does not read."""

GET = "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n"


@contextlib.asynccontextmanager
async def estate(tmp_path: Path) -> AsyncIterator[Serving]:
    """Serve a probe that runs ten times a second, of what the system itself answers, beside many that hardly do."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        target = {"host": "127.0.0.1", "port": listener.getsockname()[1]}
        probes = {
            "often": {"interval": "100ms", "timeout": "90ms", "tcp": target},
            **{f"seldom-{number}": {"interval": "1h", "tcp": target} for number in range(PROBES)},
        }
        path = tmp_path / "checks.json"
        path.write_text(json.dumps({"version": 1, "probes": probes}))
        async with checker_serve(str(path)) as running:
            await until(lambda: ran(running))
            yield running


async def ran(running: Serving) -> float:
    """Return how often the frequent probe has run and not failed; where it failed, fail too."""
    async with httpx.AsyncClient() as client:
        [one] = [
            one
            for one in (await client.get(f"{running.url}/api/v1/probes", timeout=20)).json()["probes"]
            if one["probe"] == "often"
        ]
    assert one["runs"]["fail"] == 0
    return float(sum(one["runs"].values()))


def stalled(running: Serving, path: str, accept: str = "*/*", times: int = 1) -> socket.socket:
    """Return a connection that asks and never reads."""
    host, port = running.url.removeprefix("http://").rsplit(":", 1)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    sock.connect((host, int(port)))
    sock.sendall(GET.format(path=path, host=host, accept=accept).encode() * times)
    return sock


@pytest.mark.parametrize(
    ("path", "accept", "times"),
    [("/metrics", "*/*", 8), ("/", "text/html", 4), ("/events", "text/event-stream", 1)],
)
async def test_who_never_reads_an_answer_disturbs_nobody(
    path: str, accept: str, times: int, tmp_path: Path
) -> None:
    async with estate(tmp_path) as running:
        with contextlib.ExitStack() as stack:
            for _ in range(STALLED):
                stack.enter_context(stalled(running, path, accept, times))
            before = await ran(running)
            await until(lambda: _more(running, before))
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{running.url}/-/healthy", timeout=20)).status_code == 200
                assert (await client.get(f"{running.url}/metrics", timeout=20)).status_code == 200
            running.process.terminate()  # who does not read does not keep it from ending either
            assert await asyncio.wait_for(running.process.wait(), 20) == 0


async def _more(running: Serving, than: float) -> bool:
    return await ran(running) >= than + 5


async def test_two_hundred_scrapers_at_once_are_all_answered(tmp_path: Path) -> None:
    async with estate(tmp_path) as running, httpx.AsyncClient(limits=httpx.Limits()) as client:
        before = await ran(running)
        answers = await asyncio.gather(
            *(client.get(f"{running.url}/metrics", timeout=60) for _ in range(SCRAPERS))
        )
        assert {200} == {answer.status_code for answer in answers}
        assert all('checker_probe_success{probe="often"}' in answer.text for answer in answers)
        await until(lambda: _more(running, before))
