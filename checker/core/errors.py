"""The exceptions that rooms may throw at each other.

CheckerError
├── Trouble             a step cannot go on; carries the Reason (of the target, or of the checker itself)
└── ConfigurationError  the user's YAML or arguments are wrong; see config/problems.py for the kind with a place
"""

from checker.core.reason import Reason, Result


class CheckerError(Exception):
    """Anything that the product raises on purpose."""


class Trouble(CheckerError):
    """A step ended without an answer that could be judged.

    `message` is one sentence for people: what was expected and what was seen. It may hold a secret until
    the runner has redacted it. `own`: whatever the reason, it was the checker that could not do its part (an AWS
    API that it asks about the target does not answer), so that the result is `error`.
    """

    def __init__(self, reason: Reason, message: str, *, own: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.own = own or reason.result is Result.ERROR


class ConfigurationError(CheckerError):
    """The configuration or a command's arguments cannot be used; exit code 2."""
