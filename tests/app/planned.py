"""Probes that need no network: their steps do what the test says."""

from collections.abc import Awaitable, Callable

from checker.core.errors import Trouble
from checker.core.facts import Facts
from checker.core.reason import Reason
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.kinds.contract import Observation, StepContext

Observe = Callable[[StepContext], Awaitable[Observation]]


def answers(*reasons: Reason | None) -> Observe:
    """Return a step that ends in these reasons, one a run, and in the last one from then on; None passes."""
    left = list(reasons)

    async def observe(_: StepContext) -> Observation:
        reason = left.pop(0) if len(left) > 1 else left[0]
        if reason:
            raise Trouble(reason, f"it was {reason}")
        return Observation(Facts({}))

    return observe


def probe(name: str, observe: Observe, *, writes: bool = False) -> PlannedProbe:
    return PlannedProbe(
        name=name, steps=(PlannedStep("step", "fake", observe),), fingerprint=name, writes=writes
    )
