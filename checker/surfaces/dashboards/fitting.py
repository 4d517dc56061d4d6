"""What the dashboards leave to an estate: the labels that tell its probes apart, and where its status page is.

They ship for the label `env`. Other labels take its place wherever it stands in a query, a variable or a link: so
the text of those places is made here, for the generator and for the replacement alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LABELS = ("env",)
"""The labels that the dashboards ship with; where a probe has none, the empty value stands for it."""

STATUS_PAGE = "http://127.0.0.1:10460"
"""Where the demo's is."""

TAKEN = frozenset({"datasource", "instance", "owner", "probe", "severity", "status_page"})
"""Names of variables that the dashboards have anyhow; no label of such a name can have one."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """An estate: its label keys, none of them in `TAKEN`, and the URL of its status page."""

    labels: tuple[str, ...] = LABELS
    status_page: str = STATUS_PAGE


def matchers(labels: Sequence[str]) -> str:
    """Return the matchers of a selector, to stand last in it: `env=~"$env"`."""
    return ",".join(f'{label}=~"${label}"' for label in labels)


def keys(labels: Sequence[str]) -> str:
    """Return the labels that make a probe unique among estates: `probe, env`."""
    return ", ".join(("probe", *labels))


def passed_on(labels: Sequence[str]) -> str:
    """Return the part of a link that hands on what is chosen: `${env:queryparam}`."""
    return "&".join(f"${{{label}:queryparam}}" for label in labels)


def fitted(dashboard: Mapping[str, Any], fitting: Fitting) -> dict[str, Any]:
    """Return a shipped dashboard with an estate's labels and status page in place of its own."""
    fragments = {part(LABELS): part(fitting.labels) for part in (matchers, keys, passed_on)}
    document: dict[str, Any] = _replaced(dashboard, fragments)
    variables = document["templating"]["list"]
    document["templating"]["list"] = [
        one for variable in variables for one in _fitted_variables(variable, fitting)
    ]
    return document


def _replaced(value: Any, fragments: Mapping[str, str]) -> Any:
    """Return a document with parts of its texts replaced."""
    if isinstance(value, str):
        for old, new in fragments.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, Mapping):
        return {key: _replaced(one, fragments) for key, one in value.items()}
    return [_replaced(one, fragments) for one in value] if isinstance(value, list) else value


def _fitted_variables(variable: Mapping[str, Any], fitting: Fitting) -> list[dict[str, Any]]:
    name = variable["name"]
    if name == "status_page":
        url = fitting.status_page.rstrip("/")
        return [{**variable, "query": url, "current": {"text": url, "value": url}}]
    if name not in LABELS:
        return [dict(variable)]
    return [
        {**_replaced(variable, {f", {name})": f", {label})"}), "name": label, "label": label}
        for label in fitting.labels
    ]
