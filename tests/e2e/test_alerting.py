"""From a fault to the page, and to its end: the demo's estate, a checker, Prometheus, Alertmanager, a receiver.

All real, and configured by the files in deploy/ that `docker compose` mounts. What differs is what would only make the
test longer: how often Prometheus scrapes, for how long Alertmanager collects, and for how long an alert outlasts its
cause (15 s instead of 2 min, which promtool tests in virtual time). What decides when a page comes is what ships.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from checker.lab.estate import Estate
from tests.e2e.processes import CHECKER, Alertmanager, Prometheus, answering, free_port, until

pytestmark = [pytest.mark.needs("prometheus", "prometheus-alertmanager"), pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

FAULT = "engine-key-revoked"
BROKEN = {"works-search", "images-search"}
DEPENDING = {"reading-list"}
DEPENDENT = """
  reading-list:
    description: Needs the search for works, looks less often while it is broken, and would page as well
    use: search-and-open
    with: {base: "${env.CATALOGUE_URL}", collection: works, type: Work}
    depends_on: [works-search]
    severity: page
"""

EVALUATION = 15.0
"""Seconds between two evaluations of the rules about probes, and for which an alert has to be true."""


class Line(NamedTuple):
    """What the receiver has shown of an alert."""

    receiver: str
    status: str
    alert: str
    probe: str
    told: str


def adapted(text: str, **changes: str) -> str:
    """Replace what has to be there: patterns, by keys that only tell them apart in a traceback."""
    for change in changes.values():
        pattern, _, new = change.partition(" → ")
        text, count = re.subn(pattern, new, text)
        assert count, pattern
    return text


@dataclass(frozen=True)
class Stack:
    """Everything between a fault and whom it is told."""

    control: str
    prometheus: Prometheus
    alertmanager: Alertmanager
    log: Path

    def switch(self, method: str) -> float:
        """Switch the fault on (POST) or off (DELETE); return when."""
        httpx.request(method, f"{self.control}/faults/{FAULT}").raise_for_status()
        return time.time()

    def lines(self) -> list[Line]:
        """Return what the receiver has shown so far."""
        found = re.findall(r"^(\S+) (\S+) (\S+) (\S+): (.*)$", self.log.read_text(), re.MULTILINE)
        return [Line(*parts) for parts in found]

    def pages(self, status: str) -> dict[str, Line]:
        """Return the pages by probe: those that begin (`firing`), or those that end (`resolved`)."""
        return {one.probe: one for one in self.lines() if (one.receiver, one.status) == ("pager", status)}

    def probes(self, query: str) -> set[str]:
        return set(self.prometheus.by("probe", query))

    def evaluated(self, since: float) -> bool:
        """Whether the rules about probes have been evaluated after a moment, in seconds since the epoch."""
        groups = self.prometheus.get("rules")["groups"]
        (last,) = (one["lastEvaluation"] for one in groups if one["name"] == "checker-probes")
        return datetime.fromisoformat(last).timestamp() > since


@contextmanager
def stack(directory: Path) -> Iterator[Stack]:
    with ExitStack() as running:
        portal = running.enter_context(start_blocking_portal())
        estate = running.enter_context(portal.wrap_async_context_manager(Estate()))
        checker = running.enter_context(serving(estate, directory))
        receiver, log = running.enter_context(receiving(directory))
        alertmanager = running.enter_context(
            Alertmanager.serving(
                adapted(
                    (DEPLOY / "alertmanager" / "alertmanager.yml").read_text(),
                    receiver=f"webhooks:9095 → {receiver}",
                    wait="group_wait: .* → group_wait: 1s",
                    interval="group_interval: .* → group_interval: 1s",
                ),
                directory / "alertmanager",
            )
        )
        rules = adapted(
            (DEPLOY / "prometheus" / "rules.yml").read_text(),
            keep="keep_firing_for: 2m → keep_firing_for: 15s",
        )
        (directory / "rules.yml").write_text(rules)
        prometheus = running.enter_context(
            Prometheus.serving(
                adapted(
                    (DEPLOY / "prometheus" / "prometheus.yml").read_text(),
                    rules=rf"\[rules.yml\] → [{directory / 'rules.yml'}]",
                    checker=f"checker:10460 → {checker}",
                    alertmanager=f"alertmanager:9093 → {alertmanager.address}",
                    often="scrape_interval: 5s → scrape_interval: 1s",
                ),
                directory / "prometheus",
            )
        )
        yield Stack(estate.control_url, prometheus, alertmanager, log)


@contextmanager
def serving(estate: Estate, directory: Path) -> Iterator[str]:
    """Serve the repository's checks.yaml, and one probe more."""
    checks = directory / "checks.yaml"
    checks.write_text((ROOT / "checks.yaml").read_text() + DEPENDENT)
    address = f"127.0.0.1:{free_port()}"
    command = (CHECKER, "serve", checks, "--listen", address)
    environment = {**os.environ, **estate.environment}
    with answering(command, directory / "checker.log", f"http://{address}/-/healthy", environment):
        yield address


@contextmanager
def receiving(directory: Path) -> Iterator[tuple[str, Path]]:
    address, log = f"127.0.0.1:{free_port()}", directory / "receiver.log"
    command = (sys.executable, DEPLOY / "webhooks" / "receive.py", address)
    with answering(command, log, f"http://{address}/"):
        yield address, log


@dataclass(frozen=True)
class Incident:
    """What came of a fault. `alerts` are Alertmanager's while it was on; times in seconds."""

    paged_after: float
    alerts: list[dict[str, Any]]
    blocked: set[str]
    lines: list[Line]


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Incident]:
    """Break the search engine's key, wait for the pages and for what must not page, mend it, wait for the end."""
    with stack(tmp_path_factory.mktemp("stack")) as running:
        until(lambda: BROKEN | DEPENDING <= running.probes('checker_probe_state{state="up"} == 1'))
        broken = running.switch("POST")
        until(lambda: BROKEN <= running.pages("firing").keys(), 90.0)
        paged_after = time.time() - broken

        until(lambda: DEPENDING <= running.probes('checker_probe_state{state="down"} == 1'))
        down = time.time()
        until(lambda: running.evaluated(down + 2 * EVALUATION), 60.0)
        blocked = running.probes("checker_probe_blocked == 1")
        alerts = running.alertmanager.alerts()

        running.switch("DELETE")
        until(lambda: BROKEN <= running.pages("resolved").keys(), 120.0)
        until(lambda: not running.probes('checker_probe_state{state="down"} == 1'))
        up = time.time()
        until(lambda: running.evaluated(up), 60.0)
        until(lambda: [one for one in running.lines() if one.alert == "Watchdog"])
        yield Incident(paged_after, alerts, blocked, running.lines())


def test_the_page_comes_within_a_minute(incident: Incident) -> None:
    assert incident.paged_after < 60


def test_the_page_says_what_and_why(incident: Incident) -> None:
    told = {
        one.probe: one.told for one in incident.lines if one.receiver == "pager" and one.status == "firing"
    }
    assert "works-search is down, and the platform calls it healthy." in told["works-search"]
    assert "Seen: server_error in step search (1×)." in told["works-search"]


def test_one_fault_pages_once_for_each_path_that_it_breaks(incident: Incident) -> None:
    pages = [one[1:4] for one in incident.lines if one.receiver == "pager" and one.status == "firing"]
    assert [("firing", "CheckerProbeMasked", probe) for probe in sorted(BROKEN)] == sorted(pages)


def test_the_alert_that_says_less_is_there_and_held_back(incident: Incident) -> None:
    held = {
        one["labels"]["probe"]: one["status"]["state"]
        for one in incident.alerts
        if one["labels"]["alertname"] == "CheckerProbeDown"
    }
    assert dict.fromkeys(BROKEN, "suppressed") == held


def test_the_end_is_told(incident: Incident) -> None:
    ended = {one.probe for one in incident.lines if one.receiver == "pager" and one.status == "resolved"}
    assert BROKEN == ended


def test_what_depends_on_it_is_down_and_nobody_is_told(incident: Incident) -> None:
    """Neither while its dependency is down, nor in the moment in which that is up again before it is."""
    assert DEPENDING <= incident.blocked
    assert not [one for one in incident.alerts if one["labels"].get("probe") in DEPENDING]
    assert not [one for one in incident.lines if one.probe in DEPENDING]


def test_a_dead_mans_switch_hears_that_all_this_works(incident: Incident) -> None:
    heard = {(one.receiver, one.status) for one in incident.lines if one.alert == "Watchdog"}
    assert {("dead-mans-switch", "firing")} == heard


def test_the_receiver_refuses_what_is_no_notification(tmp_path: Path) -> None:
    with receiving(tmp_path) as (address, log):
        for content in (b"", b"[]", b'{"alerts": [1]}', b'{"alerts": [{"labels": {}}]}'):
            assert 400 == httpx.post(f"http://{address}/pager", content=content).status_code
        assert "" == log.read_text()
