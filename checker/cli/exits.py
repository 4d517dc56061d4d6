"""How errors of the user's making are shown: what, where, and the way out; never a traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from checker.cli.codes import USAGE
from checker.core.errors import ConfigurationError

_SOURCES = "A path, - for standard input, env:NAME for a variable that holds the YAML, ssm:/parameter or s3://bucket/key."
_DEFAULT = "$CHECKER_CONFIG, else checks.yaml"

ConfigArgument = Annotated[
    str | None, typer.Argument(metavar="[CONFIG]", help=_SOURCES, show_default=_DEFAULT)
]
ConfigOption = Annotated[str | None, typer.Option("--config", "-c", help=_SOURCES, show_default=_DEFAULT)]
ProbesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PROBE]...", help="Names, names that a matrix expanded, or globs; default: all."),
]
LabelOption = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only probes with this label.")
]


class Role(StrEnum):
    """Where a checker runs: beside each copy of an app, or once for all of them."""

    SIDECAR = "sidecar"
    SENTINEL = "sentinel"


def chosen_config(argument: str | None, option: str | None = None) -> str:
    """Return the configuration that was named, or the default one; raises BadParameter."""
    if "" in (argument, option):
        raise typer.BadParameter(
            "the name of the configuration is empty; a variable that is not set, perhaps"
        )
    if argument and option and argument != option:
        raise typer.BadParameter(f"two configurations are named, {argument} and {option}; name one")
    return argument or option or os.environ.get("CHECKER_CONFIG") or "checks.yaml"


@contextmanager
def usage_errors() -> Iterator[None]:
    """Print a configuration's problems to standard error and exit with code 2."""
    try:
        yield
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
