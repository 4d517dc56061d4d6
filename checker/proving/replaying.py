"""Plays a recorded run again, by the engine that ran it, with one step seeing something else. Nothing is sent.

It takes no time either: polls, pauses and time limits pass in virtual time, which begins when the recorded run did.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.outcome import Outcome
from checker.core.reason import Phase, Reason
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Mutation, Observation, Observe, StepContext
from checker.proving.recording import Recording, used
from checker.secrets.store import SecretStore

ATTEMPTS = 8
"""How often a poll looks at most: it sees the same each time."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it. `changed` are the steps that would have sent something else than what they sent."""

    outcome: Outcome
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What one step, told by its place, sees instead."""

    place: int
    mutation: Mutation


def play(
    probe: PlannedProbe,
    recording: Recording,
    secrets: SecretStore,
    started_at: float,
    changes: Iterable[Change | None],
) -> tuple[Replay, ...]:
    """Return what comes of each change; None changes nothing. `started_at`: of the recorded run, since the epoch."""

    async def all_of_them(fake: FakeClock) -> tuple[Replay, ...]:
        played = []
        for change in changes:
            fake.epoch = started_at - fake.loop.time()
            played.append(await _played(probe, recording, Room(secrets, fake.clock), change))
        return tuple(played)

    return run_virtual(all_of_them)


async def _played(probe: PlannedProbe, recording: Recording, room: Room, change: Change | None) -> Replay:
    changed: dict[str, None] = {}
    steps = tuple(
        replace(
            step,
            observe=_playing(
                place, step, recording, changed, change.mutation if change and change.place == place else None
            ),
            poll=step.poll and replace(step.poll, every=max(step.poll.every, step.poll.within / ATTEMPTS)),
            secrets=frozenset(),  # none is fetched for what is not sent, and none is doubted
        )
        for place, step in enumerate(probe.steps)
    )
    outcome = await Runner(room).run(replace(probe, steps=steps, shallow=None))
    return Replay(outcome, tuple(changed))


def _playing(
    place: int, step: PlannedStep, recording: Recording, changed: dict[str, None], mutation: Mutation | None
) -> Observe:
    async def observe(context: StepContext) -> Observation:
        known = recording.scope
        if known:
            context.scope.run = (
                known.run
            )  # expectations may speak of the run's id, and of its callback's address
            context.scope.secret_captures |= known.secret_captures
        if used(step, context.scope) != recording.asked_with.get(place):
            changed[step.name] = None
        if mutation and mutation.delay:
            context.trace.start(Phase.WAIT)
            await asyncio.sleep(mutation.delay)
        seen = mutation.see() if mutation else _again(recording.seen.get(place))
        return replace(seen, size=0)  # else judged in a thread, for which a virtual clock does not wait

    return observe


def _again(seen: Observation | Trouble | None) -> Observation:
    if isinstance(seen, Observation):
        return seen
    raise seen or Trouble(Reason.INTERNAL, "the step was not reached in the recorded run")
