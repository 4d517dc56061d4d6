"""Credentials that are written into the configuration itself: shown masked, and warned of."""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import replace
from typing import Any

from checker.config.configuration import ProbeConfig, StepConfig
from checker.config.nodes import Path, place_of
from checker.config.problems import Place, Problem, Problems
from checker.kinds.literals import without_login
from checker.secrets.redaction import MASK

_HINT = "put it under secrets"


def check_literals(steps: Iterable[StepConfig], warnings: Problems) -> None:
    """Warn of credentials that are no secrets; what is told does not show them."""
    for place in _places(steps):
        written = place.source.line(place.line)[place.column - 1 :]
        message = (
            "a credential comes to this place as plain text"
            if "${" in written
            else "a credential is written here literally"
        )
        warnings.add(place, message, _HINT)


def covered(warnings: Iterable[Problem], probes: Iterable[ProbeConfig]) -> Iterator[Problem]:
    """Yield warnings without what their lines hold from the first credential on."""
    columns: dict[tuple[str, int], int] = {}
    for probe in probes:
        for place in _places([*probe.steps, probe.shallow] if probe.shallow else probe.steps):
            where = place.source.name, place.line
            columns[where] = min(place.column, columns.get(where, place.column))
    for warning in warnings:
        column = columns.get((warning.file, warning.line))
        shown = warning.source_line if column is None else warning.source_line[: column - 1] + MASK
        yield replace(warning, source_line=shown)


def _places(steps: Iterable[StepConfig]) -> Iterator[Place]:
    return (place_of(step.node, path) for step in steps for path in step.credentials)


def masked(step: StepConfig, document: Map[str, Any]) -> Any:
    """Return a step's document with masks in place of its literal credentials."""
    for path in step.credentials:
        document = _masked(document, path)
    return document


def _masked(value: Any, path: Path) -> Any:
    if not path:
        return without_login(str(value), MASK)
    if isinstance(value, list):
        return [_masked(item, path[1:]) if index == path[0] else item for index, item in enumerate(value)]
    return {key: _masked(item, path[1:]) if key == path[0] else item for key, item in value.items()}
