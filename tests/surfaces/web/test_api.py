import json
from collections.abc import Mapping
from typing import Any

from checker.core.reason import Reason, Result, State
from checker.surfaces.causes.evidence import Happened
from checker.surfaces.web.api import document, listing, summary
from checker.surfaces.web.filters import Filter
from tests.surfaces.causes.boards import NOON, rotated
from tests.surfaces.samples import failed, misses, outcome, past, probe, snapshot, step, trouble, view


def listed(wanted: Filter | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("".join(listing(trouble(), wanted or Filter())))
    return found


def test_the_listing_has_all_probes_in_the_order_of_the_configuration() -> None:
    told = listed()
    assert "2030-03-17T17:46:40.000Z" == told["taken_at"]
    assert list(trouble().probes) == [each["probe"] for each in told["probes"]]


def test_the_listing_follows_the_filter() -> None:
    assert ["works-search"] == [each["probe"] for each in listed(Filter(marks=("masked",)))["probes"]]
    assert [] == listed(Filter(text="nothing like this"))["probes"]


def test_a_summary() -> None:
    assert {
        "probe": "works-search",
        "labels": {"env": "prod", "team": "catalogue"},
        "description": "A real search returns real works, and its first hit can be opened.",
        "severity": "page",
        "owner": "catalogue",
        "runbook": "https://example.org/runbooks/works-search",
        "interval_seconds": 15.0,
        "timeout_seconds": 10.0,
        "slo": 0.995,
        "depends_on": [],
        "mark": "masked",
        "state": "down",
        "since": "2030-03-17T17:44:30.000Z",
        "masked": True,
        "masked_since": "2030-03-17T17:44:30.000Z",
        "blocked_by": [],
        "last_success": "2030-03-17T17:44:13.000Z",
        "runs": {"pass": 31, "degraded": 0, "fail": 9, "error": 0},
        "skipped": 0,
        "started_at": "2030-03-17T17:46:28.000Z",
        "duration_seconds": 0.041,
        "result": "fail",
        "step": "search",
        "reason": "auth_rejected",
        "message": "status: expected 2xx, saw 401",
        "values": {},
        "shallow": {"healthy": True, "message": None, "duration_seconds": 0.003},
    } == json.loads(json.dumps(summary(trouble().probes["works-search"])))


def test_a_summary_before_the_first_run_has_the_same_keys() -> None:
    never = summary(trouble().probes["heartbeat"])
    assert set(summary(trouble().probes["works-search"])) == set(never)
    assert (None, None, None) == (never["started_at"], never["result"], never["last_success"])


def test_a_pass_has_no_reason() -> None:
    told = summary(view(last=outcome(step="a", reason=Reason.SLOW, message="b", shallow=None)))
    assert (None, None, None, None) == (told["step"], told["reason"], told["message"], told["shallow"])


def whole(name: str) -> Mapping[str, Any]:
    board = trouble()
    found: Mapping[str, Any] = json.loads(json.dumps(document(board.probes[name], board), allow_nan=False))
    return found


def test_a_document_holds_the_last_run_and_the_history() -> None:
    told = whole("images-list")
    assert ["http"] == [each["step"] for each in told["steps"]]
    assert {
        "started_at": "2030-03-17T17:36:43.000Z",
        "duration_seconds": 0.04,
        "result": "pass",
        "reason": None,
        "masked": False,
        "values": {"hits": 4700.0},
    } == told["history"][0]
    assert {} == told["failure_counts"]
    assert [] == told["failures"]


def test_a_document_names_likely_causes_the_strongest_first() -> None:
    board = rotated()
    told = json.loads(json.dumps(document(board.probes["works-search"], board, Happened(reloaded_at=NOON))))
    first, *others = told["causes"]
    assert first["text"].startswith(
        "engine-key (service=catalogue) fails since 12:00:01 (1s before): stale_tasks: "
    )
    assert ("engine-key", "2030-03-17T12:00:01.000Z") == (first["probe"], first["since"])
    assert [None, None, "images-search"] == [each["probe"] for each in others]
    assert [None, "2030-03-17T12:00:00.000Z"] == [each["since"] for each in others[:2]]
    assert [] == document(board.probes["upload"], board)["causes"]


def test_a_document_holds_the_evidence_of_failures() -> None:
    told = whole("works-search")
    assert {"auth_rejected": 3} == told["failure_counts"]
    (failure,) = told["failures"]
    assert ("2030-03-17T17:46:28.000Z", "fail", True) == (
        failure["started_at"],
        failure["result"],
        failure["masked"],
    )
    assert {"healthy": True, "message": None, "duration_seconds": 0.003} == failure["shallow"]
    assert {"probe", "state", "labels"}.isdisjoint(failure)
    ((exchange,),) = (each["exchanges"] for each in failure["steps"])
    assert ("GET", 401, "127.0.0.1", 0.03) == (
        exchange["method"],
        exchange["status"],
        exchange["address"],
        exchange["timings"]["wait"],
    )
    assert ["Authorization", "Bearer ***"] in exchange["request_headers"]
    assert exchange["curl"].startswith("curl ")
    assert "Unauthorized" in exchange["response_body"]


def test_warnings_are_told_of_failures() -> None:
    bad = failed(steps=(step(result=Result.FAIL, warnings=(misses("latency"),)),))
    board = snapshot(view(last=bad, state=State.DOWN))
    told = document(board.probes["works-search"], board)
    assert ["latency"] == [each["subject"] for each in told["failures"][0]["steps"][0]["warnings"]]


def test_a_document_before_the_first_run() -> None:
    assert ([], [], []) == tuple(whole("heartbeat")[key] for key in ("steps", "history", "failures"))


def test_numbers_that_json_lacks_are_left_out() -> None:
    nan = {"a": float("nan"), "b": 1.0}
    board = snapshot(view(probe(), outcome(values=nan), history=past("p", a=float("inf"))))
    told = document(board.probes["works-search"], board)
    assert ({"b": 1.0}, {}) == (told["values"], told["history"][0]["values"])
    json.dumps(told, allow_nan=False)
