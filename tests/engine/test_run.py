import asyncio
from typing import Any

import pytest

from checker.core.clock import Clock, FakeClock, run_virtual
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.core.template import Reference
from checker.engine.plan import PlannedStep
from checker.engine.run import RunNames
from checker.engine.runner import Runner
from checker.kinds.contract import Observation, StepContext
from checker.net.callbacks import Callbacks
from checker.secrets.remote import Fetched, Keeping, RemoteSource
from checker.secrets.store import SecretStore
from tests.engine.scripts import probe, room, seen, step


def test_a_run_has_an_id_that_stays_and_the_time_of_its_start() -> None:
    names = RunNames(1_700_000_000.5)
    assert "2023-11-14T22:13:20.500Z" == names["started_at"]
    assert names["id"] == names["id"]
    assert names["id"] != RunNames(1_700_000_000.5)["id"]
    assert ["id", "started_at"] == list(names)
    assert 2 == len(names)


def test_there_are_no_other_names() -> None:
    names = RunNames(0.0)
    assert "secret" not in names
    with pytest.raises(KeyError):
        names["url"]


def test_where_a_run_is_called_back_stays_until_its_end_and_is_made_when_it_is_asked_for() -> None:
    callbacks = Callbacks()
    callbacks.base_url = "http://here"
    names = RunNames(0.0, callbacks)
    assert "callback.url" not in RunNames(0.0)
    assert names["callback.url"] == names["callback.url"]
    assert callbacks.find(names["callback.url"]) is not None
    names.end()
    assert callbacks.find(names["callback.url"]) is None


def test_a_run_that_is_over_gets_no_address_any_more() -> None:
    """What is judged in a thread may still ask for it, and nobody would close it."""
    names = RunNames(0.0, Callbacks())
    names.end()
    assert "callback.url" not in names


class Vault(RemoteSource):
    """Takes its time to answer."""

    def __init__(self, clock: Clock, seconds: float = 1.0) -> None:
        super().__init__("vault", Keeping(clock=clock))
        self.values = ["hunter1", "hunter2"]
        self.seconds = seconds

    async def _fetch(self) -> Fetched:
        await asyncio.sleep(self.seconds)
        return Fetched(self.values.pop(0))


async def reading(context: StepContext) -> Observation:
    return seen(401 if context.scope.lookup(Reference("secret", "key")) == "hunter1" else 200)


def with_vault(*steps: PlannedStep, seconds: float = 1.0, runs: int = 1, **changes: Any) -> list[Outcome]:
    async def go(fake: FakeClock) -> list[Outcome]:
        store = SecretStore({"key": Vault(fake.clock, seconds)}, fake.clock)
        runner = Runner(room(fake.clock, secrets=store))
        outcomes = []
        for _ in range(runs):
            outcomes.append(await runner.run(probe(*steps, **changes)))
            await asyncio.sleep(10.0)
        return outcomes

    return run_virtual(go)


def test_a_run_waits_for_a_secret_that_is_fetched_and_a_rejected_one_is_fetched_anew() -> None:
    first, second = with_vault(step(reading, secrets=frozenset({"key"})), runs=2, timeout=5.0)
    assert (Reason.AUTH_REJECTED, 1.0) == (first.reason, first.duration)
    assert (Result.PASS, 1.0) == (second.result, second.duration)


def test_a_secret_that_does_not_come_in_time_is_the_checkers_own_trouble() -> None:
    (only,) = with_vault(step(reading, secrets=frozenset({"key"})), seconds=60.0, timeout=5.0)
    assert (Result.ERROR, Reason.SECRET_UNAVAILABLE) == (only.result, only.reason)
    assert "the run's 5s passed while fetching its secrets" == only.message
