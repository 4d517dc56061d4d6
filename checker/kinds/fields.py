"""How values are written in checks.yaml, as types that every pydantic model of it shares.

Each type is one validator, never a union: an error then has exactly the path of the value that is wrong, so
that it can be shown at its place, and a message that says what to write. Each has a JSON Schema of its own that
admits a `${…}`, because editors check the file before references are resolved; whether a reference may still
stand there at run time is up to the type.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from itertools import combinations
from math import isfinite, isinf
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from checker.core.duration import parse_duration, parse_percent, parse_size
from checker.core.template import Template

T = TypeVar("T")
_Json = dict[str, Any]

REFERENCE: _Json = {"type": "string", "pattern": r"\$\{"}
"""JSON Schema of a text that holds a reference."""


class Strict(BaseModel):
    """A mapping in checks.yaml: unknown keys are errors, nothing is converted, nothing changes afterwards."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


def or_reference(*schemas: _Json) -> WithJsonSchema:
    """Return the JSON Schema for one of `schemas` or a text with a reference in it."""
    return WithJsonSchema({"anyOf": [*schemas, REFERENCE]})


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """Return the error for a value that is not what its field wants; `message` or `hint` say what to write."""
    return PydanticCustomError("written", "{message}", {"message": message, "hint": hint})


def exactly_one(*keys: str) -> _Json:
    """Return the JSON Schema of a mapping with one of `keys`, no more and no less."""
    return {"oneOf": [{"required": [key]} for key in keys]}


def at_most_one(*keys: str) -> _Json:
    """Return the JSON Schema of a mapping in which no two of `keys` stand together."""
    return {"allOf": [{"not": {"required": list(pair)}} for pair in combinations(keys, 2)]}


def _instance(kinds: tuple[type, ...], want: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        # bool is an int in Python, but not in YAML
        if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
            return value
        raise wrong(f"expected {want}, not {described(value)}")

    return check


def described(value: object) -> str:
    """Return what a value is, for a message; never the value itself, which may be secret."""
    if isinstance(value, Template):
        return "a reference that is only known at run time"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float) and not isfinite(value):
        return "infinity" if isinf(value) else "NaN"
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name
    return "nothing" if value is None else f"a {type(value).__name__}"


_NAMES: tuple[tuple[type, str], ...] = (
    (str, "a text"),
    (int, "a whole number"),
    (float, "a number"),
    (dict, "a mapping"),
    (list, "a list"),
    (tuple, "a list"),
)


def _parsed(parse: Callable[[str], T], number: type | None, want: str, unit: str = "") -> Callable[[Any], T]:
    """Return a validator of what `parse` reads; `unit` is what most often is forgotten behind a number."""

    def check(value: Any) -> T:
        counted = isinstance(value, int) and not isinstance(value, bool)
        counted |= isinstance(value, float) and isfinite(value)
        if number and isinstance(value, number) and counted:
            value = str(value)
        if not isinstance(value, str):
            meant = f"did you mean {value}{unit}?" if unit and counted else ""
            raise wrong(f"expected {want}, not {described(value)}", meant)
        try:
            return parse(value)
        except ValueError as error:
            raise wrong(str(error)) from None

    return check


def words(*admitted: str) -> Callable[[Any], str]:
    """Return a validator that takes one of `admitted`, also where YAML reads it as a number (1.1)."""

    def check(value: Any) -> str:
        quotable = isinstance(value, str | int | float) and not isinstance(value, bool)
        if quotable and str(value) in admitted:
            return str(value)
        seen = repr(value) if quotable else described(value)
        raise wrong(f"expected {_alternatives(admitted)}, not {seen}")

    return check


def _alternatives(admitted: Iterable[str]) -> str:
    *others, last = admitted
    return f"{', '.join(others)} or {last}" if others else last


def written(value: Any) -> Any:
    """Return a value as it stood in the file: templates as text again, at any depth."""
    if isinstance(value, Template):
        return str(value)
    if isinstance(value, dict):
        return {written(key): written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return value


LIST = Field(strict=False)
"""Beside a `tuple[…, ...]`: takes the list that YAML yields."""

_AS_WRITTEN = PlainSerializer(written, when_used="json")

Text = Annotated[
    str | Template,
    PlainValidator(_instance((str, Template), "a text")),
    WithJsonSchema({"type": "string"}),
    _AS_WRITTEN,
]
"""A text that may hold run-time references."""

_scalar = _instance((str, int, float, bool, Template), "a text, a number or true or false")
SCALAR_SCHEMA: _Json = {"type": ["string", "number", "boolean"]}

Scalar = Annotated[
    str | int | float | bool | Template,
    PlainValidator(_scalar),
    WithJsonSchema(SCALAR_SCHEMA),
    _AS_WRITTEN,
]
"""What goes out as text, however YAML reads it: query parameters, headers, form fields."""


def _scalars(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return _scalar(value)
    return tuple(_scalar(item) for item in value)


Scalars = Annotated[
    str | int | float | bool | Template | tuple[str | int | float | bool | Template, ...],
    PlainValidator(_scalars),
    WithJsonSchema({"anyOf": [SCALAR_SCHEMA, {"type": "array", "items": SCALAR_SCHEMA}]}),
    _AS_WRITTEN,
]
"""A scalar, or a list of them for what is sent several times."""

Document = Annotated[Any, WithJsonSchema({}), _AS_WRITTEN]
"""Any YAML value, with run-time references at any depth."""

Plain = Annotated[
    str,
    PlainValidator(_instance((str,), "a text without run-time references")),
    WithJsonSchema({"type": "string"}),
]
"""A text that must be known at load: names of files, of regions, of hosts."""


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    meant = {
        "yes": "true",
        "on": "true",
        "true": "true",
        "no": "false",
        "off": "false",
        "false": "false",
    }.get(word)
    raise wrong(f"expected true or false, not {described(value)}", f"did you mean {meant}?" if meant else "")


Switch = Annotated[bool, PlainValidator(_switch), or_reference({"type": "boolean"})]


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    seen = value if isinstance(value, int | float) and not isinstance(value, bool) else described(value)
    raise wrong(f"expected a whole number, 0 or more, not {seen}")


Count = Annotated[
    int,
    PlainValidator(_count),
    or_reference({"type": "integer", "minimum": 0}),
]
"""A whole number, 0 or more."""


def _port(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536:
        return value
    seen = value if isinstance(value, int) and not isinstance(value, bool) else described(value)
    raise wrong(f"expected a port, from 1 to 65535, not {seen}")


Port = Annotated[
    int, PlainValidator(_port), or_reference({"type": "integer", "minimum": 1, "maximum": 65535})
]


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is neither a host's name, such as db.example.org, nor an address")
    return text


_HOST = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253})|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]+)?"
)

Host = Annotated[
    str, PlainValidator(_parsed(_host, None, "a host's name or address")), WithJsonSchema({"type": "string"})
]
"""A name or an address, without a port."""

Duration = Annotated[
    float,
    PlainValidator(_parsed(parse_duration, None, "a duration such as 30s", "s")),
    or_reference({"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"}),
]
"""Seconds; written `250ms`, `1h30m`."""


def some_time(seconds: float) -> float:
    """Refuse a duration that is none."""
    if seconds <= 0:
        raise wrong("expected a duration that is longer than 0s")
    return seconds


Size = Annotated[
    int,
    PlainValidator(_parsed(parse_size, int, "a size such as 64KiB")),
    or_reference(
        {"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)?$"}
    ),
]
"""Bytes; written `64KiB`, `512`."""

Ratio = Annotated[
    float,
    PlainValidator(_parsed(parse_percent, None, "a percentage such as 99.5%", "%")),
    or_reference({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]+)?%$"}),
]
"""0 to 1; written `99.5%`."""


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address, such as 127.0.0.1 or ::1") from None


IpAddress = Annotated[
    str, PlainValidator(_parsed(_address, None, "an IP address")), WithJsonSchema({"type": "string"})
]

HttpVersion = Annotated[
    Literal["1.1", "2"],
    PlainValidator(words("1.1", "2")),
    or_reference({"enum": ["1.1", 1.1, "2", 2]}),
]

IpVersion = Annotated[
    Literal["any", "4", "6"],
    PlainValidator(words("any", "4", "6")),
    or_reference({"enum": ["any", "4", 4, "6", 6]}),
]

Connection = Annotated[
    Literal["fresh", "reuse"],
    PlainValidator(words("fresh", "reuse")),
    or_reference({"enum": ["fresh", "reuse"]}),
]

Caching = Annotated[
    Literal["allow", "bypass"],
    PlainValidator(words("allow", "bypass")),
    or_reference({"enum": ["allow", "bypass"]}),
]

TlsVersion = Annotated[
    Literal["1.2", "1.3"],
    PlainValidator(words("1.2", "1.3")),
    or_reference({"enum": ["1.2", 1.2, "1.3", 1.3]}),
]
