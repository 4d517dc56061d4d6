import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest

from checker.core.reason import Reason, Result, State
from checker.surfaces.causes.evidence import Cause
from checker.surfaces.report.finished import Finished, finished
from checker.surfaces.report.junit import junit
from tests.surfaces.samples import failed, misses, outcome, probe, step, trouble

SCHEMA = Path(__file__).parents[2] / "data" / "junit-10.xsd"


def refused(document: str) -> str:
    """Return what the schema of Jenkins' reader has against a document; nothing, if it is right."""
    command = ("xmllint", "--nonet", "--noout", "--schema", SCHEMA, "-")
    done = subprocess.run(command, input=document, capture_output=True, text=True, timeout=30, check=False)
    return "" if done.returncode == 0 else done.stderr


@pytest.mark.needs("xmllint")
def test_the_schema_accepts_an_estate_in_trouble() -> None:
    assert "" == refused(junit(finished(trouble().probes.values())))


@pytest.mark.needs("xmllint")
def test_the_schema_accepts_every_result_and_every_character() -> None:
    odd = "".join(map(chr, (*range(256), 0xD800, 0xFFFE, 0x1F642)))
    steps = [step(name, Result(name), message=odd, reason=Reason.INTERNAL) for name in Result]
    skipped = step("skipped", skipped=odd)
    last = outcome(result=Result.FAIL, duration=123456.789, steps=(*steps, skipped))
    assert "" == refused(junit([Finished(probe(labels={"env": odd}), last, State.DOWN)]))
    assert "" == refused(junit([]))


@pytest.mark.needs("xmllint")
def test_that_schema_would_notice() -> None:
    assert "name" in refused(
        junit([run(failed())]).replace('testcase classname="works-search" name=', "testcase x=")
    )


def parsed(*runs: Finished) -> Element:
    return ET.fromstring(junit(runs))


def run(last: object, name: str = "works-search") -> Finished:
    return Finished(probe(name, labels={"env": "prod"}), last, State.UP)  # type: ignore[arg-type]


def counts(element: Element) -> tuple[str | None, ...]:
    return tuple(element.get(name) for name in ("tests", "failures", "errors", "skipped"))


def test_likely_causes_are_told_at_the_step_that_decided() -> None:
    bad = failed(steps=(step("open", Result.FAIL, reason=Reason.RESET), *failed().steps))
    told = Finished(probe(), bad, State.DOWN, (Cause("one\x00"), Cause("another", "a", 1.0)))
    beside, decided = (failure.text or "" for failure in parsed(told).iter("failure"))
    assert "likely cause: one\ufffd\nlikely cause: another" in decided
    assert "likely cause" not in beside


def test_a_suite_for_each_probe_and_a_case_for_each_step() -> None:
    two = outcome("a", steps=(step("token"), step("upload")))
    root = parsed(run(two, "a"), run(outcome("b"), "b"))
    assert [("a", ["token", "upload"]), ("b", ["http"])] == [
        (suite.get("name"), [case.get("name") for case in suite.iter("testcase")]) for suite in root
    ]
    assert [("a", "0.040"), ("a", "0.040"), ("b", "0.040")] == [
        (case.get("classname"), case.get("time")) for case in root.iter("testcase")
    ]


def test_failures_errors_and_skips_are_counted() -> None:
    steps = (
        step("a"),
        step("b", Result.FAIL, reason=Reason.TIMEOUT),
        step("c", Result.ERROR, reason=Reason.INTERNAL),
        step("d", skipped="no token was ever captured"),
    )
    root = parsed(run(outcome(result=Result.FAIL, steps=steps)))
    assert [("4", "1", "1", None), ("4", "1", "1", "1")] == [counts(root), counts(root[0])]


def test_a_failure_says_why() -> None:
    (told,) = parsed(run(failed())).iter("failure")
    assert ("auth_rejected", "status: expected 2xx, saw 401") == (told.get("type"), told.get("message"))
    assert told.text
    assert [
        "misses: status: expected 2xx, saw 401",
        "untellable: json.$.totalResults: expected >= 1, but there is no $.totalResults",
        'answered: {"type":"Error","httpStatus":401,"label":"Unauthorized","description":"the key was revoked"}',
    ] == told.text.splitlines()[:3]
    assert told.text.splitlines()[3].startswith("curl ")


def test_the_checkers_own_trouble_is_an_error() -> None:
    bad = step("search", Result.ERROR, reason=Reason.SECRET_UNAVAILABLE, message="no such file")
    (told,) = parsed(run(outcome(result=Result.ERROR, steps=(bad,)))).iter("error")
    assert ("secret_unavailable", "no such file") == (told.get("type"), told.get("message"))


def test_a_run_that_ended_before_its_first_step_does_not_look_passed() -> None:
    lost = outcome(result=Result.ERROR, reason=Reason.INTERNAL, message="a fault", steps=())
    root = parsed(run(lost))
    assert ("1", "0", "1", "0") == counts(root[0])
    assert ["run"] == [case.get("name") for case in root.iter("testcase")]


def test_a_run_that_ended_between_its_steps_does_not_either() -> None:
    lost = outcome(
        result=Result.FAIL,
        step="open",
        reason=Reason.TIMEOUT,
        message="10s are over",
        steps=(step("search"),),
    )
    assert [("search", None), ("open", "timeout")] == [
        (case.get("name"), None if (bad := case.find("failure")) is None else bad.get("type"))
        for case in parsed(run(lost)).iter("testcase")
    ]


def test_a_degraded_step_passes_and_says_what_missed() -> None:
    slow = step(result=Result.DEGRADED, message="too slow", warnings=(misses("latency", "lt", "< 1s", "2s"),))
    root = parsed(run(outcome(result=Result.DEGRADED, steps=(slow,))))
    assert ("1", "0", "0", "0") == counts(root[0])
    (told,) = root.iter("system-out")
    assert told.text
    assert [
        "degraded: too slow",
        "holds: status: expected 2xx, saw 200",
        "misses: latency: expected < 1s, saw 2s",
    ] == (told.text.splitlines())


def test_strictly_a_degraded_step_has_failed() -> None:
    slow = step(result=Result.DEGRADED, message="too slow", warnings=(misses("latency", "lt", "< 1s", "2s"),))
    root = ET.fromstring(junit([run(outcome(result=Result.DEGRADED, steps=(slow,)))], strict=True))
    assert ("1", "1", "0", "0") == counts(root[0])
    (told,) = root.iter("failure")
    assert "too slow" == told.get("message")


def test_a_step_that_was_skipped_says_why() -> None:
    (told,) = parsed(run(outcome(steps=(step("d", skipped="no token"),)))).iter("skipped")
    assert "no token" == told.get("message")


def test_properties() -> None:
    found = {each.get("name"): each.get("value") for each in parsed(run(failed())).iter("property")}
    assert {"env": "prod", "result": "fail", "state": "up", "masked": "true"} == found


def test_times() -> None:
    root = parsed(run(outcome(duration=1.5)), run(outcome(duration=0.25)))
    assert ("1.750", "1.500", "2030-03-17T17:46:28") == (
        root.get("time"),
        root[0].get("time"),
        root[0].get("timestamp"),
    )


def test_what_xml_cannot_hold_is_replaced_and_what_it_can_is_kept() -> None:
    message = 'a\x00b\x1b</failure><x y="1">&amp; é 🙂 \ud800'
    bad = step(
        result=Result.FAIL, reason=Reason.ASSERTION, message=message, assertions=(misses(seen=message),)
    )
    (told,) = parsed(run(failed(steps=(bad,)))).iter("failure")
    assert 'a\ufffdb\ufffd</failure><x y="1">&amp; é 🙂 \ufffd' == told.get("message")
    assert told.text
    assert '</failure><x y="1">' in told.text


def test_nothing_ran() -> None:
    assert ("0", "0", "0", None) == counts(parsed())


def test_an_estate_in_trouble() -> None:
    root = parsed(*finished(trouble().probes.values()))
    assert ("14", "3", "1", None) == counts(root)
