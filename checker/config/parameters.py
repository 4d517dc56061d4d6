"""What a template or a flow wants to be told, and what a probe or a call tells it."""

from collections.abc import Mapping as Map

from checker.config.definitions import REFERABLE, check_name
from checker.config.nodes import FAULTY, Mapping, Node, Scalar, Sequence
from checker.config.problems import Place, Problems, nearest

REQUIRED = "required"


def declared(node: Node | None, problems: Problems) -> Map[str, Node | None]:
    """Return the parameters in `params`, with their defaults; None for one that has to be given.

    A list of names means that all are required; a mapping gives each a default, or the word `required`.
    """
    if node is None:
        return {}
    if isinstance(node, Sequence):
        return dict(_listed(node, problems))
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            check_name(entry.key, "parameter", REFERABLE, problems)
        return {name: _default(entry.value) for name, entry in node.entries.items()}
    problems.add(node.place, "params wants a list of names, or a mapping from names to defaults or required")
    return {}


def _listed(node: Sequence, problems: Problems) -> list[tuple[str, Node | None]]:
    names: list[tuple[str, Node | None]] = []
    for item in node.items:
        if isinstance(item, Scalar) and isinstance(item.data, str):
            check_name(item, "parameter", REFERABLE, problems)
            names.append((item.data, None))
        else:
            problems.add(item.place, "params wants names", "write a mapping for defaults: {min: 1}")
    return names


def _default(node: Node) -> Node | None:
    return None if isinstance(node, Scalar) and node.data == REQUIRED else node


def bind(
    owner: str, params: Map[str, Node | None], given: Node | None, place: Place, problems: Problems
) -> dict[str, Node]:
    """Return the value of each parameter; notes what is missing and what nobody asked for.

    A missing one gets a stand-in, so that it is noted once, where it is missing, and nowhere else.
    """
    values: dict[str, Node] = {}
    if given is not None and not isinstance(given, Mapping):
        problems.add(given.place, "with wants a mapping from parameters to values")
        return {name: default or Scalar(place, FAULTY) for name, default in params.items()}
    for name, entry in given.entries.items() if given else ():
        if name in params:
            values[name] = entry.value
        else:
            problems.add(entry.key.place, f"{owner} has no parameter {name!r}", nearest(name, params))
    for name, default in params.items():
        if name not in values:
            values[name] = default or Scalar(place, FAULTY)
            if default is None:
                problems.add(place, f"{owner} wants the parameter {name!r}", f"write with: {{{name}: …}}")
    return values
