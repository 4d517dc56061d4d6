import pytest

from checker.core.reason import Result
from checker.surfaces.rules.samples import GONE, Copy, Stretch, named, timeline


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([("1", 3)], "1+0x2"),
        ([("0", 1), ("1", 2)], "0+0x0 1+0x1"),
        ([(GONE, 4), ("1", 1)], "_x4 1+0x0"),
        ([("1", 2), (GONE, 1), ("0", 1)], "1+0x1 stale 0+0x0"),
        ([("1", 2), (GONE, 3)], "1+0x1 stale _x2"),
    ],
)
def test_a_timeline_in_promtools_notation(stretches: list[Stretch], expected: str) -> None:
    assert expected == timeline(stretches)


def test_labels_without_a_value_are_left_out() -> None:
    assert 'up{a="\\"",b="2"}' == named("up", b="2", a='"', c="")


def test_a_restart_resets_counters_but_not_the_clock() -> None:
    copy = Copy([("up", 2), (GONE, 2), ("up", 2)], rates={Result.PASS: 2})
    series = copy.series()
    labels = 'instance="a:10460",job="checker",probe="search"'
    assert "0+2x1 stale _x1 0+2x1" == series[f'checker_probe_runs_total{{{labels},result="pass"}}']
    assert "0+60x1 stale _x1 240+60x1" == series[f"checker_probe_last_run_timestamp_seconds{{{labels}}}"]


def test_a_copy_is_in_one_state_at_a_time() -> None:
    series = Copy([("up", 1), ("down", 1)]).at("b:1").series()
    states = {key: values for key, values in series.items() if key.startswith("checker_probe_state{")}
    assert 5 == len(states)
    assert 1 == sum(values.startswith("1") for values in states.values())
    assert all('instance="b:1"' in key for key in series)
