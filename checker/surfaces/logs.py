"""What the checker says while it works: a line for each change of state, each failure and each event of its own.

JSON lines for machines, key=value for a person at a terminal. Every line in the process goes through the same
formatter, those of libraries too, so that nothing that a target answered can start a line of its own, and no
secret gets past the redaction.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TextIO

from checker.board.snapshot import ProbeView
from checker.core.reason import Result, State
from checker.surfaces.printable import line

Redact = Callable[[str], str]

LOGGER = logging.getLogger("checker")

_FIELDS = "checker_fields"
_BAD_STATES = (State.DOWN, State.UNKNOWN)
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@%+-,")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `fields` are texts, numbers, booleans, None, or lists and mappings of these."""

    name: str
    fields: Mapping[str, object] = field(default_factory=dict)
    level: int = logging.INFO


def emit(events: Iterable[Event]) -> None:
    """Write the events to the log."""
    for event in events:
        LOGGER.log(event.level, event.name, extra={_FIELDS: event.fields})


def of_run(
    before: State, view: ProbeView, *, log_outcomes: bool, cause: str | None = None
) -> tuple[Event, ...]:
    """Return what is to be said of a probe's run that has just been recorded: its outcome, and a change of state.

    A run that passed is worth a line only with `log_outcomes`. `cause` is the likeliest of a change.
    """
    return (*_outcome(view, log_outcomes=log_outcomes), *_change(before, view, cause))


def _outcome(view: ProbeView, *, log_outcomes: bool) -> tuple[Event, ...]:
    outcome = view.last
    if outcome is None:
        return ()
    failed = outcome.result in (Result.FAIL, Result.ERROR)
    if not failed and not log_outcomes:
        return ()
    fields = {
        "probe": outcome.probe,
        "result": outcome.result,
        "state": view.state,
        "masked": outcome.masked,
        "step": outcome.step,
        "reason": outcome.reason,
        "message": outcome.message,
        "duration_seconds": round(outcome.duration, 6),
        "labels": dict(view.probe.labels),
    }
    return (
        Event("failure" if failed else "run", _told(fields), logging.WARNING if failed else logging.INFO),
    )


def _change(before: State, view: ProbeView, cause: str | None) -> tuple[Event, ...]:
    if before is view.state:
        return ()
    failure = view.last if view.state in (State.DOWN, State.UNKNOWN, State.DEGRADED) else None
    fields = {
        "probe": view.probe.name,
        "from": before,
        "to": view.state,
        "masked": view.masked,
        "blocked_by": list(view.blocked_by),
        "step": failure.step if failure else None,
        "reason": failure.reason if failure else None,
        "likely_cause": cause,
        "severity": view.probe.severity,
        "owner": view.probe.owner,
        "labels": dict(view.probe.labels),
    }
    level = logging.ERROR if view.state in _BAD_STATES else logging.INFO
    return (Event("state", _told(fields), level),)


def _told(fields: Mapping[str, object]) -> dict[str, object]:
    """Leave out what says nothing, so that lines stay short."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {})}


def started(version: str, config: str, listen: Iterable[str], probes: int) -> Event:
    """The checker is up."""
    return Event("start", {"version": version, "config": config, "listen": list(listen), "probes": probes})


def reloaded(probes: int, added: int, removed: int, changed: int) -> Event:
    """A new configuration is in use."""
    return Event("reload", {"probes": probes, "added": added, "removed": removed, "changed": changed})


def reload_refused(problems: Iterable[str]) -> Event:
    """A new configuration cannot be used; the one before stays."""
    return Event("reload_failed", {"problems": list(problems)}, logging.ERROR)


def restart_needed(why: str) -> Event:
    """A part of a new configuration is not in use before a restart."""
    return Event("restart_needed", {"why": why}, logging.WARNING)


def web_config_taken(file: str) -> Event:
    """Another web configuration is in force."""
    return Event("web_config", {"file": file})


def web_config_refused(problem: str, *, nobody: bool) -> Event:
    """A web configuration cannot be used; the one before stays in force, and where there is none `nobody` gets in."""
    fields = {"problems": problem.split("\n"), "nobody_gets_in": nobody}
    return Event("web_config_failed", fields, logging.ERROR)


def stopping(why: str) -> Event:
    """The checker was told to stop."""
    return Event("stopping", {"why": why})


def stopped() -> Event:
    """The checker has finished what was running."""
    return Event("stop")


def unredacted(text: str) -> str:
    """The redaction of a process that knows no secrets."""
    return text


def configure(
    redact: Redact = unredacted,
    *,
    stream: TextIO | None = None,
    machine: bool | None = None,
    level: int = logging.INFO,
) -> logging.Handler:
    """Send every log record of the process to `stream` (default: standard error) and return the handler.

    `redact` strikes secrets out of a text; it is called for every text of every line. `machine` chooses JSON lines
    (True) or key=value (False); None: JSON unless the stream is a terminal. A second call replaces the first.
    """
    out = sys.stderr if stream is None else stream
    as_json = not out.isatty() if machine is None else machine
    handler = _Handler(out)
    handler.setFormatter(JsonLines(redact) if as_json else KeyValue(redact))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(level)
    return handler


class _Handler(logging.StreamHandler[TextIO]):
    """The one that `configure` has put in place."""


class _Lines(logging.Formatter):
    """A record as one line: time, level, event, then its fields. Every text in it has been redacted."""

    def __init__(self, redact: Redact) -> None:
        super().__init__()
        self._redact = redact

    def entry(self, record: logging.LogRecord) -> dict[str, object]:
        """Return the record's fields; whatever is not ours has the event `log` and its own words as the message."""
        fields = getattr(record, _FIELDS, None)
        if fields is None:
            told = {"event": "log", "logger": record.name, "message": record.getMessage()}
        else:
            told = {"event": record.msg, **fields}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return {name: self._redacted(value) for name, value in told.items()}

    def _redacted(self, value: object) -> object:
        if isinstance(value, str):
            return self._redact(str(value))
        if isinstance(value, Mapping):
            return {str(key): self._redacted(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._redacted(item) for item in value]
        is_plain = value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value))
        return value if is_plain else self._redact(str(value))


class JsonLines(_Lines):
    """One JSON object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head = {"time": f"{stamp}.{int(record.msecs):03d}Z", "level": record.levelname.lower()}
        return json.dumps(head | self.entry(record))


class KeyValue(_Lines):
    """`12:00:01 WARNING failure probe=a message="two words"`, in local time."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        entry = self.entry(record)
        stamp = time.strftime("%H:%M:%S", time.localtime(record.created))
        words = [stamp, f"{record.levelname:<7}", line(str(entry.pop("event")))]
        traceback = _indented(str(entry.pop("traceback", "")))
        return (
            " ".join([*words, *(f"{line(name)}={_value(value)}" for name, value in entry.items())])
            + traceback
        )


def _indented(text: str) -> str:
    """A traceback keeps its lines; none of them can be taken for the start of an entry."""
    return "".join(f"\n    {line(row)}" for row in text.splitlines())


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if text and _BARE.issuperset(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"') if isinstance(value, str) else text
    return f'"{line(escaped)}"' if isinstance(value, str) else line(escaped)
