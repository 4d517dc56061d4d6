"""What a request carries, as the kind `http` writes it: a document, a form or a text, with references for secrets."""

import re
from typing import Any
from urllib.parse import parse_qsl

from checker.importers.notes import Notes, Unusable
from checker.importers.reading import parsed_json
from checker.importers.secrets import Secrets, is_sensitive, looks_secret

_NAMED = re.compile(
    r"(?i)(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key)[\"'\s]*[:=>]\s*[\"']?[^\s\"'<]"
)

_FORGED = re.compile(r"\\ufdd[01]", re.IGNORECASE)

FORM = "application/x-www-form-urlencoded"


def body(text: str, content_type: str, secrets: Secrets, host: str, notes: Notes) -> dict[str, Any]:
    """Return the keys of the kind `http` for a body of a content type; none for an empty one."""
    essence = content_type.partition(";")[0].strip().lower()
    if not text:
        return {}
    if essence.endswith(("/json", "+json")):
        document = _document(text)
        if document is not None:
            return {"json": hidden(document[0], secrets, host, notes)}
    if essence == FORM and _is_form(text):
        return {"form": form(parse_qsl(text, keep_blank_values=True), secrets, host)}
    return {"body": secrets.hide(text, "body", host) if _gives_away(text) else text}


def _document(text: str) -> tuple[Any] | None:
    """Return the value of a JSON text; None for one that is none, or whose escapes spell a reference of ours."""
    try:
        return None if _FORGED.search(text) else (parsed_json(text, "the body"),)
    except Unusable:
        return None


def _is_form(text: str) -> bool:
    return all("=" in piece for piece in text.split("&"))


def _gives_away(text: str) -> bool:
    """Whether a text that is neither a document nor a form has a secret in it."""
    return bool(_NAMED.search(text)) or looks_secret(text)


def lines(text: str, secrets: Secrets, host: str) -> str:
    """Return what is said on a connection; in a line that has a secret, all behind the first word is one.

    A reference cannot hold the end of a line.
    """
    return "".join(_line(line, secrets, host) for line in text.splitlines(keepends=True))


def _line(line: str, secrets: Secrets, host: str) -> str:
    bare = line.rstrip("\r\n")
    word, blank, rest = bare.partition(" ")
    if not rest or not (is_sensitive(bare) or looks_secret(rest)):
        return line
    return f"{word}{blank}{secrets.hide(rest, word, host)}{line[len(bare) :]}"


def form(pairs: list[tuple[str, str]], secrets: Secrets, host: str) -> dict[str, Any]:
    """Return the fields of a form or a query; one that is given several times is a list."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        safe = secrets.unless_plain(value, name, host)
        if name not in fields:
            fields[name] = safe
        elif isinstance(fields[name], list):
            fields[name].append(safe)
        else:
            fields[name] = [fields[name], safe]
    return fields


def hidden(value: Any, secrets: Secrets, host: str, notes: Notes, name: str = "") -> Any:
    """Return a document with references for what its keys, or its looks, say is secret."""
    if isinstance(value, dict):
        return {key: hidden(item, secrets, host, notes, key) for key, item in value.items()}
    if isinstance(value, list):
        return [hidden(item, secrets, host, notes, name) for item in value]
    if isinstance(value, str):
        return secrets.unless_plain(value, name, host)
    if isinstance(value, int | float) and not isinstance(value, bool) and is_sensitive(name):
        notes.lost(f"that {name} is a number: a secret is sent as a text")
        return secrets.hide(str(value), name, host)
    return value


def with_body(
    spec: dict[str, Any], text: str, content_type: str, secrets: Secrets, host: str, notes: Notes
) -> None:
    """Add a body to a spec, and its content type where that is not what the body implies."""
    made = body(text, content_type, secrets, host, notes)
    spec.update(made)
    implied = {"json": "application/json", "form": FORM}.get(next(iter(made), ""))
    if content_type and content_type != implied:
        spec["headers"] = {"Content-Type": content_type, **spec.get("headers", {})}
