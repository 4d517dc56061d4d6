"""Load-time references: what `${env.X}`, `${matrix.K}` and `${param.P}` stand for is put into the tree of nodes.

What is put in is never read for references again. A value that is one whole reference becomes the node that it
stands for, with its type and its own place; within a text it has to be a scalar. Run-time references stay.
"""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from typing import Any

from checker.config.nodes import (
    FAULTY,
    Entry,
    Extent,
    Mapping,
    Node,
    Scalar,
    Sequence,
    extent_of,
    mapping,
    sequence,
    unresolved,
)
from checker.config.problems import Place, Problems, did_you_mean, nearest
from checker.config.scalars import canonical_scalar
from checker.core.template import Reference, Template, TemplateError, as_text

_LONGEST_TEXT = 1 << 20
_REFERENCE_LENGTH = 16  # as a run-time reference may stay one, and be handed on many times over


@dataclass(frozen=True)
class NotFound(Exception):
    """A reference stands for nothing; message and hint are for the user."""

    message: str
    hint: str = ""


Lookup = Callable[[Reference, Scalar], Node | None]
"""Returns what a reference in a scalar stands for, or None for what a later stage resolves; raises NotFound."""


def substitute(node: Node, lookup: Lookup, problems: Problems) -> Node:
    """Return the tree with references resolved; what cannot be resolved is noted, and stays."""
    if not node.dynamic:
        return node
    if isinstance(node, Scalar):
        return _scalar(node, lookup, problems)
    if isinstance(node, Sequence):
        return _sequence(node, lookup, problems)
    return _mapping(node, lookup, problems)


def substitute_mapping(node: Mapping, lookup: Lookup, problems: Problems) -> Mapping:
    """Return a mapping with the references in it resolved."""
    return _mapping(node, lookup, problems) if node.dynamic else node


def _sequence(node: Sequence, lookup: Lookup, problems: Problems) -> Sequence:
    items = [substitute(item, lookup, problems) for item in node.items]
    if all(map(_same, items, node.items)):
        return node
    return sequence(node.place, items, node.end)


def _same(new: Node, old: Node) -> bool:
    return new is old


def _mapping(node: Mapping, lookup: Lookup, problems: Problems) -> Mapping:
    entries: dict[str, Entry] = {}
    changed = False
    for old in node.entries.values():
        entry = Entry(_key(old.key, lookup, problems), substitute(old.value, lookup, problems))
        changed = changed or entry.key is not old.key or entry.value is not old.value
        name = str(entry.key.data)
        if entries.setdefault(name, entry) is not entry:
            first = entries[name].key.place
            problems.add(entry.key.place, f"the key {name!r} is given twice; it is first given at {first}")
    return mapping(node.place, entries.values(), node.end) if changed else node


def _key(key: Scalar, lookup: Lookup, problems: Problems) -> Scalar:
    if not key.dynamic:
        return key
    found = substitute(key, lookup, problems)
    if isinstance(found, Scalar):
        alternative = found.alternative
        text = alternative if isinstance(alternative, str) and not isinstance(found.data, str) else found.data
        if isinstance(text, str | Template):
            return replace(key, data=text)
    problems.add(key.place, f"{key.data} is not a text and cannot be a key")
    return key


def _scalar(node: Scalar, lookup: Lookup, problems: Problems) -> Node:
    if node.fault:
        problems.add(node.place, node.fault)
        return Scalar(node.place, FAULTY)
    parts = node.data.parts
    try:
        if len(parts) == 1:
            found = lookup(parts[0], node)
            return node if found is None else found
        return _text(node, parts, lookup)
    except NotFound as error:
        problems.add(node.place, error.message, error.hint)
    except TemplateError as error:
        problems.add(node.place, str(error))
    return Scalar(node.place, FAULTY)


def _text(node: Scalar, parts: tuple[str | Reference, ...], lookup: Lookup) -> Scalar:
    joined: list[str | Reference] = []
    length = 0
    for part in parts:
        for piece in (part,) if isinstance(part, str) else _pieces(part, node, lookup):
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            else:
                joined.append(piece)
            length += len(piece) if isinstance(piece, str) else _REFERENCE_LENGTH
        if length > _LONGEST_TEXT:
            raise NotFound("this text expands to more than 1 MiB")
    if tuple(joined) == parts:
        return node
    data: Any = (
        "".join(map(str, joined))
        if all(isinstance(part, str) for part in joined)
        else Template(tuple(joined))
    )
    return Scalar(node.place, data, Extent(1, length))


def _pieces(reference: Reference, node: Scalar, lookup: Lookup) -> tuple[str | Reference, ...]:
    found = lookup(reference, node)
    if found is None:
        return (reference,)
    if not isinstance(found, Scalar):
        return (as_text(reference, found.data),)
    if isinstance(found.data, Template):
        return found.data.parts
    return (found.alternative if isinstance(found.alternative, str) else as_text(reference, found.data),)


def env_lookup(environment: Map[str, str]) -> Lookup:
    """Return the lookup of environment variables, read once, at load.

    As in a shell, the default of `${env.X:-d}` also stands for an empty variable. One whole reference takes
    the type that its field wants; where any type may stand, an unquoted one reads as YAML would read its
    text, a quoted one stays text.
    """

    def lookup(reference: Reference, node: Scalar) -> Node | None:
        if reference.namespace != "env" or reference in FAULTY.references:
            return None
        text = environment.get(reference.name)
        if reference.default is not None and not text:
            text = reference.default
        if text is None:
            hint = (
                did_you_mean(reference.name, environment)
                or f"write ${{env.{reference.name}:-…}} for a default"
            )
            raise NotFound(f"the environment variable {reference.name} is not set", hint)
        return _variable(text, node)

    return lookup


def _variable(text: str, node: Scalar) -> Scalar:
    extent = extent_of(text)
    value = canonical_scalar(text)
    if isinstance(value, str):
        return Scalar(node.place, text, extent)
    if node.plain:
        return Scalar(node.place, value, extent, alternative=text)
    return Scalar(node.place, text, extent, alternative=value)


def values_lookup(namespace: str, values: Map[str, Node], owner: str) -> Lookup:
    """Return the lookup of a matrix's keys or of parameters; `owner` says whose, for the message."""

    def lookup(reference: Reference, _node: Scalar) -> Node | None:
        if reference.namespace != namespace:
            return None
        found = values.get(reference.name)
        if found is None:
            raise _no_such(reference, values, owner)
        return as_reference(found)

    return lookup


def _no_such(reference: Reference, known: Iterable[str], owner: str) -> NotFound:
    noun = "parameter" if reference.namespace == "param" else "key"
    return NotFound(f"{owner} has no {noun} {reference.name!r}", nearest(reference.name, known))


def open_lookup(params: Iterable[str], owner: str) -> Lookup:
    """Return the lookup that leaves every parameter open, but refuses those that are not declared."""
    known = frozenset(params)

    def lookup(reference: Reference, _node: Scalar) -> Node | None:
        if reference.namespace == "param" and reference.name not in known:
            raise _no_such(reference, known, owner)
        return None

    return lookup


def as_reference(node: Node) -> Node:
    """Return a value as a whole reference to it yields it: a number may stand where a text is wanted."""
    if not isinstance(node, Scalar) or node.alternative is not None or isinstance(node.data, str | Template):
        return node
    if node.data is None:
        return node
    return replace(node, alternative=as_text(Reference("", "value"), node.data))


def chain(*lookups: Lookup) -> Lookup:
    """Return a lookup that asks each in turn."""

    def lookup(reference: Reference, node: Scalar) -> Node | None:
        for ask in lookups:
            found = ask(reference, node)
            if found is not None:
                return found
        return None

    return lookup


def misplaced(reference: Reference, _node: Scalar) -> Node | None:
    """Refuse what belongs to a template, flow or matrix, outside of one; the last lookup of every probe."""
    if reference.namespace == "param":
        raise NotFound(f"{reference} stands outside of a template and a flow")
    if reference.namespace == "matrix":
        raise NotFound(f"{reference} stands in a probe without matrix or for_each")
    return None


def left_alone(_reference: Reference, _node: Scalar) -> Node | None:
    """Resolve nothing: for what belongs to something that cannot be used, which was noted."""
    return None


def runtime_keys(node: Node) -> list[Place]:
    """Return where keys hold references: after the last stage these are run-time ones, which no key may hold."""
    if not node.dynamic or isinstance(node, Scalar):
        return []
    if isinstance(node, Sequence):
        return [place for item in node.items for place in runtime_keys(item)]
    entries = node.entries.values()
    keys = [entry.key.place for entry in entries if entry.key.dynamic and not unresolved(entry.key)]
    return keys + [place for entry in entries for place in runtime_keys(entry.value)]
