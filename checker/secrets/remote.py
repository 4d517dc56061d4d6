"""Secrets that are kept elsewhere and take time to fetch: the value is the last one that was fetched.

The first run that needs one waits for it; later ones take what is there while it is fetched anew, once it is older than
its `refresh`. A fetch that fails keeps the last value, and is counted and told.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from checker.core.clock import Clock
from checker.secrets.sources import Unreadable

LOGGER = logging.getLogger("checker.secrets")

PATIENCE = 1.0
"""Seconds between two attempts to fetch, as every run of every probe may ask for one."""

DOUBT = 10.0
"""Seconds for which a value that was fetched just now is not doubted: a rejection is not due to its age then."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A value, and when it last changed, in seconds since the epoch; None where nobody knows."""

    value: str = field(repr=False)
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Keeping:
    """For which `hosts` a secret is, and after how many seconds it is fetched anew."""

    hosts: frozenset[str] | None = None
    refresh: float = 900.0
    clock: Clock = field(default_factory=Clock, compare=False)


class RemoteSource(ABC):
    """One secret and what was last fetched of it.

    Two of the same `identity` are the same place. `failures` counts fetches that failed; `failure` says why the last
    one did.
    """

    def __init__(self, identity: object, keeping: Keeping) -> None:
        self.identity = (type(self), identity, keeping)
        self.hosts = keeping.hosts
        self.failures = 0
        self.failure: str | None = None
        self._refresh = keeping.refresh
        self._now = keeping.clock.monotonic
        self._last: Fetched | None = None
        self._fetched = 0
        self._tried_at: float | None = None
        self._rejected = False
        self._pending = False  # a fetch is going on that who needs it has to wait for
        self._fetching: asyncio.Task[None] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteSource) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    @abstractmethod
    async def _fetch(self) -> Fetched:
        """Return what there is now; raises Unreadable."""

    def version(self) -> object:
        """Return how often another value was fetched; raises Unreadable before the first."""
        self._value()
        return self._fetched

    def read(self) -> str:
        """Return the last value that was fetched; raises Unreadable where there is none."""
        return self._value().value

    def changed_at(self) -> float | None:
        return self._value().changed_at

    @property
    def tried(self) -> bool:
        """Whether anybody has needed it yet."""
        return self._tried_at is not None

    @property
    def awaited(self) -> bool:
        """Whether who needs it has to wait for a fetch: there is no value, or somebody was rejected with it."""
        return (self._last is None and self._since_tried >= PATIENCE) or self._doubted or self._pending

    @property
    def due(self) -> bool:
        """Whether it should be fetched anew, while the last value serves."""
        return self._since_tried >= self._refresh

    def doubt(self) -> None:
        """Have it fetched anew, before it is used again: somebody was rejected with it."""
        self._rejected = True

    def begin(self) -> "asyncio.Task[None]":
        """Return the fetch that is going on, or a new one; it never raises."""
        if self._fetching is None:
            self._pending = self._last is None or self._doubted
            self._tried_at = self._now()
            self._rejected = False
            self._fetching = asyncio.create_task(self._take())
        return self._fetching

    @property
    def _doubted(self) -> bool:
        return self._rejected and self._since_tried >= DOUBT

    @property
    def _since_tried(self) -> float:
        return inf if self._tried_at is None else self._now() - self._tried_at

    def _value(self) -> Fetched:
        if self._last is None:
            raise Unreadable(self.failure or "it has not been fetched yet")
        return self._last

    async def _take(self) -> None:
        try:
            fetched = await self._fetch()
        except Unreadable as error:
            self.failures += 1
            self.failure = str(error)
            LOGGER.warning("%s; %s", error, "its last value stays in use" if self._last else "it has none")
        else:
            if self._last is None or fetched.value != self._last.value:
                self._fetched += 1
            self._last, self.failure = fetched, None
        finally:
            self._fetching, self._pending = None, False


async def fetch(sources: Iterable[RemoteSource]) -> None:
    """Wait for all of these to have been fetched, or not; a cancelled wait leaves the fetches going."""
    await asyncio.wait([source.begin() for source in sources])
