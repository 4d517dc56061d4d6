"""What ECS forgets: stopped tasks after an hour, older events, and how many tasks of a deployment have failed.

Lives as long as the process, across reloads, so that what stopped a worker at night is still there in the morning.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DAY = 86400.0
"""Seconds for which what was seen stays known."""

MOST_SERVICES = 2000
MOST_ENTRIES = 100
"""Of each service, stopped tasks and events; the latest stay."""

Entry = Mapping[str, Any]


@dataclass(slots=True)
class _Service:
    stopped: dict[str, tuple[float, Entry]] = field(default_factory=dict)  # by id: when, what
    events: dict[str, tuple[float, Entry]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)  # by deployment


class Remembered:
    """What was seen of each service, which is known by its ARN: it has the region and the account in it."""

    def __init__(self) -> None:
        self._services: OrderedDict[str, _Service] = OrderedDict()

    def stopped(self, service: str, seen: Mapping[str, tuple[float, Entry]], now: float) -> list[Entry]:
        """Add stopped tasks by their ids, with when they ended; return all of the last day, the latest first."""
        own = self._of(service)
        own.stopped = _latest(own.stopped | dict(seen), now)
        return [entry for _, entry in own.stopped.values()]

    def knows(self, service: str) -> frozenset[str]:
        """Return the ids of the stopped tasks that need not be asked for again: they stay as they are."""
        return frozenset(self._services[service].stopped) if service in self._services else frozenset()

    def events(self, service: str, seen: Mapping[str, tuple[float, Entry]], now: float) -> list[Entry]:
        """Add events by their ids; return those that were given and all of the last day, the latest first."""
        own = self._of(service)
        given = dict(seen)
        own.events = _latest(own.events | given, now)
        both = sorted((own.events | given).values(), key=lambda one: one[0], reverse=True)
        return [entry for _, entry in both[:MOST_ENTRIES]]

    def failed(self, service: str, counts: Mapping[str, int]) -> dict[str, int]:
        """Return how many tasks have failed in each deployment at the most: ECS sets the count back."""
        own = self._of(service)
        own.failed = {name: max(count, own.failed.get(name, 0)) for name, count in counts.items()}
        return own.failed

    def _of(self, service: str) -> _Service:
        own = self._services.setdefault(service, _Service())
        self._services.move_to_end(service)
        if len(self._services) > MOST_SERVICES:
            self._services.popitem(last=False)
        return own


def _latest(entries: Mapping[str, tuple[float, Entry]], now: float) -> dict[str, tuple[float, Entry]]:
    recent: Iterable[tuple[str, tuple[float, Entry]]] = (
        (name, one) for name, one in entries.items() if one[0] > now - DAY
    )
    return dict(sorted(recent, key=lambda item: item[1][0], reverse=True)[:MOST_ENTRIES])
