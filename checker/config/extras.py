"""Files that a step is made of beside the configuration's own: schemas and uploads. With them it changes."""

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from checker.config.nodes import Mapping, Node, Scalar, Sequence

LARGEST = 16 << 20
"""Bytes; nothing larger is taken as an upload or a schema."""

_OPERATOR = "schema"


def schema_files(*expectations: Node | None) -> Iterator[str]:
    """Yield the names of the schemas in expectations, also of those that cannot be read: they will be, once mended."""
    for node in expectations:
        if isinstance(node, Mapping):
            yield from _named(node)
            yield from schema_files(*(entry.value for entry in node.entries.values()))
        elif isinstance(node, Sequence):
            yield from schema_files(*node.items)


def _named(node: Mapping) -> Iterator[str]:
    operand = node.get(_OPERATOR)
    if isinstance(operand, Scalar) and isinstance(operand.data, str) and operand.data:
        yield operand.data


def digest(path: Path) -> str:
    """Return a digest of what is in a file; empty where it cannot be read, is too large, or is a device."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        with path.open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()[:32]
    except (OSError, ValueError):
        return ""
