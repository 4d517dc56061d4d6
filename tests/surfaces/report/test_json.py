import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checker.core.outcome import ShallowOutcome, Truth
from checker.core.reason import Phase, Reason, Result, State
from checker.surfaces.report.finished import Finished, finished
from checker.surfaces.report.json import report
from tests.surfaces.samples import NOW, failed, healthy, misses, outcome, probe, step, trouble


def run(last: object = None, state: State = State.UP) -> Finished:
    return Finished(probe(labels={"env": "prod"}), last or outcome(), state)  # type: ignore[arg-type]


def test_the_whole_report() -> None:
    """Held against CONTRACT's list of keys, value by value."""
    last = failed(values={"hits": 0.0}, duration=1.23456789)
    assert {
        "version": 1,
        "started_at": "2030-03-17T17:46:40.000Z",
        "duration_seconds": 2.5,
        "probes": [
            {
                "probe": "works-search",
                "labels": {"env": "prod"},
                "result": "fail",
                "state": "down",
                "masked": True,
                "step": "search",
                "reason": "auth_rejected",
                "message": "status: expected 2xx, saw 401",
                "duration_seconds": 1.234568,
                "values": {"hits": 0.0},
                "steps": [
                    {
                        "step": "search",
                        "kind": "http",
                        "result": "fail",
                        "reason": "auth_rejected",
                        "message": "status: expected 2xx, saw 401",
                        "duration_seconds": 0.04,
                        "timings": {
                            "dns": 0.001,
                            "connect": 0.002,
                            "tls": 0.004,
                            "send": 0.0005,
                            "wait": 0.03,
                            "receive": 0.0025,
                        },
                        "assertions": [
                            {
                                "subject": "status",
                                "operator": "eq",
                                "expected": "2xx",
                                "seen": "401",
                                "verdict": "misses",
                            },
                            {
                                "subject": "json.$.totalResults",
                                "operator": "gte",
                                "expected": ">= 1",
                                "seen": "nothing (there is no $.totalResults)",
                                "verdict": "untellable",
                            },
                        ],
                    }
                ],
            }
        ],
    } == json.loads(json.dumps(report([run(last, State.DOWN)], NOW, 2.5)))


def only(last: object) -> dict[str, object]:
    probes: list[dict[str, object]] = report([run(last)], NOW, 1.0)["probes"]
    return probes[0]


def test_a_pass_has_no_reason() -> None:
    told = only(outcome(step="search", reason=Reason.SLOW, message="of another run"))
    assert (None, None, None) == (told["step"], told["reason"], told["message"])


def test_a_degraded_run_says_which_warn_missed() -> None:
    told = only(outcome(result=Result.DEGRADED, step="http", reason=Reason.SLOW, message="latency: …"))
    assert ("http", "slow", "latency: …") == (told["step"], told["reason"], told["message"])


@pytest.mark.parametrize(
    ("shallow", "masked"),
    [
        (None, None),
        (healthy(), True),
        (ShallowOutcome(None, None, 0.1), None),
        (ShallowOutcome(False, "", 0.1), False),
    ],
)
def test_masked_is_null_without_a_shallow_verdict(
    shallow: ShallowOutcome | None, masked: bool | None
) -> None:
    assert masked == only(failed(shallow=shallow))["masked"]


def test_warnings_are_no_assertions() -> None:
    told = only(outcome(steps=(step(assertions=(), warnings=(misses("latency"),)),)))
    assert [[]] == [each["assertions"] for each in told["steps"]]  # type: ignore[attr-defined]


def test_numbers_that_json_lacks_are_left_out() -> None:
    values: Mapping[str, float] = {"a": 1.5, "b": float("nan"), "c": float("-inf")}
    assert {"a": 1.5} == only(outcome(values=values))["values"]


def test_phases_are_in_their_order() -> None:
    timings = {Phase.WAIT: 0.2, Phase.DNS: 0.1}
    told = only(outcome(steps=(step(timings=timings),)))
    assert [["dns", "wait"]] == [list(each["timings"]) for each in told["steps"]]  # type: ignore[attr-defined]


def test_an_estate_in_trouble_is_valid_json() -> None:
    json.loads(json.dumps(report(finished(trouble().probes.values()), NOW, 1.0), allow_nan=False))


DOCS = Path(__file__).parents[3] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "report.schema.json").read_text())
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMATS)


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parts of a schema whose keys are known."""
    yield from (part for part in (schema, *schema["$defs"].values()) if "required" in part)


def test_the_documented_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_documented_schema_accepts_every_report() -> None:
    runs = finished(trouble().probes.values())
    VALIDATOR.validate(report(runs, NOW, 1.0))
    VALIDATOR.validate(report([], NOW, 0.0))
    assert set(Result) >= {one.outcome.result for one in runs}


def test_it_knows_every_word_that_can_stand_there() -> None:
    parts = SCHEMA["$defs"]
    assert list(Result) == parts["result"]["enum"]
    assert set(State) == set(parts["probe"]["properties"]["state"]["enum"])
    assert list(Phase) == parts["step"]["properties"]["timings"]["propertyNames"]["enum"]
    assert set(Truth) == set(parts["assertion"]["properties"]["verdict"]["enum"])
    assert [] == [reason for reason in Reason if not re.match(parts["reason"]["pattern"], reason)]


def test_it_says_no_less_than_the_report() -> None:
    """No key of a report is unknown to it, and none that it knows may be missing."""
    closed = deepcopy(SCHEMA)
    for part in objects(closed):
        assert set(part["required"]) == set(part["properties"])
        part["additionalProperties"] = False
    jsonschema.Draft202012Validator(closed).validate(report(finished(trouble().probes.values()), NOW, 1.0))


def test_every_key_is_described() -> None:
    parts = [
        value for part in objects(SCHEMA) for key, value in part["properties"].items() if key != "version"
    ]
    assert [] == [part for part in parts if not part.keys() & {"description", "$ref"}]


def test_the_example_in_the_documentation_is_one() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", (DOCS / "reports.md").read_text(), re.DOTALL)
    VALIDATOR.validate(json.loads(example))
