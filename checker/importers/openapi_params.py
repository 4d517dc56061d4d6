"""The parameters of an operation: their values out of examples and defaults, written as their style says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from checker.importers.notes import REFERENCE, Notes, reference
from checker.importers.openapi_refs import resolved
from checker.importers.parts import Part
from checker.importers.secrets import Secrets

_NOWHERE = object()
_PLACEHOLDER = "REPLACE"
_IGNORED = frozenset({"accept", "content-type", "authorization"})  # as headers: OpenAPI 3.1, 4.8.12.1


@dataclass(slots=True)
class Values:
    """What the parameters of one operation come to; `host` is whom they are sent to."""

    secrets: Secrets
    host: str
    notes: Notes
    path: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def fill(self, operation: Part, item: Part, root: Part) -> None:
        """Take the values of an operation's parameters; what has none is a placeholder, or left out."""
        left = []
        for parameter in _parameters(operation, item, root, self.notes):
            name, where = parameter.need("name").text(), parameter.need("in").text()
            value = _value(parameter, root)
            if value is _NOWHERE and not parameter.flag_at("required") and where != "path":
                left.append(name)
                continue
            if value is _NOWHERE:
                self.notes.lost(
                    f"a value for {name} ({where}), of which there is no example: replace REPLACE"
                )
                value = _PLACEHOLDER
            self._put(name, where, value, parameter)
        self.notes.lost_all(left, ": optional parameters without an example")

    def _put(self, name: str, where: str, value: Any, parameter: Part) -> None:
        style = parameter.text_at("style", "form" if where in ("query", "cookie") else "simple")
        explode = parameter.flag_at("explode", default=style == "form")
        if where == "query" and isinstance(value, dict) and (style == "deepObject" or explode):
            for key, item in value.items():
                named = f"{name}[{key}]" if style == "deepObject" else key
                self.params[named] = self._safe(key, _text(item))
        elif where == "query" and isinstance(value, list) and style == "form" and explode:
            self.params[name] = [self._safe(name, _text(item)) for item in value]
        else:
            self._put_text(name, where, self._safe(name, _joined(value, style)), style)

    def _put_text(self, name: str, where: str, text: str, style: str) -> None:
        if where == "path":
            self.path[name] = _in_path(text, name, style)
        elif where in ("query", "header", "cookie"):
            {"query": self.params, "header": self.headers, "cookie": self.cookies}[where][name] = text
        else:
            self.notes.lost(f"{name}: there is no parameter in {where[:40]}")

    def _safe(self, name: str, text: str) -> str:
        return text if text == _PLACEHOLDER else self.secrets.unless_plain(text, name, self.host)


def _parameters(operation: Part, item: Part, root: Part, notes: Notes) -> list[Part]:
    """Return the parameters of an operation; its own go before those of its path."""
    found: dict[tuple[str, str], Part] = {}
    for owner in (item, operation):
        listed = owner.get("parameters")
        for raw in listed.items() if listed is not None else ():
            parameter = resolved(raw, root)
            if parameter is None:
                notes.lost("a parameter that is not in this document")
                continue
            name, where = parameter.need("name").text(), parameter.need("in").text()
            if where != "header" or name.lower() not in _IGNORED:
                found[name, where] = parameter
    return list(found.values())


def _value(parameter: Part, root: Part) -> Any:
    content = parameter.get("content")
    for _, media in content.entries() if content is not None else ():
        value = _example(media, root)
        return value if value is _NOWHERE else json.dumps(value)
    return _example(parameter, root)


def _example(part: Part, root: Part) -> Any:
    """Return the example of a parameter, else what its schema offers: example, default, constant, first choice."""
    if part.get("example") is not None:
        return part.need("example").value
    for example in _examples(part, root):
        return example
    raw = part.get("schema")
    schema = resolved(raw, root) if raw is not None else None
    if schema is None or not schema.is_mapping():
        return _NOWHERE
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema.need(key).value
    for key in ("examples", "enum"):
        listed = schema.get(key)
        if listed is not None and isinstance(listed.value, list) and listed.value:
            return listed.value[0]
    return _NOWHERE


def _examples(part: Part, root: Part) -> Iterator[Any]:
    listed = part.get("examples")
    for _, raw in listed.entries() if listed is not None and listed.is_mapping() else ():
        example = resolved(raw, root)
        if example is not None and example.is_mapping() and example.get("value") is not None:
            yield example.need("value").value


def _joined(value: Any, style: str) -> str:
    if isinstance(value, dict):
        value = [piece for pair in value.items() for piece in pair]
    glue = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style, ",")
    return glue.join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _in_path(text: str, name: str, style: str) -> str:
    before = {"label": ".", "matrix": f";{name}="}.get(style, "")
    pieces = REFERENCE.split(text)
    return before + "".join(
        reference(piece) if index % 2 else quote(piece, safe=",") for index, piece in enumerate(pieces)
    )
