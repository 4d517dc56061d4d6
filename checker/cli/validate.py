"""`checker validate`: everything that can be known about a configuration without sending anything."""

import os

import typer

from checker.cli.exits import ConfigArgument, ConfigOption, chosen_config, usage_errors


def validate(config: ConfigArgument = None, config_option: ConfigOption = None) -> None:
    """Check a configuration; print every problem with its place."""
    from checker.config.load import load

    source = chosen_config(config, config_option)
    with usage_errors():
        loaded = load(source, os.environ)
    for warning in loaded.warnings:
        typer.echo(f"{warning}\n", err=True)
    noun = "probe" if len(loaded.probes) == 1 else "probes"
    typer.echo(f"{source} is valid: {len(loaded.probes)} {noun}")
