"""What `checker lab` says of a re-enactment; the re-enactments themselves are in tests/lab."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from checker.cli.verbs import app
from checker.lab import drill as drill_module
from checker.lab import drills as drills_module
from checker.lab.claim import Claim
from checker.lab.drill import Drill, Moment
from checker.lab.incidents import INCIDENTS
from checker.lab.observed import LabError
from checker.lab.timeline import Incident

WELL = (Claim("works", 2, 2, 2), Claim("images", 2, 2, 2), Claim("cdn", 1, 1, 1))
ILL = (Claim("works", 2, 1, 1), *WELL[1:])
STORY = (
    Moment(2.0, "quiet", "nothing is wrong for 2 s", held=True, platform=WELL),
    Moment(3.0, "event", "a key is recreated", held=True, platform=WELL),
    Moment(3.1, "fault", "the tasks keep the old one", held=True, since_fault=0.0, platform=WELL),
    Moment(
        4.0,
        "sight",
        "works-search: fails at the origin, although its health check is as green as it was before",
        held=True,
        since_fault=0.94,
        took=0.9,
        reasons=("server_error",),
        masked=True,
        platform=WELL,
    ),
    Moment(5.0, "healed", "a task is restarted", held=True, since_fault=1.9, platform=ILL),
    Moment(6.0, "sight", "works-search: is back", held=True, since_fault=2.9, platform=()),
)
KEYS = [
    "incident",
    "detected",
    "predicted",
    "masked",
    "reasons",
    "detection_seconds",
    "prediction_lead_seconds",
    "false_alarms",
    "real_detection_seconds",
    "timeline",
]

Run = Callable[..., Result]


def played(incident: Incident, **changes: Any) -> Drill:
    """Return how a re-enactment went."""
    went = Drill(
        incident,
        moments=[*STORY],
        fault_at=3.06,
        detected_at=4.0,
        goal=2.9,
        masked=True,
        reasons=["server_error"],
    )
    return replace(went, **changes)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a terminal of some width, with a lab in which all goes as told by `changes`."""

    def command(*arguments: str, width: int = 80, **changes: Any) -> Result:
        async def drill(incident: Incident, told: Callable[[Moment], None]) -> Drill:
            for moment in STORY:
                told(moment)
            return played(incident, **changes)

        def drills(incidents: Sequence[Incident]) -> Iterator[Drill]:
            return (played(incident, **changes) for incident in incidents)

        monkeypatch.setattr(drill_module, "drill", drill)
        monkeypatch.setattr(drills_module, "drills", drills)
        return CliRunner().invoke(app, ["lab", *arguments], env={"COLUMNS": str(width)})

    return command


def test_the_list_names_every_incident(run: Run) -> None:
    listed = run("list", width=120)
    assert listed.exit_code == 0
    assert all(f"\n{incident.name} " in listed.stdout for incident in INCIDENTS)
    assert "3m, by an external monitor" in listed.stdout


def test_a_re_enactment_is_told_line_by_line_in_the_width_of_the_terminal(run: Run) -> None:
    result = run("run", "key-rotation")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "key-rotation: The search engine's API key was recreated; running tasks kept the",
        "old one",
        "    2.0 s  quiet     nothing is wrong for 2 s",
        "           platform  all 3 services: every task healthy",
        "    3.0 s  happens   a key is recreated",
        "   +0.0 s  breaks    the tasks keep the old one",
        "           platform  all 3 services: every task healthy",
        "   +0.9 s  checker   works-search: fails at the origin, although its health",
        "                     check is as green as it was before [server_error, masked]",
        "   +1.9 s  heals     a task is restarted",
        "           platform  works 1/2 running, 1 healthy; images 2/2 healthy; cdn 1/1",
        "                     healthy",
        "   +2.9 s  checker   works-search: is back",
        "           platform  nothing: there is no service",
        "  not predicted",
        "  detected 0.9 s after it struck, within two intervals and the timeout (2.9 s);",
        "  masked by a green health check; server_error",
        "  in reality: noticed after 3m, by an external monitor; the cause after 44",
        "  minutes",
        "  no false alarms",
    ]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(run: Run, width: int) -> None:
    result = run("run", "key-rotation", width=width)
    assert max(map(len, result.stdout.splitlines())) <= width


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"goal": 0.5}, "detected 0.9 s after it struck, later than two intervals and the timeout (0.5 s)"),
        ({"goal": None, "masked": False}, "  detected 0.9 s after it struck; server_error\n"),
        ({"predicted_at": 2.0}, "  predicted 1.1 s before it struck\n"),
        ({"predicted_at": 2.0, "fault_at": None, "detected_at": None}, "  predicted\n  not detected\n"),
    ],
)
def test_what_it_came_to_is_told(run: Run, changes: dict[str, Any], said: str) -> None:
    assert said in run("run", "key-rotation", width=120, **changes).stdout


def test_what_was_not_seen_is_told_and_exits_with_1(run: Run) -> None:
    missing = Moment(
        9.0, "sight", "works-search: fails", held=False, detail="not within 20 s: its result is pass"
    )
    result = run("run", "--all", width=120, moments=[missing])
    assert result.exit_code == 1
    assert "works-search: fails ✗ not within 20 s: its result is pass" in result.stdout
    assert "no false alarms; not all was seen that must be" in result.stdout


def test_false_alarms_are_told_and_exit_with_1(run: Run) -> None:
    result = run("run", "key-rotation", false_alarms=2)
    assert (1, True) == (result.exit_code, "2 false alarms" in result.stdout)


def test_all_of_them_are_one_report(run: Run) -> None:
    result = run("run", "--all", "--format", "json")
    assert result.exit_code == 0
    incidents = json.loads(result.stdout)["incidents"]
    assert [incident.name for incident in INCIDENTS] == [each["incident"] for each in incidents]
    first = incidents[0]
    assert KEYS == list(first)
    assert (True, False, True, ["server_error"]) == (
        first["detected"],
        first["predicted"],
        first["masked"],
        first["reasons"],
    )
    assert (0.94, None, 0, 180.0) == (
        first["detection_seconds"],
        first["prediction_lead_seconds"],
        first["false_alarms"],
        first["real_detection_seconds"],
    )
    assert first["timeline"][3] == {
        "at_seconds": 4.0,
        "since_fault_seconds": 0.94,
        "kind": "sight",
        "what": STORY[3].what,
        "held": True,
        "took_seconds": 0.9,
        "reasons": ["server_error"],
        "masked": True,
        "detail": "",
        "platform": ["works 2/2 healthy", "images 2/2 healthy", "cdn 1/1 healthy"],
    }
    assert "key-rotation: " in result.stderr


def test_one_of_them_is_a_report_too(run: Run) -> None:
    report = json.loads(run("run", "moved-service", "--format", "json").stdout)
    assert ["moved-service"] == [each["incident"] for each in report["incidents"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one incident, or say --all"),
        (("key-rotation", "--all"), "name one incident, or say --all"),
        (("lost-key",), "there is no incident 'lost-key'"),
    ],
)
def test_what_is_not_clear_is_refused(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("run", *arguments, width=200)
    assert (2, True) == (result.exit_code, said in result.stderr)


def test_the_labs_own_trouble_exits_with_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Iterator[Drill]:
        raise LabError("the checker ended with 2: no such file")

    run("list")
    monkeypatch.setattr(drills_module, "drills", broken)
    result = CliRunner().invoke(app, ["lab", "run", "--all"])
    assert (3, "the checker ended with 2: no such file\n") == (result.exit_code, result.stderr)


def test_without_its_extra_the_lab_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    # As if nobody had installed it: nothing of the lab may be imported before that is told.
    for name in [name for name in sys.modules if name.startswith(("checker.lab.", "checker.cli.telling"))]:
        monkeypatch.setitem(sys.modules, name, None)
    for arguments in (["list"], ["run", "key-rotation"], ["run", "--all"]):
        result = CliRunner().invoke(app, ["lab", *arguments])
        assert (2, True) == (result.exit_code, "pip install '.[lab]'" in result.stderr), result
