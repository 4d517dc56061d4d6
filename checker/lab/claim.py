"""What a platform claims of a service, and what it is held against: that users are served is no part of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """What the platform says of a service: how many of its tasks are to run, do, and are healthy."""

    service: str
    desired: int
    running: int
    healthy: int

    @property
    def fine(self) -> bool:
        """Whether the platform sees nothing wrong."""
        return self.desired == self.running == self.healthy

    def __str__(self) -> str:
        if self.fine:
            return f"{self.service} {self.healthy}/{self.desired} healthy"
        return f"{self.service} {self.running}/{self.desired} running, {self.healthy} healthy"
