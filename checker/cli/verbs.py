"""The typer application: every verb under its name."""

from typing import Any

import typer
from typer.core import TyperGroup

from checker.cli.dashboard import dashboard
from checker.cli.demo import demo
from checker.cli.importing import import_
from checker.cli.lab import app as lab
from checker.cli.listing import list_probes
from checker.cli.prove import prove
from checker.cli.rules import rules
from checker.cli.run import run
from checker.cli.schema import schema
from checker.cli.serve import serve
from checker.cli.show import show
from checker.cli.validate import validate

_OF_PYDANTIC = "Value error, "


class Plain(TyperGroup):
    """Says what is wrong with a value without saying first that it is an error of a value, as pydantic does."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named; raises BadParameter and whatever else the command raises."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(_OF_PYDANTIC)
            raise


app = typer.Typer(
    name="checker",
    cls=Plain,
    help="Deep health checks: do what a user does, and hold it against what the platform claims.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(serve)
app.command()(run)
app.command()(prove)
app.command()(validate)
app.command("list")(list_probes)
app.command()(show)
app.command()(schema)
app.command()(rules)
app.command("import")(import_)
app.command()(dashboard)
app.command()(demo)
app.add_typer(lab, name="lab")


@app.command(context_settings={"ignore_unknown_options": True})
def healthcheck(
    url: str = typer.Option("", help="Of /-/healthy; default: $CHECKER_LISTEN, else 127.0.0.1:10460."),
    cert: str = typer.Option("", help="Certificate and key, where the checker wants to see one."),
) -> None:
    """Ask a running `serve` whether its scheduler is alive (not: whether the probes pass)."""
    from checker.cli.healthcheck import main

    given = {"--url": url, "--cert": cert}
    raise typer.Exit(main([f"{name}={value}" for name, value in given.items() if value]))


def _print_version(wanted: bool) -> None:
    if wanted:
        from checker import __version__

        typer.echo(f"checker {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_print_version, is_eager=True
    ),
) -> None:
    pass
