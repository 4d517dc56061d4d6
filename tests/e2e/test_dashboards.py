"""Every query of the Grafana dashboards, asked of a real Prometheus over a real checker and the demo's estate."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme

from checker.lab.estate import Estate
from checker.lab.estate.fleet import Pace
from tests.e2e import grafana
from tests.e2e.grafana import Query
from tests.e2e.processes import Prometheus
from tests.integration.processes import checker_serve, until
from tests.integration.test_estate import CHECKS, FOREVER, quick

pytestmark = [pytest.mark.needs("prometheus"), pytest.mark.asyncio(loop_scope="module")]

FAULT = "engine-key-revoked"
BROKEN = ("works-search", "images-search")
DASHBOARDS = {name: grafana.load(name) for name in grafana.names()}
QUERIES = tuple(query for dashboard in DASHBOARDS.values() for query in grafana.queries(dashboard))

OTHERS = """
  page-certificate:
    interval: 2s
    timeout: 1s
    tls: {{host: 127.0.0.1, port: {port}, ca: {ca}}}
  page-degraded:
    interval: 2s
    timeout: 1s
    http: {{url: "${{env.REFERENCE_URL}}/health"}}
    warn: {{json: {{$.status: DOWN}}}}
  page-unknown:
    interval: 2s
    timeout: 1s
    http: {{url: "${{env.REFERENCE_URL}}/health", auth: {{bearer: "${{secret.unset}}"}}}}
"""
"""What the demo's checks have none of."""

ABOUT = {
    "Certificates: time left": "page-certificate",
    "Degraded": "page-degraded",
    "Unknown": "page-unknown",
}
"""Whose page shows what the demo's broken probe has nothing of."""

QUIET = {
    "Masked: the platform says healthy, the user's path is broken",
    "Probes in trouble, by reason",
    "Certificates: time left, the first to end first",
    "Certificates: time left",
    "Why",
    "Reasons",
    "Masked",
    "Down",
    "Degraded",
    "Unknown",
}
"""What may have nothing to show while the demo is well; each panel says what that means."""


OTHERS_TOLD = """
  and on () (checker_probe_state{probe="page-degraded",state="degraded"} == 1)
  and on () (checker_probe_state{probe="page-unknown",state="unknown"} == 1)
  and on () checker_certificate_not_after_timestamp_seconds
"""
WELL = f"""
count(
  checker_probe_success == 1
  and on (probe) (checker_probe_state{{state=~"up|degraded"}} == 1)
  and on (probe) (sum by (probe) (increase(checker_probe_runs_total{{result!="error"}}[1m])) > 1)
) == count(checker_probe_info) - 1 {OTHERS_TOLD}"""
"""All but the one that cannot be told of work, and have run twice under the eyes of Prometheus."""

ILL = f"""
count(
  checker_probe_masked == 1
  and on (probe) (checker_probe_state{{state="down"}} == 1)
  and on (probe) (checker_probe_success == 0)
) == {len(BROKEN)} {OTHERS_TOLD}"""


@dataclass(frozen=True)
class Told:
    """The values that each query yielded, with the fault and before it; `chosen`: the values of variables."""

    well: Mapping[Query, Sequence[float]]
    broken: Mapping[Query, Sequence[float]]
    chosen: Mapping[str, Sequence[str]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    directory = tmp_path_factory.mktemp("dashboards")
    async with (
        Estate(pace=Pace(cache=FOREVER, token=FOREVER)) as estate,
        _tls(directory / "ca.pem") as port,
    ):
        (directory / "checks.yaml").write_text(_checks(directory, port))
        async with (
            checker_serve(str(directory / "checks.yaml"), environment=estate.environment) as serving,
            _prometheus(serving.url, directory / "prometheus") as prometheus,
        ):
            moment = await _when(prometheus, WELL)
            demo = sorted(one["metric"]["probe"] for one in await _ask(prometheus, "checker_probe_info"))
            demo = [probe for probe in demo if not probe.startswith("page-")]
            well = {query: await _values(prometheus, query, moment, demo, BROKEN[0]) for query in QUERIES}
            estate.switch(FAULT, on=True)
            moment = await _when(prometheus, ILL)
            broken = {
                query: await _values(prometheus, query, moment, [], _subject(query)) for query in QUERIES
            }
            yield Told(well, broken, await _choices(prometheus))


def _subject(query: Query) -> str:
    return ABOUT.get(query.owner, BROKEN[0])


def _checks(directory: Path, port: int) -> str:
    (directory / "key").write_text("a-key-of-no-use")
    secrets = f"secrets:\n  rotated: {{file: {directory / 'key'}}}\n  unset: {{env: NOT_SET_ANYWHERE}}\n"
    others = OTHERS.format(port=port, ca=directory / "ca.pem")
    return quick(CHECKS).replace("secrets:\n", secrets, 1) + others


@contextlib.asynccontextmanager
async def _tls(ca: Path) -> AsyncIterator[int]:
    """Serve handshakes."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(ca))

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def _prometheus(checker: str, directory: Path) -> AsyncIterator[Prometheus]:
    config = (
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
        f"  - {{job_name: checker, static_configs: [{{targets: ['{checker.removeprefix('http://')}']}}]}}\n"
    )
    with contextlib.ExitStack() as stack:
        serving = Prometheus.serving(config, directory)
        yield await asyncio.to_thread(stack.enter_context, serving)


async def _ask(prometheus: Prometheus, text: str, path: str = "query", **more: str) -> list[dict[str, Any]]:
    """Without standing in the way of the estate, which is served by this very loop."""
    data = await asyncio.to_thread(prometheus.get, path, query=text, **more)
    result: list[dict[str, Any]] = data["result"]
    return result


async def _when(prometheus: Prometheus, text: str) -> float:
    """Wait until something is so; all queries are then asked for that moment, whatever a busy machine does next."""
    [found] = await until(lambda: _ask(prometheus, text))
    return float(found["value"][0])


async def _values(
    prometheus: Prometheus, query: Query, moment: float, probes: list[str], probe: str
) -> list[float]:
    """Return what a query yields that can be drawn, for these probes on the overview and this one on its page."""
    dashboard = DASHBOARDS[query.dashboard]
    values = {"probe": probes if query.dashboard == "checker-overview" else probe}
    text = grafana.interpolated(query.expr, dashboard, values)
    if query.instant:
        pairs = [one["value"] for one in await _ask(prometheus, text, time=f"{moment}")]
    else:
        when = {"start": f"{moment - 120}", "end": f"{moment}", "step": "5"}
        found = await _ask(prometheus, text, "query_range", **when)
        pairs = [pair for one in found for pair in one["values"]]
    return [float(value) for _, value in pairs if value != "NaN"]


async def _choices(prometheus: Prometheus) -> Mapping[str, Sequence[str]]:
    """Return what variables offer, as Grafana asks for it."""
    found = {}
    for name, dashboard in DASHBOARDS.items():
        for variable, query in grafana.choices(dashboard).items():
            text = grafana.interpolated(query, dashboard, {"probe": BROKEN[0]})
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", text)
            assert match, text
            series = await asyncio.to_thread(prometheus.get, "series", **{"match[]": match[1]})
            found[f"{name}: {variable}"] = sorted({one[match[2]] for one in series if match[2] in one})
    return found


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
async def test_a_query_returns_data_while_something_is_broken(told: Told, query: Query) -> None:
    assert told.broken[query], query.expr


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
async def test_a_panel_shows_something_while_all_is_well(told: Told, query: Query) -> None:
    assert told.well[query] or query.owner in QUIET, query.expr


async def test_variables_offer_what_there_is(told: Told) -> None:
    assert {"demo"} == set(told.chosen["checker-overview: env"])
    assert {"page", "ticket"} == set(told.chosen["checker-probe: severity"])
    assert {"catalogue", "reference", "upload"} <= set(told.chosen["checker-overview: owner"])
    assert {*BROKEN, "page-unknown"} <= set(told.chosen["checker-probe: probe"])
    assert all(told.chosen.values())


def value(values: Mapping[Query, Sequence[float]], owner: str, ref: str = "A") -> list[float]:
    return next(list(found) for query, found in values.items() if (query.owner, query.ref) == (owner, ref))


async def test_what_is_masked_is_counted_and_named(told: Told) -> None:
    assert [0] == value(told.well, "Masked failures")
    assert [2] == value(told.broken, "Masked failures")
    assert [1, 1] == value(told.broken, "Masked: the platform says healthy, the user's path is broken")


async def test_every_probe_has_one_mark(told: Told) -> None:
    assert {7} <= set(value(told.well, "Every probe, worst first")) <= {4, 7}
    assert {1, 3, 4} <= set(value(told.broken, "Every probe, worst first"))
    assert sum(value(told.broken, "Probes by mark")) == len(value(told.broken, "Every probe, worst first"))
    assert [1] == value(told.broken, "Mark")


async def test_the_budget_goes_down(told: Told) -> None:
    assert [1] == value(told.well, "Error budget left, of 30 days")[-1:]
    assert [-1, -1] == value(told.broken, "Error budget left, of 30 days")[:2]
