from checker.surfaces.rules.samples import Copy
from checker.surfaces.rules.scenario import alarm, together


def test_an_alarm_is_a_series_that_fires() -> None:
    expected = 'ALERTS{alertname="A",alertstate="firing",job="checker",owner="web",probe="p",severity="info",step="s"}'
    assert expected == alarm("A", "info", "p", step="s")


def test_series_of_all_copies_are_there_at_once() -> None:
    copy = Copy([("up", 1)])
    both = together("name", (copy, copy.at("b:1")), {0: ()})
    assert {**copy.series(), **copy.at("b:1").series()} == both.series
