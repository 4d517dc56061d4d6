"""Node → model, with pydantic's errors told in this format's words, at the places where they are written."""

from collections.abc import Iterable
from collections.abc import Mapping as Map
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from checker.config.nodes import Mapping, Node, Path, Scalar, at, unresolved, with_alternative
from checker.config.problems import Place, Problems, did_you_mean, nearest
from checker.kinds.fields import described

M = TypeVar("M", bound=BaseModel)

_MOST_ROUNDS = (
    8  # each gives every refused reference its other reading; two are enough but for nested oddities
)


def validated(model: type[M], node: Mapping, problems: Problems) -> M | None:
    """Return the model of a mapping, or None with every error noted at its place."""
    reading: Node = node
    errors: list[ErrorDetails] = []
    for _ in range(_MOST_ROUNDS):
        try:
            return model.model_validate(reading.data)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        other = read_otherwise(reading, [_path(found) for found in errors])
        if other is reading:
            break
        reading = other
    for found in errors:
        _report(found, model, node, problems)
    return None


def read_otherwise(node: Node, paths: Iterable[Path]) -> Node:
    """Return the tree with another reading of the references that were refused; the same tree if there is none."""
    for path in paths:
        node = with_alternative(node, path) or node
    return node


def _path(error: ErrorDetails) -> Path:
    return error["loc"]


def _report(error: ErrorDetails, model: type[BaseModel], node: Mapping, problems: Problems) -> None:
    path = _path(error)
    found = at(node, path)
    if unresolved(found):
        return
    if error["type"] == "extra_forbidden":
        parent = at(node, path[:-1])
        place = parent.key_place(str(path[-1])) if isinstance(parent, Mapping) else parent.place
        known = _keys_at(model, path[:-1])
        unknown_key(place, str(path[-1]), known, problems, parent)
    elif error["type"] == "missing":
        problems.add(found.place, f"{path[-1]!r} is missing here")
    else:
        problems.add(found.place, _message(error), error.get("ctx", {}).get("hint", ""))


def unknown_key(place: Place, key: str, known: Iterable[str], problems: Problems, parent: Node) -> None:
    """Note a key that is none of the known ones."""
    lone = isinstance(parent, Mapping) and _lone(parent, key) and not did_you_mean(key, known)
    hint = "quote the text before it if the comma is part of it" if lone else nearest(key, known)
    problems.add(place, f"unknown key {key!r}", hint)


def _lone(parent: Mapping, key: str) -> bool:
    """Whether a key within braces has no colon: most often a comma before it was meant as text."""
    entry = parent.entries.get(key)
    if (
        entry is None
        or not isinstance(entry.value, Scalar)
        or entry.value.extent.text
        or entry.value.data is not None
    ):
        return False
    start, end = entry.key.place, entry.value.place
    between = start.source.line(start.line)[
        start.column - 1 : end.column - 1 if end.line == start.line else None
    ]
    return ":" not in between


def _message(error: ErrorDetails) -> str:
    kind, seen = error["type"], error.get("input")
    if kind in _WANTED:
        return f"expected {_WANTED[kind]}, not {described(seen)}"
    if kind in {"value_error", "assertion_error"}:
        return str(error.get("ctx", {}).get("error", error["msg"]))
    return error["msg"][:1].lower() + error["msg"][1:] if kind != "written" else error["msg"]


_WANTED: Map[str, str] = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "frozen_set_type": "a list",
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
}


def _keys_at(model: type[BaseModel], path: Path) -> frozenset[str]:
    """Return the keys that the models at a path know."""
    models = [model]
    for part in path:
        models = [inner for outer in models for inner in _models_of_field(outer, part)] or models
    return frozenset(field.alias or name for each in models for name, field in each.model_fields.items())


def _models_of_field(model: type[BaseModel], part: str | int) -> list[type[BaseModel]]:
    fields = [field for name, field in model.model_fields.items() if part in (name, field.alias)]
    return [inner for field in fields for inner in _models_in(field.annotation)]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [inner for argument in get_args(annotation) for inner in _models_in(argument)]
