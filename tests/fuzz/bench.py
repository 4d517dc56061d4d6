"""Probes over any bytes: the product from checks.yaml to its reports, but for the connection that they come over."""

import asyncio
import contextlib
import functools
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal
from unittest.mock import patch
from xml.etree import ElementTree as ET

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from checker.core.outcome import Outcome
from checker.core.trace import Trace
from checker.net import http
from checker.net.dial import Route
from checker.net.resolve import Resolver
from checker.net.wire import Feed
from checker.surfaces.own import Own
from checker.surfaces.report.console import print_report
from checker.surfaces.report.curl import curl
from checker.surfaces.report.finished import finished
from checker.surfaces.report.har import har
from checker.surfaces.report.json import report
from checker.surfaces.report.junit import junit
from checker.surfaces.web.app import Sources, web_app
from tests.integration.checks import Rig, rig

SECRET = "s3cr3t-of-the-fuzz"
HOST, OTHER = "target.example", "other.example"
STEPS = {
    "segment": f'{{url: "https://{HOST}/open/${{id}}"}}',
    "query": f'{{url: "https://{HOST}/open/x?id=${{id}}&n=${{total}}"}}',
    "header": f'{{url: "https://{HOST}/open/x", headers: {{X-Id: "${{id}}", X-Total: "${{total}}"}}}}',
    "url": '{url: "${id}"}',
    "params": f'{{url: "https://{HOST}/open/x", params: {{id: "${{id}}", n: "${{total}}"}}}}',
    "json": f'{{url: "https://{HOST}/open/x", method: POST, json: {{id: "${{id}}", all: "${{all}}"}}}}',
    "form": f'{{url: "https://{HOST}/open/x", method: POST, form: {{id: "${{id}}", n: "${{total}}"}}}}',
    "multipart": f'{{url: "https://{HOST}/open/x", method: POST, multipart: {{id: "${{id}}", n: "${{total}}"}}}}',
    "cookie": f'{{url: "https://{HOST}/open/x", cookies: {{id: "${{id}}"}}}}',
}
"""Where a captured value can be sent."""

FIRST = f"""
          - step: first
            http: {{url: "http://{HOST}/first", headers: {{X-Key: "${{secret.key}}"}}, max_body: 4KiB, redirects: 1}}
            expect:
              status: 200
              json: {{$.total: {{gte: 1}}}}
            warn:
              headers: {{content-type: {{contains: json}}}}
              cookies: {{a: {{exists: true}}}}
              json:
                $.items[*].id: {{every: {{matches: "^[a-z0-9]+$"}}}}
                $..a: {{none: {{eq: x}}}}
                $.when: {{newer_than: 1h}}
              body: {{not_contains: error}}
              cache: {{hit: false}}
            capture:
              total: {{json: $.total, metric: true}}
              id: {{json: $.id}}
              all: {{json: $}}"""


SECOND = """
          - step: second
            http: """


def checks() -> str:
    probes = [
        f"  {name}:\n    effects: writes\n    steps:{FIRST}{SECOND}{step}" for name, step in STEPS.items()
    ]
    named = f'  other: {{http: {{url: "http://{OTHER}/"}}}}'  # so that a capture may choose it
    secrets = "secrets: {key: {env: KEY}}"
    return "\n".join(["version: 1", "defaults: {timeout: 10s}", secrets, "probes:", *probes, named])


End = Literal["close", "reset"]


@dataclass
class Line:
    """Stands in for a connection: says `pieces`, and then ends."""

    way: Route
    pieces: Sequence[bytes]
    end: End = "close"
    sent: bytes = b""
    address: str = "192.0.2.1"
    peer: str = "192.0.2.1:80"
    alpn: None = None
    certificate: None = None
    tls: None = None

    async def exchange(self, request: bytes, feed: Feed, trace: Trace | None = None) -> bool:
        self.sent += request
        for piece in self.pieces:
            if feed(piece):
                return True
        if self.end == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")
        feed(b"")
        return True

    def close(self) -> None:
        pass

    def describe(self, trace: Trace) -> None:
        pass


@dataclass
class Bench:
    """A rig whose connections are lines; the first of a run says what the test wants, those after it are content."""

    rig: Rig
    lines: list[Line] = field(default_factory=list)

    async def run(self, probe: str, pieces: Sequence[bytes], end: End) -> tuple[Outcome, Sequence[Line]]:
        self.lines.clear()

        async def open_wire(way: Route, resolver: Resolver) -> Line:
            said = WELL if self.lines else pieces
            self.lines.append(Line(way, said, end))
            return self.lines[-1]

        with patch.object(http, "open_wire", open_wire):
            outcome = await self.rig.run(probe)
        return outcome, tuple(self.lines)

    async def told(self, probe: str) -> str:
        """Return all that any surface tells of a probe's last run, as far as each is what it claims to be."""
        snapshot = self.rig.board.snapshot()
        runs = finished([snapshot.probes[probe]])
        for family in text_string_to_metric_families(metrics := self.rig.metrics()):
            assert all(isinstance(sample.value, int | float) for sample in family.samples)
        ET.fromstring(xml := junit(runs))
        console = Console(file=io.StringIO(), width=120)
        print_report(console, runs)
        shown = console.file.getvalue()  # type: ignore[attr-defined]
        assert "\x1b" not in shown
        documents = [json.dumps(one, allow_nan=False) for one in (report(runs, 0.0, 1.0), har(runs))]
        exchanges = [exchange for run in runs for step in run.outcome.steps for exchange in step.exchanges]
        return "\n".join([metrics, xml, shown, *documents, *map(curl, exchanges), await self._pages(probe)])

    async def _pages(self, probe: str) -> str:
        app = web_app(Sources(self.rig.board.snapshot, Own()))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://checker.test"
        ) as client:
            answers = [await client.get(path + probe) for path in ("/probes/", "/api/v1/probes/")]
        answers[1].json()
        assert all(answer.status_code == 200 for answer in answers)
        return "\n".join(answer.text for answer in answers)


BODY = b'{"total": 2, "id": "w1", "items": []}'
WELL = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY), BODY)


class _Held(contextlib.ExitStack):
    """One bench for all examples of a process: to load the probes takes longer than to run them."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = self.enter_context(asyncio.Runner())
        self._rig = rig(checks(), {"KEY": SECRET})
        self.bench = Bench(self.runner.run(self._rig.__aenter__()))
        self.callback(lambda: self.runner.run(self._rig.__aexit__(None, None, None)))


@functools.cache
def held() -> _Held:
    return _Held()


def let_go() -> Iterator[None]:
    """Close the bench at the end of a module's tests; a fixture's body."""
    yield
    if held.cache_info().currsize:
        held().close()
        held.cache_clear()
