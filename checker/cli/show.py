"""`checker show PROBE`: what a probe has come to, with defaults, templates, flows and matrix in place."""

import os
from typing import Annotated

import typer

from checker.cli.exits import ConfigOption, chosen_config, usage_errors


def show(
    probe: Annotated[str, typer.Argument(metavar="PROBE", help="A name, or the one that a matrix expanded.")],
    config: ConfigOption = None,
) -> None:
    """Show a probe as it would run. Secrets stay references; nothing is sent."""
    import yaml

    from checker.app.secrets import secret_store
    from checker.config.load import load
    from checker.config.shown import resolved
    from checker.engine.selection import select

    with usage_errors():
        loaded = load(chosen_config(config), os.environ)
        chosen = select({each.name: each for each in loaded.probes}, [probe])
    secrets = secret_store(loaded, os.environ)
    secrets.status()  # asks for all of them, so that all are known and none is shown
    documents = {each.name: resolved(each, secrets.redactor()) for each in chosen}
    typer.echo(yaml.safe_dump(documents, sort_keys=False, allow_unicode=True, width=110).rstrip())
