"""By how much a reported time is off: a server answers after 50 ms, and knows how long it really took.

400 probes a second. Both report how long they waited for the first byte, which is held against what the server saw;
and how long the whole took, from which the same is taken away.
"""

import asyncio
import json
import re
import time
from urllib.parse import urlsplit

import uvloop

from benchmarks.goals.figures import Effort, Row, Spread, percentile
from benchmarks.goals.ours import checker
from benchmarks.goals.peers import Blackbox, Site, blackbox
from benchmarks.goals.processes import get
from benchmarks.goals.servers import serving

RATE = 400  # probes a second
CLIENTS = 80
LIMIT = 1.0  # ms

Off = tuple[float, float]
"""p99 of reported - true, in ms: of the wait for the first byte, and of the whole."""

_WAITED = re.compile(r'^probe_http_duration_seconds\{phase="processing"\} (\S+)', re.MULTILINE)
_TOOK = re.compile(r"^probe_duration_seconds (\S+)", re.MULTILINE)


def rows(effort: Effort, target: Site) -> list[Row]:
    """Compare both figures."""
    seconds = effort.seconds(4.0)
    both = []
    for _ in range(effort.pairs):
        with serving("delayed") as url:
            mine = _ours(url, seconds)
        with serving("delayed") as url, blackbox(target.ca) as other:
            both.append((mine, uvloop.run(_theirs(other, url, seconds))))
    return [
        _row(
            "Timing error, first byte, p99 at 400 a second", [(ours[0], theirs[0]) for ours, theirs in both]
        ),
        _row(
            "Timing error, whole request, p99 at 400 a second",
            [(ours[1], theirs[1]) for ours, theirs in both],
        ),
    ]


def _row(what: str, both: list[tuple[float, float]]) -> Row:
    ours, theirs = Spread.of(one for one, _ in both), Spread.of(one for _, one in both)
    return Row(
        what,
        "≤ 1 ms, and not above blackbox_exporter's",
        f"{ours.told(2)} ms",
        ours.median,
        min(LIMIT, theirs.median),
        f"blackbox_exporter {theirs.told(2)} ms",
    )


def _ours(url: str, seconds: float) -> Off:
    probe = {
        "matrix": {"n": list(range(CLIENTS))},
        "interval": f"{CLIENTS * 1000 // RATE}ms",
        "http": {"url": f"{url}/${{matrix.n}}"},
        "capture": {
            "true": {"json": "$.true", "metric": True},
            "waited": {"timings": "wait", "metric": True},
            "took": {"latency": True, "metric": True},
        },
    }
    with checker({"version": 1, "server": {"max_in_flight": 1000}, "probes": {"late": probe}}) as one:
        time.sleep(1.0 + seconds)
        names = [probe["probe"] for probe in one.api("probes")["probes"]]
        runs = [run["values"] for name in names for run in one.api(f"probes/{name}")["history"][2:]]
    told = [run for run in runs if len(run) == 3]
    return _off([(run["waited"], run["took"], run["true"]) for run in told])


async def _theirs(other: Blackbox, url: str, seconds: float) -> Off:
    told: dict[str, str] = {}
    await asyncio.gather(*(_client(other, url, seconds, number, told) for number in range(CLIENTS)))
    true = json.loads(get(f"{url}/told"))
    seen = []
    for path, text in told.items():
        waited, took = _WAITED.search(text), _TOOK.search(text)
        assert waited
        assert took
        seen.append((float(waited[1]), float(took[1]), true[path]))
    return _off(seen)


async def _client(other: Blackbox, url: str, seconds: float, number: int, told: dict[str, str]) -> None:
    """Ask for a probe in each interval, as the schedule of Prometheus would."""
    loop, interval = asyncio.get_running_loop(), CLIENTS / RATE
    due = loop.time() + interval * number / CLIENTS
    for turn in range(int(seconds / interval)):
        await asyncio.sleep(max(0.0, due - loop.time()))
        due += interval
        path = f"/{number}-{turn}"
        told[path] = await _asked(other.probe("delayed", url + path))


async def _asked(url: str) -> str:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path}?{parts.query} HTTP/1.0\r\n\r\n".encode())
    text = (await reader.read()).decode()
    writer.close()
    return text


def _off(seen: list[tuple[float, float, float]]) -> Off:
    wait = percentile([waited - true for waited, _, true in seen], 0.99)
    whole = percentile([took - true for _, took, true in seen], 0.99)
    return wait * 1e3, whole * 1e3
