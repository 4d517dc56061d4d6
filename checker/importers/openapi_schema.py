"""A schema of OpenAPI 3.0 or 3.1 → a JSON Schema that is complete in itself.

What a schema refers to goes into its `$defs`, so that one that refers to itself stays finite. What says nothing about
validity (descriptions, examples, the `x-…` keys) is left out, and so is a format that is not one of JSON Schema.
"""

import re
from pathlib import Path
from typing import Any

from checker.assertions.schemas import compile_schema
from checker.importers.openapi_refs import pointed, resolved
from checker.importers.parts import Part

MOST_NODES = 3_000
"""Values that one schema may come to; beyond it only the type is asserted."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ANNOTATIONS = _words("""
    title description example examples default deprecated externalDocs xml discriminator readOnly writeOnly nullable
    $comment $id $schema $anchor contentMediaType contentEncoding contentSchema definitions $defs
    """)
_FORMATS = _words("""
    date date-time time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri iri-reference
    uuid regex json-pointer relative-json-pointer uri-template
    """)
_OF_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMA = _words("""
    items additionalProperties not if then else contains propertyNames unevaluatedItems unevaluatedProperties
    additionalItems
    """)
_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas"})
_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean"})


class Untranslatable(Exception):
    """A schema that cannot stand in checks.yaml; the message says why."""


class _Translation:
    """Translates one schema, with everything that it refers to."""

    def __init__(self, root: Part) -> None:
        self._root = root
        self._names: dict[str, str] = {}  # a reference → the name in $defs
        self._definitions: dict[str, Any] = {}
        self._nodes = 0

    def whole(self, schema: Any) -> dict[str, Any]:
        made = self._schema(schema)
        if not isinstance(made, dict):
            raise Untranslatable("it accepts anything, or nothing")
        return {**made, "$defs": self._definitions} if self._definitions else made

    def _schema(self, schema: Any) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Untranslatable(f"it comes to more than {MOST_NODES:,} values")
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            raise Untranslatable("a part of it is no schema")
        made = {
            key: self._keyword(key, value)
            for key, value in schema.items()
            if key not in _ANNOTATIONS and not key.startswith("x-")
        }
        if isinstance(schema.get("$ref"), str):
            made["$ref"] = self._reference(schema["$ref"])
        return _adjusted(made, schema)

    def _keyword(self, key: str, value: Any) -> Any:
        if key in _OF_SCHEMAS and isinstance(value, list):
            return [self._schema(item) for item in value]
        if key in _SCHEMA and isinstance(value, dict):
            return self._schema(value)
        if key in _BY_NAME and isinstance(value, dict):
            return {name: self._schema(item) for name, item in value.items()}
        self._nodes += len(value) if isinstance(value, list) else 1
        return value

    def _reference(self, target: str) -> str:
        if target == "#":
            raise Untranslatable("it refers to the document as a whole")
        name = self._names.get(target)
        if name is None:
            found = pointed(target, self._root)
            if found is None or resolved(found, self._root) is None:
                raise Untranslatable("it refers to something that is not in this document, or only to itself")
            name = self._named(target)
            self._names[target] = name
            self._definitions[name] = True  # its place, while it is translated
            self._definitions[name] = self._schema(found.value)
        return f"#/$defs/{name}"

    def _named(self, target: str) -> str:
        base = name = re.sub(r"[^A-Za-z0-9_]+", "_", target.rpartition("/")[2]) or "schema"
        number = 1
        while name in self._definitions:
            number += 1
            name = f"{base}_{number}"
        return name


def _adjusted(made: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Say in the words of JSON Schema what OpenAPI 3.0 says in its own."""
    if made.get("format") not in _FORMATS:
        made.pop("format", None)
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if made.get(exclusive) is True and limit in made:
            made[exclusive] = made.pop(limit)
        elif isinstance(made.get(exclusive), bool):
            del made[exclusive]
    if isinstance(made.get("required"), bool):
        del made["required"]
    properties = schema.get("properties")
    if isinstance(made.get("required"), list) and isinstance(properties, dict):
        unseen = [name for name, each in properties.items() if _is_write_only(each)]
        made["required"] = [name for name in made["required"] if name not in unseen]
    return _nullable(made) if schema.get("nullable") is True else made


def _is_write_only(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("writeOnly") is True


def _nullable(made: dict[str, Any]) -> dict[str, Any]:
    if isinstance(made.get("enum"), list) and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    if isinstance(made.get("type"), str) and "$ref" not in made:
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]} if made else made


def matcher(schema: Part, root: Part) -> tuple[Any, str]:
    """Return the matcher for an answer of a schema, and why it asserts less than the schema ("" if it does not).

    The matcher is None where nothing can be asserted.
    """
    raw = schema.whole()
    try:
        made = _Translation(root).whole(raw)
        if not any(word in made for word in ("type", "const", "enum", "$ref", "allOf", "anyOf", "oneOf")):
            made = _with_type(made)
        compile_schema(made, Path())
    except (Untranslatable, ValueError) as error:
        kind = _type_of(raw, root)
        return ({"type": kind} if kind else None), str(error)
    if _admits_null(made):
        return {"any_of": [None, {"schema": made}]}, ""
    return {"schema": made}, ""


def _with_type(made: dict[str, Any]) -> dict[str, Any]:
    if "properties" in made or "additionalProperties" in made or "required" in made:
        return {"type": "object", **made}
    if "items" in made:
        return {"type": "array", **made}
    raise Untranslatable("it names no type")


def _admits_null(made: dict[str, Any]) -> bool:
    kinds = made.get("type")
    return (isinstance(kinds, list) and "null" in kinds) or {"type": "null"} in made.get("anyOf", ())


def _type_of(raw: Any, root: Part) -> str | None:
    """Return the type of a schema, as far as it can be told without translating it."""
    for _ in range(20):
        if not isinstance(raw, dict):
            return None
        if "$ref" not in raw:
            kind = raw.get("type")
            return kind if isinstance(kind, str) and kind in _TYPES else None
        found = pointed(raw["$ref"], root) if isinstance(raw["$ref"], str) else None
        raw = found.value if found else None
    return None
