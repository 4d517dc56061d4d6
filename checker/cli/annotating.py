"""Annotations in GitHub Actions: whether they are wanted, where in the repository they belong, and to which stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.config.configuration import Config, ProbeConfig
from checker.config.problems import Place
from checker.core.outcome import Outcome
from checker.surfaces.report.github import Spot


@dataclass(frozen=True, slots=True)
class Repository:
    """What is checked out where a workflow runs, and the configuration that was read from it."""

    root: Path
    probes: Mapping[str, ProbeConfig]

    def locate(self, outcome: Outcome) -> Spot | None:
        """Return the line of the step that decided, else of the probe."""
        place = _place(self.probes[outcome.probe], outcome.step)
        path = Path(place.source.name)
        if not path.is_file():  # it came from standard input or a variable
            return None
        path = path.resolve()
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        return Spot(shown.as_posix(), place.line)


def _place(probe: ProbeConfig, step: str | None) -> Place:
    for number, each in enumerate(probe.steps):
        if each.name == step:
            return probe.place(("steps", number))
    return probe.place()


def repository(environment: Mapping[str, str], config: Config) -> Repository | None:
    """Return the repository whose workflow this is, or None outside of GitHub Actions."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return None
    root = Path(environment.get("GITHUB_WORKSPACE") or ".").resolve()
    return Repository(root, {probe.name: probe for probe in config.probes})
