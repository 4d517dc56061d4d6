"""`$ref` within one OpenAPI document."""

from typing import Any
from urllib.parse import unquote

from checker.importers.parts import Part

_MOST_HOPS = 20


def resolved(part: Part, root: Part) -> Part | None:
    """Return what a part stands for, following references; None where one leads out of the document or nowhere."""
    for _ in range(_MOST_HOPS):
        target = part.value.get("$ref") if isinstance(part.value, dict) else None
        if not isinstance(target, str):
            return part
        part.whole()
        found = pointed(target, root)
        if found is None:
            return None
        part = found
    return None


def pointed(target: str, root: Part) -> Part | None:
    """Return what a reference such as `#/components/schemas/Work` points at."""
    if not target.startswith("#/"):
        return None
    part = root.anew()
    for step in target[2:].split("/"):
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        value: Any = part.value
        if isinstance(value, dict) and key in value:
            part = part.mapping(key)
        elif isinstance(value, list) and key.isdecimal() and len(key) < 7 and int(key) < len(value):
            part = part.item(int(key))
        else:
            return None
    return part
