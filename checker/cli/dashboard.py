"""`checker dashboard`: what Grafana should show people."""

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.configured import configuration_if_any
from checker.cli.exits import ConfigArgument, ConfigOption, usage_errors
from checker.surfaces.dashboards.fitting import LABELS, STATUS_PAGE, TAKEN, Fitting

if TYPE_CHECKING:
    from checker.config.configuration import Config  # start-up time

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Name(StrEnum):
    """The dashboards by their short names."""

    OVERVIEW = "overview"
    PROBE = "probe"


def dashboard(
    config: ConfigArgument = None,
    config_option: ConfigOption = None,
    name: Annotated[
        Name | None,
        typer.Option(help="Only this one.", show_default="overview; with --output all of them"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each to a file in a folder, which is made.")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="A label to choose probes by, and to tell those of the same name apart: of probes or targets.",
            show_default="those of CONFIG, else env",
        ),
    ] = None,
) -> None:
    """Write Grafana dashboards. They serve every estate: a configuration is only asked for labels and links."""
    with usage_errors():
        loaded = configuration_if_any(config, config_option)
    fitting = Fitting(_labels(label, loaded), _status_page(loaded))
    if output is None:
        _print(name, fitting)
    else:
        _write(output, (name,) if name else tuple(Name), fitting)


def _labels(named: list[str] | None, config: "Config | None") -> tuple[str, ...]:
    from checker.surfaces.dashboards.shipped import label_keys

    for label in named or ():
        if not _LABEL.fullmatch(label):
            raise typer.BadParameter(f"{label!r} is not the name of a label")
        if label in TAKEN:
            raise typer.BadParameter(f"the dashboards have a variable {label} of their own; leave it out")
    if named:
        return tuple(dict.fromkeys(named))
    if config is None:
        return LABELS
    return tuple(key for key in label_keys(probe.labels for probe in config.probes) if key not in TAKEN)


def _status_page(config: "Config | None") -> str:
    return (config.server.external_url if config else None) or STATUS_PAGE


def _print(name: Name | None, fitting: Fitting) -> None:
    from checker.surfaces.dashboards.shipped import dashboard as shipped

    sys.stdout.write(shipped(name or Name.OVERVIEW, fitting))
    if name is None:
        typer.echo("This is the overview. The other one: --name probe; both as files: --output DIR", err=True)


def _write(folder: Path, names: tuple[Name, ...], fitting: Fitting) -> None:
    from checker.cli.reporting import replaced
    from checker.core.errors import ConfigurationError
    from checker.surfaces.dashboards.shipped import FILES
    from checker.surfaces.dashboards.shipped import dashboard as shipped

    with usage_errors():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"cannot make the folder {folder}: {error.strerror or error}") from error
        for name in names:
            with replaced(folder / FILES[name]) as file:
                file.write(shipped(name, fitting))
