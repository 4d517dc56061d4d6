"""`checker list`: what there is, one line a probe."""

import os
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from checker.cli.exits import ConfigArgument, ConfigOption, Role, chosen_config, usage_errors

_HEADINGS = ("PROBE", "STEPS", "EVERY", "EFFECTS", "SEVERITY", "LABELS", "")


def list_probes(
    config: ConfigArgument = None,
    config_option: ConfigOption = None,
    role: Annotated[Role, typer.Option(help="Whose view: a role leaves some probes out.")] = Role.SENTINEL,
) -> None:
    """List the probes, one a line, and say which of them a role leaves out."""
    from checker.config.load import load
    from checker.core.duration import format_duration
    from checker.engine.plan import left_out

    with usage_errors():
        loaded = load(chosen_config(config, config_option), os.environ)
    rows = [
        (
            probe.name,
            ",".join(dict.fromkeys(step.kind for step in probe.steps)) + f"×{len(probe.steps)}",
            format_duration(probe.interval),
            probe.effects,
            probe.severity,
            ",".join(f"{key}={value}" for key, value in probe.labels.items()),
            f"left out: {why}" if (why := left_out(probe, role)) else "",
        )
        for probe in loaded.probes
    ]
    for line in aligned([_HEADINGS, *rows]):
        typer.echo(line)


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Yield each row as a line, its columns padded to the widest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
