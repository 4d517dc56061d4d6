"""Where the report of `checker run` goes: to the terminal, to a file, to node_exporter, to a Pushgateway.

Standard output holds the report and nothing else; progress goes to standard error.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from checker.app.once import Ran
from checker.board.snapshot import Snapshot
from checker.core.errors import ConfigurationError
from checker.surfaces.report.finished import Finished


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes one report. `format` is console, json, junit or har."""

    format: str
    output: Path | None = None
    textfile: Path | None = None
    push: str | None = None

    def check(self) -> None:
        """Raise ConfigurationError now for what could not be written after all probes have run."""
        for path in (self.output, self.textfile):
            if path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
                raise ConfigurationError(
                    f"cannot write {path}: {path.parent} is not a folder that can be written to"
                )
        if self.push is not None and not self.push.startswith(("http://", "https://")):
            raise ConfigurationError(f"--push wants the URL of a Pushgateway, not {self.push!r}")

    @contextmanager
    def progress(self, probes: Sequence[str]) -> Iterator[Callable[[Finished], None]]:
        """Yield what is told of each run as it ends."""
        from rich.console import Console

        from checker.surfaces.report.console import LiveTable

        with LiveTable(probes, Console(stderr=True)) as table:
            yield table.show

    def write(self, ran: Ran, started_at: float, duration: float) -> None:
        """Write everything that was asked for; raises ConfigurationError for what cannot be written."""
        if self.output:
            with replaced(self.output) as file:
                self._write(file, ran.runs, started_at, duration)
        else:
            self._write(sys.stdout, ran.runs, started_at, duration)
        if self.textfile:
            with replaced(self.textfile) as file:
                file.write(metrics(ran.snapshot))
        if self.push:
            push_metrics(self.push, metrics(ran.snapshot))

    def _write(self, file: TextIO, runs: Sequence[Finished], started_at: float, duration: float) -> None:
        if self.format == "console":
            _print(file, runs)
        else:
            file.write(_text(self.format, runs, started_at, duration))


def _print(file: TextIO, runs: Sequence[Finished]) -> None:
    from rich.console import Console

    from checker.surfaces.report.console import print_report

    # In a pipe or a file rich would fold at 80 columns, in the middle of what somebody wants to search for.
    print_report(Console(file=file, width=None if file.isatty() else 160), runs)


def _text(form: str, runs: Sequence[Finished], started_at: float, duration: float) -> str:
    from checker.surfaces.report import har, junit
    from checker.surfaces.report import json as machine

    if form == "junit":
        return junit.junit(runs)
    document = har.har(runs) if form == "har" else machine.report(runs, started_at, duration)
    return json.dumps(document, indent=2) + "\n"


def metrics(snapshot: Snapshot) -> str:
    """Return the board's metrics in the text format, without the checker's own."""
    from checker.surfaces.exposition import Exposition
    from checker.surfaces.metrics import families

    return "".join(Exposition().pieces(snapshot, families(snapshot), None, openmetrics=False))


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


def push_metrics(url: str, text: str) -> None:
    """Replace the metrics of the job `checker` at a Pushgateway; raises ConfigurationError."""
    import httpx

    try:
        httpx.put(
            f"{url.rstrip('/')}/metrics/job/checker", content=text, timeout=10, trust_env=False
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise ConfigurationError(f"cannot push to {url}: {error}") from error
