"""What a target answered may be about people: bodies are kept and shown only as `server.evidence` says."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.processes import checker_serve, until
from tests.integration.sites import Request, reply, site

ANSWERED, SENT = b"Roe, Jane, 1970-01-01", b"what Jane Roe has asked"
EACH = {"each_address": True}
EXPECT: Mapping[str, Any] = {
    "status": {"expect": {"status": 201}},
    "not-json": {"expect": {"json": {"$.ok": True}}},
    "words": {"expect": {"body": {"contains": "nothing of the kind"}}},
    "size": {"expect": {"size": {"lt": 5}}},
    "whole": {"expect": {"json": {"$": {"length": {"gt": 5}}}}},
    "either": {"expect": {"json": {"$": {"any": [{"eq": []}, {"eq": {}}]}}}},
    "warned": {"warn": {"body": {"contains": "nothing of the kind"}}},
    "address": {"http": EACH, "expect": {"body": {"contains": "nothing of the kind"}}},
    "same": {"http": {**EACH, "same": [{"body": True}]}, "expect": {"status": 201}},
    "capture": {"capture": {"token": {"json": "$.token"}}},
    "pattern": {"capture": {"token": {"body": True, "regex": "token=(.*)"}}},
}


def answer(request: Request) -> bytes:
    person = ANSWERED.decode()
    text = (
        json.dumps({"person": person})
        if request.path in ("/capture", "/whole", "/either")
        else f"<p>{person}</p>"
    )
    return reply(text, "500 Internal Server Error" if request.path == "/status" else "200 OK")


def checks(url: str, evidence: str | None) -> str:
    """Return a configuration in which every probe fails, each for another reason."""
    server = {"evidence": evidence} if evidence else {}
    probes = {
        name: {
            "interval": "200ms",
            "timeout": "150ms",
            "effects": "none",
            **more,
            "http": {"url": f"{url}/{name}", "method": "POST", "body": SENT.decode(), **more.get("http", {})},
        }
        for name, more in EXPECT.items()
    }
    return json.dumps({"version": 1, "server": server, "probes": probes})


@asynccontextmanager
async def everything(folder: Path, role: str, evidence: str | None) -> AsyncIterator[dict[str, bytes]]:
    """Yield all that a checker tells of failing probes: pages, API, archives, metrics, events; its log is in it too."""
    path, told = folder / "checks.yaml", dict[str, bytes]()
    async with site(answer) as target:
        path.write_text(checks(target.url, evidence))
        async with (
            checker_serve(str(path), "--role", role, "--log-outcomes") as running,
            httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=30) as client,
        ):

            async def all_have_failed() -> bool:
                probes = (await client.get("/api/v1/probes")).json()["probes"]
                return all(probe["result"] in ("fail", "degraded") for probe in probes)

            await until(all_have_failed)
            paths = ["/", "/metrics", "/api/v1/probes"]
            for name in EXPECT:
                page = (await client.get(f"/probes/{name}")).text
                archives = re.findall(r'href="[^"]*?(/probes/[^"]*\.har)"', page)
                paths += [f"/probes/{name}", f"/api/v1/probes/{name}", *archives[:1]]
            for one in paths:
                told[one] = (await client.get(one)).content
        told["log"] = bytes(running.err)
    yield told


@pytest.mark.parametrize(
    ("role", "evidence", "kept"),
    [
        ("sidecar", None, False),
        ("sidecar", "headers", False),
        ("sidecar", "none", False),
        ("sentinel", "headers", False),
        ("sentinel", "none", False),
        ("sentinel", None, True),
        ("sidecar", "full", True),
    ],
)
async def test_bodies_are_nowhere_unless_they_may_be_kept(
    tmp_path: Path, role: str, evidence: str | None, kept: bool
) -> None:
    async with everything(tmp_path, role, evidence) as told:
        assert len(told) > 3 + 2 * len(EXPECT)
        for text in (ANSWERED, SENT):
            holding = [where for where, data in told.items() if text in data]
            assert kept == bool(holding), holding
        assert ANSWERED not in told["/metrics"]
