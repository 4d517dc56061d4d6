from dataclasses import replace

import pytest

from checker.core.duration import parse_duration
from checker.engine.plan import PlannedProbe
from checker.surfaces.discovery import after_main, target
from tests.surfaces.samples import planned_step, probe


def labels(planned: PlannedProbe) -> dict[str, str]:
    found = target(planned, "pool:80")["labels"]
    assert isinstance(found, dict)
    return found


def test_a_probe_is_a_target_with_the_labels_that_the_contract_lists() -> None:
    planned = probe("lookup/esr", labels={"env": "prod", "consumer": "esr"}, interval=30.0, timeout=10.0)
    expected = {
        "targets": ["checks.example.org:10460"],
        "labels": {
            "probe": "lookup/esr",
            "env": "prod",
            "consumer": "esr",
            "__metrics_path__": "/probe",
            "__param_probe": "lookup/esr",
            "__scrape_interval__": "30s",
            "__scrape_timeout__": "11s",
        },
    }
    assert expected == target(planned, "checks.example.org:10460")


@pytest.mark.parametrize(
    ("interval", "timeout", "shown"),
    [
        (30.0, 10.0, ("30s", "11s")),
        (90.0, 0.25, ("90s", "1250ms")),
        (0.5, 0.4, ("500ms", "500ms")),
        (0.1, 0.08, ("100ms", "100ms")),
        (2.3, 1.84, ("2300ms", "2300ms")),
        (86400.0, 1.0, ("86400s", "2s")),
        (10.0, 9.5, ("10s", "10s")),
    ],
)
def test_times_are_as_prometheus_reads_them_and_the_timeout_is_never_above_the_interval(
    interval: float, timeout: float, shown: tuple[str, str]
) -> None:
    found = labels(probe(interval=interval, timeout=timeout))
    assert shown == (found["__scrape_interval__"], found["__scrape_timeout__"])
    assert parse_duration(shown[1]) <= parse_duration(shown[0]) <= interval


def test_clean_ups_have_their_time_too() -> None:
    planned = probe(timeout=10.0, cleanup_timeout=5.0, interval=60.0)
    tidying = replace(planned, steps=(planned_step(), replace(planned_step("clean-up"), always=True)))
    assert ("11s", "16s") == (labels(planned)["__scrape_timeout__"], labels(tidying)["__scrape_timeout__"])
    assert (0.0, 5.0) == (after_main(planned), after_main(tidying))


def test_a_label_of_the_users_never_takes_the_place_of_one_that_is_needed() -> None:
    hostile = probe("a/b", labels={"probe": "else", "__param_probe": "else"})
    assert "a/b" == labels(hostile)["__param_probe"]
    assert "a/b" == labels(hostile)["probe"]
