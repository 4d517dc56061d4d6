"""`checker list`: what there is, one line a probe."""

import os
from typing import Annotated

import typer

from checker.cli.exits import ConfigArgument, ConfigOption, Role, chosen_config, usage_errors


def list_probes(
    config: ConfigArgument = None,
    config_option: ConfigOption = None,
    role: Annotated[Role, typer.Option(help="Whose view: a role leaves some probes out.")] = Role.SENTINEL,
) -> None:
    """List the probes, one a line, and what the role leaves out."""
    from checker.config.load import load
    from checker.surfaces.report.listing import print_listing

    with usage_errors():
        loaded = load(chosen_config(config, config_option), os.environ)
    print_listing(loaded, role.value)
