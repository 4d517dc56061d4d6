"""Steps that play what they are given, and rooms for them to run in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.assertions.capture import compile_capture
from checker.assertions.evaluate import compile_expectations
from checker.config.configuration import Poll, Retry
from checker.core.clock import Clock, FakeClock, run_virtual
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.core.outcome import Exchange, Outcome
from checker.core.reason import Reason
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Observation, StepContext
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore

FACTS = (
    Fact("status", "what was answered", unit=Unit.STATUS),
    Fact("json", "the document", shape=Shape.JSONPATH),
    Fact("latency", "how long it took", unit=Unit.DURATION, reason=Reason.SLOW),
)

Behaviour = Callable[[StepContext], Awaitable[Observation]]
Play = Observation | Exception | Behaviour
"""What an attempt does: it sees something, raises something, or whatever a function does."""


def seen(status: int = 200, json: object = None, latency: float = 0.01) -> Observation:
    document = Absent("there is no document", reason=Reason.UNDECODABLE) if json is None else json
    return Observation(Facts({"status": status, "json": document, "latency": latency}))


def after(seconds: float, then: Play | None = None) -> Behaviour:
    """Take some time first."""

    async def observe(context: StepContext) -> Observation:
        await asyncio.sleep(seconds)
        return await play(then or seen(), context)

    return observe


async def play(act: Play, context: StepContext) -> Observation:
    if isinstance(act, Exception):
        raise act
    return act if isinstance(act, Observation) else await act(context)


class Script:
    """Plays one act an attempt, the last one for ever; knows when each began."""

    def __init__(self, *acts: Play) -> None:
        self.acts = acts or (seen(),)
        self.contexts: list[StepContext] = []
        self.began: list[float] = []

    async def __call__(self, context: StepContext) -> Observation:
        act = self.acts[min(len(self.began), len(self.acts) - 1)]
        self.began.append(asyncio.get_running_loop().time())
        self.contexts.append(context)
        return await play(act, context)


def expectations(raw: Mapping[str, Any]) -> Any:
    return compile_expectations(raw, FACTS, Path())


def captures(raw: Mapping[str, Mapping[str, Any]]) -> Any:
    return tuple(compile_capture(name, one, FACTS, Path()) for name, one in raw.items())


def step(
    *acts: Play,
    name: str = "get",
    expect: Mapping[str, Any] | None = None,
    warn: Mapping[str, Any] | None = None,
    capture: Mapping[str, Mapping[str, Any]] | None = None,
    **changes: Any,
) -> PlannedStep:
    """Return a step that expects a 2xx, unless told otherwise."""
    observe = acts[0] if len(acts) == 1 and isinstance(acts[0], Script) else Script(*acts)
    plain = PlannedStep(
        name,
        "script",
        observe,
        expectations({"status": "2xx"} if expect is None else expect),
        expectations(warn or {}),
        captures(capture or {}),
    )
    return replace(plain, **changes)


def probe(*steps: PlannedStep, **changes: Any) -> PlannedProbe:
    return replace(PlannedProbe("works", steps or (step(),), fingerprint="1"), **changes)


def poll(every: float = 1.0, within: float = 5.0, stop_if: Mapping[str, Any] | None = None) -> Poll:
    return Poll(every, within, expectations(stop_if or {}))


def retry(attempts: int, *reasons: Reason, delay: float = 0.0) -> Retry:
    return Retry(attempts, delay, frozenset(reasons))


def room(clock: Clock | None = None, **changes: Any) -> Room:
    return replace(Room(SecretStore({}), clock or Clock()), **changes)


def secrets(**values: str) -> SecretStore:
    """Return a store that has read all of its secrets."""
    store = SecretStore({name: EnvSource(name, environment=values) for name in values})
    for name in values:
        store.read(name)
    return store


def exchange(url: str = "http://127.0.0.1/", **changes: Any) -> Exchange:
    return replace(Exchange("GET", url, (), b"", status=200), **changes)


async def run(fake: FakeClock, probe_: PlannedProbe, **changes: Any) -> Outcome:
    """Run a probe once, in virtual time."""
    return await Runner(room(fake.clock, **changes)).run(probe_)


def virtually(probe_: PlannedProbe, **changes: Any) -> Outcome:
    """Run a probe once, in a virtual time of its own that begins at 0."""
    return run_virtual(lambda fake: run(fake, probe_, **changes))
