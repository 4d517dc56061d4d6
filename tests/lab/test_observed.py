"""A checker that is started, asked and stopped."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from checker.lab import observed as module
from checker.lab.observed import LabError, gate, observing

HERE: Mapping[str, str] = {"PATH": ""}
CHECKS = """\
version: 1
probes:
  itself: {interval: 1s, timeout: 900ms, http: {url: "http://127.0.0.1:9/"}}
"""


@pytest.fixture
def checks(tmp_path: Path) -> Path:
    path = tmp_path / "checks.yaml"
    path.write_text(CHECKS)
    return path


async def test_a_checker_is_asked_over_its_api_and_stopped(checks: Path, client: httpx.AsyncClient) -> None:
    async with observing(checks, HERE, client) as observed:
        (listed,) = await observed.probes()
        told = await observed.probe("itself")
    assert ("itself", "itself") == (listed["probe"], told["probe"])
    assert observed.process.returncode is not None
    with pytest.raises(httpx.ConnectError):
        await observed.probes()


async def test_a_checker_that_does_not_start_says_why(checks: Path, client: httpx.AsyncClient) -> None:
    checks.write_text("version: 7\n")
    with pytest.raises(LabError, match=r"(?s)the checker ended with 2: .*version"):
        async with observing(checks, HERE, client):
            pass


async def test_a_checker_is_not_waited_for_for_ever(
    checks: Path, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READY", 0.0)
    with pytest.raises(LabError, match="is not ready after 0 s"):
        async with observing(checks, HERE, client):
            pass


async def test_a_gate_tells_what_did_not_pass(checks: Path) -> None:
    ran = await gate(checks, HERE, "itself")
    assert (1, [("itself", "refused")]) == (
        ran.code,
        [(each["probe"], each["reason"]) for each in ran.failed],
    )


async def test_a_gate_without_a_report_is_trouble(checks: Path) -> None:
    with pytest.raises(LabError, match=r"checker run ended with 2: .*nobody"):
        await gate(checks, HERE, "nobody")
