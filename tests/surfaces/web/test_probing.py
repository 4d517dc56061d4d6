"""`/probe` and `/sd` over HTTP, with the real scheduler and board behind them, in virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from checker.board.board import Board
from checker.core.clock import FakeClock, run_virtual
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.engine.plan import Plan, PlannedProbe
from checker.engine.scheduler import Scheduler
from checker.surfaces.exposition import OPENMETRICS, TEXT
from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources, metrics_app
from checker.surfaces.web.probing import SCRAPE_TIMEOUT, Driving, routes
from tests.surfaces import samples

T = TypeVar("T")


def probe(name: str = "a", **changes: Any) -> PlannedProbe:
    return samples.probe(name, interval=10.0, timeout=8.0, **changes)


class Checker:
    """A checker that is driven: runs take what they are told to."""

    def __init__(self, fake: FakeClock, plan: Plan, address: str | None) -> None:
        self.takes = 0.25
        self.result = Result.PASS
        self.began: list[tuple[str, float]] = []
        self.ended: list[float] = []
        self.now = fake.loop.time
        self.wall = fake.clock.wall
        self.board = Board(plan, fake.clock)
        self.scheduler = Scheduler(plan, self.run, self.board.record, clock=fake.clock)
        self.scheduler.start()
        driving = Driving(self.board.snapshot, self.scheduler.run_now, lambda: address, fake.clock.wall)
        self.app = metrics_app(Sources(self.board.snapshot, Own()), routes(driving))

    async def run(self, planned: PlannedProbe) -> Outcome:
        started = self.wall()
        self.began.append((planned.name, self.now()))
        await asyncio.sleep(min(self.takes, planned.timeout))
        self.ended.append(self.now())
        cut = self.takes > planned.timeout
        reason = Reason.TIMEOUT if cut else None
        result = Result.FAIL if cut else self.result
        return Outcome(planned.name, started, self.now(), result, "http", reason)

    async def get(self, path: str = "/probe?probe=a", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://checker.test") as client:
            return await client.get(
                path, headers={name.replace("_", "-"): text for name, text in headers.items()}
            )

    async def scrape(self, timeout: float, name: str = "a") -> httpx.Response:
        return await self.get(f"/probe?probe={name}", **{SCRAPE_TIMEOUT: str(timeout)})

    @property
    def starts(self) -> list[float]:
        return [moment for _, moment in self.began]


def driven(
    play: Callable[[Checker], Awaitable[T]],
    *probes: PlannedProbe,
    address: str | None = "pool:80",
    **changes: Any,
) -> tuple[Checker, T]:
    async def main(fake: FakeClock) -> tuple[Checker, T]:
        planned = {one.name: one for one in probes or (probe(),)}
        checker = Checker(fake, replace(Plan(planned, scheduled=False), **changes), address)
        found = await play(checker)
        await checker.scheduler.stop()
        return checker, found

    return run_virtual(main)


def success(answer: httpx.Response) -> str | None:
    return next((line[14:] for line in answer.text.splitlines() if line.startswith("probe_success ")), None)


def test_it_runs_the_probe_and_tells_what_came_of_it() -> None:
    checker, answer = driven(lambda checker: checker.get())
    assert (200, TEXT, "1") == (answer.status_code, answer.headers["content-type"], success(answer))
    assert "Accept" == answer.headers["vary"]
    assert [0.0] == checker.starts
    assert 1 == checker.board.snapshot().probes["a"].runs[Result.PASS]


def test_openmetrics_for_who_asks_for_it() -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    _, answer = driven(lambda checker: checker.get(accept=accept))
    assert OPENMETRICS == answer.headers["content-type"]
    families = parse_openmetrics(answer.text)  # type: ignore[no-untyped-call]  # untyped there
    assert "probe_success" in {family.name for family in families}


@pytest.mark.parametrize(
    ("result", "told"),
    [(Result.PASS, "1"), (Result.DEGRADED, "1"), (Result.FAIL, "0"), (Result.ERROR, None)],
)
def test_a_failure_is_0_and_an_error_of_the_checkers_is_no_verdict(result: Result, told: str | None) -> None:
    async def play(checker: Checker) -> httpx.Response:
        checker.result = result
        return await checker.get()

    _, answer = driven(play)
    assert (200, told) == (answer.status_code, success(answer))


class TestReuse:
    @pytest.mark.parametrize(("age", "starts"), [(8.9, [0.0]), (9.1, [0.0, 9.1])])
    def test_an_outcome_is_the_answer_for_nine_tenths_of_the_interval(
        self, age: float, starts: list[float]
    ) -> None:
        async def play(checker: Checker) -> list[str | None]:
            first = await checker.get()
            await asyncio.sleep(age - checker.now())
            return [success(first), success(await checker.get())]

        checker, told = driven(play)
        assert starts == pytest.approx(checker.starts)
        assert ["1", "1"] == told

    def test_what_failed_is_kept_as_long(self) -> None:
        async def play(checker: Checker) -> list[str | None]:
            checker.result = Result.FAIL
            first = await checker.get()
            checker.result = Result.PASS
            return [success(first), success(await checker.get())]

        assert ["0", "0"] == driven(play)[1]

    @pytest.mark.parametrize("phase", [0.1, 3.0, 8.5, 9.5])
    def test_a_replica_does_not_double_the_load(self, phase: float) -> None:
        async def scrape(checker: Checker, first: float) -> None:
            await asyncio.sleep(first)
            for _ in range(20):
                await asyncio.gather(checker.scrape(9.0), asyncio.sleep(10.0))

        async def play(checker: Checker) -> None:
            await asyncio.gather(scrape(checker, 0.0), scrape(checker, phase))

        checker, _ = driven(play)
        assert 20 <= len(checker.began) <= 22

    def test_a_clock_that_was_set_back_makes_nothing_young(self) -> None:
        async def play(checker: Checker) -> None:
            await checker.get()
            checker.wall = lambda: 0.0
            driving = Driving(checker.board.snapshot, checker.scheduler.run_now, lambda: None, lambda: 0.0)
            checker.app = metrics_app(Sources(checker.board.snapshot, Own()), routes(driving))
            await checker.get()

        assert 2 == len(driven(play)[0].began)

    def test_the_schedules_outcome_is_reused_too(self) -> None:
        async def play(checker: Checker) -> str | None:
            await asyncio.sleep(5.0)
            return success(await checker.get())

        checker, told = driven(play, probe(first_delay=1.0, offset=9.0), scheduled=True)
        assert ([1.0], "1") == (checker.starts, told)


class TestDeadline:
    def test_the_run_has_the_probes_own_timeout_where_the_scrape_has_time_enough(self) -> None:
        async def play(checker: Checker) -> httpx.Response:
            checker.takes = 60.0
            return await checker.scrape(9.0)

        checker, answer = driven(play)
        assert (200, "0", [8.0]) == (answer.status_code, success(answer), checker.ended)

    @pytest.mark.parametrize(("scrape_timeout", "ended"), [(8.4, 7.9), (3.0, 2.5), (1.0, 0.5), (0.5, 0.25)])
    def test_it_is_over_half_a_second_before_the_scrape_and_a_failure(
        self, scrape_timeout: float, ended: float
    ) -> None:
        async def play(checker: Checker) -> httpx.Response:
            checker.takes = 60.0
            return await checker.scrape(scrape_timeout)

        checker, answer = driven(play)
        assert [ended] == pytest.approx(checker.ended)
        assert (200, "0") == (answer.status_code, success(answer))
        assert 'checker_probe_failure{step="http",reason="timeout"} 1' in answer.text

    def test_clean_ups_fit_in_too(self) -> None:
        async def play(checker: Checker) -> None:
            checker.takes = 60.0
            await checker.scrape(6.0)

        main, after = samples.planned_step(), replace(samples.planned_step("clean-up"), always=True)
        checker, _ = driven(play, replace(probe(), steps=(main, after), cleanup_timeout=2.0))
        assert [3.5] == pytest.approx(checker.ended)

    def test_a_run_that_others_began_is_not_waited_for_longer_than_the_scrape_lasts(self) -> None:
        async def play(checker: Checker) -> tuple[httpx.Response, float, httpx.Response]:
            checker.takes = 7.0
            first = asyncio.create_task(checker.scrape(9.0))
            await asyncio.sleep(0.1)
            joined = await checker.scrape(2.0)
            return joined, checker.now(), await first

        checker, (joined, moment, first) = driven(play)
        assert (503, None) == (joined.status_code, success(joined))
        assert 0.1 + 1.75 == pytest.approx(moment)
        assert ("1", [0.0]) == (success(first), checker.starts)

    @pytest.mark.parametrize("text", ["soon", "", "-1", "0", "nan", "inf"])
    def test_a_timeout_that_is_none_is_refused(self, text: str) -> None:
        checker, answer = driven(lambda checker: checker.get(**{SCRAPE_TIMEOUT: text}))
        assert (400, []) == (answer.status_code, checker.starts)
        assert SCRAPE_TIMEOUT in answer.text


class TestNoOutcome:
    def test_scrapes_that_come_at_once_share_a_run(self) -> None:
        async def play(checker: Checker) -> list[httpx.Response]:
            return await asyncio.gather(*(checker.scrape(9.0) for _ in range(5)))

        checker, answers = driven(play)
        assert [0.0] == checker.starts
        assert ["1"] * 5 == [success(answer) for answer in answers]

    def test_too_many_runs_in_flight(self) -> None:
        async def play(checker: Checker) -> list[httpx.Response]:
            return list(await asyncio.gather(checker.scrape(9.0), checker.scrape(9.0, "b")))

        _, answers = driven(play, probe(), probe("b"), max_in_flight=1)
        assert [(200, "1"), (503, None)] == [(one.status_code, success(one)) for one in answers]
        assert "1 runs are in flight" in answers[1].text

    def test_stopping(self) -> None:
        async def play(checker: Checker) -> httpx.Response:
            await checker.scheduler.stop()
            return await checker.get()

        _, answer = driven(play)
        assert (503, "the checker is stopping\n") == (answer.status_code, answer.text)

    @pytest.mark.parametrize(
        ("after", "status"),
        [((probe(fingerprint="2"),), 503), ((), 404), ((probe(),), 200)],
        ids=["changed", "removed", "kept"],
    )
    def test_a_reload_meanwhile(self, after: tuple[PlannedProbe, ...], status: int) -> None:
        async def play(checker: Checker) -> httpx.Response:
            asking = asyncio.create_task(checker.get())
            await asyncio.sleep(0.1)
            plan = Plan({one.name: one for one in after}, scheduled=False)
            checker.board.replace(plan)
            return await asking

        assert status == driven(play)[1].status_code

    @pytest.mark.parametrize(
        ("path", "status", "words"),
        [
            ("/probe?probe=nobody", 404, "there is no probe of this name here"),
            ("/probe?probe=http://127.0.0.1:9/", 404, "there is no probe of this name here"),
            ("/probe?target=a", 400, "/probe?probe=NAME"),
            ("/probe?probe=", 400, "/probe?probe=NAME"),
        ],
    )
    def test_only_probes_of_the_configuration(self, path: str, status: int, words: str) -> None:
        checker, answer = driven(lambda checker: checker.get(path))
        assert (status, []) == (answer.status_code, checker.starts)
        assert words in answer.text


class TestDiscovery:
    def test_every_probe_is_a_target_at_the_pools_address(self) -> None:
        _, answer = driven(
            lambda checker: checker.get("/sd"), probe("a"), probe("b/c", labels={"env": "prod"})
        )
        found: list[Mapping[str, Any]] = json.loads(answer.text)
        assert "application/json" == answer.headers["content-type"]
        assert [["pool:80"]] * 2 == [one["targets"] for one in found]
        assert [("a", None), ("b/c", "prod")] == [
            (one["labels"]["__param_probe"], one["labels"].get("env")) for one in found
        ]

    def test_without_probes_the_list_is_empty(self) -> None:
        async def play(checker: Checker) -> httpx.Response:
            checker.board.replace(Plan({}))
            return await checker.get("/sd")

        assert [] == json.loads(driven(play)[1].text)

    def test_the_address_is_never_taken_from_who_asks(self) -> None:
        _, answer = driven(lambda checker: checker.get("/sd", host="evil.example.org"), address="127.0.0.1:1")
        assert [["127.0.0.1:1"]] == [one["targets"] for one in json.loads(answer.text)]

    def test_an_address_that_nobody_knows_is_not_made_up(self) -> None:
        _, answer = driven(lambda checker: checker.get("/sd"), address=None)
        assert (503, True) == (answer.status_code, "server.advertise" in answer.text)
