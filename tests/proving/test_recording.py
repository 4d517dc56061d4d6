from checker.core.errors import Trouble
from checker.core.reason import Reason, Result
from checker.proving.recording import recorded
from tests.engine.scripts import Script, probe, retry, seen, step, virtually

REFUSED = Trouble(Reason.REFUSED, "refused")


def test_the_last_of_what_each_step_saw_is_kept() -> None:
    works = probe(
        step(
            REFUSED, seen(json={"id": "a"}), capture={"id": {"json": "$.id"}}, retry=retry(2, Reason.REFUSED)
        ),
        step(seen(404), name="open", needs=frozenset({"id"}), expect={"status": 404}),
        step(REFUSED, name="clean-up", always=True),
        shallow=step(),
    )
    recorder, recording = recorded(works)
    assert Result.DEGRADED is virtually(recorder).result
    statuses = [
        one if isinstance(one, Trouble) else one.facts.get("status") for one in recording.seen.values()
    ]
    assert [200, 404, REFUSED] == statuses
    assert {0: {}, 1: {"id": "a"}, 2: {}} == recording.asked_with
    assert recording.scope is not None
    assert {"id": "a"} == recording.scope.captures


def test_the_shallow_check_is_left_out() -> None:
    shallow = Script()
    recorder, _ = recorded(probe(step(), shallow=step(shallow)))
    assert Result.PASS is virtually(recorder).result
    assert [] == shallow.began
