"""Something outside calls in time, too late, never; and what a reload and a restart make of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.app.wiring import Lasting, heartbeats_of, wire
from checker.config.load import load
from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.facts import Facts
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Observation
from checker.kinds.heartbeat import HeartbeatKind, HeartbeatSpec
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore
from tests.kinds.stepping import problems, written

TOKEN = "t-5f0c2b9a"
TOP = {"secrets": {"beat": {"env": "BEAT"}, "other": {"env": "OTHER"}}}
HOURLY = {"heartbeat": {"every": "1h", "grace": "5m", "token": "${secret.beat}"}}
HOUR, MINUTE = 3600.0, 60.0


class Process:
    """A checker, from its start to its end; `reload` gives it another probe."""

    def __init__(self, fake: FakeClock, directory: Path, probe: dict[str, Any], **environment: str) -> None:
        self._fake = fake
        self._directory = directory
        self._environment = {"BEAT": TOKEN, "OTHER": "o-77aa", **environment}
        sources = {name: EnvSource(name.upper(), environment=self._environment) for name in ("beat", "other")}
        self._secrets = SecretStore(sources, fake.clock)
        self.lasting = Lasting.of(self._secrets, fake.clock)
        self.reload(probe)

    def reload(self, probe: dict[str, Any], role: str = "sentinel") -> None:
        self._wiring = wire(
            self._config(probe), self._secrets, role=role, clock=self._fake.clock, lasting=self.lasting
        )
        self.lasting.heartbeats.expect(heartbeats_of(self._wiring))

    def _config(self, probe: dict[str, Any]) -> Any:
        return load(written(self._directory, probe, TOP), self._environment)

    def beat(self, token: str = TOKEN) -> bool:
        return self.lasting.heartbeats.beat(f"p/{token}")

    async def run(self) -> Outcome:
        room = Room(self._secrets, self._fake.clock)
        return await Runner(room).run(self._wiring.plan.probes["p"])


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Callable[[FakeClock], Start]:
    def at(fake: FakeClock) -> Start:
        return lambda probe=HOURLY, **environment: Process(fake, tmp_path, probe, **environment)

    return at


def told(outcome: Outcome) -> tuple[Result, Reason | None]:
    return outcome.result, outcome.reason


PASSED = (Result.PASS, None)
MISSING = (Result.FAIL, Reason.HEARTBEAT_MISSING)
UNKNOWN = (Result.ERROR, Reason.HEARTBEAT_MISSING)


def test_passes_while_something_calls_in_time(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)()
        for _ in range(3):
            await asyncio.sleep(64 * MINUTE)
            assert process.beat()
            assert PASSED == told(await process.run())
        await asyncio.sleep(65 * MINUTE)
        assert PASSED == told(await process.run())
        await asyncio.sleep(1.0)
        missing = await process.run()
        assert (*MISSING, "the last heartbeat came 1h5m ago, more than 1h5m") == (
            *told(missing),
            missing.message,
        )
        assert process.beat()
        assert PASSED == told(await process.run())

    run_virtual(main)


def test_after_a_start_it_is_unknown_until_one_had_to_come(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)()
        await asyncio.sleep(65 * MINUTE)
        unknown = await process.run()
        assert UNKNOWN == told(unknown)
        assert "that says nothing before 1h5m have passed" in (unknown.message or "")
        await asyncio.sleep(1.0)
        missing = await process.run()
        assert MISSING == told(missing)
        assert "no heartbeat came in the 1h5m since the checker began to listen for it" == missing.message

    run_virtual(main)


def test_a_reload_forgets_nothing_and_a_restart_all(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)()
        assert process.beat()
        await asyncio.sleep(HOUR)
        process.reload({"heartbeat": {**HOURLY["heartbeat"], "every": "2h"}, "severity": "page"})
        assert PASSED == told(await process.run())
        process.reload({"heartbeat": {**HOURLY["heartbeat"], "every": "10m"}})
        assert MISSING == told(await process.run())
        restarted = start(fake)()
        assert UNKNOWN == told(await restarted.run())
        assert restarted.beat()
        assert PASSED == told(await restarted.run())

    run_virtual(main)


def test_a_restart_does_not_hide_what_is_missing_for_longer(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        start(fake)()
        restarted = start(fake)()
        await asyncio.sleep(10 * HOUR)
        assert MISSING == told(await restarted.run())

    run_virtual(main)


def test_a_probe_that_comes_with_a_reload_is_unknown_at_first(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)({"tcp": {"host": "127.0.0.1", "port": 9}})
        assert not process.beat()
        await asyncio.sleep(10 * HOUR)
        process.reload(HOURLY)
        assert UNKNOWN == told(await process.run())

    run_virtual(main)


def test_the_wrong_token_is_no_heartbeat(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)()
        assert not process.beat("o-77aa")
        assert UNKNOWN == told(await process.run())

    run_virtual(main)


def test_without_its_secret_nobody_can_call(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)()
        assert process.beat()
        process.lasting.heartbeats.expect([("p", "beat")])
        process._secrets.replace({"beat": EnvSource("GONE", environment={})})
        assert (Result.ERROR, Reason.SECRET_UNAVAILABLE) == told(await process.run())

    run_virtual(main)


def test_what_is_seen(start: Callable[[FakeClock], Start]) -> None:
    expecting = {
        **HOURLY,
        "expect": {"age": {"lt": "30m"}, "at": {"newer_than": "1h"}},
        "warn": {"age": {"lt": "10m"}},
        "capture": {"silence": {"age": True, "metric": True}},
    }

    async def main(fake: FakeClock) -> None:
        process = start(fake)(expecting)
        assert process.beat()
        await asyncio.sleep(MINUTE)
        outcome = await process.run()
        assert (*PASSED, {"silence": 60.0}) == (*told(outcome), outcome.values)
        await asyncio.sleep(10 * MINUTE)
        assert (Result.DEGRADED, Reason.HEARTBEAT_MISSING) == told(await process.run())
        await asyncio.sleep(20 * MINUTE)
        assert MISSING == told(await process.run())

    run_virtual(main)


def test_other_secrets_are_heartbeats_of_their_own(start: Callable[[FakeClock], Start]) -> None:
    both = {
        "steps": [
            {"step": name, "heartbeat": {**HOURLY["heartbeat"], "token": f"${{secret.{name}}}"}}
            for name in ("beat", "other")
        ]
    }

    async def main(fake: FakeClock) -> None:
        process = start(fake)(both)
        assert process.beat()
        outcome = await process.run()
        assert (*UNKNOWN, "other") == (*told(outcome), outcome.step)
        assert process.beat("o-77aa")
        assert PASSED == told(await process.run())

    run_virtual(main)


def test_a_shallow_check_may_be_one(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        shallow = {**HOURLY, "heartbeat": {**HOURLY["heartbeat"], "token": "${secret.other}"}}
        process = start(fake)({**HOURLY, "shallow": shallow})
        assert process.beat("o-77aa")
        await asyncio.sleep(65 * MINUTE)
        outcome = await process.run()
        assert outcome.shallow
        assert (*UNKNOWN, True) == (*told(outcome), outcome.shallow.healthy)

    run_virtual(main)


def test_runs_where_the_heartbeats_come(start: Callable[[FakeClock], Start]) -> None:
    async def main(fake: FakeClock) -> None:
        process = start(fake)()
        process.reload(HOURLY, role="sidecar")
        assert not process.beat()

    run_virtual(main)
    assert "sentinel" == HeartbeatKind.runs_on


@pytest.mark.parametrize("token", ["open", "x${secret.beat}", "${run.id}", "${secret.beat}${secret.beat}"])
def test_the_token_is_a_secret(tmp_path: Path, token: str) -> None:
    found = problems(tmp_path, {"heartbeat": {**HOURLY["heartbeat"], "token": token}}, **TOP)
    assert [
        "whoever knows the token can keep the probe green: it is a secret, such as ${secret.beat}"
    ] == found


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"every": "0s", "token": "${secret.beat}"}, "expected a duration that is longer than 0s"),
        ({"every": "1h", "grace": "soon", "token": "${secret.beat}"}, "'soon' is not a duration"),
        ({"every": "1h", "token": "${secret.bet}"}, "there is no secret 'bet'"),
    ],
)
def test_what_is_written_wrongly(tmp_path: Path, spec: dict[str, str], problem: str) -> None:
    [found] = problems(tmp_path, {"heartbeat": spec}, **TOP)
    assert problem in found


def test_none_is_what_might_have_been_seen_instead() -> None:
    spec = HeartbeatSpec.model_validate({"every": "1h", "token": "t"})
    (mutation,) = HeartbeatKind.mutations(spec, Observation(Facts({})))
    with pytest.raises(Trouble) as caught:
        mutation.see()
    assert Reason.HEARTBEAT_MISSING is caught.value.reason
