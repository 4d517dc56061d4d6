"""The scenarios as a file for `promtool test rules`."""

from collections.abc import Iterable

from checker.surfaces.rules.rule import Document
from checker.surfaces.rules.scenario import Scenario

_FIRING = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'
_WATCHDOG = 'ALERTS{alertname="Watchdog",alertstate="firing",severity="none"}'


def document(rules_file: str, scenarios: Iterable[Scenario]) -> Document:
    """Return the tests of the rules in a file, whose name is relative to where the tests are.

    They ask for all alerts that fire, instead of for one by its name: so each scenario also tests that nothing
    else does.
    """
    return {
        "rule_files": [rules_file],
        "evaluation_interval": "1m",
        "tests": [_watchdog(), *map(_test, scenarios)],
    }


def _test(scenario: Scenario) -> Document:
    return {
        "name": scenario.name,
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in scenario.series.items()],
        "promql_expr_test": [
            _expected(_FIRING, minute, firing) for minute, firing in scenario.firing.items()
        ],
    }


def _watchdog() -> Document:
    return {
        "name": "Watchdog always fires",
        "interval": "1m",
        "input_series": [],
        "promql_expr_test": [_expected(_WATCHDOG, minute, (_WATCHDOG,)) for minute in (0, 60)],
    }


def _expected(expression: str, minute: int, firing: Iterable[str]) -> Document:
    samples = [{"labels": labels, "value": 1} for labels in firing]
    return {"expr": expression, "eval_time": f"{minute}m", "exp_samples": samples}
