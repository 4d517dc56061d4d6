"""What an incident is made of: its world, and a timeline of what people and the platform did and what must be seen.

All of these are values; `drill` plays them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from checker.lab.observed import Document
from checker.lab.world import World

Deed = Callable[[World], Awaitable[object]]
Look = Callable[[Document], str | None]
"""Looks at a probe; returns None where it is as it should be, else what is missing."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing is wrong: for `seconds`, no probe may fail. What fails all the same is a false alarm."""

    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that people or the platform do. `fault`: from then on users are hurt; `healed`: no longer."""

    what: str
    do: Deed
    fault: bool = False
    healed: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What must be seen of a probe, within `patience` seconds. `predicts`: it tells of a fault that is yet to come."""

    probe: str
    what: str
    look: Look
    predicts: bool = False
    patience: float = 60.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A `checker run` of a pipeline or a person: its arguments, and the probes that must fail; none: it must pass.

    `look` is for each of them; a mapping as `fails` has for each what must stand in its message. `unknown`: those that
    cannot tell. `checks`: another file beside the incident's own. `environment`: variables that differ there.
    """

    what: str
    arguments: tuple[str, ...] = ()
    fails: tuple[str, ...] | Mapping[str, str] = ()
    look: Look | None = None
    predicts: bool = False
    unknown: tuple[str, ...] = ()
    checks: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Witness:
    """What must be so in the world itself, whatever a checker says of it; `look` returns what is not."""

    what: str
    look: Callable[[World], str | None]


Entry = Quiet | Event | Sight | Gate | Witness


@dataclass(frozen=True, slots=True)
class Incident:
    """One real incident. `checks` is a file beside the module; `noticed` in seconds is how long it took in reality."""

    name: str
    title: str
    story: str
    checks: str
    noticed: float
    noticed_by: str
    build: Callable[[], AbstractAsyncContextManager[World]]
    timeline: Sequence[Entry]


# What to look for


def fails(
    reason: str | None = None, *, says: str = "", masked: bool | None = None, step: str | None = None
) -> Look:
    """Look for a failed run, with this reason; `says` must stand in its message."""

    def look(probe: Document) -> str | None:
        if probe["result"] != "fail":
            return f"its result is {probe['result']}"
        if reason not in (None, probe["reason"]):
            return f"its reason is {probe['reason']}: {probe['message']}"
        if says not in (probe["message"] or ""):
            return f"its message is {probe['message']!r}"
        if masked is not None and probe["masked"] is not masked:
            return f"masked is {probe['masked']}"
        return None if step in (None, probe["step"]) else f"it failed in the step {probe['step']}"

    return look


def misses(subject: str, seen: str) -> Look:
    """Look for a failed run in which an expectation on `subject` missed, as `seen` was seen."""

    def look(probe: Document) -> str | None:
        made = [told for step in probe["steps"] or () for told in step["assertions"]]
        missed = {told["subject"]: told["seen"] for told in made if told["verdict"] == "misses"}
        return None if seen in missed.get(subject, "") else f"what missed is {missed}"

    return look


def passes() -> Look:
    """Look for a probe that is up, and whose last run passed."""

    def look(probe: Document) -> str | None:
        good = probe["result"] == "pass" and probe["state"] == "up"
        return None if good else f"it is {probe['state']}, its result {probe['result']}: {probe['message']}"

    return look


def never_failed(reason: str | None = None) -> Look:
    """Look for a probe that passes, and of which no run has failed since the beginning: not with this reason."""

    def look(probe: Document) -> str | None:
        counts: Mapping[str, int] = probe["failure_counts"]
        failed = probe["runs"]["fail"] if reason is None else counts.get(reason, 0)
        told = ", ".join(f"{count} {each}" for each, count in counts.items())
        return f"{failed} of its runs failed: {told}" if failed else passes()(probe)

    return look


def cause(says: str) -> Look:
    """Look for a likely cause that says so, as the first that is named."""

    def look(probe: Document) -> str | None:
        causes: Sequence[Mapping[str, Any]] = probe.get("causes") or ()
        told = [str(each["text"]) for each in causes]
        return None if told and says in told[0] else f"its causes are {told}"

    return look
