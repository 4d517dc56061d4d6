"""Scopes with captures and secrets, as a run has them."""

from collections.abc import Mapping
from typing import Any

from checker.core.scope import Scope
from checker.core.template import parse_template

RUN_ID = "0af76519-16cd-43dd-8448-eb211c80319c"


def scope_with(
    captures: Mapping[str, object] | None = None, secrets: Mapping[str, str] | None = None
) -> Scope:
    """Return the scope of a run that has captured `captures`."""
    held = Scope(dict(secrets or {}).__getitem__, {"id": RUN_ID, "started_at": "2024-05-06T07:08:09Z"})
    held.captures.update(captures or {})
    return held


def templated(value: Any) -> Any:
    """Return a value as the configuration hands it over: texts with references are templates."""
    if isinstance(value, str):
        return parse_template(value)
    if isinstance(value, dict):
        return {key: templated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [templated(item) for item in value]
    return value
