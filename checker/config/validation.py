"""Node → model, with pydantic's errors told in this format's words, at the places where they are written."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Map
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from checker.config.hints import meant
from checker.config.nodes import Mapping, Node, Path, Scalar, at, unresolved, with_alternative
from checker.config.problems import Place, Problems, did_you_mean, nearest
from checker.kinds.fields import described

M = TypeVar("M", bound=BaseModel)

Elsewhere = Callable[[str], str]
"""From a key that is unknown where it stands to a hint at where it belongs; empty: to none."""


def nowhere(_key: str) -> str:
    """Know of no other place for a key."""
    return ""


_FEW = 12  # keys that a hint names
_MOST_ROUNDS = (
    8  # each gives every refused reference its other reading; two are enough but for nested oddities
)


def validated(model: type[M], node: Mapping, problems: Problems, elsewhere: Elsewhere = nowhere) -> M | None:
    """Return the model of a mapping, or None with every error noted at its place.

    `elsewhere` knows where keys belong.
    """
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
        _report(found, model, node, problems, elsewhere)
    return None


def read_otherwise(node: Node, paths: Iterable[Path]) -> Node:
    """Return the tree with another reading of the references that were refused; the same tree if there is none."""
    for path in paths:
        node = with_alternative(node, path) or node
    return node


def _path(error: ErrorDetails) -> Path:
    return error["loc"]


def _report(
    error: ErrorDetails, model: type[BaseModel], node: Mapping, problems: Problems, elsewhere: Elsewhere
) -> None:
    path = _path(error)
    found, parent = at(node, path), at(node, path[:-1])
    if unresolved(found):
        return
    if error["type"] == "extra_forbidden":
        key = str(path[-1])
        place = parent.key_place(key) if isinstance(parent, Mapping) else parent.place
        hint = _within(model, path[:-1], key) or (elsewhere(key) if len(path) == 1 else "")
        unknown_key(place, key, _keys_at(model, path[:-1]), problems, parent, hint)
    elif error["type"] == "missing":
        problems.add(found.place, f"{path[-1]!r} is missing here")
    elif isinstance(parent, Mapping) and found.data is None and _lone(parent, str(path[-1])):
        problems.add(parent.key_place(str(path[-1])), f"{path[-1]!r} has no value here", _COMMA)
    else:
        hint = error.get("ctx", {}).get("hint", "") or _instead(error, model, path, found)
        problems.add(found.place, _message(error), hint)


_COMMA = "quote the text before it if the comma is part of it"


def unknown_key(
    place: Place, key: str, known: Iterable[str], problems: Problems, parent: Node, elsewhere: str = ""
) -> None:
    """Note a key that is none of the known ones; `elsewhere` says where it belongs."""
    known = frozenset(known)
    question = meant(key, known) or did_you_mean(key, known) or elsewhere
    lone = isinstance(parent, Mapping) and _lone(parent, key) and not question
    problems.add(place, f"unknown key {key!r}", _COMMA if lone else question or nearest(key, known))


def _within(model: type[BaseModel], path: Path, key: str) -> str:
    """Return under which key beside an unknown one it belongs."""
    for outer in _models_at(model, path):
        for name, field in outer.model_fields.items():
            if any(key in _keys(inner) for inner in _models_in(field.annotation)):
                return f"it belongs under {field.alias or name}"
    return ""


def _instead(error: ErrorDetails, model: type[BaseModel], path: Path, found: Node) -> str:
    """Return how what is no mapping or list would be written as one."""
    kind, key = error["type"], path[-1] if path else ""
    plain = isinstance(found, Scalar) and isinstance(found.data, str | int | float)
    if kind in {"list_type", "tuple_type", "frozen_set_type"}:
        return f"write {key}: [{found.data}]" if plain else ""
    if kind in {"dict_type", "mapping_type"}:
        return f"write {key}: {{name: value}}"
    if kind not in {"model_type", "model_attributes_type"}:
        return ""
    models = list(_models_at(model, path))
    if plain and (short := next((each.short for each in models if hasattr(each, "short")), None)):
        return f"write {key}: {{{short}: {found.data}}}"
    known = sorted(_keys_at(model, path))
    return f"its keys are {', '.join(known)}" if len(known) <= _FEW else ""


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
    return frozenset(key for each in _models_at(model, path) for key in _keys(each))


def _keys(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _models_at(model: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    models = [model]
    for part in path:
        models = [inner for outer in models for inner in _models_of_field(outer, part)] or models
    return models


def _models_of_field(model: type[BaseModel], part: str | int) -> list[type[BaseModel]]:
    fields = [field for name, field in model.model_fields.items() if part in (name, field.alias)]
    return [inner for field in fields for inner in _models_in(field.annotation)]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [inner for argument in get_args(annotation) for inner in _models_in(argument)]
