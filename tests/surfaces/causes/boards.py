"""Boards in trouble, as the tests of causes put them together: times are in seconds from NOON."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.board.onset import Onset
from checker.board.snapshot import ProbeView, RunSummary, Snapshot
from checker.core.outcome import Exchange, Outcome, ShallowOutcome, StepOutcome
from checker.core.reason import Reason, Result, State
from checker.engine.plan import PlannedProbe, PlannedStep
from tests.surfaces.samples import never, view

NOON = 1_899_979_200.0  # 2030-03-17 12:00:00 UTC
NOW = NOON + 60

PASS, DEGRADED, FAIL, ERROR = Result
STATES = {PASS: State.UP, DEGRADED: State.DEGRADED, FAIL: State.DOWN, ERROR: State.UNKNOWN}


def planned(
    name: str, *, inspects: bool = False, secrets: frozenset[str] = frozenset(), **changes: Any
) -> PlannedProbe:
    step = PlannedStep("look", "kind", never, inspects=inspects, secrets=secrets)
    return replace(PlannedProbe(name, (step,), fingerprint=name, interval=10.0, timeout=5.0), **changes)


def outcome(
    name: str,
    result: Result = FAIL,
    reason: Reason = Reason.SERVER_ERROR,
    message: str = "status: expected 2xx, saw 500",
    *,
    url: str = "",
    shallow: ShallowOutcome | None = None,
    **changes: Any,
) -> Outcome:
    exchanges = (Exchange("GET", url, (), b"", 500),) if url else ()
    why, said = (None, None) if result is PASS else (reason, message)
    step = StepOutcome("look", "kind", result, why, said, 0.1, {}, exchanges=exchanges, **changes)
    decided = None if result is PASS else "look"
    return Outcome(name, NOW - 5, 0.1, result, decided, why, said, (step,), shallow=shallow)


def troubled(
    name: str,
    at: float | None,
    result: Result = FAIL,
    reason: Reason = Reason.SERVER_ERROR,
    message: str = "status: expected 2xx, saw 500",
    *,
    labels: Mapping[str, str] | None = None,
    inspects: bool = False,
    seen: bool = True,
    last: Mapping[str, Any] | None = None,
    probe: Mapping[str, Any] | None = None,
    **changes: Any,
) -> ProbeView:
    """A probe that has not passed since `at`; it did before, if that was `seen`. None: it passes."""
    settings = planned(name, inspects=inspects, labels=labels or {}, **(probe or {}))
    result = PASS if at is None else result
    since = NOON + (at or 0.0)
    plain: dict[str, Any] = {
        "state": STATES[result],
        "since": since,
        "onset": None if at is None else Onset(since, seen),
        "history": tuple(
            RunSummary(since + 10 * place, 0.1, result, None if at is None else reason, None)
            for place in range(3)
        ),
    }
    return view(settings, outcome(name, result, reason, message, **(last or {})), **plain | changes)


def passing(name: str, **changes: Any) -> ProbeView:
    return troubled(name, None, **changes)


def board(*views: ProbeView) -> Snapshot:
    return Snapshot(NOW, {one.probe.name: one for one in views})


CATALOGUE = {"service": "catalogue"}
PROD = {"service": "catalogue", "env": "prod"}
STALE = "stale_tasks: the secret was changed at 2030-03-17T12:00:00Z, and 2 running since before have its old value: a"


def rotated() -> Snapshot:
    """An API key was recreated; the tasks that run have the old one."""
    return board(
        troubled("images-search", 2.4, labels=PROD),
        troubled("works-search", 2, labels=PROD, last={"shallow": ShallowOutcome(True, None, 0.003)}),
        troubled("works-cdn", 3, reason=Reason.STALE_CACHE, message="too old", labels=PROD),
        troubled("engine-key", 1, reason=Reason.ASSERTION, message=STALE, labels=CATALOGUE, inspects=True),
        passing("engine-service", labels=CATALOGUE, inspects=True),
        passing("upload", labels={"service": "upload", "env": "prod"}),
    )
