import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.assertions.schemas import LARGEST, compile_schema


def test_an_inline_schema(tmp_path: Path) -> None:
    schema = compile_schema(
        {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}, tmp_path
    )
    assert "the inline schema" == schema.name
    assert schema.is_valid({"a": ["x"]})
    assert schema.first_error({"a": ["x"]}) is None
    assert not schema.is_valid({"a": ["x", "hunter2", 5]})
    assert "$.a[2] breaks properties/a/items/type" == schema.first_error({"a": ["x", "hunter2", 5]})


@pytest.mark.parametrize("word", ["const", "enum", "$ref", "allOf", "anyOf", "oneOf"])
def test_what_decides_on_a_type_beside_type(word: str, tmp_path: Path) -> None:
    schemas: dict[str, Any] = {
        "const": 1,
        "enum": [1],
        "$ref": "#/$defs/one",
        "allOf": [{"type": "integer"}],
        "anyOf": [{"type": "integer"}],
        "oneOf": [{"type": "integer"}],
    }
    schema = compile_schema({word: schemas[word], "$defs": {"one": {"type": "integer"}}}, tmp_path)
    assert schema.is_valid(1)
    assert not schema.is_valid("x")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"type": "foo"}, "not a JSON Schema: "),
        ({"type": "string", "pattern": "("}, "not a JSON Schema: "),
        ({"type": "string", "pattern": "(?=a)"}, "not a JSON Schema: "),
        ({"type": "string", "format": "telephone"}, "not a JSON Schema: Unknown format"),
        ({"$ref": "#/$defs/x"}, "not a JSON Schema: Pointer '/$defs/x' does not exist"),
        ({"$ref": "other.json"}, "not a JSON Schema: "),
        ({"$ref": "http://127.0.0.1:1/x"}, "only references within it are followed"),
        ({"$ref": "file:///etc/hostname"}, "only references within it are followed"),
        ({"$schema": "http://127.0.0.1:1/x", "type": "string"}, "not a JSON Schema: "),
        ({"type": "object", "properties": {1: {}}}, "not a JSON Schema: "),
        ({"type": "string", "const": "\ud800"}, "not a JSON Schema: "),
        ({"required": ["a"]}, "the schema names no type"),
        ({}, "the schema names no type"),
        ({"$ref": "#"}, "the schema accepts any JSON"),
        ({"anyOf": [{"type": "string"}, {}]}, "the schema accepts any JSON"),
        (["x"], "a schema is a mapping, or the name of a JSON file"),
        (5, "a schema is a mapping, or the name of a JSON file"),
        ("missing.json", "the schema's file cannot be read: No such file or directory"),
        (".", "the schema's file cannot be read: Is a directory"),
        ("pipe.json", "the schema's file cannot be read: it is a pipe, a socket or a device, not a file"),
        ("broken.json", "the schema's file is not JSON: "),
        ("binary.json", "the schema's file is not JSON: "),
        ("deep.json", "the schema's file is not JSON: "),
        ("large.json", "the schema's file is larger than 1 MiB"),
        ("list.json", "a schema is a mapping, or the name of a JSON file"),
        ("a\0b", "the schema's file cannot be read"),
    ],
)
def test_what_is_no_schema_is_refused(raw: object, message: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "large.json").write_text(" " * (LARGEST + 1))
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ValueError, match=re.escape(message)):
        compile_schema(raw, tmp_path)


@pytest.mark.parametrize("value", ["\ud800", {1: 2}, object()])
def test_what_is_no_json_is_a_value_error(value: object, tmp_path: Path) -> None:
    schema = compile_schema({"type": "object"}, tmp_path)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the library says
        schema.is_valid(value)
    assert schema.first_error(value) is None


def test_the_library_is_imported_only_where_a_schema_is_used() -> None:
    code = "import sys, checker.assertions; print('jsonschema_rs' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" == done.stdout.strip()


def test_of_many_errors_only_the_first_is_looked_for(tmp_path: Path) -> None:
    """All of them take seconds, in one piece."""
    schema = compile_schema({"type": "array", "items": {"type": "string"}}, tmp_path)
    assert "$[0] breaks items/type" == schema.first_error(list(range(100_000)))
