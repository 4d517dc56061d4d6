"""Text → tree of nodes with places, from the events of the YAML parser.

The tree is composed here, not by PyYAML, because hostile or broken input has to be met before it costs anything:
depth and size are bounded while the events come in, an alias is counted as what it expands to, and duplicate
keys are seen at all.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any, ClassVar

import yaml

from checker.config.nodes import (
    FAULTY,
    MOST_LEVELS,
    MOST_NODES,
    MOST_TEXT,
    Entry,
    Extent,
    Mapping,
    Node,
    Scalar,
    Sequence,
    extent_of,
    mapping,
    sequence,
)
from checker.config.problems import Place, Problems, Source
from checker.config.scalars import core_scalar, tagged_scalar
from checker.config.syntax import explain
from checker.core.template import Template, TemplateError, parse_template

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_MERGE = "<<"
_COLLECTION = Extent()  # by itself; what is in it has been counted
_COLLECTION_TAGS = frozenset({None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


class _Hopeless(Exception):
    """Nothing more can be learned from this document; the problem has been noted."""


def read_text(name: str, data: bytes, problems: Problems) -> Source | None:
    """Decode a document; UTF-8, or UTF-16 with a byte order mark as YAML wants it. None: noted as a problem."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Source.of(name, data.decode(encoding))
    except UnicodeDecodeError as error:
        before = Source.of(name, data[: error.start].decode(encoding, "replace"))
        line = len(before.lines)
        problems.add(Place(before, line, len(before.line(line)) + 1), f"this is not valid {encoding.upper()}")
        return None


def read_document(
    source: Source, problems: Problems, wanted: str = "a mapping with version and probes"
) -> Mapping | None:
    """Compose the one document of a source, which has to be a mapping. None: noted as a problem."""
    text = "\n".join(source.lines)
    match = _UNPRINTABLE.search(text)
    if match:
        line = text.count("\n", 0, match.start())
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1)
        problems.add(
            Place(source, line + 1, column + 1), f"the character U+{ord(match[0]):04X} is not allowed here"
        )
        return None
    try:
        root = _Composer(source, problems).compose(iter(yaml.CSafeLoader(text).get_event, None))
    except yaml.MarkedYAMLError as error:
        problems.note(explain(error, source))
        return None
    except _Hopeless:
        return None
    if not isinstance(root, Mapping):
        problems.add(root.place if root else Place(source, 1, 1), f"expected {wanted}")
        return None
    return root


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    place: Place
    anchor: str | None
    is_mapping: bool
    flow: bool
    nodes: list[Node] = field(default_factory=list)


class _Composer:
    """Builds the tree of one document. Works with a stack of its own: Python's would overflow."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self._source = source
        self._problems = problems
        self._anchors: dict[str, Node | None] = {}  # None: not complete yet
        self._open: list[_Open] = []
        self._nodes = 0
        self._text = 0
        self._documents = 0
        self._root: Node | None = None

    def compose(self, events: Iterable[yaml.Event]) -> Node | None:
        for event in events:
            step = self._steps.get(type(event))
            if step:
                step(self, event)
        return self._root

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._source, mark.line + 1, mark.column + 1)

    def _give_up(self, place: Place, message: str) -> None:
        self._problems.add(place, message)
        raise _Hopeless

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._give_up(self._place(event), "a second document starts here; a file holds one")

    def _scalar(self, event: Any) -> None:
        place, text = self._place(event), event.value
        fault, plain = "", False
        value: Any = text
        try:
            if event.tag:
                value = tagged_scalar(event.tag, text)
            elif event.implicit[0]:
                plain, value = True, core_scalar(text)
            if isinstance(value, str) and "${" in value:
                value = parse_template(value)
        except TemplateError as error:
            value, fault = FAULTY, str(error)
        except ValueError as error:
            value = FAULTY
            self._problems.add(place, str(error))
        self._add(Scalar(place, value, extent_of(text), plain, fault=fault), event.anchor)

    def _start(self, event: Any) -> None:
        place = self._place(event)
        if len(self._open) >= MOST_LEVELS - 1:
            self._give_up(place, f"this is nested deeper than {MOST_LEVELS} levels")
        if event.tag not in _COLLECTION_TAGS:
            self._problems.add(place, f"there is no tag {event.tag!r} here")
        if event.anchor:
            self._anchors[event.anchor] = None
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._open.append(_Open(place, event.anchor, is_mapping, bool(event.flow_style)))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        last_line = _last_line(done, event.end_mark)
        node: Node
        if done.is_mapping:
            node = mapping(done.place, self._entries(done), last_line)
        else:
            node = sequence(done.place, done.nodes, last_line)
        self._add(node, done.anchor)

    def _alias(self, event: Any) -> None:
        place, name = self._place(event), event.anchor
        if name not in self._anchors:
            hint = "quote it if it is a text" if name else ""
            self._problems.add(place, f"there is no anchor &{name} before this alias", hint)
            self._add(Scalar(place, FAULTY), None)
            return
        node = self._anchors[name]
        if node is None:
            self._give_up(place, f"the anchor &{name} contains itself here")
        else:
            if len(self._open) + node.extent.levels > MOST_LEVELS:
                self._give_up(place, f"this is nested deeper than {MOST_LEVELS} levels")
            self._count(node.extent, place)
            self._put(node)

    def _count(self, extent: Extent, place: Place) -> None:
        self._nodes += extent.nodes
        self._text += extent.text
        if self._nodes > MOST_NODES or self._text > MOST_TEXT:
            limit = f"{MOST_NODES:,} values" if self._nodes > MOST_NODES else "1 MiB of text"
            self._give_up(place, f"the document expands to more than {limit} here")

    def _add(self, node: Node, anchor: str | None) -> None:
        self._count(node.extent if isinstance(node, Scalar) else _COLLECTION, node.place)
        if anchor:
            self._anchors[anchor] = node
        self._put(node)

    def _put(self, node: Node) -> None:
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self._root = node

    def _entries(self, done: _Open) -> Iterable[Entry]:
        """Return the entries of a mapping; its own ones take precedence over merged ones."""
        entries: dict[str, Entry] = {}
        merged: list[Mapping] = []
        for key, value in zip(done.nodes[::2], done.nodes[1::2], strict=True):
            if isinstance(key, Scalar) and key.plain and key.data == _MERGE:
                merged += self._merged(value)
            elif isinstance(key, Scalar) and isinstance(key.data, str | Template):
                self._take(entries, key, value)
            else:
                self._problems.add(key.place, "a key has to be a text", _key_hint(key))
        for source in merged:
            for name, entry in source.entries.items():
                entries.setdefault(name, entry)
        return entries.values()

    def _take(self, entries: dict[str, Entry], key: Scalar, value: Node) -> None:
        name = str(key.data)
        entry = Entry(key, value)
        first = entries.setdefault(name, entry)
        if first is not entry:
            self._problems.add(
                key.place, f"the key {name!r} is given twice; it is first given at {first.key.place}"
            )

    def _merged(self, value: Node) -> Iterator[Mapping]:
        for item in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(item, Mapping):
                yield item
            else:
                self._problems.add(item.place, "<< wants a mapping, or a list of mappings")

    # Functions, not bound methods: an object that holds its own would keep all nodes until the collector comes by.
    _steps: ClassVar[Map[type, Callable[["_Composer", Any], None]]] = {
        yaml.DocumentStartEvent: _start_document,
        yaml.ScalarEvent: _scalar,
        yaml.AliasEvent: _alias,
        yaml.MappingStartEvent: _start,
        yaml.SequenceStartEvent: _start,
        yaml.MappingEndEvent: _end,
        yaml.SequenceEndEvent: _end,
    }


def _last_line(done: _Open, end: yaml.Mark) -> int:
    """Return the last line of a collection; the parser ends one in block style where the next thing begins."""
    if done.flow or not done.nodes:
        return end.line + 1
    last = done.nodes[-1]
    return max(end.line, last.place.line if isinstance(last, Scalar) else last.end)


def _key_hint(key: Node) -> str:
    if isinstance(key, Scalar):
        return "quote it"
    return "quote the text if it holds {} or []"
