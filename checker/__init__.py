"""Synthetic health checks that do what a user does, and hold it against what the platform claims."""

import sys
from types import ModuleType

__version__ = "0.1.0"

# httpx imports its own command line (click, rich, pygments) where it can: a fifth of our start-up time and several MiB.
# None makes that import fail, which httpx takes as an installation without its command line.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

# pydantic goes through all installed distributions in search of plugins, for which it loads what reads them.
_no_plugins = ModuleType("pydantic.plugin._loader")
vars(_no_plugins)["get_plugins"] = tuple
sys.modules.setdefault("pydantic.plugin._loader", _no_plugins)
