"""Where in a YAML or JSON document a value stands. It is looked for only when there is something wrong with it."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import yaml

from checker.importers.parts import Misfit

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 4 << 20
"""Characters; in what is larger nothing is looked for, as that would take longer than anybody waits for a message."""


def told_by_line(importer: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """Let what an importer says of a value in its text also say the line."""

    @wraps(importer)
    def told(text: str, /, *rest: P.args, **named: P.kwargs) -> T:
        try:
            return importer(text, *rest, **named)
        except Misfit as error:
            raise error.on(line(text, error.keys)) from None

    return told


def line(text: str, keys: Sequence[str | int]) -> int:
    """Return the line of what the keys lead to, or of the last on the way that is there; 0: nobody knows."""
    if len(text) > _MOST or not keys:
        return 0
    try:
        node: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return 0
    found = 0
    for key in keys:
        inner = dict(_inner(node)).get(key)
        if inner is None:
            break
        found, node = inner
    return found


def _inner(node: Any) -> list[tuple[str | int, tuple[int, Any]]]:
    """Return what is in a node by key or index, each with its line."""
    if isinstance(node, yaml.MappingNode):
        return [(key.value, (key.start_mark.line + 1, value)) for key, value in _texts(node)]
    if isinstance(node, yaml.SequenceNode):
        return [(index, (item.start_mark.line + 1, item)) for index, item in enumerate(node.value)]
    return []


def _texts(node: yaml.MappingNode) -> list[tuple[Any, Any]]:
    return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
