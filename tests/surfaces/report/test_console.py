import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from checker.core.outcome import ShallowOutcome, StepOutcome, Truth, Verdict
from checker.core.reason import Phase, Reason, Result, State
from checker.surfaces.causes.evidence import Cause
from checker.surfaces.report.console import LiveTable, bar, print_report, summary
from checker.surfaces.report.finished import Finished, finished
from checker.surfaces.waterfall import waterfall
from tests.surfaces.samples import PHASES, exchange, failed, misses, outcome, probe, step, trouble, unhealthy


def run(last: object = None) -> Finished:
    return Finished(probe(), last or outcome(), State.UP)  # type: ignore[arg-type]


def printed(*runs: Finished, width: int = 120, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    print_report(console, runs)
    return out.getvalue().rstrip("\n")


def test_a_pass_is_one_line() -> None:
    assert "✓  works-search  pass  40ms\n\n1 passed" == printed(run())


def test_a_failure_is_explained() -> None:
    assert """\
✗  works-search  fail masked  41ms  search, auth_rejected: status: expected 2xx, saw 401

  ✗ works-search  fail in step search: auth_rejected
  status: expected 2xx, saw 401
  The credentials were refused: rotated, revoked, outdated, or without the permission.
  Meanwhile the platform's own check: healthy  ← masked
     search               expected  seen
  ✗  status               2xx       401
  ?  json.$.totalResults  >= 1      nothing (there is no $.totalResults)
  search  ░▒▒▓▓▓▓▪██████████████████████████████▄▄  40ms  ░ dns 1ms ▒ connect 2ms ▓ tls 4ms ▪ send 0.5ms █ wait 30ms ▄
                                                          receive 2.5ms
  search answered: {"type":"Error","httpStatus":401,"label":"Unauthorized","description":"the key was revoked"}
  curl -sS -i -H 'User-Agent: checker/0.1 (probe works-search)' -H 'Accept: */*' -H 'Authorization: Bearer ***' \
'http://127.0.0.1:8001/works?query=botany&pageSize=10'  # *** stands for a secret

1 failed (1 masked: the platform says healthy)""" == printed(run(failed()))


def test_likely_causes_are_told() -> None:
    told = replace(run(failed()), causes=(Cause("engine-key fails since 12:00:01"), Cause("another")))
    text = printed(told)
    assert "Likely cause: engine-key fails since 12:00:01\n" in text
    assert text.index("engine-key") < text.index("another")


def test_a_pipe_gets_no_blanks_at_the_ends_of_lines() -> None:
    last = failed(
        steps=(step(result=Result.FAIL, assertions=(misses(seen="4" * 90), misses("x")), exchanges=()),)
    )
    for width in (40, 160):
        text = printed(run(last), run(), width=width)
        assert [] == [row for row in text.splitlines() if row != row.rstrip()]


def test_a_command_keeps_the_blanks_that_belong_to_it() -> None:
    blanks = exchange(method="POST", request_body=b"a  \nb  \n")
    text = printed(run(failed(steps=(step(result=Result.FAIL, exchanges=(blanks,)),))))
    assert "--data-raw 'a  \nb  \n'" in text


def test_the_command_is_never_wrapped() -> None:
    lines = printed(run(failed()), width=40).splitlines()
    (command,) = [line for line in lines if line.startswith("  curl")]
    assert command.endswith(
        "'http://127.0.0.1:8001/works?query=botany&pageSize=10'  # *** stands for a secret"
    )


@pytest.mark.parametrize(
    ("shallow", "words"),
    [
        (unhealthy(), "Meanwhile the platform's own check: unhealthy (status: expected 2xx, saw 503)\n"),
        (
            ShallowOutcome(None, "no answer", 0.1),
            "Meanwhile the platform's own check: could not be asked (no answer)\n",
        ),
    ],
)
def test_the_platforms_claim_is_beside_it(shallow: ShallowOutcome, words: str) -> None:
    assert words in printed(run(failed(shallow=shallow)))


def test_without_a_shallow_check_there_is_no_claim() -> None:
    assert "Meanwhile" not in printed(run(failed(shallow=None)))


def test_a_verdict_may_have_a_sentence_of_its_own() -> None:
    verdict = Verdict("json.$.a", "schema", "…", "…", Truth.MISSES, message="b is missing at $.a[3]")
    assert "b is missing at $.a[3]" in printed(
        run(failed(steps=(step(result=Result.FAIL, assertions=(verdict,)),)))
    )


def test_a_warning_that_missed_is_shown() -> None:
    slow = step(result=Result.DEGRADED, warnings=(misses("latency", "lt", "< 800ms", "1.1s"),))
    last = outcome(result=Result.DEGRADED, step="http", reason=Reason.SLOW, message="too slow", steps=(slow,))
    text = printed(run(last))
    assert "✗  latency  < 800ms   1.1s" in text
    assert "1 degraded" in text


def test_an_error_names_no_step_where_there_was_none() -> None:
    lost = outcome(result=Result.ERROR, reason=Reason.INTERNAL, message="a fault", steps=())
    text = printed(run(lost))
    assert "?  works-search  error  40ms  internal: a fault" in text
    assert "1 could not tell" in text


def test_a_failure_without_a_reason_is_still_printed() -> None:
    assert "✗ works-search  fail" in printed(run(failed(step=None, reason=None, message=None, steps=())))


def test_the_summary_counts() -> None:
    assert "6 passed, 1 degraded, 3 failed, 1 could not tell (2 masked: the platform says healthy)" == str(
        summary(finished(trouble().probes.values()))
    )
    assert "nothing ran" == str(summary(()))


HOSTILE = "\x1b[2J\x1b]0;owned\x07 [bold red]markup[/] \u202e [/nothing]"


def test_no_text_from_elsewhere_is_an_escape_sequence_or_markup() -> None:
    bad = StepOutcome(
        HOSTILE,
        "http",
        Result.FAIL,
        Reason.ASSERTION,
        HOSTILE,
        0.1,
        {},
        assertions=(Verdict(HOSTILE, HOSTILE, HOSTILE, HOSTILE, Truth.MISSES, message=HOSTILE),),
        skipped=HOSTILE,
        exchanges=(exchange(url=f"http://127.0.0.1/{HOSTILE}", request_headers=((HOSTILE, HOSTILE),)),),
    )
    shallow = ShallowOutcome(True, HOSTILE, 0.1)
    last = failed(probe=HOSTILE, step=HOSTILE, message=HOSTILE, steps=(bad,), shallow=shallow)
    text = printed(run(last), terminal=True)
    assert "\x1b[2J" not in text
    assert "\x1b]0" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[bold red]markup[/]" in re.sub(r"\x1b\[[0-9;]*m", "", text)


class TestBar:
    def test_has_a_texture_for_each_phase(self) -> None:
        last = outcome(steps=(step(timings=dict.fromkeys(PHASES, 0.01), duration=0.06),))
        (lane,) = waterfall(last)
        assert "░░▒▒▓▓▪▪██▄▄" == str(bar(lane, width=12))

    def test_shows_what_was_before_the_last_attempt(self) -> None:
        last = outcome(
            steps=(
                step("a", duration=0.5, timings={}),
                step(timings={Phase.WAIT: 0.25}, duration=0.5, attempts=4),
            )
        )
        assert ["────    ", "    ──██"] == [str(bar(lane, width=8)) for lane in waterfall(last)]

    def test_never_grows_beyond_its_width(self) -> None:
        last = outcome(steps=tuple(step(duration=0.3333) for _ in range(7)))
        assert {40} == {len(bar(lane)) for lane in waterfall(last)}


def test_the_checkers_own_time_is_told() -> None:
    last = failed(steps=(step(timings={Phase.WAIT: 0.0437}, duration=0.11, result=Result.FAIL),))
    assert "█ wait 43.7ms ─ the checker itself 66.3ms" in printed(run(last))


def test_attempts_and_skips_are_told() -> None:
    steps = (step("poll", attempts=9), step("clean-up", skipped="no token", timings={}, duration=0.0))
    text = printed(run(outcome(result=Result.FAIL, steps=steps)), width=160)
    assert "9 attempts, the last: ░ dns 1ms" in text
    assert "skipped: no token" in text


class TestLiveTable:
    def test_fills_up_while_probes_run(self) -> None:
        out = io.StringIO()
        console = Console(file=out, width=100, force_terminal=True, color_system=None)
        with LiveTable(["works-search", "images-list"], console) as live:
            live.show(run(failed()))
            console.print(live._table())
        text = out.getvalue()
        assert "✗  works-search  fail masked" in text
        assert "·  images-list   running" in text

    def test_shows_nothing_where_there_is_no_terminal(self) -> None:
        out = io.StringIO()
        with LiveTable(["works-search"], Console(file=out, force_terminal=False)) as live:
            live.show(run())
        assert "" == out.getvalue()
