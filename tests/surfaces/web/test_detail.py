from dataclasses import replace

from checker.core.outcome import Truth, Verdict
from checker.core.reason import Phase, Reason, Result, State
from checker.surfaces.web.detail import (
    Detail,
    PhaseBar,
    StepView,
    VerdictRow,
    detail,
    run,
)
from checker.surfaces.web.filters import Filter
from tests.surfaces.samples import (
    NOW,
    exchange,
    failed,
    misses,
    outcome,
    past,
    probe,
    snapshot,
    step,
    trouble,
    view,
)


def shown(name: str) -> Detail:
    board = trouble()
    return detail(board.probes[name], board, Filter(), ("a notice",))


def only_step(**changes: object) -> StepView:
    (only,) = run(outcome(steps=(step(**changes),)), NOW).steps  # type: ignore[arg-type]
    return only


def test_the_head_of_the_page() -> None:
    page = shown("works-search")
    assert "works-search: masked - checker" == page.title
    assert "A real search returns real works, and its first hit can be opened." == page.description
    assert (
        "The credentials were refused: rotated, revoked, outdated, or without the permission."
        == page.reason_meaning
    )
    assert ("a notice",) == page.notices


def test_a_probe_that_is_up_needs_no_explanation() -> None:
    assert "" == shown("works-cdn").reason_meaning


def test_the_settings() -> None:
    board = snapshot(
        view(
            probe(interval=300.0, slo=0.9995, fail_after=3, writes=True),
            outcome(),
            runs={Result.PASS: 3, Result.DEGRADED: 1, Result.FAIL: 2},
            skipped=1,
        )
    )
    assert (
        ("Every", "5m"),
        ("Timeout", "10s"),
        ("Down after", "3 failed runs in a row"),
        ("Up after", "2 passed runs in a row"),
        ("Objective", "99.95% available"),
        ("Runs", "6, of which 4 passed; 1 skipped"),
        ("Effects", "writes at its target"),
    ) == detail(board.probes["works-search"], board, Filter()).facts


def test_an_objective_that_is_round() -> None:
    board = snapshot(view(probe(slo=1.0)))
    assert ("Objective", "100% available") in detail(board.probes["works-search"], board, Filter()).facts


def test_a_probe_without_a_run() -> None:
    page = shown("heartbeat")
    assert (None, (), (), ()) == (page.last, page.failures, page.values, page.ticks)
    assert ("", "between 0ms and 0ms") == (page.durations.trend, page.durations.words)


def test_the_last_run_is_not_told_twice() -> None:
    last, earlier, earliest = failed(), failed(started_at=NOW - 60), failed(started_at=NOW - 90)
    board = snapshot(view(last=last, state=State.DOWN, failures=(earliest, earlier, last)))
    page = detail(board.probes["works-search"], board, Filter())
    assert ["1 min", "1 min"] == [one.at.age for one in page.failures]
    assert ["2030-03-17T17:45:40Z", "2030-03-17T17:45:10Z"] == [one.at.iso for one in page.failures]
    assert page.last
    assert "12 s" == page.last.at.age


def test_a_run() -> None:
    told = run(failed(), NOW)
    assert ("fail", "search", "auth_rejected", True, "41ms") == (
        told.result,
        told.step,
        told.reason,
        told.masked,
        told.duration,
    )


def test_a_run_without_a_reason() -> None:
    told = run(outcome(), NOW)
    assert ("", "", "", "", False) == (told.step, told.reason, told.meaning, told.message, told.masked)


def test_steps_are_lanes_on_an_axis_of_a_thousand() -> None:
    first, second = run(
        outcome(
            steps=(step("a", duration=0.25, timings={}), step("b", duration=0.75, timings={Phase.WAIT: 0.3}))
        ),
        NOW,
    ).steps
    assert (0.0, 250.0, 250.0, 750.0) == (first.x, first.width, second.x, second.width)
    assert (PhaseBar("wait", 250.0, 300.0, "300ms"),) == second.bars


def test_what_did_not_hold_is_first() -> None:
    verdicts = (
        Verdict("a", "equals", "1", "1", Truth.HOLDS),
        Verdict("b", "gte", "1", "no such path", Truth.UNTELLABLE, message="a sentence"),
        misses("c"),
    )
    told = only_step(assertions=verdicts)
    assert ["b", "c", "a"] == [row.subject for row in told.assertions]
    assert VerdictRow("untellable", "b", "gte", "1", "no such path", "a sentence") == told.assertions[0]
    assert "1 of 3 expectations held" == told.verdicts


def test_warnings_are_apart() -> None:
    told = only_step(warnings=(misses("latency"),))
    assert (["status"], ["latency"]) == (
        [row.subject for row in told.assertions],
        [row.subject for row in told.warnings],
    )
    assert "1 of 2 expectations held" == told.verdicts


def test_notes() -> None:
    assert "" == only_step().note
    assert "9 attempts, the last is shown; runs in any case" == only_step(attempts=9, always=True).note
    skipped = only_step(skipped="no token")
    assert ("skipped", "skipped: no token") == (skipped.result, skipped.note)


def test_an_exchange_is_text() -> None:
    (told,) = only_step(exchanges=(exchange(request_body=b"a=b", method="POST"),)).exchanges
    assert "POST http://127.0.0.1:8001/works?query=botany&pageSize=10 → 401 at 127.0.0.1" == told.title
    assert (
        "POST http://127.0.0.1:8001/works?query=botany&pageSize=10\nHost: 127.0.0.1:8001\n"
        "User-Agent: checker/0.1 (probe works-search)\nAccept: */*\nAuthorization: Bearer ***\n\na=b"
    ) == told.request
    assert told.answer.startswith(
        'HTTP/1.1 401\nContent-Type: application/json\nContent-Length: 98\n\n{"type":"Error"'
    )
    assert told.curl.startswith("curl ")


def test_no_answer() -> None:
    (told,) = only_step(exchanges=(exchange(status=None, address=""),)).exchanges
    assert told.title.endswith("→ no answer")
    assert "" == told.answer


def test_what_a_target_sends_cannot_pretend_to_be_a_header() -> None:
    hostile = exchange(
        response_headers=(("X", "a\r\nSet-Cookie: b\x1b"),), http_version="HTTP/1.1\n", response_body=b"\x1b"
    )
    (told,) = only_step(exchanges=(hostile,)).exchanges
    assert "HTTP/1.1\\n 401\nX: a\\r\\nSet-Cookie: b\\x1b\n\n\\x1b" == told.answer


def test_captured_values_over_time() -> None:
    history = past("pppp", hits=10.0)
    history = (replace(history[0], values={"hits": float("nan")}), *history[1:])
    board = snapshot(view(last=outcome(), history=history))
    (value,) = detail(board.probes["works-search"], board, Filter()).values
    assert ("hits", "14", "3 values between 14 and 16") == (value.name, value.latest, value.words)
    assert value.trend


def test_ticks_tell_when_and_why() -> None:
    board = snapshot(view(last=outcome(), history=past("pm")))
    first, second = detail(board.probes["works-search"], board, Filter()).ticks
    assert (0, "2030-03-17 17:46:13 UTC: pass, 40ms") == (first.x, first.words)
    assert (5, "2030-03-17 17:46:28 UTC: fail (auth_rejected), 60ms") == (second.x, second.words)
    assert Reason.AUTH_REJECTED
    assert first.blocks != second.blocks
