"""The secrets of the configuration, as they are now.

A value is read when a run needs it, so that a rotation is picked up by the next run. It is kept until its source
may have changed; what it was before stays known for redaction, because an answer may still hold it.

Large answers are judged in threads, which read secrets and redact as the event loop does. Hence the lock: a redactor
that was begun without a value must not take the place of one that has it. What is made of the values is replaced as a
whole, so whoever finds it made needs no lock; a value is a part of it, or has made it void, before anybody is told it.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.secrets.origins import Known, known_origins
from checker.secrets.redaction import LONG_FOR_A_RUN, Redactor
from checker.secrets.remote import RemoteSource
from checker.secrets.sources import Source, Unreadable

REMEMBERED = 1000  # values, over all secrets


@dataclass(frozen=True, slots=True)
class SecretStatus:
    """What the metrics say of a secret. `changed_at` in seconds since the epoch, None where nobody knows."""

    readable: bool
    changed_at: float | None = None


@dataclass(slots=True)
class _Entry:
    """One secret: its source, and what was last read from it."""

    source: Source
    version: object = field(default=None, repr=False)
    value: str | None = field(default=None, repr=False)
    changed_at: float | None = None
    past: tuple[str, ...] = field(default=(), repr=False)


class SecretStore:
    """Reads secrets by name. It never prints a value, and neither do its errors."""

    def __init__(self, sources: Mapping[str, Source], clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._entries: dict[str, _Entry] = {}
        self._known: dict[str, None] = {}
        self._values: frozenset[str] | None = None
        self._restricted: tuple[tuple[str, str, frozenset[str]], ...] | None = None
        self._redactor: Redactor | None = None
        self._lock = threading.RLock()
        self.replace(sources)

    def read(self, name: str) -> str:
        """Return the secret as it is now; raises Trouble(secret_unavailable), which names it and what is wrong."""
        entry = self._entries.get(name)
        if entry is None:
            raise Trouble(Reason.SECRET_UNAVAILABLE, f"there is no secret {name}")
        try:
            with self._lock:
                return self._current(entry)
        except Unreadable as error:
            raise Trouble(Reason.SECRET_UNAVAILABLE, f"secret {name}: {error}") from None

    def awaited(self, names: Iterable[str]) -> tuple[RemoteSource, ...]:
        """Return those of the secrets that have to be fetched before they can be read.

        Those that are only due are fetched anew meanwhile, with the event loop that is running.
        """
        remote = [source for _, source in self._remote(names)]
        awaited = tuple(source for source in remote if source.awaited)
        for source in remote:
            if source.due and source not in awaited:
                source.begin()
        return awaited

    def rejected(self, names: Iterable[str]) -> None:
        """Have the remote ones of these secrets fetched anew at once: a server did not take one of them."""
        for _, source in self._remote(names):
            source.doubt()
            if source.awaited:
                source.begin()

    def refresh_failures(self) -> Mapping[str, int]:
        """Return for every remote secret how many fetches of it have failed."""
        return {name: source.failures for name, source in self._remote(self._entries)}

    def replace(self, sources: Mapping[str, Source]) -> None:
        """Take the sources of a new configuration; what is unchanged keeps its value."""
        with self._lock:
            old = self._entries
            self._entries = {
                name: old[name] if name in old and old[name].source == source else _Entry(source)
                for name, source in sources.items()
            }
            self._forget_derived()

    def hosts(self, name: str) -> frozenset[str] | None:
        """Return the only hosts that a secret may be sent to; None: any."""
        entry = self._entries.get(name)
        return entry.source.hosts if entry else None

    def status(self) -> Mapping[str, SecretStatus]:
        """Return for every secret whether it can be read now, and when it last changed.

        A remote one that nobody has needed yet is left out; one whose last fetch failed counts as unreadable.
        """
        with self._lock:
            return {
                name: self._status(entry)
                for name, entry in self._entries.items()
                if not isinstance(entry.source, RemoteSource) or entry.source.tried
            }

    def restricted(self) -> tuple[tuple[str, str, frozenset[str]], ...]:
        """Return name, value and hosts of all that was read of restricted secrets, what they were before included."""
        if (restricted := self._restricted) is not None:
            return restricted
        with self._lock:
            if self._restricted is None:
                self._restricted = tuple(_restrictions(self._entries))
            return self._restricted

    def known_values(self) -> frozenset[str]:
        """Return every value that was ever read, the latest thousand."""
        if (values := self._values) is not None:
            return values
        with self._lock:
            if self._values is None:
                self._values = frozenset(self._known)
            return self._values

    def origins(self) -> Known:
        """Return what was read of the secrets that a shell can read as well, and where it finds them."""
        with self._lock:
            return known_origins((entry.source, entry.value) for entry in self._entries.values())

    def redactor(self, more: Iterable[str] = ()) -> Redactor:
        """Return the redactor for all known values and `more`, such as a run's secret captures."""
        if not more and (common := self._redactor) is not None:
            return common
        with self._lock:
            known = self.known_values()
            if self._redactor is None:
                self._redactor = Redactor(known)
            common = self._redactor
        new = frozenset(more) - known
        return Redactor(new, after=common, rare=LONG_FOR_A_RUN) if new else common

    def _current(self, entry: _Entry) -> str:
        version = entry.source.version()
        if entry.value is None or version != entry.version:
            value = entry.source.read()
            if not value:
                raise Unreadable("it is empty")
            self._remember(entry, value)
            entry.version = version
        return entry.value or ""

    def _remember(self, entry: _Entry, value: str) -> None:
        if value == entry.value:
            return
        known_before = entry.value is not None
        entry.past = (value, *entry.past)[:8]
        entry.changed_at = entry.source.changed_at() or (self._clock.wall() if known_before else None)
        entry.value = value
        self._known.pop(value, None)
        self._known[value] = None
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        self._forget_derived()

    def _status(self, entry: _Entry) -> SecretStatus:
        try:
            self._current(entry)
        except Unreadable:
            return SecretStatus(readable=False, changed_at=entry.changed_at)
        failing = isinstance(entry.source, RemoteSource) and entry.source.failure is not None
        return SecretStatus(readable=not failing, changed_at=entry.changed_at)

    def _remote(self, names: Iterable[str]) -> Iterator[tuple[str, RemoteSource]]:
        for name in names:
            entry = self._entries.get(name)
            if entry and isinstance(entry.source, RemoteSource):
                yield name, entry.source

    def _forget_derived(self) -> None:
        self._values = None
        self._restricted = None
        self._redactor = None


def _restrictions(entries: Mapping[str, _Entry]) -> Iterable[tuple[str, str, frozenset[str]]]:
    for name, entry in entries.items():
        if entry.source.hosts is not None:
            for value in entry.past:
                yield name, value, entry.source.hosts
