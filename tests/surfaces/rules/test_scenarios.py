"""The rules do what the scenarios tell, and the scenarios notice if they did not. With the real promtool."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from checker.surfaces.rules.document import Options, groups
from checker.surfaces.rules.rule import Alert
from checker.surfaces.rules.scenario import Scenario
from checker.surfaces.rules.scenarios import scenarios
from tests.surfaces.rules.promtool import tell

ALL: Sequence[Scenario] = tuple(scenarios())
BLOCKED = "unless on (job, instance, probe) (max_over_time(checker_probe_blocked[2m]) == 1)"
UNBLOCKED_AT_ONCE = "unless on (job, instance, probe) (checker_probe_blocked == 1)"


def rule_of(series: str) -> tuple[str, str]:
    labels = dict(re.findall(r'(\w+)="([^"]*)"', series))
    return labels["alertname"], labels["severity"]


@pytest.mark.needs("promtool")
@pytest.mark.timeout(300)
def test_the_rules_do_what_is_told(tmp_path: Path) -> None:
    assert "" == tell(tmp_path, ALL)


@pytest.mark.needs("promtool")
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("told", "old", "new"),
    [
        ("a shared outage: what depends on it is blocked", BLOCKED, ""),
        ("what recovers a moment after", BLOCKED, UNBLOCKED_AT_ONCE),
        ("masked, until the state", "checker_probe_shallow_success", "checker_probe_masked"),
        ("what failed while its dependency was down", r"unless on \(.*\) \(max_over_time\(.*", ""),
        ("a restart of the checker while a probe is down", "keep_firing_for: 2m", "keep_firing_for: 0s"),
        ("a task that is replaced", "without (instance, ", "without ("),
        ("a state that lasts for no more than a moment", "for: 15s", "for: 0s"),
        ("one of two", "count >= 2", "count >= 1"),
        ("a fifth of 500", "0.2 \\*", "0.3 *"),
        ("not quite a fifth of 500", "0.2 \\*", "0.1 *"),
        ("two failures", ">= 3", ">= 1"),
        ("half of all runs fail, of severity page", ">= 1800 \\*", ">= 1 *"),
        ("failures that are over", r"and probe:checker_probe_unblocked_burn.*", ""),
        ("errors of the checker", 'result="fail"', 'result=~"fail|error"'),
        ("a new severity is rolled out", "topk without (instance, ", "topk without ("),
        ("an error of the checker", "for: 10m", "for: 1m"),
        ("a few per cent", "rate1d > 3", "rate1d > 5"),
        ("a few per cent", "rate3d > 1", "rate3d > 2"),
        ("a few per cent", "rate6h > 6", "rate6h > 9"),
    ],
)
def test_scenarios_notice_what_is_wrong(tmp_path: Path, told: str, old: str, new: str) -> None:
    concerned = [scenario for scenario in ALL if scenario.name.startswith(told)]
    assert concerned
    pattern = old if "\\" in old or ".*" in old else re.escape(old)
    assert "FAILED" in tell(tmp_path, concerned, lambda rules: re.sub(pattern, lambda _: new, rules))


def test_each_alert_fires_in_a_scenario_and_is_silent_in_another() -> None:
    alerts = {
        (rule.name, rule.severity)
        for group in groups(Options())
        for rule in group.rules
        if isinstance(rule, Alert) and rule.name != "Watchdog"
    }
    firing = [
        {rule_of(series) for scenario_firing in scenario.firing.values() for series in scenario_firing}
        for scenario in ALL
    ]
    assert alerts == set().union(*firing)
    assert all(any(alert not in fired for fired in firing) for alert in alerts)


def test_each_scenario_has_a_name_of_its_own() -> None:
    assert len(ALL) == len({scenario.name for scenario in ALL})


def test_one_bad_sidecar_is_one_of_500() -> None:
    scenario = next(scenario for scenario in ALL if scenario.name == "one bad sidecar of 500")
    down = [values for series, values in scenario.series.items() if 'state="down"' in series]
    assert (500, 1) == (len(down), sum(values.startswith("1") for values in down))
