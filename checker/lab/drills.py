"""Several re-enactments, two at a time, each in a process of its own: moto has one state in a process.

They are waits for the most part, so that two at once take little longer than one.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from multiprocessing import get_context
from typing import Any

from checker.lab.drill import Drill, drill
from checker.lab.incidents import INCIDENTS
from checker.lab.timeline import Incident

AT_ONCE = 2


def drills(incidents: Sequence[Incident]) -> Iterator[Drill]:
    """Re-enact incidents, and yield how each went in their order, as they are over.

    Raises LabError where the lab itself fails.
    """
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        went = pool.map(_play, [incident.name for incident in incidents])
        for incident, parts in zip(incidents, went, strict=True):
            yield Drill(incident, **parts)


def _play(name: str) -> dict[str, Any]:
    """Re-enact an incident, and return the parts of its Drill that can be sent: an incident holds functions."""
    (incident,) = (each for each in INCIDENTS if each.name == name)
    played = asyncio.run(drill(incident))
    return {part.name: getattr(played, part.name) for part in fields(played) if part.name != "incident"}
