"""Synthetic health checks that do what a user does, and hold it against what the platform claims."""

import os
import sys

__version__ = "0.1.0"

# httpx imports its own command line (click, rich, pygments) where it can: a fifth of our start-up time and several MiB.
# None makes that import fail, which httpx takes as an installation without its command line.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

# Without this pydantic reads what every installed distribution says of itself, in search of plugins.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
