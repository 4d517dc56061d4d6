"""Checkers driven by a sharded Prometheus, set up as docs/scaling.md says: real servers, and a real load balancer."""

import json
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen

import httpx
import pytest
import trustme
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.processes import CHECKER, Prometheus, answering, free_port, until

pytestmark = [pytest.mark.needs("prometheus", "haproxy"), pytest.mark.timeout(150)]

PAGE = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
PROBES = (*(f"page-{number}" for number in range(7)), "signed")
INTERVAL = 2.0  # seconds; the shortest in which a run keeps a timeout of a second, behind a busy machine
SLOTS = 6

DASHBOARD = (
    'probe_duration_seconds{instance=~"$target"}',
    'probe_success{instance=~"$target"}',
    'probe_http_duration_seconds{instance=~"$target"}',
    'probe_http_status_code{instance=~"$target"}',
    'probe_http_version{instance=~"$target"}',
    'probe_http_ssl{instance=~"$target"}',
    'probe_ssl_earliest_cert_expiry{instance=~"$target"} - time()',
    'avg(probe_duration_seconds{instance=~"$target"})',
    'avg(probe_dns_lookup_time_seconds{instance=~"$target"})',
)
"""All queries of "Prometheus Blackbox Exporter", https://grafana.com/grafana/dashboards/7587."""


def fence(language: str) -> str:
    """Return the first block of a language on the page."""
    match = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert match
    return match[1]


def adapted(text: str, **changes: str) -> str:
    """Put a test's own values in the place of the example's, each of which has to be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def counting(hits: Counter[str], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve anything, and count the requests by their path; yields the base URL."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits[self.path.strip("/")] += 1
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Checker:
    process: Popen[bytes]
    url: str

    @property
    def runs(self) -> dict[str, float]:
        """How many runs it has made, by probe."""
        found: Counter[str] = Counter()
        for family in text_string_to_metric_families(httpx.get(f"{self.url}/metrics", timeout=10.0).text):
            for sample in family.samples:
                if sample.name == "checker_probe_runs_total":
                    found[sample.labels["probe"]] += int(sample.value)
        return {probe: number for probe, number in found.items() if number}


@dataclass(frozen=True)
class Fleet:
    """`shards` are one Prometheus of each; `replica` scrapes what the first of them does."""

    hits: Counter[str]
    checkers: tuple[Checker, Checker]
    pool: str
    shards: tuple[Prometheus, Prometheus]
    replica: Prometheus

    @property
    def servers(self) -> tuple[Prometheus, ...]:
        return (*self.shards, self.replica)

    def scraped(self) -> bool:
        """Whether every server has scraped all that is its own for some time."""
        counts = [server.by("probe", 'count_over_time(up{job="probes"}[5m])') for server in self.servers]
        return all(found and min(found.values()) >= SLOTS for found in counts)


def checks(plain: str, signed: str, ca: Path, pool: str) -> str:
    """Return a configuration in JSON, which is YAML too."""
    urls = {probe: f"{signed if probe == 'signed' else plain}/{probe}" for probe in PROBES}
    probes = {
        probe: {
            "interval": f"{INTERVAL:g}s",
            "timeout": "1s",
            "labels": {"env": "test"},
            "http": {"url": url, "tls": {"ca": str(ca)}} if probe == "signed" else {"url": url},
        }
        for probe, url in urls.items()
    }
    return json.dumps({"version": 1, "server": {"schedule": False, "advertise": pool}, "probes": probes})


def prometheus(pool: str, checkers: tuple[Checker, ...], shard: int, replica: str) -> str:
    addresses = [checker.url.removeprefix("http://") for checker in checkers]
    changes = {
        "global:\n": f"global:\n  scrape_interval: {INTERVAL:g}s\n",
        '{shard: "0", replica: a}': f'{{shard: "{shard}", replica: {replica}}}',
        "checks.example.org:10460": pool,
        "refresh_interval: 30s": "refresh_interval: 1s",
        'regex: "0"': f'regex: "{shard}"',
        '"checker-1.example.org:10460", "checker-2.example.org:10460"': ", ".join(map(json.dumps, addresses)),
    }
    return adapted(fence("yaml fragment"), **changes)


def haproxy(pool: str, checkers: tuple[Checker, ...]) -> str:
    servers = {
        f"checker-{number}.example.org:10460": checker.url.removeprefix("http://")
        for number, checker in enumerate(checkers, 1)
    }
    return adapted(fence("haproxy"), **{"bind :10460": f"bind {pool}", **servers})


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    directory, hits, pool = tmp_path_factory.mktemp("fleet"), Counter[str](), f"127.0.0.1:{free_port()}"
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    with ExitStack() as stack:
        plain, signed = stack.enter_context(counting(hits)), stack.enter_context(counting(hits, context))
        (directory / "checks.yaml").write_text(checks(plain, signed, directory / "ca.pem", pool))
        checkers = (
            stack.enter_context(checker(directory, "first")),
            stack.enter_context(checker(directory, "second")),
        )
        (directory / "haproxy.cfg").write_text(haproxy(pool, checkers))
        balancer = ("haproxy", "-db", "-f", directory / "haproxy.cfg")
        stack.enter_context(answering(balancer, directory / "haproxy.log", f"http://{pool}/-/healthy"))
        servers = [
            stack.enter_context(
                Prometheus.serving(prometheus(pool, checkers, shard, replica), directory / name)
            )
            for name, shard, replica in (("one", 0, "a"), ("two", 1, "a"), ("three", 0, "b"))
        ]
        fleet = Fleet(hits, checkers, pool, (servers[0], servers[1]), servers[2])
        until(fleet.scraped, 60.0)
        yield fleet


@contextmanager
def checker(directory: Path, name: str) -> Iterator[Checker]:
    address = f"127.0.0.1:{free_port()}"
    command = (CHECKER, "serve", directory / "checks.yaml", "--listen", address)
    with answering(command, directory / f"{name}.log", f"http://{address}/-/ready") as process:
        yield Checker(process, f"http://{address}")


def probes_of(server: Prometheus) -> set[str]:
    return set(server.by("probe", "probe_success == 1"))


def test_each_probe_is_run_by_one_shard_and_on_one_checker(fleet: Fleet) -> None:
    zero, one = map(probes_of, fleet.shards)
    assert set(PROBES) == zero | one
    assert set() == zero & one
    assert zero
    assert one
    assert zero == probes_of(fleet.replica)
    first, second = (checker.runs.keys() for checker in fleet.checkers)
    assert (set(PROBES), set()) == (first | second, first & second)
    assert first
    assert second


def test_a_replica_does_not_double_the_load(fleet: Fleet) -> None:
    scrapes = [server.by("probe", 'count_over_time(up{job="probes"}[5m])') for server in fleet.servers]
    hits = dict(fleet.hits)
    shared = scrapes[0].keys() & scrapes[2].keys()
    assert shared
    # A server that begins in the last tenth of the other's interval may have one run more than it.
    most = {probe: 1.2 * max(scrapes[0][probe], scrapes[2][probe]) + 2 for probe in shared}
    both = {probe: scrapes[0][probe] + scrapes[2][probe] for probe in shared}
    assert {} == {probe: hits[probe] for probe in shared if hits[probe] > most[probe]}
    assert all(most[probe] < both[probe] for probe in shared)


def test_no_label_comes_twice(fleet: Fleet) -> None:
    names = set().union(*(server.labels for server in fleet.servers))
    assert {"probe", "env", "instance", "phase", "state"} <= names
    assert [] == [name for name in names if name.startswith("exported_")]


def test_a_probe_is_told_by_one_job_alone(fleet: Fleet) -> None:
    for server in fleet.shards:
        assert ["probes"] == list(server.by("job", "count by (job) (checker_probe_state)"))
        assert {"checker"} == set(server.by("job", "count by (job) (checker_probe_runs_total)"))
        assert 2 == len(server.query('up{job="checker"} == 1'))


def test_intervals_and_timeouts_are_the_probes_own(fleet: Fleet) -> None:
    targets = fleet.shards[0].get("targets")["activeTargets"]
    found = {
        (one["scrapeInterval"], one["scrapeTimeout"]) for one in targets if one["scrapePool"] == "probes"
    }
    assert {("2s", "2s")} == found


@pytest.mark.parametrize("query", DASHBOARD)
def test_the_queries_of_a_dashboard_for_blackbox_exporter_return_data(fleet: Fleet, query: str) -> None:
    text = query.replace("$target", "page-.*|signed")
    found = [one for server in fleet.shards for one in server.query(text)]
    assert found
    assert [] == [one for one in found if one["value"][1] == "NaN"]


def test_a_checker_that_is_killed_costs_no_probe_more_than_a_slot(fleet: Fleet) -> None:
    """The last test of the fleet: it is not whole again."""
    dead, left = fleet.checkers
    moved = dead.runs.keys() - left.runs.keys()
    assert moved
    killed = time.time()
    dead.process.kill()
    dead.process.wait()

    def scraped_since() -> dict[str, list[tuple[float, str]]]:
        samples = [one for server in fleet.servers for one in server.query('up{job="probes"}[2m]')]
        since = {
            f"{one['metric']['probe']} of {number}": [(at, up) for at, up in one["values"] if at > killed]
            for number, one in enumerate(samples)
        }
        return since if since and min(map(len, since.values())) >= SLOTS else {}

    since = until(scraped_since, 60.0)
    missed = {name: [up for _, up in values].count("0") for name, values in since.items()}
    assert {} == {name: slots for name, slots in missed.items() if slots > 1}
    assert moved <= left.runs.keys()
    gone = fleet.shards[0].by("instance", 'up{job="checker"} == 0')
    assert [dead.url.removeprefix("http://")] == list(gone)
