"""What stands in the YAML, with its places: a tree of values that expansion works on before anything is typed.

Nodes never change; expansion shares every part of the tree that it does not touch. So a mapping without any
reference is the same object in all the probes that a template or matrix makes out of it, and what is worked
out for it once can be remembered by its identity.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from checker.config.problems import Place
from checker.core.template import Reference, Template

LOAD_TIME = frozenset({"env", "matrix", "param"})
MOST_NODES = 100_000
MOST_TEXT = 1 << 20
MOST_LEVELS = 64

FAULTY = Template((Reference("env", "?"),))
"""Stands where nothing usable does; never resolved, and a sign that the problem has been noted."""

Path = tuple[str | int, ...]


class Extent(NamedTuple):
    """How large a tree is when everything that is shared in it is written out."""

    nodes: int = 1
    text: int = 0
    levels: int = 1

    @property
    def excessive(self) -> bool:
        """Whether it is larger than anything that a person would write."""
        return self.nodes > MOST_NODES or self.text > MOST_TEXT or self.levels > MOST_LEVELS


_ONE = Extent()
_SHORT = tuple(Extent(1, length) for length in range(256))  # shared: nearly every text is one of these
TOO_LARGE = "this expands to more than 100,000 values, 1 MiB of text or 64 levels"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, boolean, null, or a Template.

    `alternative` is set for what came from a reference: the same value as a text, or as the number that
    the text reads as, for a field that does not want `data`. `fault` says why the text is no proper template.
    """

    place: Place
    data: Any
    extent: Extent = _ONE
    plain: bool = False  # written without quotes
    alternative: Any = None
    fault: str = ""

    @property
    def dynamic(self) -> bool:
        """Whether there is any reference in it."""
        return isinstance(self.data, Template)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    place: Place
    items: "tuple[Node, ...]"
    data: list[Any]
    extent: Extent
    dynamic: bool
    end: int = 0  # its last line


class Entry(NamedTuple):
    """A key and what it stands for."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping. `entries` by the text of their keys, in the order of the file."""

    place: Place
    entries: Map[str, Entry]
    data: dict[str, Any]
    extent: Extent
    dynamic: bool
    end: int = 0

    def get(self, key: str) -> "Node | None":
        """Return the node for a key, or None."""
        entry = self.entries.get(key)
        return entry.value if entry else None

    def key_place(self, key: str) -> Place:
        """Return where a key is written; the mapping's own place where it is not."""
        entry = self.entries.get(key)
        return entry.key.place if entry else self.place


Node = Scalar | Sequence | Mapping


def sequence(place: Place, items: Iterable[Node], end: int = 0) -> Sequence:
    """Return a list of nodes."""
    parts = tuple(items)
    dynamic = any(item.dynamic for item in parts)
    return Sequence(place, parts, [item.data for item in parts], _sum(parts), dynamic, end)


def mapping(place: Place, entries: Iterable[Entry], end: int = 0) -> Mapping:
    """Return a mapping of entries, whose keys must differ."""
    parts: dict[str, Entry] = {}
    data: dict[str, Any] = {}
    dynamic = False
    nodes, text, levels = 1, 0, 0
    for entry in entries:  # one pass, as most of the time of a load is spent here
        key, value = entry
        name = str(key.data)
        parts[name] = entry
        data[name] = value.data
        dynamic = dynamic or value.dynamic or key.dynamic
        below = value.extent
        nodes += below.nodes + 1
        text += below.text + key.extent.text
        levels = max(levels, below.levels)
    return Mapping(place, parts, data, Extent(nodes, text, levels + 1), dynamic, end)


def _sum(parts: Seq[Node]) -> Extent:
    nodes, text, levels = 1, 0, 0
    for part in parts:
        extent = part.extent
        nodes += extent.nodes
        text += extent.text
        levels = max(levels, extent.levels)
    return Extent(nodes, text, levels + 1)


def extent_of(text: str) -> Extent:
    """Return the extent of a scalar."""
    return _SHORT[len(text)] if len(text) < len(_SHORT) else Extent(1, len(text))


def text_scalar(place: Place, text: str) -> Scalar:
    """Return a node for a text that stands in no file."""
    return Scalar(place, text, extent_of(text))


def with_entries(node: Mapping, values: Map[str, Node]) -> Mapping:
    """Return the mapping with other values for some keys; new keys take the place of the mapping."""
    entries = dict(node.entries)
    for key, value in values.items():
        old = entries.get(key)
        entries[key] = Entry(old.key if old else text_scalar(node.place, key), value)
    return mapping(node.place, entries.values(), node.end)


def without(node: Mapping, keys: Iterable[str]) -> Mapping:
    """Return the mapping without some keys."""
    dropped = frozenset(keys)
    if dropped.isdisjoint(node.entries):
        return node
    kept = [entry for key, entry in node.entries.items() if key not in dropped]
    return mapping(node.place, kept, node.end)


def at(node: Node, path: Path) -> Node:
    """Return the node at a path, or the last one on the way that exists."""
    for part in path:
        child = _child(node, part)
        if child is None:
            return node
        node = child
    return node


def place_of(node: Node, path: Path) -> Place:
    """Return where the value at a path is written, or the last part of the path that exists."""
    return at(node, path).place


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(str(part))
    if isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    return None


def with_alternative(node: Node, path: Path) -> Node | None:
    """Return the tree with the scalar at a path as its alternative says, or None where it has none."""
    if isinstance(node, Scalar):
        return (
            replace(node, data=node.alternative, alternative=None) if node.alternative is not None else None
        )
    child = _child(node, path[0]) if path else None
    changed = with_alternative(child, path[1:]) if child else None
    if changed is None:
        return None
    if isinstance(node, Mapping):
        return with_entries(node, {str(path[0]): changed})
    items = [changed if index == path[0] else item for index, item in enumerate(node.items)]
    return sequence(node.place, items, node.end)


def references(node: Node) -> Iterator[tuple[Scalar, Reference]]:
    """Yield every reference in the values of a tree, with the scalar that holds it."""
    if not node.dynamic:
        return
    if isinstance(node, Scalar):
        yield from ((node, reference) for reference in node.data.references)
        return
    children = node.items if isinstance(node, Sequence) else [entry.value for entry in node.entries.values()]
    for child in children:
        yield from references(child)


def unresolved(node: Node) -> bool:
    """Whether a scalar waits for a reference that should have been resolved at load: that was reported already."""
    return (
        isinstance(node, Scalar)
        and node.dynamic
        and any(r.namespace in LOAD_TIME for r in node.data.references)
    )
