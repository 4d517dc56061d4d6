"""`checker serve` without the library that reads command lines, which would cost it 2 MiB for as long as it runs.

What containers and service managers pass is understood here. Everything else, such as --help and whatever is wrong, is
left to `serve.py`, which describes the same options.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.cli.codes import PASSED, USAGE
from checker.core.errors import ConfigurationError

OPTIONS = {
    "--config": "config",
    "-c": "config",
    "--role": "role",
    "--listen": "listen",
    "--web-config": "web_config",
    "--web.config.file": "web_config",
}
FLAGS = {"--stay-up": "stay_up", "--log-outcomes": "log_outcomes"}
ROLES = ("sidecar", "sentinel")


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says; the environment has its say where that is empty."""

    config: str = ""
    role: str = "sentinel"
    listen: str | None = None
    web_config: str | None = None
    stay_up: bool = False
    log_outcomes: bool = False


def main(arguments: Sequence[str]) -> int | None:
    """Serve until stopped, and return the exit code; None: the arguments are for somebody else to read."""
    given = understood(arguments)
    if given is None:
        return None
    try:
        start(given)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return PASSED


def understood(arguments: Sequence[str]) -> Given | None:
    """Return what plain arguments say, each at most once; None for any others."""
    given: dict[str, Any] = {}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument in FLAGS:
            key, said = FLAGS[argument], ""
        elif name in OPTIONS and (name.startswith("--") or not equals):
            key, said = OPTIONS[name], value if equals else next(rest, "")
        else:
            key, said = "config", argument
        if key in given or not (said or argument in FLAGS) or (said.startswith("-") and said != "-"):
            return None
        given[key] = said or True
    return Given(**given) if given.get("role", ROLES[0]) in ROLES else None


def start(given: Given) -> None:
    """Serve until SIGTERM or SIGINT; raises ConfigurationError for what cannot be served."""
    from checker.app.loop import run
    from checker.app.serve import serve
    from checker.app.service import Options

    options = Options(
        source=given.config or os.environ.get("CHECKER_CONFIG") or "checks.yaml",
        role=given.role,
        listen=given.listen or os.environ.get("CHECKER_LISTEN"),
        web_config=given.web_config or os.environ.get("CHECKER_WEB_CONFIG"),
        stay_up=given.stay_up,
        log_outcomes=given.log_outcomes,
    )
    run(serve(options))
