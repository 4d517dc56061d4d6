from checker.core.outcome import Truth, Verdict
from checker.core.reason import Phase
from checker.surfaces.web.runs import PhaseBar, StepView, VerdictRow, run
from tests.surfaces.samples import NOW, exchange, failed, misses, outcome, step


def only_step(**changes: object) -> StepView:
    (only,) = run(outcome(steps=(step(**changes),)), NOW).steps  # type: ignore[arg-type]
    return only


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


def test_the_checkers_own_time_is_told_where_there_is_some() -> None:
    assert "200ms" == only_step(duration=0.5, timings={Phase.WAIT: 0.3}).rest
    assert "" == only_step(duration=0.3, timings={Phase.WAIT: 0.3}).rest


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
