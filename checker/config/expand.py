"""Probes as written → probes as meant: templates, defaults and matrices unfolded, still as trees with places."""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace

from checker.config.definitions import Definition, Definitions
from checker.config.matrix import Combination, combinations
from checker.config.models import ProbeKeys
from checker.config.nodes import Entry, Mapping, Node, Scalar, mapping, text_scalar, without
from checker.config.parameters import bind, declared
from checker.config.problems import Problems, nearest
from checker.config.references import (
    Lookup,
    chain,
    left_alone,
    misplaced,
    runtime_keys,
    substitute_mapping,
    values_lookup,
)

MOST_PROBES = 20_000
DEFAULT_KEYS = frozenset(ProbeKeys.model_fields) | {"shallow"}
UNFOLDED = frozenset({"use", "with", "matrix", "for_each"})


@dataclass(frozen=True, slots=True)
class Draft:
    """One probe with everything in place but the calls of flows. `lookup` resolves a matrix in what those hold."""

    name: str
    definition: Definition
    node: Mapping
    lookup: Lookup
    labels: Map[str, str] = field(default_factory=dict)  # of the matrix
    torn: bool = False  # its template is missing, which was noted


def drafts(
    definition: Definition, definitions: Definitions, problems: Problems
) -> Iterator[tuple[Draft, Problems]]:
    """Yield the probes that a definition stands for, each with the problems of that one alone."""
    body = _with_template(definition, definitions, problems)
    layers = [without(layer, _alien(layer)) for layer in definitions.defaults_for(definition)]
    whole = merged([*layers, *([body] if body else []), definition.node])
    for combination in combinations(definition.name, whole, problems):
        own = Problems()
        torn = body is None and "use" in definition.node.entries
        yield replace(_draft(definition, whole, combination, own), torn=torn), own


def _draft(definition: Definition, whole: Mapping, combination: Combination, problems: Problems) -> Draft:
    lookup = _matrix_lookup(definition.name, combination)
    node = substitute_mapping(without(whole, UNFOLDED), lookup, problems)
    for place in runtime_keys(node):
        problems.add(place, "a key cannot hold a run-time reference")
    return Draft(combination.name, definition, node, lookup, combination.labels)


def _matrix_lookup(name: str, combination: Combination) -> Lookup:
    if combination.broken:
        return left_alone
    if combination.values:
        return chain(values_lookup("matrix", combination.values, f"the matrix of {name}"), misplaced)
    return misplaced


def _alien(defaults: Mapping) -> list[str]:
    return [key for key in defaults.entries if key not in DEFAULT_KEYS]


def merged(layers: list[Mapping]) -> Mapping:
    """Lay mappings over each other, the strongest last: `labels` merge by key, everything else replaces."""
    if len(layers) == 1:
        return layers[0]
    entries: dict[str, Entry] = {}
    for layer in layers:
        for key, entry in layer.entries.items():
            below = entries.get(key)
            if (
                key == "labels"
                and below
                and isinstance(below.value, Mapping)
                and isinstance(entry.value, Mapping)
            ):
                entries[key] = Entry(entry.key, _overlaid(below.value, entry.value))
            else:
                entries[key] = entry
    top = layers[-1]
    return mapping(top.place, entries.values(), top.end)


def _overlaid(below: Mapping, above: Mapping) -> Mapping:
    return mapping(above.place, {**below.entries, **above.entries}.values(), above.end)


def _with_template(definition: Definition, definitions: Definitions, problems: Problems) -> Mapping | None:
    use = definition.node.get("use")
    if use is None:
        if "with" in definition.node.entries:
            problems.add(definition.node.key_place("with"), "'with' goes with 'use', which is missing here")
        return None
    template = _template(use, definitions, problems)
    if template is None:
        return None
    params = declared(
        template.node.get("params"), Problems()
    )  # its problems are noted with the template itself
    owner = f"the template {template.name!r}"
    values = bind(owner, params, definition.node.get("with"), use.place, problems)
    body = without(template.node, ("params", "use", "with"))
    return substitute_mapping(body, values_lookup("param", values, owner), problems)


def _template(use: Node, definitions: Definitions, problems: Problems) -> Definition | None:
    if not isinstance(use, Scalar) or not isinstance(use.data, str):
        if not use.dynamic:
            problems.add(use.place, "use wants the name of a template")
        return None
    template = definitions.templates.get(use.data)
    if template is None:
        problems.add(
            use.place, f"there is no template {use.data!r}", nearest(use.data, definitions.templates)
        )
    return template


def label_node(node: Mapping, labels: Map[str, str]) -> Mapping:
    """Return labels with those of a matrix over them."""
    added = [
        Entry(text_scalar(node.place, key), text_scalar(node.place, value)) for key, value in labels.items()
    ]
    kept = [entry for key, entry in node.entries.items() if key not in labels]
    return mapping(node.place, [*kept, *added], node.end)
