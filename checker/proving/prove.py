"""Proves a probe by its recorded run: each mutation of what each step saw is judged as a real run would be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.config.configuration import ProbeConfig, StepConfig
from checker.config.nodes import Mapping as Node
from checker.core.outcome import Outcome, StepOutcome, Truth
from checker.core.reason import Result
from checker.core.scope import Scope
from checker.engine.plan import PlannedProbe
from checker.kinds.contract import Kind, Observation
from checker.proving.catalogue import first_of, mutations
from checker.proving.places import place_of_captures, place_of_subject
from checker.proving.proof import Catch, Fate, Proof, Tried, settled
from checker.proving.recording import Recording
from checker.proving.remedies import Patient, Remedy
from checker.proving.replaying import Change, Replay, play
from checker.secrets.store import SecretStore

_BROKEN = frozenset({Result.FAIL, Result.ERROR})
_Results = Mapping[str, Result]
_ADDRESS = re.compile(r"^\[[^\]]*\] ")  # of a verdict on one of several addresses


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves the probes of one configuration."""

    kinds: Mapping[str, Kind[Any]]
    secrets: SecretStore

    def prove(
        self, probe: PlannedProbe, config: ProbeConfig, recording: Recording, outcome: Outcome
    ) -> Proof:
        """Return what the probe notices. `outcome` is of the recorded run."""
        if outcome.result in _BROKEN:
            return Proof(probe.name, outcome, trouble=f"the run itself did not pass: {outcome.message}")
        case = _Case(self.kinds, probe, config, recording, outcome.started_at)
        changes = tuple(case.changes())
        unchanged, *played = play(probe, recording, self.secrets, outcome.started_at, (None, *changes))
        if unchanged.outcome.result in _BROKEN:
            why = f"played again as it was, the run does not pass: {unchanged.outcome.message}"
            return Proof(probe.name, outcome, trouble=why)
        return Proof(probe.name, outcome, case.tried(changes, unchanged.outcome, played))


@dataclass(frozen=True, slots=True)
class _Case:
    """One probe with its recorded run."""

    kinds: Mapping[str, Kind[Any]]
    probe: PlannedProbe
    config: ProbeConfig
    recording: Recording
    started_at: float

    def changes(self) -> Iterator[Change]:
        """Yield everything that is to be tried, in the order of the steps."""
        late = self.probe.timeout + self.probe.cleanup_timeout
        for place, (step, written) in enumerate(zip(self.probe.steps, self.config.steps, strict=True)):
            seen = self.recording.seen.get(place)
            if isinstance(seen, Observation):
                kind, expected = self.kinds[step.kind], _expected(written)
                for mutation in mutations(step, kind, written.spec, expected, seen, late):
                    yield Change(place, mutation)

    def tried(
        self, changes: Sequence[Change], unchanged: Outcome, played: Sequence[Replay]
    ) -> tuple[Tried, ...]:
        """Return what became of each change."""
        whole = {step.step: step.result for step in unchanged.steps}
        tried: dict[int, list[Tried]] = {}
        for change, replay in zip(changes, played, strict=True):
            tried.setdefault(change.place, []).append(self._tried(change, replay, whole))
        return tuple(one for own in tried.values() for one in settled(own))

    def _tried(self, change: Change, replay: Replay, whole: _Results) -> Tried:
        written, mutation = self.config.steps[change.place], change.mutation
        fate = _fate(replay, whole, always=written.always)
        noticed = fate in {Fate.CAUGHT, Fate.WARNED}
        return Tried(
            step=written.name,
            mutation=mutation,
            fate=fate,
            place=place_of_subject(written, "expect", mutation.subject),
            always=written.always,
            catch=self._catch(replay.outcome, whole) if noticed else None,
            remedy=None if fate in {Fate.CAUGHT, Fate.UNTOLD} else self._remedy(change),
        )

    def _catch(self, outcome: Outcome, whole: _Results) -> Catch:
        culprit = next(_worse(outcome, whole))
        written = next(step for step in self.config.steps if step.name == culprit.step)
        section, verdicts = "expect", culprit.assertions
        if culprit.result is Result.DEGRADED and not culprit.always:
            section, verdicts = "warn", culprit.warnings
        missed = next((verdict for verdict in verdicts if verdict.verdict is not Truth.HOLDS), None)
        message = culprit.message or ""
        if missed is None:
            place = place_of_captures(written, message) or written.node.key_place(written.kind)
            return Catch(culprit.step, culprit.reason, message, place)
        subject = _ADDRESS.sub("", missed.subject)
        place = place_of_subject(written, section, subject)
        return Catch(culprit.step, culprit.reason, message, place, subject, missed.operator)

    def _remedy(self, change: Change) -> Remedy | None:
        seen, step = self.recording.seen[change.place], self.probe.steps[change.place]
        if not isinstance(seen, Observation) or change.mutation.delay:
            return None
        scope = self.recording.scope or Scope(lambda _: "", {})
        facts = self.kinds[step.kind].facts
        used = self.recording.asked_with[change.place]
        patient = Patient(first_of(seen), facts, self.started_at, scope, used)
        return patient.remedy(change.mutation, lambda: first_of(change.mutation.see()))


def _expected(written: StepConfig) -> frozenset[str]:
    """Return the facts of which the step's own `expect` speaks."""
    node = written.node.get("expect")
    return frozenset(node.entries) if isinstance(node, Node) else frozenset()


def _fate(replay: Replay, whole: _Results, *, always: bool) -> Fate:
    worse = any(True for _ in _worse(replay.outcome, whole))
    if replay.outcome.result in _BROKEN or (always and worse):
        return Fate.CAUGHT
    if replay.changed:
        return Fate.UNTOLD
    return Fate.WARNED if worse else Fate.PASSED


def _worse(outcome: Outcome, whole: _Results) -> Iterator[StepOutcome]:
    """Yield the steps that ended otherwise than they did, and not well."""
    for step in outcome.steps:
        if step.result is not Result.PASS and step.result is not whole.get(step.step):
            yield step
