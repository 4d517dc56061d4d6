"""The parts that the JSON Schema of checks.yaml is put together from."""

from collections.abc import Iterable
from typing import Any

from checker.config.definitions import REFERABLE
from checker.config.models import CAPTURE_NAME, LABEL_NAME, RESERVED_LABELS
from checker.core.facts import Fact, Shape
from checker.kinds.contract import Kind

Json = dict[str, Any]

_PART_OF_NAME: Json = {"type": ["string", "number", "boolean"], "pattern": r"^[A-Za-z0-9_.-]{1,100}$|\$\{"}


def ref(name: str) -> Json:
    """Return a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def used_definitions(schema: Any, definitions: Json) -> set[str]:
    """Return the names of the definitions that a schema leads to."""
    names: set[str] = set()
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in names:
                names.add(name)
                pending.append(definitions[name])
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return names


def mapping_of(properties: Json, required: Iterable[str] = ()) -> Json:
    """Return the schema of a mapping with these keys and no others."""
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def named(definition: str, pattern: str, description: str) -> Json:
    """Return the schema of a section: a mapping from names to what a definition describes."""
    names = {"pattern": rf"^{pattern}$|\$\{{"}
    return {
        "type": "object",
        "propertyNames": names,
        "additionalProperties": ref(definition),
        "description": description,
    }


def label_names() -> Json:
    """Return the schema of the keys of labels and matrices."""
    return {"pattern": rf"^{LABEL_NAME}$|\$\{{", "not": {"enum": sorted(RESERVED_LABELS)}}


def spec_of(kind: type[Kind[Any]]) -> Json:
    """Return the schema of what stands under a kind's key."""
    return {**ref(f"{kind.name}.Spec"), "description": (kind.Spec.__doc__ or "").strip()}


def in_words_of(kind: type[Kind[Any]]) -> Json:
    """Return the schemas of what a step says in the words of its kind."""
    expectations, name = ref(f"{kind.name}.Expectations"), kind.name
    return {
        "expect": {**expectations, "description": "What must be seen."},
        "warn": {**expectations, "description": "What should be seen; a miss makes the run degraded."},
        "capture": {
            **ref(f"{name}.Captures"),
            "description": "What later steps or metrics take from this one.",
        },
        "poll": {**ref(f"{name}.Poll"), "description": "Repeat the step until its expectations hold."},
    }


def captures_of(facts: tuple[Fact, ...]) -> Json:
    """Return the schema of `capture` for the facts of a kind."""
    properties: Json = {
        "regex": {"type": "string", "description": "The first group of its first match is taken."},
        "metric": {"type": "boolean", "description": "Export the number as checker_probe_value."},
        "secret": {"type": "boolean", "description": "Never show the value anywhere."},
    }
    names = [fact.name for fact in facts]
    capture = {
        **mapping_of({**{fact.name: _selector(fact) for fact in facts}, **properties}),
        "oneOf": [{"required": [name]} for name in names],
    }
    return {
        "type": "object",
        "propertyNames": {"pattern": rf"^{CAPTURE_NAME}$|\$\{{"},
        "additionalProperties": capture,
    }


def _selector(fact: Fact) -> Json:
    if fact.shape is Shape.VALUE:
        return {"const": True, "description": fact.description}
    if fact.shape is Shape.KEYS:
        return {"enum": [key.name for key in fact.keys], "description": fact.description}
    pattern = {"pattern": r"^\$"} if fact.shape is Shape.JSONPATH else {}
    return {"type": "string", **pattern, "description": fact.description}


def parameters() -> Json:
    """Return the schema of `params`."""
    names: Json = {"type": "string", "pattern": f"^{REFERABLE}$"}
    return {
        "description": "Names that all have to be given, or a default for each (`required`: none).",
        "anyOf": [
            {"type": "array", "items": names},
            {"type": "object", "propertyNames": {"pattern": f"^{REFERABLE}$"}},
        ],
    }


def matrix() -> Json:
    """Return the schema of `matrix`."""
    values = {"type": "array", "items": _PART_OF_NAME, "minItems": 1}
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": label_names(),
        "additionalProperties": values,
        "description": "One probe for each combination of these values; the keys become labels.",
    }


def records() -> Json:
    """Return the schema of `for_each`."""
    names: Json = {"pattern": f"^{REFERABLE}$", "not": {"const": "name"}}
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": r"^[A-Za-z0-9_.-]{1,100}$|\$\{"},
        "additionalProperties": {"type": "object", "propertyNames": names},
        "description": "One probe for each of these records.",
    }


def without_null(schema: Json) -> Json:
    """Return the schema of an optional field without null: a key is left out, not left empty."""
    options = schema.get("anyOf")
    if not options or {"type": "null"} not in options:
        return schema
    kept = [option for option in options if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **(kept[0] if len(kept) == 1 else {"anyOf": kept})}


def tidied(schema: Json) -> Json:
    """Return an object's schema without the titles that are nothing but its keys again."""
    properties = schema.get("properties")
    if not properties:
        return schema
    bare = {
        key: {name: part for name, part in value.items() if name != "title"}
        for key, value in properties.items()
    }
    return {**schema, "properties": bare}
