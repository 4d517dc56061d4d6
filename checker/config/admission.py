"""Load-time references in the JSON Schema: an editor sees the file before they are resolved."""

from typing import Any

from checker.core.duration import format_duration

Json = dict[str, Any]

WHOLE_REFERENCE: Json = {"type": "string", "pattern": r"^\$\{(env|matrix|param)\.[^}]*\}$"}
"""A value that is one load-time reference, and takes the type of what it stands for."""

_FOR_PEOPLE = ("title", "description", "default", "examples")
_DURATION = "(ms|s|m|h|d)"


def admit_references(definitions: Json) -> None:
    """Admit a load-time reference in place of every value that the definitions describe."""
    for definition in definitions.values():
        _within(definition, definitions)


def _within(schema: Any, definitions: Json) -> None:
    if not isinstance(schema, dict):
        return
    _loosen(schema)
    for key in ("properties", "patternProperties"):
        for name, value in schema.get(key, {}).items():
            schema[key][name] = _admitting(value, definitions)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = _admitting(schema[key], definitions)
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, ()):
            _within(part, definitions)
    _within(schema.get("then"), definitions)


def _loosen(schema: Json) -> None:
    """Turn a choice of types into `anyOf`: with a reference in it, a text is of each of them."""
    if any(option.keys() != {"required"} for option in schema.get("oneOf", ())):
        schema["anyOf"] = schema.pop("oneOf")


def _admitting(schema: Json, definitions: Json) -> Json:
    _within(schema, definitions)
    readable = {key: _readable(schema, schema[key]) for key in _FOR_PEOPLE if key in schema}
    bare = {key: value for key, value in schema.items() if key not in _FOR_PEOPLE}
    if admits(bare, definitions):
        return {**bare, **readable}
    options = bare["anyOf"] if set(bare) == {"anyOf"} else [bare]
    return {**readable, "anyOf": [*options, WHOLE_REFERENCE]}


def _readable(schema: Json, value: Any) -> Any:
    """Return a default as it would be written."""
    if isinstance(value, float) and _DURATION in str(schema):
        return format_duration(value) if value else "0s"
    return value


def admits(schema: Json, definitions: Json) -> bool:
    """Return whether a schema lets a text with a reference pass."""
    if "$ref" in schema:
        return admits(definitions.get(schema["$ref"].rpartition("/")[2], {}), definitions)
    if "anyOf" in schema:
        return any(admits(option, definitions) for option in schema["anyOf"])
    if "type" not in schema:
        return schema.keys().isdisjoint({"enum", "const", "properties"})
    kinds = schema["type"]
    return ("string" in kinds if isinstance(kinds, list) else kinds == "string") and _open(schema)


def _open(schema: Json) -> bool:
    return "enum" not in schema and ("pattern" not in schema or r"\$\{" in schema["pattern"])
