"""A story that the rules' unit tests tell: what is exported, and all alerts that fire."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checker.surfaces.rules.samples import JOB, OWNER, Copy, named

Firing = tuple[str, ...]
"""The alerts that fire at a moment, all of them; Watchdog is left out."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Series over minutes, and for some minutes what fires then."""

    name: str
    series: Mapping[str, str]
    firing: Mapping[int, Firing]


def alarm(name: str, severity: str, probe: str = "search", **more: str) -> str:
    """Return the series of an alert that fires."""
    labels = {"job": JOB, "severity": severity, "probe": probe, "owner": OWNER if probe else "", **more}
    return named("ALERTS", alertname=name, alertstate="firing", **labels)


def one(name: str, copy: Copy, firing: Mapping[int, Firing]) -> Scenario:
    """Return a scenario of a probe on one copy."""
    return Scenario(name, copy.series(), firing)


def together(name: str, copies: Iterable[Copy], firing: Mapping[int, Firing]) -> Scenario:
    """Return a scenario of several probes, or of one on several copies."""
    return Scenario(name, {key: value for copy in copies for key, value in copy.series().items()}, firing)
