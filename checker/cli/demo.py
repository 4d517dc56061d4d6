"""`checker demo`: something to look at, without anything to configure."""

import os
from typing import Annotated

import typer

from checker.cli.exits import usage_errors


def demo(
    listen: Annotated[str, typer.Option(help="HOST:PORT of the status page.")] = "127.0.0.1:10460",
) -> None:
    """Start an estate of small services on loopback, and a checker that watches it."""
    from checker.app.demo import demo as demo_until_stopped
    from checker.app.loop import run

    with usage_errors():
        run(demo_until_stopped(listen, os.environ, typer.echo))
