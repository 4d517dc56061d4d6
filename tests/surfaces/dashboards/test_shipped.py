import json

import pytest

from checker.surfaces.dashboards.fitting import Fitting
from checker.surfaces.dashboards.shipped import FILES, dashboard, label_keys
from tests.e2e import grafana


def test_all_that_is_committed_ships() -> None:
    assert sorted(FILES.values()) == [f"{name}.json" for name in grafana.names()]


@pytest.mark.parametrize("name", FILES)
def test_as_it_is_it_is_the_file(name: str) -> None:
    assert (grafana.FOLDER / FILES[name]).read_text() == dashboard(name, Fitting())


@pytest.mark.parametrize("name", FILES)
def test_it_is_fitted(name: str) -> None:
    text = dashboard(name, Fitting(("team",), "https://checks.example"))
    assert "https://checks.example" in text
    assert "team" in [one["name"] for one in json.loads(text)["templating"]["list"]]


def test_each_key_of_a_label_counts_once() -> None:
    assert ("env", "team", "a") == label_keys([{"env": "x", "team": "y"}, {"a": "z", "env": "w"}, {}])
    assert () == label_keys([])
