"""Files that a step is made of beside the configuration's own: schemas and uploads. With them it changes."""

from collections.abc import Iterable, Iterator
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


class Digests:
    """What is in files, each read once for a configuration."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    @property
    def paths(self) -> Iterable[Path]:
        """The files that were asked for."""
        return self._known.keys()

    def of(self, directory: Path, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return the names of files in a folder, each with a digest of what is in it."""
        return tuple((name, self._digest(directory / name)) for name in names)

    def _digest(self, path: Path) -> str:
        if path not in self._known:
            self._known[path] = digest(path)
        return self._known[path]


def digest(path: Path) -> str:
    """Return a digest of what is in a file; empty where it cannot be read, is too large, or is a device."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        with path.open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()[:32]
    except (OSError, ValueError):
        return ""
