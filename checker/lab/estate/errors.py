"""What can go wrong with the estate itself, as opposed to what it breaks on purpose.

EstateError
├── PortBusyError     a port that a service should listen on is taken
└── UnknownNameError  there is no such fault, service or consumer
"""

from collections.abc import Iterable

from checker.core.errors import CheckerError


class EstateError(CheckerError):
    """The estate cannot do what it was asked for; the message says what to do."""


class PortBusyError(EstateError):
    """A service cannot listen where it should."""

    def __init__(self, service: str, host: str, port: int, why: str) -> None:
        where = f"{host}:{port}" if port else f"a free port of {host}"
        super().__init__(
            f"the demo's service {service} cannot listen on {where} ({why}): stop what listens there "
            f"(another demo, perhaps)"
        )
        self.service = service
        self.port = port


class UnknownNameError(EstateError):
    """A name outside a closed list."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no {what} {name!r}; there are: {', '.join(known)}")
