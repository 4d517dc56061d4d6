"""The origins (scheme, host and port; RFC 6454) that a configuration names literally.

A capture may be a whole URL only if it leads to one of them: what a server answers must not choose whom the
checker talks to.
"""

import re

from checker.config.configuration import Config
from checker.config.nodes import Mapping, Node, Scalar
from checker.core.template import Template

_ORIGIN = re.compile(r"(https?)://([^/?#\s@]*@)?([^/?#\s@\\]+)(?=[/?#]|$)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def origins(config: Config) -> frozenset[str]:
    """Return every origin that a step of the configuration names, as `https://host` or `https://host:8443`."""
    return frozenset().union(*(probe.origins for probe in config.probes))


def origin(url: str) -> str | None:
    """Return the origin of a URL in lower case, without a default port; None where it has none."""
    match = _ORIGIN.match(url)
    if not match:
        return None
    scheme, authority = match[1].lower(), match[3].lower()
    return f"{scheme}://{authority.removesuffix(_DEFAULT_PORTS[scheme])}"


def origins_in(node: Node) -> set[str]:
    """Return the origins that any text below a node begins with."""
    if isinstance(node, Scalar):
        found = _origin_of(node.data)
        return {found} if found else set()
    children = [entry.value for entry in node.entries.values()] if isinstance(node, Mapping) else node.items
    return set().union(*(origins_in(child) for child in children))


def _origin_of(data: object) -> str | None:
    if isinstance(data, Template):
        first = data.parts[0]
        # a reference right behind the host could still change it: https://host${x}
        return origin(first) if isinstance(first, str) and re.match(r"[^:]+://[^/?#]+[/?#]", first) else None
    return origin(data) if isinstance(data, str) else None
