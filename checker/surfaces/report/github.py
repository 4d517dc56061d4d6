"""What did not pass, as annotations that GitHub shows at the lines of checks.yaml.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. A runner obeys such commands on both
streams of a step, whoever wrote them: therefore `unobeyed`, around text that a target had a part in.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.surfaces.meaning import MEANINGS
from checker.surfaces.printable import line
from checker.surfaces.report.finished import Finished

_LEVELS = {Result.DEGRADED: "warning", Result.FAIL: "error", Result.ERROR: "error"}
_GRAVEST_FIRST = (Result.FAIL, Result.ERROR, Result.DEGRADED)


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file, whose name is relative to the repository; lines count from 1."""

    file: str
    line: int


Locate = Callable[[Outcome], Spot | None]
"""Where what an outcome is about is written; None: in no file of the repository."""


def annotations(runs: Iterable[Finished], locate: Locate) -> str:
    """Return a command for each run that did not pass, a line each.

    The gravest come first, masked ones before the others: of each level, GitHub shows no more than ten of a step.
    """
    bad = [run.outcome for run in runs if run.outcome.result in _LEVELS]
    bad.sort(key=lambda outcome: (_GRAVEST_FIRST.index(outcome.result), not outcome.masked))
    return "".join(f"{_annotation(outcome, locate(outcome))}\n" for outcome in bad)


def _annotation(outcome: Outcome, spot: Spot | None) -> str:
    place = {"file": spot.file, "line": str(spot.line)} if spot else {}
    properties = {**place, "title": _title(outcome)}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVELS[outcome.result]} {told}::{_data(_message(outcome))}"


def _title(outcome: Outcome) -> str:
    result = "could not be told" if outcome.result is Result.ERROR else outcome.result.value
    where = f" in step {outcome.step}" if outcome.step else ""
    return line(f"{outcome.probe}: {result}{where}{f' ({outcome.reason})' if outcome.reason else ''}")


def _message(outcome: Outcome) -> str:
    told = [line(outcome.message or "")]
    if outcome.reason:
        told.append(MEANINGS[outcome.reason])
    if outcome.masked:
        told.append("Masked: the platform's own check says healthy.")
    return "\n".join(part for part in told if part)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


@contextmanager
def unobeyed(stream: TextIO) -> Iterator[None]:
    """Let nothing that is written to a stream meanwhile be taken for a command."""
    token = secrets.token_hex(16)
    stream.write(f"::stop-commands::{token}\n")
    try:
        yield
    finally:
        stream.write(f"::{token}::\n")
