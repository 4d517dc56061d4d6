"""What the files define by name: probes, templates, flows, secrets. Each name once in all files."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace

from checker.config.files import File, Files
from checker.config.hints import EMPTY
from checker.config.models import NAME
from checker.config.nodes import Entry, Mapping, Node, Scalar
from checker.config.problems import Problem, Problems

REFERABLE = r"[A-Za-z_][A-Za-z0-9_.-]{0,99}"
"""What `${secret.…}` and `${param.…}` can name."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One named thing: its name as it is written, what stands under it, and the file."""

    name: str
    key: Scalar
    node: Mapping
    file: File


@dataclass(frozen=True, slots=True)
class Definitions:
    """All that the files define; `defaults` by file, the main one's first."""

    probes: Map[str, Definition]
    templates: Map[str, Definition]
    flows: Map[str, Definition]
    secrets: Map[str, Definition]
    main_defaults: Mapping | None

    def defaults_for(self, definition: Definition) -> tuple[Mapping, ...]:
        """Return the defaults that a probe takes, those of the main file first."""
        own = None if definition.file.main else _defaults(definition.file)
        return tuple(defaults for defaults in (self.main_defaults, own) if defaults)


def collect(files: Files, problems: Problems) -> Definitions:
    """Gather what all files define; a name that is defined twice is noted with both places."""
    for file in files.files:
        node = file.root.get("defaults")
        if node is not None and not isinstance(node, Mapping):
            problems.add(node.place, "defaults wants a mapping")
    main = next((file for file in files.files if file.main), None)
    return Definitions(
        probes=_section("probes", "probe", NAME, files, problems),
        templates=_section("templates", "template", NAME, files, problems),
        flows=_section("flows", "flow", NAME, files, problems),
        secrets=_section("secrets", "secret", REFERABLE, files, problems),
        main_defaults=_defaults(main) if main else None,
    )


def _defaults(file: File) -> Mapping | None:
    node = file.root.get("defaults")
    return node if isinstance(node, Mapping) else None


def _section(
    section: str, noun: str, pattern: str, files: Files, problems: Problems
) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for file in files.files:
        node = file.root.get(section)
        if isinstance(node, Mapping):
            _take_all(found, node, file, noun, problems)
        elif node is not None and not node.dynamic:
            hint = (
                "write each name as a key, and what belongs to it below" if node.data is not None else EMPTY
            )
            problems.add(node.place, f"{section} wants a mapping from names to {section}", hint)
    for definition in found.values():
        check_name(definition.key, noun, pattern, problems)
    return found


def _take_all(
    found: dict[str, Definition], section: Mapping, file: File, noun: str, problems: Problems
) -> None:
    for name, entry in section.entries.items():
        if not isinstance(entry.value, Mapping):
            if not entry.value.dynamic:
                problems.note(_no_mapping(entry, noun))
            continue
        first = found.setdefault(name, Definition(name, entry.key, entry.value, file))
        if first.key is not entry.key:
            message = f"the {noun} {name!r} is defined twice; it is first defined at {first.key.place}"
            problems.add(entry.key.place, message)


def _no_mapping(entry: Entry, noun: str) -> Problem:
    """Return the problem of a definition that is none; of a secret not what stands there, which may be its value."""
    name, place = str(entry.key.data), entry.value.place
    if entry.value.data is None:
        return Problem.at(place, f"the {noun} {name!r} is empty", EMPTY)
    found = Problem.at(place, f"the {noun} {name!r} wants a mapping", _EXAMPLES.get(noun, ""))
    return (
        replace(found, source_line=found.source_line[: place.column - 1] + "…") if noun == "secret" else found
    )


_EXAMPLES = {
    "probe": "such as {http: {url: …}}",
    "secret": "where it is read from: {env: NAME} or {file: PATH}",
}


def check_name(name: Node, noun: str, pattern: str, problems: Problems) -> None:
    """Note a name that is not written as names are."""
    if isinstance(name.data, str) and not re.fullmatch(pattern, name.data):
        problems.add(name.place, f"{name.data!r} is no name for a {noun}", _NAMING[pattern])


_NAMING = {
    NAME: "up to 100 letters, digits, _ . and -, the first a letter or digit",
    REFERABLE: "up to 100 letters, digits, _ . and -, the first a letter or _",
}
