"""A small story, played in several ways; the checker and its gates are real."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from checker.lab import drill as drills
from checker.lab.drill import Drill, Moment, drill, gate_problem
from checker.lab.observed import Gate as Ran
from checker.lab.observed import LabError
from checker.lab.timeline import Deed, Entry, Event, Gate, Incident, Quiet, Sight, Witness, fails, passes
from checker.lab.world import World, empty_world

CHECKS = """\
version: 1
defaults: {interval: 500ms, timeout: 400ms, fail_after: 1, recover_after: 1}
probes:
  page: {http: {url: "${env.PAGE}"}, shallow: {http: {url: "${env.PAGE}/health"}}}
"""
OTHERS = """\
version: 1
secrets: {key: {env: NOT_SET}}
probes:
  page: {http: {url: "${env.PAGE}", headers: {X-Who: "${env.WHO:-nobody}"}}}
  keyed: {http: {url: "${env.PAGE}", headers: {X-Key: "${secret.key}"}}}
"""

Play = Callable[..., Incident]


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[World]:
    async with empty_world() as opened:
        opened.things["status"] = 200

        async def page(request: Request) -> Response:
            wrong = request.headers.get("X-Who") == "stranger"
            return Response("", 403 if wrong else opened.things["status"])

        async def health(_: Request) -> Response:
            return Response("")

        app = Starlette(routes=[Route("/", page), Route("/health", health)])
        opened.variables["PAGE"] = await opened.platform.serve(app)
        yield opened


@pytest.fixture
def story(tmp_path: Path) -> Play:
    (tmp_path / "checks.yaml").write_text(CHECKS)
    (tmp_path / "others.yaml").write_text(OTHERS)

    def of(*timeline: Entry) -> Incident:
        checks = str(tmp_path / "checks.yaml")
        return Incident("page", "It broke", "", checks, 60.0, "a user", world, timeline)

    return of


def answer(status: int) -> Deed:
    async def become(world: World) -> None:
        world.things["status"] = status

    return become


BREAKS = Event("it breaks", answer(500), fault=True)
BROKEN = Sight("page", "fails", fails("server_error", masked=True))
HEALS = Event("it heals", answer(200), healed=True)


async def test_a_quiet_time_in_which_the_lab_stood_still_is_played_again(story: Play) -> None:
    async def stand_still(_: World) -> None:
        asyncio.get_running_loop().call_later(0.2, time.sleep, 1.5)

    went = await drill(story(Event("the machine is busy", stand_still), Quiet(2.0)))
    assert (0, True) == (went.false_alarms, went.held), [moment.detail for moment in went.moments]


async def test_what_is_seen_in_time_holds(story: Play, tmp_path: Path) -> None:
    others = str(tmp_path / "others.yaml")
    told: list[Moment] = []
    went = await drill(
        story(
            Quiet(0.5),
            Gate(
                "a stranger is warned",
                ("page",),
                ("page",),
                fails("auth_rejected"),
                predicts=True,
                checks=others,
                environment={"WHO": "stranger"},
            ),
            BREAKS,
            BROKEN,
            Gate("the gate is shut", fails=("page",), look=fails("server_error")),
            Gate("and says why", fails={"page": "500"}),
            Gate("what cannot tell is no pass", ("keyed",), unknown=("keyed",), checks=others),
            HEALS,
            Sight("page", "is back", passes()),
            Gate("the gate is open"),
            Witness(
                "the page is there", lambda world: None if world.things["status"] == 200 else "it is not"
            ),
            Quiet(0.5),
        ),
        told.append,
    )
    assert went.held, [moment.detail for moment in went.moments]
    assert told == went.moments
    assert ["auth_rejected", "server_error", "secret_unavailable"] == went.reasons
    assert went.masked
    assert went.goal == pytest.approx(1.4)
    assert None not in (went.lead, went.detection)
    kinds = [
        "quiet",
        "quiet",
        "prediction",
        "fault",
        "sight",
        "gate",
        "gate",
        "gate",
        "healed",
        "sight",
        "gate",
    ]
    assert [*kinds, "witness", "quiet"] == [moment.kind for moment in went.moments]
    shut = went.moments[5]
    assert ("the gate is shut: page", ("server_error",), True) == (shut.what, shut.reasons, shut.masked)
    assert (None, True) == (told[2].since_fault, told[3].since_fault is not None)


async def test_a_prediction_may_be_seen_by_a_probe(story: Play) -> None:
    warns = Event("it is about to break", answer(404))
    went = await drill(
        story(warns, Sight("page", "warns", fails("unexpected_status"), predicts=True), BREAKS, BROKEN)
    )
    assert went.held
    assert went.lead is not None
    assert "prediction" == went.moments[2].kind


@pytest.mark.parametrize(
    "entry",
    [Sight("page", "fails", fails(), patience=0.0), Witness("it is broken", lambda _: "it is not")],
    ids=["sight", "witness"],
)
async def test_what_is_not_seen_ends_the_story(story: Play, entry: Entry) -> None:
    went = await drill(story(entry, BREAKS))
    assert (False, None, None) == (went.held, went.detection, went.lead)
    assert ["quiet", type(entry).__name__.lower()] == [moment.kind for moment in went.moments]
    assert went.moments[-1].detail in {"not within 0 s: its result is pass", "it is not"}


def ran(code: int, **results: str) -> Ran:
    """Return a gate that was run: results by probe."""
    told = {"fail": ("server_error", "status: 500"), "error": ("internal", "no idea"), "pass": (None, None)}
    parts = ("reason", "message")
    probes = [
        {"probe": name, "result": result, "step": "http", **dict(zip(parts, told[result], strict=True))}
        for name, result in results.items()
    ]
    return Ran(code, {"probes": probes})


@pytest.mark.parametrize(
    ("entry", "went", "problem"),
    [
        (Gate("is open"), ran(0, a="pass"), None),
        (Gate("is open"), ran(1, a="fail"), "exit 1; {'a': 'fail'}: ['status: 500']"),
        (Gate("is open"), ran(2), "exit 2; {}: []"),
        (Gate("is shut", fails=("a",)), ran(1, a="fail", b="pass"), None),
        (Gate("is shut", fails=("a",)), ran(0, a="pass"), "exit 0; {}: []"),
        (Gate("is shut", fails=("a",)), ran(1, a="fail", b="fail"), "exit 1; {'a': 'fail', 'b': 'fail'}"),
        (Gate("is shut", fails=("a",), look=fails("server_error")), ran(1, a="fail"), None),
        (Gate("is shut", fails=("a",), look=fails("refused")), ran(1, a="fail"), "a: its reason is"),
        (Gate("is shut", fails={"a": "500"}), ran(1, a="fail"), None),
        (Gate("is shut", fails={"a": "404"}), ran(1, a="fail"), "a: its message is 'status: 500'"),
        (Gate("cannot tell", unknown=("a",)), ran(3, a="error"), None),
        (Gate("cannot tell", unknown=("a",)), ran(1, a="fail"), "exit 1"),
        (Gate("both", fails=("a",), unknown=("b",), look=fails()), ran(1, a="fail", b="error"), None),
    ],
)
def test_a_gate_fails_with_what_it_has_to_and_nothing_else(
    entry: Gate, went: Ran, problem: str | None
) -> None:
    seen = gate_problem(entry, went)
    assert seen is None if problem is None else problem in str(seen)


async def test_failures_while_nothing_is_wrong_are_false_alarms(story: Play) -> None:
    went = await drill(story(Event("it breaks, and nobody says so", answer(500)), Quiet(1.5)))
    assert (False, True) == (went.held, went.false_alarms > 0)
    assert went.moments[-1].detail.startswith("page failed ")


async def test_a_story_begins_only_where_all_is_well(story: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drills, "SETTLING", 1.0)
    monkeypatch.setattr(drills, "LOOK_EVERY", 0.05)
    incident = story(BREAKS)

    @contextlib.asynccontextmanager
    async def broken() -> AsyncIterator[World]:
        async with world() as opened:
            await answer(500)(opened)
            yield opened

    went = await drill(
        Incident("page", "It broke", "", incident.checks, 60.0, "a user", broken, incident.timeline)
    )
    assert "page is down: status: " in went.moments[0].detail
    assert (False, 1) == (went.held, len(went.moments))


async def test_what_goes_wrong_in_the_lab_is_the_labs_trouble(story: Play) -> None:
    async def refused(_: World) -> None:
        raise httpx.ConnectError("nobody listens")

    with pytest.raises(LabError, match="it breaks: nobody listens"):
        await drill(story(Event("it breaks", refused)))


def test_what_never_happened_took_no_time() -> None:
    incident = Incident("page", "It broke", "", "checks.yaml", 60.0, "a user", world, ())
    assert (None, None, True) == (Drill(incident).detection, Drill(incident).lead, Drill(incident).held)
