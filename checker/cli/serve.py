"""`checker serve`: run all probes on their schedule, and show what they find."""

from typing import Annotated

import typer

from checker.cli.exits import ConfigArgument, ConfigOption, Role, chosen_config, usage_errors
from checker.cli.serving import Given, start


def serve(
    config: ConfigArgument = None,
    config_option: ConfigOption = None,
    role: Annotated[
        Role, typer.Option(help="sidecar: beside each copy of an app, without the probes that write.")
    ] = Role.SENTINEL,
    listen: Annotated[
        str | None,
        typer.Option(
            help="HOST:PORT.", show_default="$CHECKER_LISTEN, else server.listen, else 127.0.0.1:10460"
        ),
    ] = None,
    web_config: Annotated[
        str | None,
        typer.Option(
            "--web-config",
            "--web.config.file",
            help="Passwords and certificates, in the format of the exporters of Prometheus.",
            show_default="$CHECKER_WEB_CONFIG, else server.web_config, else none: open to all",
        ),
    ] = None,
    stay_up: Annotated[
        bool, typer.Option("--stay-up", help="Await a better configuration instead of exiting with 2.")
    ] = False,
    log_outcomes: Annotated[
        bool, typer.Option("--log-outcomes", help="Log every run, not only failures and changes of state.")
    ] = False,
) -> None:
    """Schedule all probes; serve the status page and /metrics; reload on SIGHUP and when the file changes."""
    source = chosen_config(config, config_option)
    with usage_errors():
        start(
            Given(
                config=source,
                role=role.value,
                listen=listen,
                web_config=web_config,
                stay_up=stay_up,
                log_outcomes=log_outcomes,
            )
        )
