"""Where the time of a run went, as bars on one common axis: pure geometry, for the page and the terminal."""

from dataclasses import dataclass

from checker.core.outcome import Outcome, StepOutcome
from checker.core.reason import Phase

LEAST_REST = 0.001
"""Seconds between the phases of a step that are worth a word."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase. `start` and `length` are fractions of the whole run."""

    phase: Phase
    start: float
    length: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One step: its span on the axis, and within it the phases of its last attempt.

    `rest` are the seconds that its only attempt spent in none of them: preparing, judging, fetching a token.
    """

    step: StepOutcome
    start: float
    length: float
    bars: tuple[Bar, ...]
    rest: float = 0.0


def waterfall(outcome: Outcome) -> tuple[Lane, ...]:
    """Return a lane for each step, in order; steps follow each other, clean-up included."""
    whole = sum(step.duration for step in outcome.steps) or 1.0
    lanes, begun = [], 0.0
    for step in outcome.steps:
        lanes.append(_lane(step, begun, whole))
        begun += step.duration
    return tuple(lanes)


def _lane(step: StepOutcome, begun: float, whole: float) -> Lane:
    spent = sum(step.timings.values())
    # Requests made at the same time (each_address) add up to more than the step took.
    shrink = min(1.0, step.duration / spent) if spent else 1.0
    at = begun + (step.duration - spent * shrink if step.attempts > 1 else 0.0)
    bars = []
    for phase in Phase:
        if seconds := step.timings.get(phase, 0.0):
            bars.append(Bar(phase, at / whole, seconds * shrink / whole, seconds))
            at += seconds * shrink
    rest = step.duration - spent if spent and step.attempts == 1 else 0.0
    return Lane(step, begun / whole, step.duration / whole, tuple(bars), rest if rest >= LEAST_REST else 0.0)
