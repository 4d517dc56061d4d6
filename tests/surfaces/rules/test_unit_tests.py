from checker.surfaces.rules.scenario import Scenario
from checker.surfaces.rules.unit_tests import document


def test_a_scenario_asks_for_all_that_fires() -> None:
    scenario = Scenario("name", {"up": "1+0x1"}, {1: (), 2: ("ALERTS{a}",)})
    tests = document("r.yaml", [scenario])
    watchdog, told = tests["tests"]  # type: ignore[misc]
    assert (["r.yaml"], "Watchdog always fires") == (tests["rule_files"], watchdog["name"])  # type: ignore[has-type]
    expression = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'
    assert {
        "name": "name",
        "interval": "1m",
        "input_series": [{"series": "up", "values": "1+0x1"}],
        "promql_expr_test": [
            {"expr": expression, "eval_time": "1m", "exp_samples": []},
            {"expr": expression, "eval_time": "2m", "exp_samples": [{"labels": "ALERTS{a}", "value": 1}]},
        ],
    } == told  # type: ignore[has-type]
