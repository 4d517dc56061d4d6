"""A recorded run, played again with the engine's own rules: what it sees, what it takes, what it would have sent."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.engine.plan import PlannedProbe
from checker.kinds.contract import Mutation, Observation
from checker.proving.recording import Recording, recorded
from checker.proving.replaying import ATTEMPTS, Change, Replay, play
from checker.secrets.remote import RemoteSource
from checker.secrets.store import SecretStore
from tests.engine.scripts import Script, poll, probe, retry, run, seen, step

NOW = 1_700_000_000.0


def tape(probe_: PlannedProbe) -> tuple[Recording, Outcome]:
    """Run a probe in virtual time and return its recording."""
    recorder, recording = recorded(probe_)

    async def main(fake: FakeClock) -> Outcome:
        return await run(fake, recorder)

    return recording, run_virtual(main)


def again(probe_: PlannedProbe, recording: Recording, *changes: Change | None) -> tuple[Replay, ...]:
    return play(probe_, recording, SecretStore({}), NOW, changes)


def instead(observation: Observation, place: int = 0, **more: Any) -> Change:
    return Change(place, Mutation("other", "something else", lambda: observation, **more))


def test_it_is_the_same_again_and_nobody_is_asked() -> None:
    script = Script(seen(json={"id": "a"}))
    works = probe(step(script, expect={"json": {"$.id": "a"}}), shallow=step())
    recording, outcome = tape(works)
    asked = len(script.began)
    (replay,) = again(works, recording, None)
    assert (Result.PASS, asked) == (replay.outcome.result, len(script.began))
    assert outcome.steps[0].assertions == replay.outcome.steps[0].assertions
    assert replay.outcome.shallow is None
    assert NOW == replay.outcome.started_at


def test_one_step_sees_something_else() -> None:
    works = probe(step(name="a"), step(name="b"))
    recording, _ = tape(works)
    first, second = again(works, recording, instead(seen(500)), instead(seen(500), 1))
    assert ("a", Reason.SERVER_ERROR) == (first.outcome.step, first.outcome.reason)
    assert ("b", Reason.SERVER_ERROR) == (second.outcome.step, second.outcome.reason)


def test_trouble_is_as_the_step_would_have_it() -> None:
    def refused() -> Observation:
        raise Trouble(Reason.TLS_EXPIRED, "expired")

    works = probe(step())
    recording, _ = tape(works)
    (replay,) = again(works, recording, Change(0, Mutation("expired", "", refused)))
    assert Reason.TLS_EXPIRED is replay.outcome.reason


def test_a_delay_is_cut_off_by_the_limits_of_the_probe() -> None:
    works = probe(step(timeout=2.0), timeout=3600.0)
    recording, _ = tape(works)
    (replay,) = again(works, recording, instead(seen(), delay=7200.0))
    assert Reason.TIMEOUT is replay.outcome.reason
    assert "the step's 2s passed while waiting for" in (replay.outcome.message or "")


def test_each_replay_begins_when_the_recorded_run_did() -> None:
    """Long polls move the virtual time on; what was new in the recorded run must stay new."""
    at = "2023-11-14T22:13:20Z"
    fresh = step(seen(json={"at": at}), expect={"json": {"$.at": {"newer_than": "1m"}}})
    works = probe(fresh, timeout=3600.0)
    recording, _ = tape(works)
    late = instead(seen(json={"at": at}), delay=7200.0)
    replays = again(works, recording, late, None, late, None)
    assert [Result.FAIL, Result.PASS] * 2 == [replay.outcome.result for replay in replays]


def test_a_poll_looks_a_few_times_and_then_has_expired() -> None:
    pending, done = seen(json={"state": "pending"}), seen(json={"state": "done"})
    works = probe(
        step(pending, pending, done, expect={"json": {"$.state": "done"}}, poll=poll(0.25, 900.0)),
        timeout=1000.0,
    )
    recording, outcome = tape(works)
    assert 3 == outcome.steps[0].attempts
    same, never = again(works, recording, None, instead(pending))
    assert (Result.PASS, 1) == (same.outcome.result, same.outcome.steps[0].attempts)
    assert (Reason.POLL_EXPIRED, ATTEMPTS + 1) == (never.outcome.reason, never.outcome.steps[0].attempts)


def test_a_retry_is_tried_again() -> None:
    works = probe(step(retry=retry(3, Reason.SERVER_ERROR, delay=10.0)), timeout=60.0)
    recording, _ = tape(works)
    (replay,) = again(works, recording, instead(seen(503)))
    assert 3 == replay.outcome.steps[0].attempts


def test_a_step_that_would_have_sent_something_else_is_told() -> None:
    search = step(seen(json={"id": "a"}), name="search", capture={"id": {"json": "$.id"}})
    opens = step(name="open", needs=frozenset({"id"}))
    works = probe(search, opens)
    recording, _ = tape(works)
    same, other = again(works, recording, None, instead(seen(json={"id": "b"})))
    assert ((), ("open",)) == (same.changed, other.changed)
    assert Result.PASS is other.outcome.result


def test_a_clean_up_that_failed_fails_again() -> None:
    works = probe(step(), step(Trouble(Reason.REFUSED, "refused"), name="clean-up", always=True))
    recording, outcome = tape(works)
    (replay,) = again(works, recording, None)
    assert (Result.DEGRADED, Reason.REFUSED) == (outcome.result, outcome.reason)
    assert (Result.DEGRADED, Reason.REFUSED) == (replay.outcome.result, replay.outcome.reason)


def test_what_was_not_recorded_cannot_be_played() -> None:
    (replay,) = again(probe(step()), Recording(), None)
    assert (Result.ERROR, Reason.INTERNAL) == (replay.outcome.result, replay.outcome.reason)


def test_what_the_run_knew_to_be_secret_stays_secret() -> None:
    async def knows(context: Any) -> Observation:
        context.scope.secret_captures.add("hunter2-hunter2")
        return seen(json={"key": "hunter2-hunter2"})

    works = probe(step(knows, expect={"json": {"$.key": {"exists": True}}}))
    recording, _ = tape(works)
    (replay,) = again(works, recording, instead(seen(500, json={"key": "hunter2-hunter2"})))
    assert "hunter2" not in repr(replay.outcome)


class Untouched(SecretStore):
    """A store of which nothing may be fetched, and nothing doubted."""

    def awaited(self, names: Iterable[str]) -> tuple[RemoteSource, ...]:
        assert not list(names)
        return ()

    def rejected(self, names: Iterable[str]) -> None:
        assert not list(names)


def test_no_secret_is_fetched_or_doubted() -> None:
    works = probe(step())
    recording, _ = tape(works)
    asking = replace(works, steps=(replace(works.steps[0], secrets=frozenset({"key"})),))
    (replay,) = play(asking, recording, Untouched({}), NOW, [instead(seen(401))])
    assert Reason.AUTH_REJECTED is replay.outcome.reason
