import io
import json
import logging
from dataclasses import replace

import pytest

from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.surfaces import logs
from checker.surfaces.logs import LOGGER, Event, configure, emit, of_run
from tests.surfaces.samples import failed, masked_view, outcome, probe, view


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def names(events: tuple[Event, ...]) -> list[str]:
    return [event.name for event in events]


class TestOfRun:
    def test_a_pass_is_silent_unless_outcomes_are_wanted(self) -> None:
        passed = view(last=outcome())
        assert [] == names(of_run(State.UP, passed, log_outcomes=False))
        (event,) = of_run(State.UP, passed, log_outcomes=True)
        assert ("run", logging.INFO, "pass") == (event.name, event.level, event.fields["result"])

    @pytest.mark.parametrize("log_outcomes", [False, True])
    def test_a_failure_is_one_line_whether_outcomes_are_wanted_or_not(self, log_outcomes: bool) -> None:
        (event,) = of_run(State.DOWN, masked_view(), log_outcomes=log_outcomes)
        assert ("failure", logging.WARNING) == (event.name, event.level)
        assert {
            "probe": "works-search",
            "result": "fail",
            "state": "down",
            "masked": True,
            "step": "search",
            "reason": "auth_rejected",
            "message": "status: expected 2xx, saw 401",
            "duration_seconds": 0.041,
            "labels": {"env": "prod", "team": "catalogue"},
        } == event.fields

    def test_an_error_is_a_failure_of_the_checker(self) -> None:
        error = outcome(result=Result.ERROR, reason=Reason.INTERNAL)
        (event,) = of_run(State.UP, view(last=error), log_outcomes=False)
        assert ("failure", "error") == (event.name, event.fields["result"])

    def test_a_degraded_run_is_no_failure(self) -> None:
        slow = view(last=outcome(result=Result.DEGRADED), state=State.DEGRADED)
        assert [] == names(of_run(State.DEGRADED, slow, log_outcomes=False))

    def test_a_change_of_state_says_from_where_to_where_and_why(self) -> None:
        _, event = of_run(State.UP, masked_view(blocked_by=("login",)), log_outcomes=False)
        assert ("state", logging.ERROR) == (event.name, event.level)
        assert {
            "probe": "works-search",
            "from": "up",
            "to": "down",
            "masked": True,
            "blocked_by": ["login"],
            "step": "search",
            "reason": "auth_rejected",
            "severity": "page",
            "owner": "catalogue",
            "labels": {"env": "prod", "team": "catalogue"},
        } == event.fields

    def test_what_is_down_has_a_likely_cause_where_one_is_known(self) -> None:
        _, event = of_run(State.UP, masked_view(), log_outcomes=False, cause="the key was rotated")
        assert "the key was rotated" == event.fields["likely_cause"]
        _, event = of_run(State.UP, masked_view(), log_outcomes=False)
        assert "likely_cause" not in event.fields

    def test_a_recovery_has_no_reason(self) -> None:
        (event,) = of_run(State.DOWN, view(last=outcome(), failure=failed()), log_outcomes=False)
        assert ("state", logging.INFO) == (event.name, event.level)
        assert {"probe": "works-search", "from": "down", "to": "up", "severity": "ticket"} == event.fields

    def test_no_run_is_no_line(self) -> None:
        assert () == of_run(State.PENDING, view(), log_outcomes=True)


def fail(message: str, *arguments: str, error: str = "") -> None:
    try:
        int(error or arguments[0])
    except ValueError:
        LOGGER.exception(message, *arguments)


def written(*events: Event, terminal: bool = False, **options: object) -> str:
    stream = Terminal() if terminal else io.StringIO()
    configure(stream=stream, **options)  # type: ignore[arg-type]
    emit(events)
    return stream.getvalue()


def test_a_machine_gets_one_json_object_a_line() -> None:
    text = written(
        Event("start", {"listen": ["127.0.0.1:10460"], "probes": 3}), Event("stop", level=logging.ERROR)
    )
    first, second = (json.loads(line) for line in text.splitlines())
    assert ("start", "info", ["127.0.0.1:10460"], 3) == tuple(
        first[key] for key in ("event", "level", "listen", "probes")
    )
    assert ("stop", "error") == (second["event"], second["level"])
    assert first["time"].endswith("Z")
    assert 24 == len(first["time"])


def test_a_person_gets_words() -> None:
    text = written(
        Event(
            "failure",
            {"probe": "a", "message": 'expected "x", seen y', "ok": True, "n": 0.5, "labels": {"a": "b"}},
        ),
        terminal=True,
    )
    assert (
        r'INFO    failure probe=a message="expected \"x\", seen y" ok=true n=0.5 labels={"a": "b"}'
        == text[9:-1]
    )


@pytest.mark.parametrize("terminal", [False, True])
def test_the_stream_decides_unless_it_is_told(terminal: bool) -> None:
    assert written(Event("stop"), terminal=terminal).startswith("{") is not terminal
    assert written(Event("stop"), terminal=terminal, machine=True).startswith("{")
    assert not written(Event("stop"), terminal=terminal, machine=False).startswith("{")


HOSTILE = 'seen x\n12:00:00 ERROR   state probe=other to=down\r\x1b[2J\u202e\u2028 "quoted" \\'


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(
    "fields",
    [{"message": HOSTILE}, {"labels": {"team": HOSTILE}}, {"blocked_by": [HOSTILE]}, {HOSTILE: "key"}],
)
def test_no_value_can_start_a_line_or_reach_the_terminal(terminal: bool, fields: dict[str, object]) -> None:
    text = written(Event("failure", fields), terminal=terminal)
    assert 1 == text.count("\n")
    assert [] == [character for character in text[:-1] if not character.isprintable()]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_library_cannot_either(terminal: bool) -> None:
    stream = Terminal() if terminal else io.StringIO()
    configure(stream=stream)
    logging.getLogger("somebody.else").warning("it said %s", HOSTILE)
    text = stream.getvalue()
    assert 1 == text.count("\n")
    assert "somebody.else" in text
    assert [] == [character for character in text[:-1] if not character.isprintable()]


def test_libraries_are_heard_from_warnings_on() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    logging.getLogger("somebody.else").info("chatter")
    assert "" == stream.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
def test_every_text_is_redacted_before_it_is_escaped(terminal: bool) -> None:
    """A secret with a quote in it would no longer be recognised afterwards."""
    secret = 'pass"word'

    def redact(text: str) -> str:
        return text.replace(secret, "***")

    stream = Terminal() if terminal else io.StringIO()
    configure(redact, stream=stream)
    emit([Event("failure", {"message": secret, "labels": {"a": [secret]}, "code": object(), "none": None})])
    logging.getLogger("somebody.else").warning("key %s", secret)
    fail("it went wrong with %s", secret)
    text = stream.getvalue()
    assert "word" not in text
    assert text.count("***") >= 5


def test_a_traceback_keeps_its_lines_for_a_person_but_none_starts_an_entry() -> None:
    stream = Terminal()
    configure(stream=stream)
    fail("it went wrong", error="first\nERROR second")
    first, *rest = stream.getvalue().splitlines()
    assert 'log logger=checker message="it went wrong"' == first.split(maxsplit=2)[2]
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_a_traceback_is_one_field_for_a_machine() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    fail("it went wrong", error="no")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["traceback"]


def test_what_json_has_no_number_for_is_a_text() -> None:
    assert "nan" == json.loads(written(Event("run", {"n": float("nan")})))["n"]


def test_configuring_again_replaces_what_was_there() -> None:
    first = io.StringIO()
    configure(stream=first)
    second = io.StringIO()
    configure(stream=second)
    emit([Event("stop")])
    assert "" == first.getvalue()
    assert 1 == second.getvalue().count("\n")


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    emit([Event("stop")])
    assert '"event": "stop"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("event", "name", "fields"),
    [
        (
            logs.started("1.0", "checks.yaml", ("127.0.0.1:10460",), 12),
            "start",
            {"version": "1.0", "config": "checks.yaml", "listen": ["127.0.0.1:10460"], "probes": 12},
        ),
        (logs.reloaded(3, 2, 1, 0), "reload", {"probes": 3, "added": 2, "removed": 1, "changed": 0}),
        (
            logs.reload_refused(["checks.yaml:1:1: no"]),
            "reload_failed",
            {"problems": ["checks.yaml:1:1: no"]},
        ),
        (logs.stopping("SIGTERM"), "stopping", {"why": "SIGTERM"}),
        (logs.stopped(), "stop", {}),
    ],
)
def test_the_checkers_own_events(event: Event, name: str, fields: dict[str, object]) -> None:
    assert (name, fields) == (event.name, event.fields)


def test_what_takes_a_restart_is_a_warning() -> None:
    event = logs.restart_needed("an address")
    assert ("restart_needed", logging.WARNING, {"why": "an address"}) == (
        event.name,
        event.level,
        event.fields,
    )


def test_a_refused_reload_is_an_error() -> None:
    assert logging.ERROR == logs.reload_refused([]).level


def test_labels_and_owner_are_left_out_where_there_are_none() -> None:
    bare: Outcome = replace(failed(), shallow=None, step=None)
    (event,) = of_run(State.DOWN, view(probe(), bare, state=State.DOWN), log_outcomes=False)
    assert {"probe", "result", "state", "reason", "message", "duration_seconds"} == set(event.fields)
