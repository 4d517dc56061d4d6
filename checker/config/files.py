"""The main file and all that it includes, each a tree with the environment's values in it."""

import os
from collections.abc import Mapping as Map
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from checker.config.document import read_document, read_text
from checker.config.globs import TooMuch, matching
from checker.config.nodes import Mapping, Node, Scalar, Sequence, mapping
from checker.config.problems import Place, Problems, Source, did_you_mean
from checker.config.references import env_lookup, substitute_mapping
from checker.config.sources import Raw, Unreadable, read_file, read_source
from checker.core.regular import IRREGULAR

_MOST_FILES = 1000
_MOST_LEVELS = 16
_EVERYWHERE = frozenset({"version", "include", "defaults", "secrets", "flows", "templates", "probes"})
_OF_PROBES = frozenset({"expect", "http", "interval", "shallow", "steps", "use"})
_MAIN_ONLY = frozenset({"aws", "server"})


@dataclass(frozen=True, slots=True)
class File:
    """One file of the configuration; `root` without the `x-…` keys."""

    raw: Raw
    root: Mapping
    main: bool


class _Reader:
    """Reads files and follows their includes; each file once."""

    def __init__(self, environment: Map[str, str], problems: Problems) -> None:
        self._lookup = env_lookup(environment)
        self._problems = problems
        self._seen: set[Path] = set()
        self.files: list[File] = []
        self.paths: list[Path] = []

    def read(self, raw: Raw, above: tuple[Raw, ...]) -> None:
        """Take a file in, and what it includes. `above` are the files that led to it, the main one first."""
        if raw.path:
            self._seen.add(raw.path)
            self.paths.append(raw.path)
        source = read_text(raw.name, raw.data, self._problems)
        document = read_document(source, self._problems) if source else None
        if document is None:
            return
        kept = [entry for key, entry in document.entries.items() if not key.startswith("x-")]
        root = substitute_mapping(mapping(document.place, kept, document.end), self._lookup, self._problems)
        _check_keys(root, self._problems, main=not above)
        self.files.append(File(raw, root, main=not above))
        include = root.get("include")
        if include:
            self._include(include, (*above, raw))

    def _include(self, node: Node, above: tuple[Raw, ...]) -> None:
        if not isinstance(node, Sequence):
            self._problems.add(node.place, "include wants a list of globs", "write [teams/*.yaml]")
            return
        for item in node.items:
            if isinstance(item, Scalar) and isinstance(item.data, str) and item.data:
                self._include_glob(item.data, item.place, above)
            elif not item.dynamic:
                self._problems.add(item.place, "include wants globs, such as teams/*.yaml")

    def _include_glob(self, pattern: str, place: Place, above: tuple[Raw, ...]) -> None:
        try:
            names = matching(pattern, above[-1].directory)
        except TooMuch as error:
            self._problems.add(place, str(error), "name the folder, such as teams/*.yaml")
            return
        if not names:
            self._problems.add(place, _nothing(pattern, above[-1]))
        for name in names:
            self._include_file(name, place, above)

    def _include_file(self, name: str, place: Place, above: tuple[Raw, ...]) -> None:
        parent = above[-1]
        path = parent.directory / name
        try:
            resolved = path.resolve()
            chain = [raw.path for raw in above]
            if resolved in chain:
                circle = [raw.name for raw in above[chain.index(resolved) :]]
                self._problems.add(
                    place, f"these files include each other: {' → '.join([*circle, circle[0]])}"
                )
            elif resolved not in self._seen and self._room(place, above):
                self.read(read_file(_shown(parent, name), path), above)
        except (Unreadable, OSError, RuntimeError) as error:
            self._problems.add(place, f"{_shown(parent, name)}: {error}")

    def _room(self, place: Place, above: tuple[Raw, ...]) -> bool:
        if len(self._seen) >= _MOST_FILES:
            self._problems.add(place, f"this includes more than {_MOST_FILES} files in all")
        elif len(above) >= _MOST_LEVELS:
            self._problems.add(place, f"this includes files more than {_MOST_LEVELS} levels deep")
        else:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Files:
    """All files that were read; `paths` also has those that could be read but not understood."""

    files: tuple[File, ...]
    paths: tuple[Path, ...]
    directory: Path  # what the names of other files are relative to

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of what was included: their globs may find more there."""
        return tuple(dict.fromkeys(path.parent for path in self.paths[1:]))


def read_files(source: str, environment: Map[str, str], problems: Problems) -> Files:
    """Read a configuration and its includes, the main file first."""
    reader = _Reader(environment, problems)
    try:
        raw = read_source(source, environment)
    except Unreadable as error:
        problems.add(Place(Source(source)), str(error))
        return Files((), (), Path.cwd())
    reader.read(raw, ())
    return Files(tuple(reader.files), tuple(reader.paths), raw.directory)


def _nothing(pattern: str, raw: Raw) -> str:
    """Return why a pattern names no file."""
    if has_magic(pattern):
        return f"no file matches {pattern!r} in {_folder(raw)}"
    if os.path.isdir(raw.directory / pattern):  # noqa: PTH112 - a name that none can have is none
        return f"{pattern!r} is a folder; name the files in it, such as {pattern.rstrip('/')}/*.yaml"
    if os.path.exists(raw.directory / pattern):  # noqa: PTH110
        return f"{pattern!r}: {IRREGULAR}"
    return f"there is no file {pattern!r} in {_folder(raw)}"


def _folder(raw: Raw) -> str:
    return f"the folder of {raw.name}" if raw.path else "the current folder"


def _shown(parent: Raw, name: str) -> str:
    return str(Path(parent.name).parent / name) if parent.path else name


def _check_keys(root: Mapping, problems: Problems, *, main: bool) -> None:
    _check_version(root, problems, main=main)
    known = _EVERYWHERE | _MAIN_ONLY
    for key, entry in root.entries.items():
        if key not in known:
            hint = (
                _probe_hint(entry.value)
                or did_you_mean(key, known)
                or f"known here: {', '.join(sorted(known))}, x-…"
            )
            problems.add(entry.key.place, f"unknown key {key!r}", hint)
        elif key in _MAIN_ONLY and not main:
            problems.add(entry.key.place, f"{key!r} belongs into the main file, not into an included one")


def _probe_hint(node: Node) -> str:
    is_probe = isinstance(node, Mapping) and not _OF_PROBES.isdisjoint(node.entries)
    return "a probe belongs under probes" if is_probe else ""


def _check_version(root: Mapping, problems: Problems, *, main: bool) -> None:
    node = root.get("version")
    if node is None:
        if main:
            problems.add(root.place, "'version' is missing here", "write version: 1")
    elif node.data != 1 or isinstance(node.data, bool):
        problems.add(node.place, "the only version is 1", "write version: 1")
