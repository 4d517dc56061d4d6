"""How AWS is asked: what the modules of this room that know one service want of whoever asks on behalf of a step."""

from datetime import UTC, datetime
from typing import Any, Protocol

LONGEST = 300
"""Characters that are kept of a text that AWS gives back: a stopped task's reason, an event."""


class Ask(Protocol):
    """Asks one account and region. Names are botocore's service and AWS's operation; all of it may raise Trouble."""

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to one call."""

    async def listed(self, service: str, operation: str, result: str, **parameters: Any) -> list[Any]:
        """Return what all pages of an answer have under `result`."""

    def at(self, region: str) -> "Ask":
        """Return what asks the same account in another region."""


def bounded(text: object, longest: int = LONGEST) -> str | None:
    """Return a text of AWS's in one line, cut where it is too long; None for none."""
    if not text:
        return None
    line = " ".join(str(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def seconds(moment: object) -> float | None:
    """Return seconds since the epoch of a time that AWS gives; None for none."""
    return moment.timestamp() if isinstance(moment, datetime) else None


def written(moment: float | None) -> str | None:
    """Return a time as RFC 3339 has it, in UTC and whole seconds."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
