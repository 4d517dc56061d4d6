"""The origins (scheme, host and port; RFC 6454) that a configuration names literally.

A capture may be a whole URL only if it leads to one of them: what a server answers must not choose whom the
checker talks to.
"""

import re
from functools import lru_cache

from checker.config.configuration import Config
from checker.config.nodes import Mapping, Node, Scalar
from checker.core.template import Template
from checker.net.rendering import origin, parse_url

_BEGINNING = re.compile(r"https?://[^/?#\s]+(?=[/?#]|$)", re.IGNORECASE)


def origins(config: Config) -> frozenset[str]:
    """Return every origin that a step of the configuration names, as `https://host` or `https://host:8443`."""
    return frozenset().union(*(probe.origins for probe in config.probes))


def origins_in(node: Node) -> set[str]:
    """Return the origins that any text below a node begins with."""
    if isinstance(node, Scalar):
        found = _origin_of(node.data)
        return {found} if found else set()
    children = [entry.value for entry in node.entries.values()] if isinstance(node, Mapping) else node.items
    return set().union(*(origins_in(child) for child in children))


def _origin_of(data: object) -> str | None:
    closed = True
    if isinstance(data, Template):
        data, closed = data.parts[0], False
    match = _BEGINNING.match(data) if isinstance(data, str) else None
    # a reference right behind the host could still change it: https://host${x}
    if match is None or not (closed or match.end() < len(match.string)):
        return None
    return _normal(match[0])


@lru_cache(maxsize=4096)
def _normal(url: str) -> str | None:
    try:
        return origin(parse_url(url))
    except ValueError:
        return None
