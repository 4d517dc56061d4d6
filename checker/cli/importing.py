"""`checker import`: a checks.yaml out of what people have."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.exits import usage_errors
from checker.core.errors import ConfigurationError

if TYPE_CHECKING:
    from checker.importers.finishing import Imported  # start-up time

_MOST_SHOWN = 20


class Source(StrEnum):
    """What the file is."""

    CURL = "curl"
    HAR = "har"
    OPENAPI = "openapi"
    BLACKBOX = "blackbox"
    GATUS = "gatus"


def import_(
    source: Annotated[
        Source, typer.Argument(metavar="FORMAT", help="curl, har, openapi, blackbox or gatus.")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to read; - for standard input.")],
    output: Annotated[
        Path | None, typer.Option(help="Write to a file.", show_default="standard output")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --output replace a file.")] = False,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[MODULE=]TARGET",
            help="blackbox: what a module is to probe, again for each. openapi: the server's URL.",
        ),
    ] = None,
) -> None:
    """Write a checks.yaml that validates, with a comment on each thing that could not be carried over.

    What may be secret becomes a reference. Exit 0: written, 2: nothing could be written.
    """
    targets = tuple(target or ())
    if targets and source not in (Source.BLACKBOX, Source.OPENAPI):
        raise typer.BadParameter(f"--target is for blackbox and openapi, not for {source}")
    if len(targets) > 1 and source is Source.OPENAPI:
        raise typer.BadParameter("--target is one URL for openapi")
    with usage_errors():
        if output is not None and output.exists() and not force:
            raise ConfigurationError(f"{output} is there already; --force replaces it")
        imported = _imported(source, file, targets)
        _write(imported.text, output)
    _summarize(imported)


def _imported(source: Source, file: Path, targets: tuple[str, ...]) -> "Imported":
    from checker.importers.blackbox import blackbox
    from checker.importers.curl import curl
    from checker.importers.finishing import finished
    from checker.importers.gatus import gatus
    from checker.importers.har import har
    from checker.importers.openapi import openapi
    from checker.importers.reading import text_of
    from checker.importers.secrets import Secrets

    name = "<stdin>" if str(file) == "-" else str(file)
    text, secrets = text_of(_read(file), name), Secrets()
    if source is Source.BLACKBOX:
        draft = blackbox(text, name, secrets, targets)
    elif source is Source.OPENAPI:
        draft = openapi(text, name, secrets, next(iter(targets), ""))
    else:
        draft = {Source.CURL: curl, Source.HAR: har, Source.GATUS: gatus}[source](text, name, secrets)
    return finished(draft, secrets, f"Imported from {file.name if name == str(file) else name} ({source})")


def _read(file: Path) -> bytes:
    from checker.importers.reading import MOST_BYTES

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot read {file}: {error.strerror or error}") from error


def _write(text: str, output: Path | None) -> None:
    from checker.cli.reporting import replaced

    if output is None:
        sys.stdout.write(text)
        return
    with replaced(output) as file:
        file.write(text)


def _summarize(imported: "Imported") -> None:
    """Say on standard error what was made, what to set, and what is not carried over."""
    lines = [f"{imported.probes} probe{'s' if imported.probes != 1 else ''} written"]
    if imported.variables:
        more = len(imported.variables) - _MOST_SHOWN
        shown = [*imported.variables[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        lines.append(f"set in the environment: {', '.join(shown)}")
    if imported.lost:
        lines.append(f"not carried over, and said so in the file: {len(imported.lost)}")
        lines += [f"  {each}" for each in imported.lost[:_MOST_SHOWN]]
        more = len(imported.lost) - _MOST_SHOWN
        lines += [f"  … and {more} more"] if more > 0 else []
    typer.echo("\n".join(lines), err=True)
