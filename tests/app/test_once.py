import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from checker.app.once import Choice, Job, Ran, prepare, run_once
from checker.app.wiring import Wiring
from checker.board.board import Board
from checker.config.configuration import Config
from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import ConfigurationError
from checker.core.facts import Facts
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.engine.plan import Plan, PlannedProbe
from checker.kinds.contract import Observation, StepContext
from checker.secrets.store import SecretStore
from checker.surfaces.report.finished import Finished
from tests.app.planned import answers, probe

CHECKS = """\
version: 1
probes:
  reads: {http: {url: "http://127.0.0.1:9/"}}
  writes: {http: {url: "http://127.0.0.1:9/", method: POST}}
"""


def run(*probes: PlannedProbe, patience: float = 0.0, strict: bool = False) -> tuple[Ran, list[str], float]:
    """Return what came of the job, the result of every single run, and the seconds that it took."""
    shown: list[str] = []

    async def main(fake: FakeClock) -> Ran:
        plan = Plan({each.name: each for each in probes})
        wiring = Wiring(Config(probes=()), {}, plan)
        job = Job(probes, wiring, SecretStore({}), fake.clock, patience, strict)
        ran = await run_once(job, lambda run: shown.append(run.outcome.result))
        took.append(fake.loop.time())
        return ran

    took: list[float] = []
    return run_virtual(main), shown, took[0]


def test_runs_each_probe_once() -> None:
    ran, shown, _ = run(probe("a", answers(None)), probe("b", answers(Reason.REFUSED)))
    assert ["pass", "fail"] == shown
    assert [("a", State.UP), ("b", State.DOWN)] == [(one.probe.name, one.state) for one in ran.runs]
    assert {"a", "b"} == ran.snapshot.probes.keys()


def test_what_did_not_pass_has_its_likely_causes() -> None:
    key = replace(probe("key", answers(Reason.TASK_FAILED)), labels={"service": "a"})
    key = replace(key, steps=(replace(key.steps[0], inspects=True),))
    search = replace(probe("search", answers(Reason.SERVER_ERROR)), labels={"service": "a"})
    images = replace(search, name="images")
    ran, _, _ = run(search, images, key, probe("fine", answers(None)))
    told = [[cause.probe for cause in one.causes] for one in ran.runs]
    assert [["key"], ["key"], [], []] == told, "those that suffer alike stand in the same report"
    assert "key (service=a) fails at least since " in ran.runs[0].causes[0].text


def test_repeats_only_what_does_not_pass_and_only_until_it_does() -> None:
    _, shown, took = run(
        probe("a", answers(None)),
        probe("b", answers(Reason.REFUSED, Reason.INTERNAL, None)),
        patience=60.0,
    )
    assert ["pass", "fail", "error", "pass"] == shown
    assert took == pytest.approx(2.0, abs=0.1)


def test_gives_up_when_its_patience_is_at_an_end() -> None:
    ran, shown, took = run(probe("a", answers(Reason.REFUSED)), patience=3.5)
    assert ["fail"] * 4 == shown
    assert took < 3.5
    assert Result.FAIL is ran.verdict(strict=False)


@pytest.mark.parametrize(
    ("results", "lenient", "strict"),
    [
        ([Result.PASS], Result.PASS, Result.PASS),
        ([Result.PASS, Result.DEGRADED], Result.PASS, Result.FAIL),
        ([Result.PASS, Result.FAIL, Result.ERROR], Result.FAIL, Result.FAIL),
        ([Result.PASS, Result.ERROR], Result.ERROR, Result.ERROR),
        ([Result.DEGRADED, Result.ERROR], Result.ERROR, Result.FAIL),
    ],
)
def test_the_worst_result_is_the_verdict(results: list[Result], lenient: Result, strict: Result) -> None:
    planned = probe("a", answers(None))
    runs = tuple(Finished(planned, Outcome("a", 0.0, 0.0, result), State.UP) for result in results)
    ran = Ran(runs, Board(Plan({})).snapshot())
    assert lenient is ran.verdict(strict=False)
    assert strict is ran.verdict(strict=True)


@pytest.fixture
def checks(tmp_path: Path) -> str:
    path = tmp_path / "checks.yaml"
    path.write_text(CHECKS)
    return str(path)


def test_prepares_what_was_chosen(checks: str) -> None:
    job = prepare(checks, {}, Choice(names=("reads",), until_pass="3m"))
    assert ["reads"] == [each.name for each in job.probes]
    assert 180.0 == job.patience


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(until_pass="3m"), "would repeat what writes writes"),
        (Choice(names=("reads",), until_pass="soon"), "--until-pass: 'soon' is not a duration"),
        (Choice(names=("read",)), "did you mean reads?"),
    ],
)
def test_says_what_it_cannot_do_before_anything_runs(checks: str, choice: Choice, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepare(checks, {}, choice)
    assert message in str(caught.value)


def test_repeats_side_effects_where_that_was_agreed_to(checks: str) -> None:
    assert 1.0 == prepare(checks, {}, Choice(until_pass="1s", repeat_writes=True)).patience


CALLED = """\
version: 1
server: {SERVER}
probes:
  called:
    steps:
      - http: {url: "${callback.url}", method: POST}
      - callback: {within: 5s}
  reads: {http: {url: "http://127.0.0.1:9/"}}
"""


def called(tmp_path: Path, server: str, listen: str = "127.0.0.1:0", probe: str = "called") -> Job:
    path = tmp_path / "checks.yaml"
    path.write_text(CALLED.replace("SERVER", server))
    return prepare(str(path), {"CHECKER_LISTEN": listen}, Choice(names=(probe,)))


@pytest.mark.parametrize(
    ("server", "listen", "base"),
    [
        ("", "127.0.0.1:0", "http://127.0.0.1:{}"),
        ("", "[::1]:0", "http://[::1]:{}"),
        ("", "0.0.0.0:0", None),
        ("listen: '127.0.0.2:0'", "", "http://127.0.0.2:{}"),
        ("external_url: 'https://h/sub'", "0.0.0.0:0", "https://h/sub"),
    ],
)
def test_is_called_back_where_it_listens(tmp_path: Path, server: str, listen: str, base: str | None) -> None:
    job = called(tmp_path, server, listen)
    assert job.listening
    with job.listening:
        expected = base and base.format(job.listening.getsockname()[1])
        assert expected == job.lasting.callbacks.base_url


def test_listens_for_nobody_where_nothing_is_to_be_called_back(tmp_path: Path) -> None:
    assert called(tmp_path, "", probe="reads").listening is None


async def test_a_job_that_calls_itself_back_passes_and_frees_its_port(tmp_path: Path) -> None:
    job = called(tmp_path, "")
    ran = await run_once(job, lambda _: None)
    assert Result.PASS is ran.verdict(strict=True)
    assert job.listening
    assert -1 == job.listening.fileno()


def test_what_had_finished_when_it_was_interrupted_is_told() -> None:
    cleaned: list[str] = []

    async def hangs(_: StepContext) -> Observation:
        try:
            await asyncio.sleep(1000)
        finally:
            cleaned.append("hangs")
        return Observation(Facts({}))

    async def main(fake: FakeClock) -> Ran:
        probes = (probe("hangs", hangs), probe("a", answers(Reason.REFUSED)))
        wiring = Wiring(Config(probes=()), {}, Plan({each.name: each for each in probes}))
        job = Job(probes, wiring, SecretStore({}), fake.clock, 0.0, strict=False)
        running = asyncio.create_task(run_once(job, lambda _: None))
        await asyncio.sleep(1)
        running.cancel()
        return await running

    ran = run_virtual(main)
    assert (["a"], True) == ([one.probe.name for one in ran.runs], ran.interrupted)
    assert ["hangs"] == cleaned
