"""Every incident, whole: its world, a real checker beside it, and all that must be seen.

What is measured (how long detection takes) is told by the lab, and not asserted here: the machine may be busy.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from checker.lab.drill import Drill
from checker.lab.drills import drills
from checker.lab.incidents import INCIDENTS
from checker.lab.timeline import Event, Incident


@dataclass(frozen=True, slots=True)
class Wanted:
    reasons: frozenset[str]
    predicted: bool = False
    masked: bool = True


WANTED = {
    "key-rotation": Wanted(frozenset({"server_error", "assertion", "stale_cache"})),
    "expired-image": Wanted(
        frozenset({"image_missing", "task_failed", "callback_missing", "assertion"}), predicted=True
    ),
    "stale-config": Wanted(frozenset({"auth_rejected", "assertion"})),
    "moved-service": Wanted(frozenset({"server_error", "assertion"}), predicted=True),
    "wrong-account": Wanted(frozenset({"wrong_account", "resource_missing", "server_error"}), predicted=True),
}


def test_all_five_are_there_in_the_order_of_their_page() -> None:
    assert list(WANTED) == [incident.name for incident in INCIDENTS]


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_users_are_hurt_once_and_healed_in_the_end(incident: Incident) -> None:
    acts = [entry for entry in incident.timeline if isinstance(entry, Event)]
    assert (1, 1) == (sum(act.fault for act in acts), sum(act.healed for act in acts))


@pytest.fixture(scope="module")
def went() -> Mapping[str, Drill]:
    """Return how each incident went; played once, two at a time, as `checker lab run --all` does."""
    return {drill.incident.name: drill for drill in drills(INCIDENTS)}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", WANTED)
def test_an_incident_is_predicted_or_caught(name: str, went: Mapping[str, Drill]) -> None:
    wanted, drill = WANTED[name], went[name]
    assert [] == [(moment.what, moment.detail) for moment in drill.moments if not moment.held]
    assert drill.held
    assert drill.false_alarms == 0
    assert drill.detection is not None
    assert (wanted.predicted, wanted.masked) == (drill.predicted_at is not None, drill.masked)
    assert wanted.reasons <= set(drill.reasons)
