"""The embedded estate, and `serve` over the checks that ship with it."""

from collections.abc import Callable, Mapping
from importlib.resources import as_file, files

from checker.app.serve import serve
from checker.app.service import Options
from checker.core.errors import ConfigurationError
from checker.lab.estate import DEMO_BASE_PORT, FAULTS, Estate, EstateError


async def demo(
    listen: str,
    environment: Mapping[str, str],
    say: Callable[[str], None],
    base_port: int | None = DEMO_BASE_PORT,
) -> None:
    """Run until SIGTERM or SIGINT; raises ConfigurationError where a port is taken.

    `say` is told where to look. The estate takes its ports in a row from `base_port` on; None: free ones.
    """
    with as_file(files("checker.lab") / "checks.yaml") as checks:
        try:
            async with Estate(base_port=base_port) as estate:
                options = Options(
                    source=str(checks),
                    listen=listen,
                    eager=True,
                    environment={**environment, **estate.environment},
                )
                await serve(options, lambda url: say(_welcome(url, estate.control_url)))
        except EstateError as error:
            raise ConfigurationError(str(error)) from error


def _welcome(url: str, control: str) -> str:
    faults = "\n".join(
        f"  curl -X POST {control}/faults/{fault.name:24} # {fault.description}" for fault in FAULTS
    )
    return (
        f"\nStatus page  {url}/\nMetrics      {url}/metrics\n\n"
        "Every probe has run within 20 s. Break something that no health check notices, and watch:\n\n"
        f"{faults}\n\n"
        f"`curl -X DELETE {control}/faults/NAME` mends it. Ctrl-C ends the demo.\n"
    )
