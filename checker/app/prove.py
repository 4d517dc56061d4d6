"""`checker prove`: the chosen probes run once, as `run` has them; then what they saw is played again, and changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from checker.app.once import Choice, Job, Ran, Show, prepare, run_once
from checker.proving.proof import Proof
from checker.proving.prove import Prover
from checker.proving.recording import Recording, recorded


@dataclass(frozen=True, slots=True)
class Proving:
    """The probes as they are, and a job that runs them once and keeps what they see."""

    job: Job
    recording: Job
    recordings: tuple[Recording, ...]


def begin(source: str, environment: Mapping[str, str], choice: Choice) -> Proving:
    """Read the configuration and choose; raises ConfigurationError."""
    job = prepare(source, environment, choice)
    kept = [recorded(probe) for probe in job.probes]
    probes = tuple(probe for probe, _ in kept)
    return Proving(job, replace(job, probes=probes), tuple(recording for _, recording in kept))


async def record(proving: Proving, show: Show) -> Ran:
    """Run each probe once; `show` hears of each run as it ends."""
    return await run_once(proving.recording, show)


def prove(proving: Proving, ran: Ran) -> tuple[Proof, ...]:
    """Return what the probes notice. It takes a loop of its own, of virtual time: none may be running."""
    job = proving.job
    prover = Prover(job.wiring.kinds, job.secrets)
    configured = {probe.name: probe for probe in job.wiring.config.probes}
    return tuple(
        prover.prove(probe, configured[probe.name], recording, run.outcome)
        for probe, recording, run in zip(job.probes, proving.recordings, ran.runs, strict=True)
    )
