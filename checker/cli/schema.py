"""`checker schema`: completion and checks in an editor."""

import json

import typer


def schema() -> None:
    """Print the JSON Schema of checks.yaml for editors."""
    from checker.config.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
