"""The repository's checks.yaml finds the demo's estate by its defaults alone, and leaves no part of it out."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from checker.config.load import load
from checker.lab.estate import DEMO_BASE_PORT, Estate
from checker.lab.estate.consumers import CONSUMERS
from checker.lab.estate.fleet import PROBE_CLIENT
from checker.lab.estate.identity import REALM
from tests.lab.estate.conftest import HandClock

CHECKS = Path(__file__).parents[2] / "checks.yaml"
DEFAULTS = re.compile(r"\$\{env\.([A-Z_]+):-([^}]*)\}")


def defaults() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, default in DEFAULTS.findall(CHECKS.read_text()):
        found.setdefault(name, set()).add(default)
    return found


async def test_its_defaults_are_the_demo_s_addresses() -> None:
    async with Estate(clock=HandClock().clock) as estate:
        names = list(estate.urls)
    expected = {
        name: {f"http://127.0.0.1:{DEMO_BASE_PORT + offset}"}
        for offset, name in enumerate(names)
        if name != "SEARCH_ENGINE_URL"  # users never meet it
    }
    assert expected == {name: urls for name, urls in defaults().items() if name.endswith("_URL")}


def test_it_knows_the_demo_s_realm_and_client() -> None:
    assert {REALM} == defaults()["AUTH_REALM"]
    [sign_in] = [
        step
        for step in yaml.safe_load(CHECKS.read_text())["probes"]["bulk-upload"]["steps"]
        if "call" in step
    ]
    assert PROBE_CLIENT == sign_in["with"]["client"]


def test_it_calls_nothing_but_loopback_unless_told_otherwise() -> None:
    hosts = {urlsplit(url).hostname for urls in defaults().values() for url in urls if "://" in url}
    assert {"127.0.0.1"} == hosts
    assert {"127.0.0.1"} == defaults()["AUTH_HOST"]


def test_it_is_valid_without_any_variable_set() -> None:
    config = load(str(CHECKS), {})
    [warning] = config.warnings
    assert "the variable UPLOAD_CLIENT_SECRET is not set here" == warning.message
    assert [
        "works-search",
        "images-search",
        "catalogue-cdn/works",
        "catalogue-cdn/images",
        "bulk-upload",
        "reference-lookup",
        *(f"reference-through/{name}" for name in CONSUMERS),
    ] == [probe.name for probe in config.probes]
    assert all(probe.shallow for probe in config.probes)
    assert ["bulk-upload"] == [probe.name for probe in config.probes if probe.effects == "writes"]
