"""Secrets that are fetched: who waits, who takes the last value, and what a failure leaves behind."""

import asyncio
import logging

import pytest

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.secrets.remote import DOUBT, Fetched, Keeping, RemoteSource, fetch
from checker.secrets.sources import EnvSource, Unreadable
from checker.secrets.store import SecretStatus, SecretStore


class SetClock:
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.time = 100.0
        self.clock = Clock(wall=lambda: self.time, monotonic=lambda: self.time)

    def advance(self, seconds: float) -> None:
        self.time += seconds


class Vault(RemoteSource):
    """Answers with what it holds; None: it cannot."""

    def __init__(self, clock: SetClock, value: str | None = "hunter1", name: str = "vault") -> None:
        super().__init__(name, Keeping(None, 60.0, clock.clock))
        self.value = value
        self.asked = 0

    async def _fetch(self) -> Fetched:
        self.asked += 1
        value = self.value
        await asyncio.sleep(0)
        if value is None:
            raise Unreadable("the vault is locked")
        return Fetched(value, 1000.0)


class Held:
    """A store with one remote secret and one of the environment."""

    def __init__(self, value: str | None = "hunter1") -> None:
        self.clock = SetClock()
        self.vault = Vault(self.clock, value)
        self.store = SecretStore(
            {"far": self.vault, "near": EnvSource("NEAR", environment={"NEAR": "hunter0"})},
            self.clock.clock,
        )

    async def needed(self) -> str:
        """Do what a run does."""
        if awaited := self.store.awaited(["far", "near", "unknown"]):
            await fetch(awaited)
        return self.store.read("far")

    async def settled(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_the_first_who_needs_it_waits_for_it() -> None:
    held = Held()
    with pytest.raises(Trouble, match="secret far: it has not been fetched yet"):
        held.store.read("far")
    assert "hunter1" == await held.needed()
    assert "hunter1" in held.store.known_values()


async def test_those_who_wait_at_once_share_one_fetch() -> None:
    held = Held()
    assert ["hunter1"] * 3 == list(await asyncio.gather(*(held.needed() for _ in range(3))))
    assert 1 == held.vault.asked


async def test_it_is_not_fetched_again_before_its_time() -> None:
    held = Held()
    await held.needed()
    held.clock.advance(59.0)
    await held.needed()
    await held.settled()
    assert 1 == held.vault.asked


async def test_an_old_value_serves_while_a_new_one_is_fetched() -> None:
    held = Held()
    await held.needed()
    held.vault.value = "hunter2"
    held.clock.advance(60.0)
    assert "hunter1" == await held.needed()
    await held.settled()
    assert "hunter2" == await held.needed()
    assert {"hunter0", "hunter1", "hunter2"} >= held.store.known_values() >= {"hunter1", "hunter2"}


async def test_a_rejected_one_is_fetched_at_once_and_waited_for() -> None:
    held = Held()
    await held.needed()
    held.vault.value = "hunter2"
    held.clock.advance(DOUBT)
    held.store.rejected(["far", "near", "unknown"])
    assert "hunter2" == await held.needed()
    assert 2 == held.vault.asked


async def test_a_value_that_was_fetched_just_now_is_not_doubted_yet() -> None:
    held = Held()
    await held.needed()
    for _ in range(10):
        held.store.rejected(["far"])
        await held.needed()
        await held.settled()
    assert 1 == held.vault.asked
    held.clock.advance(DOUBT)
    await held.needed()
    assert 2 == held.vault.asked


async def test_a_failing_fetch_keeps_the_last_value_and_tells(caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    await held.needed()
    held.vault.value = None
    held.clock.advance(60.0)
    await held.needed()
    with caplog.at_level(logging.WARNING):
        await held.settled()
    assert "hunter1" == held.store.read("far")
    assert ["the vault is locked; its last value stays in use"] == caplog.messages
    assert {"far": 1} == held.store.refresh_failures()
    assert SecretStatus(readable=False, changed_at=1000.0) == held.store.status()["far"]
    held.vault.value = "hunter2"
    held.clock.advance(60.0)
    await held.needed()
    await held.settled()
    assert held.store.status()["far"].readable


async def test_without_a_value_it_is_unavailable_and_tried_again() -> None:
    held = Held(None)
    with pytest.raises(Trouble, match="secret far: the vault is locked") as caught:
        await held.needed()
    assert Reason.SECRET_UNAVAILABLE is caught.value.reason
    assert SecretStatus(readable=False) == held.store.status()["far"]
    held.vault.value = "hunter1"
    with pytest.raises(Trouble):
        await held.needed()  # within the same second
    held.clock.advance(1.0)
    assert "hunter1" == await held.needed()


async def test_an_empty_one_is_unavailable() -> None:
    with pytest.raises(Trouble, match="secret far: it is empty"):
        await Held("").needed()


async def test_one_that_nobody_needed_yet_has_no_status() -> None:
    held = Held()
    assert {"near"} == held.store.status().keys()


async def test_who_stops_waiting_leaves_the_fetch_to_others() -> None:
    held = Held()
    waiting = asyncio.create_task(held.needed())
    await asyncio.sleep(0)
    waiting.cancel()
    await held.settled()
    assert "hunter1" == held.store.read("far")


async def test_a_reload_keeps_what_was_fetched_of_the_same_place() -> None:
    held = Held()
    await held.needed()
    held.store.replace({"far": Vault(held.clock, "other")})
    assert "hunter1" == held.store.read("far")
    held.store.replace({"far": Vault(held.clock, "other", name="elsewhere")})
    assert "other" == await held.needed()


def test_places_are_told_apart_by_their_identity() -> None:
    clock = SetClock()
    assert Vault(clock) == Vault(clock, "other")
    assert hash(Vault(clock)) == hash(Vault(clock))
    assert Vault(clock) != Vault(clock, name="elsewhere")
    assert Vault(clock) != "vault"


def test_a_value_does_not_print_itself() -> None:
    assert "hunter" not in repr(Fetched("hunter1"))
