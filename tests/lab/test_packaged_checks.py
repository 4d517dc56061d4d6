from importlib.resources import files
from pathlib import Path


def test_the_demo_ships_the_very_checks_that_the_repository_shows() -> None:
    repository = Path(__file__).parents[2] / "checks.yaml"
    assert repository.read_bytes() == (files("checker.lab") / "checks.yaml").read_bytes()
