"""JSON Schemas: compiled at load, self-contained, and demanding a type."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.core.regular import open_regular

LARGEST = 1 << 20  # bytes of a schema's file

_DECIDING = ("type", "const", "enum", "$ref", "allOf", "anyOf", "oneOf")
_ANYTHING: tuple[object, ...] = (None, True, 0, "", [], {})
"""One of each type: a schema that takes them all decides nothing, as `{$ref: "#"}` does."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A compiled schema. `is_valid` raises ValueError for a value that is no JSON."""

    name: str
    is_valid: Callable[[object], bool]
    first_error: Callable[[object], str | None]  # where, and which keyword; quotes no value


def compile_schema(raw: object, base_directory: Path) -> Schema:
    """Return the schema that stands inline, or in a JSON file relative to `base_directory`; raises ValueError."""
    if isinstance(raw, str):
        return _compiled(raw, _read(base_directory / raw))
    return _compiled("the inline schema", raw)


def _read(path: Path) -> object:
    try:
        return json.loads(_text(path))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the schema's file is not JSON: {error}") from None


def _text(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"the schema's file cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"the schema's file cannot be read: {error}") from None
    if len(text) > LARGEST:
        raise ValueError("the schema's file is larger than 1 MiB")
    return text


def _compiled(name: str, schema: object) -> Schema:
    if not isinstance(schema, Mapping):
        raise ValueError("a schema is a mapping, or the name of a JSON file")  # noqa: TRY004 - for the user
    if not any(word in schema for word in _DECIDING):
        raise ValueError(
            "the schema names no type, so it would accept any other: add `type: object` or the like"
        )
    validator = _validator(dict(schema))
    if all(map(validator.is_valid, _ANYTHING)):
        raise ValueError(
            "the schema accepts any JSON: demand a type, such as `type: object`, where it decides"
        )

    def first_error(value: object) -> str | None:
        try:
            validator.validate(
                value
            )  # ends with the first; `iter_errors` finds all of them before it yields one
        except (
            ValueError
        ) as error:  # of a value that is no JSON its message quotes the value, and it has no place
            return _place(error) if hasattr(error, "instance_path") else None
        return None

    return Schema(name, validator.is_valid, first_error)


def _validator(schema: dict[str, Any]) -> Any:
    # Costs memory that a sidecar without schemas can spare.
    import jsonschema_rs  # noqa: PLC0415

    try:
        return jsonschema_rs.validator_for(
            schema,
            retriever=_refuse,
            validate_formats=True,
            ignore_unknown_formats=False,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except jsonschema_rs.ValidationError as error:
        where = "/".join(str(part) for part in error.instance_path)
        raise ValueError(f"not a JSON Schema: {error.message}" + (f" at {where}" if where else "")) from None
    except ValueError as error:
        raise ValueError(f"not a JSON Schema: {error}") from None


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is outside of the schema; only references within it are followed")


def _place(error: Any) -> str:
    keywords = "/".join(str(part) for part in error.schema_path)
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
    return f"${path} breaks {keywords}"
