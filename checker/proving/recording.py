"""The run that is played again: what each step of it saw, what it was asked with, and what it knew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from checker.core.errors import Trouble
from checker.core.scope import Scope
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.kinds.contract import Observation, Observe, StepContext


@dataclass(slots=True)
class Recording:
    """Filled while the run goes on. `seen` and `asked_with` are by the place of the step in its probe.

    `asked_with` are the captures that a request was made of; `scope` is the run's: its names, and its secrets.
    """

    seen: dict[int, Observation | Trouble] = field(default_factory=dict)
    asked_with: dict[int, Mapping[str, object]] = field(default_factory=dict)
    scope: Scope | None = None


def recorded(probe: PlannedProbe) -> tuple[PlannedProbe, Recording]:
    """Return the probe as one that runs the same and keeps what it sees; without the shallow check beside it."""
    recording = Recording()
    steps = tuple(
        replace(step, observe=_keeping(place, step, recording)) for place, step in enumerate(probe.steps)
    )
    return replace(probe, steps=steps, shallow=None), recording


def _keeping(place: int, step: PlannedStep, recording: Recording) -> Observe:
    async def observe(context: StepContext) -> Observation:
        recording.scope = context.scope
        recording.asked_with[place] = used(step, context.scope)
        try:
            seen = await step.observe(context)
        except Trouble as trouble:
            recording.seen[place] = trouble
            raise
        recording.seen[place] = seen
        return seen

    return observe


def used(step: PlannedStep, scope: Scope) -> Mapping[str, object]:
    """Return the captures that a step's request is made of, as they are now."""
    return {name: scope.captures.get(name) for name in step.needs}
