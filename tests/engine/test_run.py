import pytest

from checker.engine.run import RunNames


def test_a_run_has_an_id_that_stays_and_the_time_of_its_start() -> None:
    names = RunNames(1_700_000_000.5)
    assert "2023-11-14T22:13:20.500Z" == names["started_at"]
    assert names["id"] == names["id"]
    assert names["id"] != RunNames(1_700_000_000.5)["id"]
    assert ["id", "started_at"] == list(names)
    assert 2 == len(names)


def test_there_are_no_other_names() -> None:
    names = RunNames(0.0)
    assert "secret" not in names
    with pytest.raises(KeyError):
        names["url"]
