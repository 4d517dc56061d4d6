"""`checker rules`: what Prometheus should tell people, and the proof that it does."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.configured import configuration_if_any
from checker.cli.exits import ConfigArgument, ConfigOption, usage_errors

if TYPE_CHECKING:
    from checker.config.configuration import Config  # start-up time
    from checker.surfaces.rules.matter import Subject

_HEADING = "Written by `checker rules`. What each alert means and what to do: docs/alerting.md"
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def rules(
    config: ConfigArgument = None,
    config_option: ConfigOption = None,
    per_probe: Annotated[
        bool, typer.Option("--per-probe", help="Alerts for each probe by its name, to be changed by hand.")
    ] = False,
    tests: Annotated[
        bool, typer.Option("--tests", help="Write unit tests of the rules, for promtool, in their place.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="Write to a file.")] = None,
    rules_file: Annotated[
        str, typer.Option(help="With --tests: the file that they test, seen from theirs.")
    ] = "checker.rules.yaml",
    runbooks: Annotated[
        str,
        typer.Option(metavar="URL", help="Where docs/alerting.md can be read, for probes without a runbook."),
    ] = "docs/alerting.md",
    dashboard: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Of a Grafana dashboard with a variable `probe`.",
            show_default="server.external_url, else Prometheus itself",
        ),
    ] = "",
    copy_label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="A label of targets that tells copies of a checker apart, beside instance, pod, container_id "
            "and task_arn.",
        ),
    ] = None,
) -> None:
    """Write Prometheus rules. They serve every estate: a configuration is only asked for links and with --per-probe."""
    from checker.surfaces.rules import document, scenarios, unit_tests
    from checker.surfaces.rules.links import Links
    from checker.surfaces.rules.recorded import COPIES
    from checker.surfaces.rules.writing import written

    if bad := next((label for label in copy_label or () if not _LABEL.fullmatch(label)), None):
        raise typer.BadParameter(f"{bad!r} is not the name of a label")
    if tests and per_probe:
        raise typer.BadParameter(
            "--tests are those of the rules for all probes at once; leave out --per-probe"
        )
    if tests:
        _write(written(unit_tests.document(rules_file, scenarios.scenarios()), _HEADING), output)
        return
    with usage_errors():
        loaded = configuration_if_any(config, config_option, needed=per_probe)
    links = Links(runbooks, dashboard, (loaded.server.external_url if loaded else None) or "")
    subjects = _subjects(loaded) if per_probe and loaded else None
    options = document.Options(links, (*COPIES, *(copy_label or ())), subjects)
    _write(written(document.document(options), _HEADING), output)


def _subjects(config: "Config") -> "tuple[Subject, ...]":
    from checker.surfaces.rules.matter import Subject

    return tuple(
        Subject(probe.name, probe.severity, probe.shallow is not None, probe.slo is not None)
        for probe in config.probes
    )


def _write(text: str, output: Path | None) -> None:
    from checker.cli.reporting import replaced

    if output is None:
        sys.stdout.write(text)
        return
    with usage_errors(), replaced(output) as file:
        file.write(text)
