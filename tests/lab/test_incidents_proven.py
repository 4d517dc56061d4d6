"""Each incident's checks and gates, proven in its world while all is well: what they let pass could happen again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from checker.app import once, prove
from checker.lab.incidents import INCIDENTS
from checker.lab.timeline import Event, Gate, Incident
from checker.lab.world import World
from checker.proving.proof import Proof
from tests.cloud import asking
from tests.proving.serving import holes

FOLDER = Path(str(files("checker.lab.incidents")))
PATIENCE = 40.0
"""Seconds within which each probe has to pass once: queues begin to move, metrics to be there."""


def stages(incident: Incident) -> list[tuple[str, Sequence[Event]]]:
    """Return the files of an incident, each with what has to happen before all of its probes pass."""
    found: dict[str, Sequence[Event]] = {incident.checks: ()}
    for index, entry in enumerate(incident.timeline):
        if isinstance(entry, Gate) and entry.checks and not entry.fails and not entry.unknown:
            found[entry.checks] = [one for one in incident.timeline[:index] if isinstance(one, Event)]
    return list(found.items())


STAGES = [
    pytest.param(incident, name, before, id=name)
    for incident in INCIDENTS
    for name, before in stages(incident)
]


def test_no_file_is_forgotten() -> None:
    proven = [name for incident in INCIDENTS for name, _ in stages(incident)]
    assert sorted(path.name for path in FOLDER.glob("*.yaml")) == sorted(proven)


@asynccontextmanager
async def world_of(incident: Incident, before: Sequence[Event]) -> AsyncIterator[World]:
    async with incident.build() as world:
        with asking(world.api.endpoint):
            for event in before:
                await event.do(world)
            yield world


async def proven(path: Path, world: World) -> dict[str, Proof]:
    """Prove each probe of a file, those that do not pass yet again and again; no limit of time plays a part."""
    proofs: dict[str, Proof] = {}
    names: tuple[str, ...] = ()
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        begun = prove.begin(str(path), world.environment, once.Choice(names))
        probes = tuple(replace(probe, timeout=20.0) for probe in begun.recording.probes)
        patient = replace(begun, recording=replace(begun.recording, probes=probes))
        ran = await prove.record(patient, lambda _: None)
        proofs |= {proof.probe: proof for proof in await asyncio.to_thread(prove.prove, patient, ran)}
        names = tuple(name for name, proof in proofs.items() if proof.trouble)
        if not names or asyncio.get_running_loop().time() > end:
            return proofs
        await asyncio.sleep(0.5)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("incident", "name", "before"), STAGES)
async def test_what_takes_a_path_down_is_caught(
    incident: Incident, name: str, before: Sequence[Event]
) -> None:
    async with world_of(incident, before) as world:
        proofs = await proven(FOLDER / name, world)
    assert {} == {probe: proof.trouble for probe, proof in proofs.items() if proof.trouble}
    assert {} == {probe: holes(proof) for probe, proof in proofs.items() if proof.holes}
    assert all(proof.tried for proof in proofs.values())
