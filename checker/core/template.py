"""References in text: `${env.NAME:-default}`, `${param.min}`, `${secret.key}`, `${work_id}`.

A text is parsed once, into literal parts and references. What a reference stands for is put between the
parts and never parsed again, so nothing that a server answers can become a reference, a header or a path.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?:(?P<namespace>[a-z]+)\.)?(?P<name>[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)(?::-(?P<default>.*))?",
    re.DOTALL,
)
_TOKEN = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)", re.DOTALL)

NAMESPACES = ("env", "matrix", "param", "secret", "run", "callback")


class TemplateError(ValueError):
    """A text with a malformed reference, or a value that does not fit into a text."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`${namespace.name:-default}`; a capture has the namespace `""`."""

    namespace: str
    name: str
    default: str | None = None

    def __str__(self) -> str:
        dotted = f"{self.namespace}.{self.name}" if self.namespace else self.name
        return "${" + dotted + (f":-{self.default}" if self.default is not None else "") + "}"


class Unresolved:
    """What a lookup returns for a reference that has to wait for a later stage."""


UNRESOLVED = Unresolved()

Lookup = Callable[[Reference], object]
Escape = Callable[[Reference, object], str]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with at least one reference."""

    parts: tuple[str | Reference, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references, in order."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def resolve(self, lookup: Lookup, escape: Escape | None = None) -> object:
        """Put values in the place of references.

        One whole reference keeps its value's type; within a text, `escape` (default: `as_text`) turns the
        value into text. What `lookup` leaves UNRESOLVED stays: then the result is again a Template.
        Raises TemplateError for a value that has no form as text, and whatever `lookup` raises.
        """
        whole = self.parts[0] if len(self.parts) == 1 else None
        if isinstance(whole, Reference):
            value = lookup(whole)
            return self if value is UNRESOLVED else value
        return _join(tuple(_place(part, lookup, escape or as_text) for part in self.parts))

    def __str__(self) -> str:
        return "".join(
            str(part) if isinstance(part, Reference) else part.replace("${", "$${") for part in self.parts
        )


def _place(part: str | Reference, lookup: Lookup, escape: Escape) -> str | Reference:
    if isinstance(part, str):
        return part
    value = lookup(part)
    return part if value is UNRESOLVED else escape(part, value)


def _join(parts: tuple[str | Reference, ...]) -> "str | Template":
    joined: list[str | Reference] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    if all(isinstance(part, str) for part in joined):
        return "".join(part for part in joined if isinstance(part, str))
    return Template(tuple(joined))


def as_text(reference: Reference, value: object) -> str:
    """Return how a value reads within a text: as in YAML and JSON, `true`, `12`, `0.5`.

    Raises TemplateError for null, lists and mappings.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    kind = {type(None): "null", list: "a list", tuple: "a list", dict: "an object"}.get(
        type(value), "not text"
    )
    raise TemplateError(f"{reference} is {kind} and cannot stand within a text")


def parse_template(text: str) -> str | Template:
    """Return the text with `$${` unescaped, or a Template where it holds references.

    Raises TemplateError for an unclosed or malformed reference.
    """
    if "${" not in text:
        return text
    parts: list[str | Reference] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts += [text[end : match.start()], _part(match)]
        end = match.end()
    return _join(tuple(part for part in (*parts, text[end:]) if part != ""))


def _part(match: re.Match[str]) -> str | Reference:
    if match[0] == "$${":
        return "${"
    if not match[2]:
        raise TemplateError(f"{match[0][:40]!r} is never closed; write ${{NAME}}, or $${{ for a literal ${{")
    return parse_reference(match[1])


def parse_reference(inner: str) -> Reference:
    """Return the reference for what stands between the braces; raises TemplateError."""
    match = _REFERENCE.fullmatch(inner)
    if not match:
        raise TemplateError(
            f"${{{inner}}} is not a reference; write ${{env.NAME}}, ${{secret.NAME}} or ${{capture}}"
        )
    namespace, name, default = match["namespace"] or "", match["name"], match["default"]
    if namespace and namespace not in NAMESPACES:
        raise TemplateError(f"${{{inner}}}: there is no {namespace!r}; known are {', '.join(NAMESPACES)}")
    if default is not None and namespace != "env":
        raise TemplateError(f"${{{inner}}}: only env takes a default")
    return Reference(namespace, name, default)
