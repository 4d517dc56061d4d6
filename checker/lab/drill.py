"""Plays an incident: the world, a real checker that watches it, the timeline; and keeps what was seen, and when."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from typing import Any

import httpx
from botocore.exceptions import ClientError

from checker.lab.claim import Claim
from checker.lab.observed import Gate as Ran
from checker.lab.observed import LabError, Observed, gate, observing
from checker.lab.timeline import Entry, Event, Gate, Incident, Look, Quiet, Sight, Witness
from checker.lab.world import World

LOOK_EVERY = 0.1
"""Seconds between two looks at a probe."""

_BAD = ("fail", "error")

STALL = 0.3
"""Seconds that a busy machine may keep the lab waiting, in all, without its services missing the timeouts of probes."""

QUIETS = 5
"""How often a quiet time is played in which the lab itself stood still."""

SETTLING = 60.0
"""Seconds within which every probe has to be up before the story begins."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline as it was played, and what the platform said meanwhile.

    `at`, `since_fault` and `took` in seconds, `at` from the start of the story; `since_fault` is None before the fault.
    `reasons` are those of the probes that failed, `masked` whether the platform hid it; `detail` is what did not hold.
    """

    at: float
    kind: str
    what: str
    held: bool
    since_fault: float | None = None
    took: float = 0.0
    reasons: tuple[str, ...] = ()
    masked: bool = False
    detail: str = ""
    platform: tuple[Claim, ...] = ()


@dataclass(slots=True)
class Drill:
    """How a re-enactment went. Times in seconds; None: it never came to that.

    `goal` is what detection may take at most: two intervals and the timeout of the probe that detected it.
    """

    incident: Incident
    moments: list[Moment] = field(default_factory=list)
    fault_at: float | None = None
    detected_at: float | None = None
    predicted_at: float | None = None
    goal: float | None = None
    masked: bool = False
    reasons: list[str] = field(default_factory=list)
    false_alarms: int = 0

    @property
    def held(self) -> bool:
        """Whether everything that had to be seen was, and nothing else."""
        return self.false_alarms == 0 and all(moment.held for moment in self.moments)

    @property
    def detection(self) -> float | None:
        """From the fault to the first probe that failed because of it."""
        return _between(self.fault_at, self.detected_at)

    @property
    def lead(self) -> float | None:
        """From the first prediction to the fault."""
        return _between(self.predicted_at, self.fault_at)


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start


Told = Callable[[Moment], None]


def _reasons(failed: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(probe["reason"]) for probe in failed))


def _goal(probe: Mapping[str, Any]) -> float | None:
    if "interval_seconds" not in probe:  # in the report of a gate, which runs when it is told to
        return None
    return float(2 * probe["interval_seconds"] + probe["timeout_seconds"])


async def drill(incident: Incident, told: Told = lambda _: None) -> Drill:
    """Re-enact an incident; `told` hears of each moment as it passes. Raises LabError where the lab itself fails."""
    async with incident.build() as world:
        with as_file(_checks(incident.checks)) as checks:
            async with observing(checks, world.environment, world.client) as observed:
                player = _Player(incident, world, observed, told)
                settled = await player.settle()
                for entry in incident.timeline if settled else ():
                    if not await player.play(entry):
                        break
                return player.drill


class _Player:
    def __init__(self, incident: Incident, world: World, observed: Observed, told: Told) -> None:
        self.drill = Drill(incident)
        self._world, self._observed, self._told = world, observed, told
        self._now = asyncio.get_running_loop().time
        self._start = self._now()

    @property
    def _at(self) -> float:
        return self._now() - self._start

    async def settle(self) -> bool:
        """Wait until every probe is as it should be before anything has happened; False: one never is."""
        took, detail = await self._until(self._all_up, SETTLING)
        self._start = self._now()
        return self._keep("quiet", "every probe passes", took, detail)

    async def play(self, entry: Entry) -> bool:
        """Play one entry; False: what had to be seen was not, and the rest would prove nothing."""
        if isinstance(entry, Quiet):
            return await self._quiet(entry)
        if isinstance(entry, Event):
            return await self._event(entry)
        if isinstance(entry, Witness):
            return self._keep("witness", entry.what, 0.0, entry.look(self._world))
        return await (self._gate(entry) if isinstance(entry, Gate) else self._sight(entry))

    async def _quiet(self, entry: Quiet) -> bool:
        failed, stalled = await self._watched(entry.seconds)
        for _ in range(1, QUIETS):
            if not failed or stalled < STALL:
                break  # else the lab's own services stood still: what failed then proves nothing
            failed, stalled = await self._watched(entry.seconds)
        self.drill.false_alarms += sum(failed.values())
        detail = ", ".join(f"{name} failed {count} times" for name, count in failed.items())
        return self._keep("quiet", f"nothing is wrong for {entry.seconds:.0f} s", entry.seconds, detail)

    async def _watched(self, seconds: float) -> tuple[dict[str, int], float]:
        """Let time pass; return how often which probe failed, and for how long in all the lab itself stood still."""
        before = await self._failures()
        stalled, end = 0.0, self._now() + seconds
        while (began := self._now()) < end:
            await asyncio.sleep(LOOK_EVERY)
            stalled += self._now() - began - LOOK_EVERY
        after = await self._failures()
        return {name: after[name] - count for name, count in before.items() if after[name] > count}, stalled

    async def _event(self, entry: Event) -> bool:
        began = self._at
        try:
            await entry.do(self._world)
        except (ClientError, httpx.HTTPError, OSError) as error:
            raise LabError(f"{entry.what}: {error}") from error
        if entry.fault and self.drill.fault_at is None:
            self.drill.fault_at = began
        kind = "fault" if entry.fault else "healed" if entry.healed else "event"
        return self._keep(kind, entry.what, self._at - began)

    async def _sight(self, entry: Sight) -> bool:
        seen: list[Mapping[str, Any]] = []

        async def look() -> str | None:
            seen[:] = [await self._observed.probe(entry.probe)]
            return entry.look(seen[0])

        took, missing = await self._until(look, entry.patience)
        if missing is None:
            self._note(seen, predicts=entry.predicts)
        kind = "prediction" if entry.predicts else "sight"
        return self._keep(kind, f"{entry.probe}: {entry.what}", took, missing, seen)

    async def _gate(self, entry: Gate) -> bool:
        began = self._at
        with as_file(_checks(entry.checks or self.drill.incident.checks)) as checks:
            environment = {**self._world.environment, **entry.environment}
            ran = await gate(checks, environment, *entry.arguments)
        self._note(ran.failed, predicts=entry.predicts)
        kind = "prediction" if entry.predicts else "gate"
        named = ", ".join(probe["probe"] for probe in ran.failed)
        what = f"{entry.what}: {named}" if named else entry.what
        return self._keep(kind, what, self._at - began, gate_problem(entry, ran), ran.failed)

    def _note(self, probes: Sequence[Mapping[str, Any]], *, predicts: bool) -> None:
        """Take down what is told of the fault: before it, only predictions are."""
        failed = [probe for probe in probes if probe["result"] in _BAD]
        drill = self.drill
        if not failed or (drill.fault_at is None and not predicts):
            return
        if predicts and drill.predicted_at is None:
            drill.predicted_at = self._at
        if not predicts and drill.detected_at is None:
            drill.detected_at, drill.goal = self._at, _goal(failed[0])
        drill.masked = drill.masked or any(probe["masked"] for probe in failed)
        drill.reasons += [reason for reason in _reasons(failed) if reason not in drill.reasons]

    def _keep(
        self,
        kind: str,
        what: str,
        took: float,
        missing: str | None = None,
        probes: Sequence[Mapping[str, Any]] = (),
    ) -> bool:
        failed = [probe for probe in probes if probe["result"] in _BAD]
        moment = Moment(
            at=self._at,
            kind=kind,
            what=what,
            held=not missing,
            since_fault=_between(self.drill.fault_at, self._at),
            took=took,
            reasons=_reasons(failed),
            masked=any(probe["masked"] for probe in failed),
            detail=missing or "",
            platform=self._world.platform.claims(),
        )
        self.drill.moments.append(moment)
        self._told(moment)
        return moment.held

    async def _until(self, look: Callable[[], Any], patience: float) -> tuple[float, str | None]:
        """Look again and again; return how long it took, and what was missing to the end."""
        began = self._now()
        while missing := await look():
            if self._now() - began > patience:
                return self._now() - began, f"not within {patience:.0f} s: {missing}"
            await asyncio.sleep(LOOK_EVERY)
        return self._now() - began, None

    async def _all_up(self) -> str | None:
        others = [probe for probe in await self._observed.probes() if probe["state"] != "up"]
        return "; ".join(_standing(probe) for probe in others) or None

    async def _failures(self) -> dict[str, int]:
        return {probe["probe"]: probe["runs"]["fail"] for probe in await self._observed.probes()}


def _standing(probe: Mapping[str, Any]) -> str:
    return f"{probe['probe']} is {probe['state']}" + (f": {probe['message']}" if probe["message"] else "")


def _checks(name: str) -> Traversable:
    return files("checker.lab.incidents") / name


def gate_problem(entry: Gate, ran: Ran) -> str | None:
    """Return what a gate did that it was not to do; None where it did right."""
    seen = {probe["probe"]: probe["result"] for probe in ran.failed}
    wanted = {**dict.fromkeys(entry.fails, "fail"), **dict.fromkeys(entry.unknown, "error")}
    code = 1 if entry.fails else 3 if entry.unknown else 0
    if (seen, ran.code) != (wanted, code):
        return f"exit {ran.code}; {seen}: {[probe['message'] for probe in ran.failed]}"
    says = entry.fails if isinstance(entry.fails, Mapping) else {}
    for probe in ran.failed:
        look = (
            entry.look if entry.look and probe["result"] == "fail" else _saying(says.get(probe["probe"], ""))
        )
        if missing := look(probe):
            return f"{probe['probe']}: {missing}"
    return None


def _saying(text: str) -> Look:
    return lambda probe: None if text in str(probe["message"]) else f"its message is {probe['message']!r}"
