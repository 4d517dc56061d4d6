"""Where the JSON Schema lets a reference stand."""

from typing import Any

import pytest

from checker.config.admission import WHOLE_REFERENCE, admit_references, admits

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, True),
        (TEXT, True),
        ({"type": ["integer", "string"]}, True),
        ({"description": "d"}, True),
        ({"not": {"const": ""}}, True),
        ({"type": "string", "pattern": "^a$"}, False),
        ({"type": "string", "pattern": r"^a$|\$\{"}, True),
        ({"type": "string", "enum": ["a"]}, False),
        ({"type": "integer"}, False),
        ({"type": ["integer", "null"]}, False),
        ({"enum": ["a"]}, False),
        ({"const": 1}, False),
        ({"properties": {}}, False),
        ({"anyOf": [{"type": "integer"}, TEXT]}, True),
        ({"anyOf": [{"type": "integer"}]}, False),
        ({"$ref": "#/$defs/Text"}, True),
        ({"$ref": "#/$defs/Number"}, False),
        ({"$ref": "#/$defs/Elsewhere"}, True),
    ],
)
def test_what_lets_a_reference_pass(schema: Any, *, expected: bool) -> None:
    assert expected == admits(schema, {"Text": TEXT, "Number": {"type": "integer"}})


def test_references_are_admitted_at_every_depth() -> None:
    definitions: dict[str, Any] = {
        "A": {
            "properties": {"a": {"type": "integer", "description": "d", "default": 1}, "b": TEXT},
            "additionalProperties": {"type": "array", "items": {"type": "boolean"}},
            "allOf": [{"then": {"properties": {"c": {"const": 1}}}}],
        },
        "B": {"oneOf": [{"type": "integer"}, TEXT]},
        "C": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    }
    admit_references(definitions)
    assert {
        "A": {
            "properties": {
                "a": {"description": "d", "default": 1, "anyOf": [{"type": "integer"}, WHOLE_REFERENCE]},
                "b": TEXT,
            },
            "additionalProperties": {
                "anyOf": [
                    {"type": "array", "items": {"anyOf": [{"type": "boolean"}, WHOLE_REFERENCE]}},
                    WHOLE_REFERENCE,
                ]
            },
            "allOf": [{"then": {"properties": {"c": {"anyOf": [{"const": 1}, WHOLE_REFERENCE]}}}}],
        },
        "B": {"anyOf": [{"type": "integer"}, TEXT]},
        "C": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    } == definitions
