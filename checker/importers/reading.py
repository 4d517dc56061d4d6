"""Bytes of anybody's making → values: bounded in size, depth and expansion before they cost anything.

Unlike checks.yaml, such a document may have keys that are numbers (they become texts) and binary values. Messages have
line and column, and never quote a line: a password may stand in it.
"""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from checker.config.scalars import core_scalar
from checker.importers.notes import CLOSE, OPEN, Unusable

MOST_BYTES = 32 << 20
MOST_VALUES = 1_000_000
MOST_LEVELS = 100

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_BINARY = "tag:yaml.org,2002:binary"
_MARK = re.compile(f"[{OPEN}{CLOSE}]|\\\\ufdd[01]", re.IGNORECASE)
_TEXT = frozenset({"!", "tag:yaml.org,2002:str"})


class NotJson(Unusable):
    """A text that breaks JSON's grammar."""


def text_of(data: bytes, name: str) -> str:
    """Return bytes as text; raises Unusable for what is too large, or no text."""
    if len(data) > MOST_BYTES:
        raise Unusable(f"{name}: larger than 32 MiB; import it in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(
            f"{name}:{_place(data[: error.start].decode('utf-8', 'replace'))}: not UTF-8"
        ) from None
    if "\0" in text:
        raise Unusable(f"{name}:{_place(text[: text.index(chr(0))])}: a NUL; this is no text")
    return text


def document(text: str, name: str) -> Any:
    """Return the value of a JSON or YAML document; raises Unusable."""
    if text.lstrip()[:1] not in ("{", "["):
        return yaml_document(text, name)
    try:
        return json_document(text, name)
    except NotJson as error:
        try:
            return yaml_document(text, name)  # which can begin with a brace too
        except Unusable:
            raise error from None


def _check_texts(value: Any, name: str) -> None:
    """Refuse what would be taken for a reference of ours (`notes.reference`)."""
    if isinstance(value, str):
        if not value.isascii() and (OPEN in value or CLOSE in value):
            raise Unusable(f"{name}: this is no text: it holds a noncharacter, U+FDD0 or U+FDD1")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_texts(key, name)
            _check_texts(item, name)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item, name)


def json_document(text: str, name: str) -> Any:
    """Return the value of a JSON document; raises Unusable."""
    value = parsed_json(text, name)
    if _MARK.search(text):
        _check_texts(value, name)
    return value


def parsed_json(text: str, name: str) -> Any:
    """Return the value of a JSON text in which references of ours may stand; raises Unusable."""
    _check_levels(text, name)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise NotJson(f"{name}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{name}: {error if isinstance(error, ValueError) else _DEEP}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("the same key is given twice in one object")
    return made


def _refuse(constant: str) -> Any:
    raise ValueError(f"not JSON: {constant}")


def _check_levels(text: str, name: str) -> None:
    level = 0
    for values, match in enumerate(_JSON_TOKEN.finditer(text)):
        if match[0] in ("{", "["):
            level += 1
        elif match[0] in ("}", "]"):
            level -= 1
        if level > MOST_LEVELS or values > MOST_VALUES:
            what = _DEEP if level > MOST_LEVELS else _MANY
            raise Unusable(f"{name}:{_place(text[: match.start()])}: {what}")


_DEEP = f"nested deeper than {MOST_LEVELS} levels"
_MANY = f"more than {MOST_VALUES:,} values; import it in parts"


def _place(before: str) -> str:
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def yaml_document(text: str, name: str) -> Any:
    """Return the value of a YAML document; raises Unusable."""
    try:
        value = _Composer(name).compose(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Unusable(f"{name}{where}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise Unusable(f"{name}: not valid YAML: a control character") from None
    _check_texts(value, name)
    return value


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet. `values` counts what is in it, aliases written out."""

    anchor: str | None
    is_mapping: bool
    nodes: list[Any] = field(default_factory=list)
    values: int = 1
    levels: int = 1


@dataclass(frozen=True, slots=True)
class _Node:
    value: Any
    values: int = 1
    levels: int = 0
    merge: bool = False


class _Composer:
    """Builds the value of one document from the events of the parser."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._anchors: dict[str, _Node | None] = {}  # None: not complete yet
        self._open: list[_Open] = []
        self._root: Any = None
        self._documents = 0

    def compose(self, events: Iterable[Any]) -> Any:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                self._check(
                    event, self._documents == 1, "a second document starts here; import one at a time"
                )
            elif isinstance(event, yaml.ScalarEvent):
                self._put(event, self._anchored(event.anchor, self._scalar(event)))
            elif isinstance(event, yaml.AliasEvent):
                self._put(event, self._alias(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
        return self._root

    def _check(self, event: Any, holds: object, message: str) -> None:
        if not holds:
            mark = event.start_mark
            raise Unusable(f"{self._name}:{mark.line + 1}:{mark.column + 1}: {message}")

    def _anchored(self, anchor: str | None, node: _Node) -> _Node:
        if anchor:
            self._anchors[anchor] = node
        return node

    def _scalar(self, event: Any) -> _Node:
        text = event.value
        if event.tag == _BINARY:
            try:
                return _Node(b64decode("".join(text.split()), validate=True))
            except (NotBase64, ValueError):
                self._check(event, holds=False, message="this is no base64, as its tag !!binary says")
        if event.tag in _TEXT or (not event.tag and not event.implicit[0]):
            return _Node(text)
        try:
            return _Node(core_scalar(text), merge=text == "<<")
        except ValueError:
            return _Node(text)

    def _alias(self, event: Any) -> _Node:
        node = self._anchors.get(event.anchor)
        self._check(event, node, "there is no anchor for this alias before it")
        return node or _Node(None)

    def _start(self, event: Any) -> None:
        self._check(event, len(self._open) < MOST_LEVELS, _DEEP)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        value = self._mapping(event, done.nodes) if done.is_mapping else [node.value for node in done.nodes]
        self._put(event, self._anchored(done.anchor, _Node(value, done.values, done.levels)))

    def _put(self, event: Any, node: _Node) -> None:
        if not self._open:
            self._root = node.value
            return
        around = self._open[-1]
        around.nodes.append(node)
        around.values += node.values
        around.levels = max(around.levels, node.levels + 1)
        self._check(event, around.values <= MOST_VALUES, _MANY)
        self._check(event, len(self._open) + node.levels <= MOST_LEVELS, _DEEP)

    def _mapping(self, event: Any, nodes: list[_Node]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[Any] = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if key.merge:
                merged += value.value if isinstance(value.value, list) else [value.value]
                continue
            self._check(event, isinstance(key.value, str | int | float), "a key of this mapping is no text")
            name = _key(key.value)
            self._check(event, name not in made, "the same key is given twice in the mapping that ends here")
            made[name] = value.value
        for other in merged:
            self._check(event, isinstance(other, dict), "<< wants a mapping, or a list of mappings")
            made = {**other, **made}
        return made


def _key(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
