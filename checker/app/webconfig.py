"""The web configuration that `serve` is under, across changes of its file, of certificates, and of who names the file.

It never gets looser by mistake: what cannot be used leaves the one before in force, and where there was none before
nobody gets in.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from checker.app.watch import PERIOD, signature
from checker.config.web import InvalidWebConfiguration, read_web_config
from checker.core.errors import ConfigurationError
from checker.net.serving import ServerTls
from checker.surfaces import logs
from checker.surfaces.web.access import Door


class WebAccess:
    """Keeps a door up to date.

    `named` is the file of the command line; `configured` returns the one of checks.yaml, which counts where there is no
    other. A file that was in force once stays so when nobody names it any more: only a restart opens what was closed.
    """

    def __init__(self, named: Path | None, configured: Callable[[], Path | None]) -> None:
        self._named = named
        self._configured = configured
        self._path: Path | None = None
        self._files: tuple[Path, ...] = ()
        self._in_force = False
        self._refused = False
        self.door = Door()

    def take(self) -> ConfigurationError | None:
        """Take the file as it is now, if one is named; return why it cannot be used."""
        self._path = self._wanted()
        if self._path is None:
            return None
        try:
            config = read_web_config(self._path)
        except InvalidWebConfiguration as error:
            self._files, self._refused = error.files, True
            if not self._in_force:
                self.door.config = None
            return error
        self._files, self._refused = config.files, False
        self.door.config, self._in_force = config, True
        return None

    async def follow(self, period: float = PERIOD) -> AsyncIterator[None]:
        """Take every change as soon as two looks in a row see the same; yields when one was taken, or refused."""
        taken = last = self._seen()
        while True:
            await asyncio.sleep(period)
            now = self._seen()
            if now == last and now != taken:
                files = self._files
                error = self.take()
                logs.emit([self.refused(error) if error else logs.web_config_taken(str(self._path))])
                taken = now if files == self._files else self._seen()
                yield
            last = now

    def refused(self, error: ConfigurationError) -> logs.Event:
        """Return what is to be logged of a file that cannot be used."""
        return logs.web_config_refused(str(error), nobody=not self._in_force)

    def tls(self) -> ServerTls | None:
        """Return how a connection is encrypted at this moment."""
        return self.door.config.tls if self.door.config else None

    def notices(self) -> tuple[str, ...]:
        """Return what belongs on every page: that a change was refused, but not why, as the log says that."""
        told = "The web configuration cannot be used, the one before stays in use; the log says more."
        return (told,) if self._refused else ()

    def _seen(self) -> object:
        return self._wanted(), signature(self._files)

    def _wanted(self) -> Path | None:
        return self._named or self._configured() or self._path
