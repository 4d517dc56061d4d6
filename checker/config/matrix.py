"""`matrix` and `for_each`: one probe as written, many probes as meant."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from itertools import product
from math import prod

from checker.config.definitions import REFERABLE, check_name
from checker.config.models import LABEL_NAME, RESERVED_LABELS
from checker.config.nodes import Mapping, Node, Scalar, Sequence, text_scalar
from checker.config.problems import Problems
from checker.core.template import Reference, as_text

MOST_COMBINATIONS = 20_000
_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Combination:
    """One choice out of a matrix: the probe's full name, its labels, and what `${matrix.KEY}` stands for."""

    name: str
    labels: Map[str, str] = field(default_factory=dict)
    values: Map[str, Node] = field(default_factory=dict)
    broken: bool = False  # the matrix cannot be used, which was noted; what refers to it is left alone


def combinations(name: str, probe: Mapping, problems: Problems) -> list[Combination]:
    """Return what a probe expands to; itself alone where it has no matrix, or one that cannot be used."""
    matrix, records = probe.get("matrix"), probe.get("for_each")
    if matrix and records:
        problems.add(probe.key_place("for_each"), "a probe has either matrix or for_each, not both")
    if matrix:
        return _of_matrix(name, matrix, problems)
    if records:
        return _of_records(name, records, problems)
    return [Combination(name)]


def _of_matrix(name: str, matrix: Node, problems: Problems) -> list[Combination]:
    if not isinstance(matrix, Mapping) or not matrix.entries:
        _refuse(matrix, "matrix wants a mapping from keys to lists of values", problems)
        return [Combination(name, broken=True)]
    axes = {key: _axis(entry.key, entry.value, problems) for key, entry in matrix.entries.items()}
    if not all(axes.values()):
        return [Combination(name, broken=True)]
    if prod(len(axis) for axis in axes.values()) > MOST_COMBINATIONS:
        problems.add(matrix.place, f"this matrix has more than {MOST_COMBINATIONS:,} combinations")
        return [Combination(name, broken=True)]
    return [_combination(name, tuple(axes), choice) for choice in product(*axes.values())]


def _combination(name: str, keys: tuple[str, ...], choice: tuple[tuple[str, Node], ...]) -> Combination:
    texts = [text for text, _ in choice]
    values = {key: node for key, (_, node) in zip(keys, choice, strict=True)}
    return Combination("/".join([name, *texts]), dict(zip(keys, texts, strict=True)), values)


def _axis(key: Scalar, node: Node, problems: Problems) -> list[tuple[str, Node]]:
    check_label(key, "matrix key", problems)
    if not isinstance(node, Sequence) or not node.items:
        _refuse(node, f"the matrix key {key.data!r} wants a list of values", problems)
        return []
    axis: dict[str, Node] = {}
    for item in node.items:
        text = _part_of_name(item, problems)
        if text is None:
            return []
        if text in axis:
            problems.add(item.place, f"{text!r} is twice in this list")
        axis[text] = item
    return list(axis.items())


def _part_of_name(node: Node, problems: Problems) -> str | None:
    if isinstance(node, Scalar) and isinstance(node.data, str | int | float):
        text = (
            node.alternative if isinstance(node.alternative, str) else as_text(Reference("", "x"), node.data)
        )
        if _PART.fullmatch(text):
            return text
    message = "a value of a matrix is part of the probe's name: letters, digits, _ . and - only"
    _refuse(node, message, problems, "use for_each: {NAME: {KEY: …}} for other values")
    return None


def _of_records(name: str, records: Node, problems: Problems) -> list[Combination]:
    if not isinstance(records, Mapping) or not records.entries:
        _refuse(records, "for_each wants a mapping from names to records", problems)
        return [Combination(name, broken=True)]
    found = []
    for key, entry in records.entries.items():
        if not _PART.fullmatch(key):
            problems.add(
                entry.key.place, f"{key!r} is part of the probe's name: letters, digits, _ . and - only"
            )
        if isinstance(entry.value, Mapping):
            found.append(_of_record(name, key, entry.key, entry.value, problems))
        else:
            _refuse(entry.value, f"the record {key!r} wants a mapping from keys to values", problems)
    return found or [Combination(name, broken=True)]


def _of_record(name: str, key: str, node: Scalar, record: Mapping, problems: Problems) -> Combination:
    for field_name, entry in record.entries.items():
        if field_name == "name":
            problems.add(
                entry.key.place, "${matrix.name} is the record's own name; give this key another one"
            )
        else:
            check_name(entry.key, "key", REFERABLE, problems)
    values = {field_name: entry.value for field_name, entry in record.entries.items()}
    return Combination(f"{name}/{key}", {}, {**values, "name": text_scalar(node.place, key)})


def check_label(key: Scalar, noun: str, problems: Problems) -> None:
    """Note a label's or matrix's key that metrics cannot carry."""
    if not isinstance(key.data, str):
        return
    if key.data in RESERVED_LABELS:
        problems.add(key.place, f"{key.data!r} is reserved and cannot be a {noun}")
    elif not re.fullmatch(LABEL_NAME, key.data):
        message = f"{key.data!r} cannot be a {noun}"
        problems.add(key.place, message, "letters, digits and _, not starting with a digit or __")


def _refuse(node: Node, message: str, problems: Problems, hint: str = "") -> None:
    if not node.dynamic:
        problems.add(node.place, message, hint)
