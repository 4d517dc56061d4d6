"""The configuration of commands that can do without one: `rules` and `dashboard`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli.exits import chosen_config

if TYPE_CHECKING:
    from checker.config.configuration import Config  # start-up time


def configuration_if_any(
    argument: str | None, option: str | None, *, needed: bool = False
) -> "Config | None":
    """Return the configuration, or None where none was named, none lies here, and none is needed.

    Raises ConfigurationError for one with problems, and for one that is missing.
    """
    from checker.config.load import load

    source = chosen_config(argument, option)
    named = argument or option or os.environ.get("CHECKER_CONFIG")
    return load(source, os.environ) if named or needed or Path(source).exists() else None
