"""`checker prove`: what probes would notice, and what they would let pass."""

import json
import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.codes import COULD_NOT_TELL, FAILED, INTERRUPTED, PASSED
from checker.cli.exits import (
    ConfigOption,
    LabelOption,
    ProbesArgument,
    chosen_config,
    usage_errors,
)

if TYPE_CHECKING:
    from checker.proving.proof import Proof  # start-up time


class Format(StrEnum):
    """What the report is written as."""

    CONSOLE = "console"
    JSON = "json"


def prove(
    probes: ProbesArgument = None,
    config: ConfigOption = None,
    label: LabelOption = None,
    report: Annotated[Format, typer.Option("--format", help="Of the report.")] = Format.CONSOLE,
) -> None:
    """Run probes once, then judge the recorded answers again, mutated, and send nothing: what would still pass?

    Exit 0: nothing that takes a user's path down, 1: something, 2: usage, 3: a run did not pass to begin with,
    130: interrupted.
    """
    from rich.console import Console

    from checker.app import once
    from checker.app import prove as proving
    from checker.app.loop import run as run_loop
    from checker.surfaces import logs
    from checker.surfaces.report.console import LiveTable

    with usage_errors():
        choice = once.Choice(tuple(probes or ()), tuple(label or ()))
        begun = proving.begin(chosen_config(config), os.environ, choice)
    logs.configure(begun.job.redact)
    with LiveTable([probe.name for probe in begun.job.probes], Console(stderr=True)) as table:
        ran = run_loop(proving.record(begun, table.show))
    if ran.interrupted:
        typer.echo("interrupted: nothing was proven", err=True)
        raise typer.Exit(INTERRUPTED)
    proofs = proving.prove(begun, ran)
    _write(report, proofs)
    raise typer.Exit(_exit_code(proofs))


def _write(report: Format, proofs: "tuple[Proof, ...]") -> None:
    if report is Format.JSON:
        from checker.surfaces.report import proof_json

        json.dump(proof_json.report(proofs), sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    from rich.console import Console

    from checker.surfaces.report.proof import print_proofs

    # In a pipe or a file rich would fold at 80 columns, in the middle of what somebody wants to search for.
    print_proofs(Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160), proofs)


def _exit_code(proofs: "tuple[Proof, ...]") -> int:
    if any(proof.holes for proof in proofs):
        return FAILED
    return COULD_NOT_TELL if any(proof.trouble for proof in proofs) else PASSED
