"""Where a secret comes from. A source knows how to read a value, and how to tell cheaply that it may have changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from checker.core.regular import open_regular, regular_status

LARGEST = 64 << 10  # bytes; a larger file is not a secret, but a mistake in its path


class Unreadable(Exception):
    """A source has no value at the moment; the message says why, and never holds a value."""


class Source(Protocol):
    """A place that holds one secret. Equal sources are the same place."""

    @property
    def hosts(self) -> frozenset[str] | None:
        """The only hosts that the value may be sent to; None: any."""

    def version(self) -> object:
        """Return what differs when the value may have changed; raises Unreadable."""

    def read(self) -> str:
        """Return the value; raises Unreadable."""

    def changed_at(self) -> float | None:
        """Return when the value last changed, in seconds since the epoch; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class EnvSource:
    """A variable of the process's environment."""

    variable: str
    hosts: frozenset[str] | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, compare=False, repr=False)

    def version(self) -> object:
        """Return the value itself: comparing it costs less than anything else would."""
        return self.environment.get(self.variable)

    def read(self) -> str:
        value = self.environment.get(self.variable)
        if value is None:
            raise Unreadable(f"the environment variable {self.variable} is not set")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise Unreadable(f"the environment variable {self.variable} is not UTF-8 text")
        return value

    def changed_at(self) -> float | None:
        return None


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, as orchestrators mount secrets. One trailing line break is not part of the value."""

    path: Path
    hosts: frozenset[str] | None = None

    def version(self) -> object:
        """Return what `stat` says of the file (a link is followed, as mounted secrets are switched by one)."""
        status = self._stat()
        return status.st_mtime_ns, status.st_ino, status.st_dev, status.st_size

    def read(self) -> str:
        try:
            with open_regular(self.path) as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise self._unreadable(error) from None
        if len(data) > LARGEST:
            raise Unreadable(f"the file {self.path} is larger than 64 KiB")
        try:
            return data.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise Unreadable(f"the file {self.path} is not UTF-8 text") from None

    def changed_at(self) -> float | None:
        return self._stat().st_mtime

    def _stat(self) -> os.stat_result:
        try:
            return regular_status(self.path)
        except OSError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError) -> Unreadable:
        return Unreadable(f"the file {self.path} cannot be read: {error.strerror or error}")
