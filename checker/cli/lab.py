"""`checker lab`: re-enact what happened to others, and see what the checks say and when."""

import asyncio
import importlib.util
import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # all of it needs moto, an optional extra
    from collections.abc import Iterator, Sequence

    from checker.cli.telling import Teller
    from checker.lab.drill import Drill
    from checker.lab.timeline import Incident

app = typer.Typer(no_args_is_help=True, help="Re-enact real incidents, and see what the checks say of them.")


class Format(StrEnum):
    """How a re-enactment is told."""

    CONSOLE = "console"
    JSON = "json"


@app.command("list")
def list_() -> None:
    """List the incidents."""
    incidents = _incidents()  # before anything that the extra brings
    from rich.console import Console

    from checker.cli.telling import incidents_table

    Console().print(incidents_table(incidents))


@app.command("run")
def run(
    name: Annotated[str | None, typer.Argument(help="The incident; see `checker lab list`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them, two at a time.")] = False,
    format_: Annotated[
        Format,
        typer.Option("--format", help="console tells it line by line, of a single incident as it happens."),
    ] = Format.CONSOLE,
) -> None:
    """Re-enact an incident. Exit code: 0 all was seen that must be, 1 something was not, 3 the lab had trouble."""
    if (name is None) != every:
        raise typer.BadParameter("name one incident, or say --all")
    chosen = [incident for incident in _incidents() if every or incident.name == name]
    if not chosen:
        known = ", ".join(incident.name for incident in _incidents())
        raise typer.BadParameter(f"there is no incident {name!r}; known are {known}")
    from rich.console import Console

    from checker.cli.telling import Teller, report
    from checker.lab.observed import LabError

    teller = Teller(Console(stderr=format_ is Format.JSON, highlight=False))
    try:
        played = [*_all(chosen, teller)] if every else [_live(chosen[0], teller)]
    except LabError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(3) from None
    if format_ is Format.JSON:
        json.dump({"incidents": [report(each) for each in played]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    raise typer.Exit(0 if all(each.held for each in played) else 1)


def _live(incident: "Incident", teller: "Teller") -> "Drill":
    from checker.lab.drill import drill

    teller.begin(incident)
    played = asyncio.run(drill(incident, teller.moment))
    teller.end(played)
    return played


def _all(incidents: "Sequence[Incident]", teller: "Teller") -> "Iterator[Drill]":
    from checker.lab.drills import drills

    for played in drills(incidents):
        teller.begin(played.incident)
        for moment in played.moments:
            teller.moment(moment)
        teller.end(played)
        yield played


def _incidents() -> "tuple[Incident, ...]":
    if importlib.util.find_spec("moto") is None:
        typer.echo("The lab needs the extra lab: in a clone, make lab, or pip install '.[lab]'", err=True)
        raise typer.Exit(2)
    from checker.lab.incidents import INCIDENTS

    return INCIDENTS
