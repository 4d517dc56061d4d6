import platform

import pytest
from prometheus_client.parser import text_string_to_metric_families

from checker import __version__
from checker.secrets.store import SecretStatus
from checker.surfaces.causes.evidence import Happened
from checker.surfaces.exposition import own_text
from checker.surfaces.own import LAG_BUCKETS, Own


def samples(own: Own, name: str) -> list[tuple[dict[str, str], float]]:
    families = text_string_to_metric_families(own_text(own, openmetrics=False))
    return [
        (sample.labels, sample.value)
        for family in families
        for sample in family.samples
        if sample.name == name
    ]


def test_lag_is_a_histogram_of_all_that_was_observed() -> None:
    own = Own()
    for seconds in (0.0, 0.001, 0.03, 99.0):
        own.observe_lag(seconds)
    buckets = {labels["le"]: value for labels, value in samples(own, "checker_schedule_lag_seconds_bucket")}
    assert [*(str(bound) for bound in LAG_BUCKETS), "+Inf"] == list(buckets)
    assert [2.0, 2.0, 3.0, 3.0, 4.0] == [buckets[le] for le in ("0.001", "0.025", "0.05", "10.0", "+Inf")]
    assert [({}, 4.0)] == samples(own, "checker_schedule_lag_seconds_count")
    ((_, total),) = samples(own, "checker_schedule_lag_seconds_sum")
    assert pytest.approx(99.031) == total


def test_a_run_that_starts_early_is_not_late() -> None:
    own = Own()
    own.observe_lag(-0.5)
    assert [({}, 0.0)] == samples(own, "checker_schedule_lag_seconds_sum")
    assert [({}, 1.0)] == samples(own, "checker_schedule_lag_seconds_count")


def test_stalls_add_up() -> None:
    own = Own()
    assert [({}, 0.0)] == samples(own, "checker_event_loop_stalled_seconds_total")
    own.stalled(0.5)
    own.stalled(0.25)
    own.stalled(-1.0)
    assert [({}, 0.75)] == samples(own, "checker_event_loop_stalled_seconds_total")


def test_a_start_is_nothing_that_happened_and_a_reload_is() -> None:
    secrets = {"key": SecretStatus(readable=True, changed_at=1.0)}
    own = Own(secrets=lambda: secrets)
    assert Happened(secrets) == own.happened()
    own.reloaded(1000.0)
    assert Happened(secrets) == own.happened()
    own.reloaded(2000.0)
    own.reload_failed()
    assert Happened(secrets, 2000.0) == own.happened()


def test_runs_in_flight_are_asked_for_at_each_scrape() -> None:
    running = [3]
    own = Own(in_flight=lambda: running[0])
    assert [({}, 3.0)] == samples(own, "checker_runs_in_flight")
    running[0] = 5
    assert [({}, 5.0)] == samples(own, "checker_runs_in_flight")


def test_late_callbacks_are_asked_for_at_each_scrape() -> None:
    late = [0]
    own = Own(late_callbacks=lambda: late[0])
    assert [({}, 0.0)] == samples(own, "checker_callbacks_late_total")
    late[0] = 2
    assert [({}, 2.0)] == samples(own, "checker_callbacks_late_total")


def reload_state(own: Own) -> tuple[list[float], list[float]]:
    return (
        [value for _, value in samples(own, "checker_config_last_reload_successful")],
        [value for _, value in samples(own, "checker_config_last_reload_success_timestamp_seconds")],
    )


def test_reloads() -> None:
    own = Own()
    assert ([], []) == reload_state(own)
    own.reloaded(1000.0)
    assert ([1.0], [1000.0]) == reload_state(own)
    own.reload_failed()
    assert ([0.0], [1000.0]) == reload_state(own)
    own.reloaded(2000.0)
    assert ([1.0], [2000.0]) == reload_state(own)


def test_a_checker_that_waits_for_its_first_good_configuration() -> None:
    own = Own()
    own.reload_failed()
    assert ([0.0], []) == reload_state(own)


def test_secrets() -> None:
    status = {"b": SecretStatus(readable=False), "a": SecretStatus(readable=True, changed_at=1234.5)}
    own = Own(secrets=lambda: status)
    assert [({"secret": "a"}, 1.0), ({"secret": "b"}, 0.0)] == samples(own, "checker_secret_readable")
    assert [({"secret": "a"}, 1234.5)] == samples(own, "checker_secret_changed_timestamp_seconds")


def test_build_info() -> None:
    expected = {"version": __version__, "python": platform.python_version()}
    assert [(expected, 1.0)] == samples(Own(), "checker_build_info")


def test_the_process_is_described() -> None:
    assert 1 == len(samples(Own(), "process_resident_memory_bytes"))
