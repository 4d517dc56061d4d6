"""`checker run`: run probes now, and say in detail why one did not pass."""

import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from checker.cli.codes import COULD_NOT_TELL, FAILED, INTERRUPTED, PASSED
from checker.cli.exits import (
    ConfigOption,
    LabelOption,
    ProbesArgument,
    chosen_config,
    usage_errors,
)

_EXIT_CODES = {"pass": PASSED, "fail": FAILED, "error": COULD_NOT_TELL}


class Format(StrEnum):
    """What the report is written as."""

    CONSOLE = "console"
    JSON = "json"
    JUNIT = "junit"
    HAR = "har"


def run(
    probes: ProbesArgument = None,
    config: ConfigOption = None,
    label: LabelOption = None,
    report: Annotated[Format, typer.Option("--format", help="Of the report.")] = Format.CONSOLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to a file.")] = None,
    until_pass: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Repeat what does not pass, for at most so long.")
    ] = None,
    repeat_writes: Annotated[
        bool, typer.Option("--repeat-writes", help="Let --until-pass repeat probes that write.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A degraded probe fails the command.")] = False,
    textfile: Annotated[
        Path | None, typer.Option(help="Write metrics for node_exporter's textfile collector.")
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="CHECKER_PUSH", help="Push metrics to a Pushgateway."),
    ] = None,
) -> None:
    """Run probes now. Exit 0: passed, 1: a probe failed, 2: usage, 3: the checker could not tell, 130: interrupted."""
    from checker.app import once
    from checker.app.loop import run as run_loop
    from checker.cli.annotating import repository
    from checker.cli.reporting import Reporter
    from checker.surfaces import logs

    with usage_errors():
        job = once.prepare(
            chosen_config(config),
            os.environ,
            once.Choice(tuple(probes or ()), tuple(label or ()), until_pass, repeat_writes, strict),
        )
        place = repository(os.environ, job.wiring.config)
        reporter = Reporter(report.value, output, textfile, push, place, strict)
        reporter.check()
    logs.configure(job.redact)
    started = time.time()
    with reporter.progress([probe.name for probe in job.probes]) as show:
        ran = run_loop(once.run_once(job, show))
    with usage_errors():
        reporter.write(ran, started, time.time() - started)
    if ran.interrupted:
        unfinished = len(job.probes) - len(ran.runs)
        typer.echo(f"interrupted: {unfinished} of {len(job.probes)} probes have not finished", err=True)
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(_EXIT_CODES[ran.verdict(strict=strict)])
