"""Where the report of `checker run` goes: to the terminal, to a file, to node_exporter, to a Pushgateway, to GitHub.

Standard output holds the report and nothing else that a machine could stumble over; progress goes to standard error.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from checker.app.once import Ran
from checker.cli.annotating import Repository
from checker.cli.collectors import check_gateway, metrics, push
from checker.core.errors import ConfigurationError
from checker.surfaces.report.finished import Finished


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes one report. `format` is console, json, junit or har; `repository` is what annotations are for.

    `strict`: what is degraded has failed.
    """

    format: str
    output: Path | None = None
    textfile: Path | None = None
    push: str | None = None
    repository: Repository | None = None
    strict: bool = False

    def check(self) -> None:
        """Raise ConfigurationError now for what could not be written after all probes have run."""
        for path in (self.output, self.textfile):
            if path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
                raise ConfigurationError(
                    f"cannot write {path}: {path.parent} is not a folder that can be written to"
                )
            if path is not None and path.is_dir():
                raise ConfigurationError(f"cannot write {path}: it is a folder; name a file in it")
        if self.push is not None:
            check_gateway(self.push)

    @contextmanager
    def progress(self, probes: Sequence[str]) -> Iterator[Callable[[Finished], None]]:
        """Yield what is told of each run as it ends."""
        from rich.console import Console

        from checker.surfaces.report.console import LiveTable

        with LiveTable(probes, Console(stderr=True)) as table:
            yield table.show

    def write(self, ran: Ran, started_at: float, duration: float) -> None:
        """Write everything that was asked for; raises ConfigurationError for what cannot be written.

        Where the run was interrupted, metrics stay what they were: half of them would look like probes that are gone.
        """
        if self.output:
            with replaced(self.output) as file:
                self._write(file, ran.runs, started_at, duration)
        else:
            with self._unobeyed():
                self._write(sys.stdout, ran.runs, started_at, duration)
        self._annotate(ran.runs)
        if ran.interrupted:
            return
        if self.textfile:
            with replaced(self.textfile) as file:
                file.write(metrics(ran.snapshot))
        if self.push:
            push(self.push, metrics(ran.snapshot))

    @property
    def _for_people(self) -> bool:
        """Whether standard output is for people to read, and not for a machine."""
        return self.format == "console" and self.output is None

    def _unobeyed(self) -> AbstractContextManager[None]:
        from checker.surfaces.report.github import unobeyed

        return unobeyed(sys.stdout) if self.repository and self._for_people else nullcontext()

    def _annotate(self, runs: Sequence[Finished]) -> None:
        """GitHub reads both streams. What says when to obey again, and the annotations, have to be on the same."""
        from checker.surfaces.report.github import annotations

        if self.repository:
            stream = sys.stdout if self._for_people else sys.stderr
            stream.write(annotations(runs, self.repository.locate))

    def _write(self, file: TextIO, runs: Sequence[Finished], started_at: float, duration: float) -> None:
        if self.format == "console":
            _print(file, runs)
        else:
            file.write(self._text(runs, started_at, duration))

    def _text(self, runs: Sequence[Finished], started_at: float, duration: float) -> str:
        from checker.surfaces.report import har, junit
        from checker.surfaces.report import json as machine

        if self.format == "junit":
            return junit.junit(runs, strict=self.strict)
        document = har.har(runs) if self.format == "har" else machine.report(runs, started_at, duration)
        return json.dumps(document, indent=2) + "\n"


def _print(file: TextIO, runs: Sequence[Finished]) -> None:
    from rich.console import Console

    from checker.surfaces.report.console import print_report

    # In a pipe or a file rich would fold at 80 columns, in the middle of what somebody wants to search for.
    print_report(Console(file=file, width=None if file.isatty() else 160), runs)


@contextmanager
def _writable(path: Path) -> Iterator[TextIO]:
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def replaced(path: Path) -> Iterator[TextIO]:
    """Yield a file that takes the place of `path` at the end: a reader finds the old or the new one, never a part.

    A link keeps leading to it; a device or a pipe is written to as it is. Raises ConfigurationError where it cannot
    be written; then the old one is still there.
    """
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        with _writable(path) as file:
            yield file
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
