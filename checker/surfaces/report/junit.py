"""JUnit XML of a run, as pipelines read it: a suite a probe, a test case a step."""

import re
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checker.core.outcome import Outcome, StepOutcome, Verdict
from checker.core.reason import Result
from checker.surfaces.causes.evidence import Cause
from checker.surfaces.report.curl import curl
from checker.surfaces.report.excerpt import excerpt
from checker.surfaces.report.finished import Finished, rfc3339

_TAGS = {Result.FAIL: "failure", Result.ERROR: "error"}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(runs: Iterable[Finished], *, strict: bool = False) -> str:
    """Return the document. A step that failed is a failure, one in which the checker could not tell an error.

    `strict`: a degraded one is a failure too, as it is for the exit code.
    """
    runs = tuple(runs)
    tags = _TAGS | {Result.DEGRADED: "failure"} if strict else _TAGS
    tally = _tally([case for run in runs for case in _results(run, tags)])
    del tally["skipped"]  # the schema has it for suites alone
    root = _element(None, "testsuites", name="checker", **tally)
    root.set("time", _seconds(sum(run.outcome.duration for run in runs)))
    for run in runs:
        _suite(root, run, tags)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, run: Finished, tags: Mapping[Result, str]) -> None:
    outcome = run.outcome
    suite = _element(root, "testsuite", name=outcome.probe, **_tally(_results(run, tags)))
    suite.set("time", _seconds(outcome.duration))
    suite.set("timestamp", rfc3339(outcome.started_at)[:19])  # the schema knows no time zone and no fraction
    properties = SubElement(suite, "properties")
    told = {
        **run.probe.labels,
        "result": outcome.result,
        "state": run.state,
        "masked": str(outcome.masked).lower(),
    }
    for name, value in told.items():
        _element(properties, "property", name=name, value=value)
    for step in _cases(outcome, tags):
        _case(suite, run, step, tags.get(step.result))


def _cases(outcome: Outcome, tags: Mapping[Result, str]) -> tuple[StepOutcome, ...]:
    """A run that ended before or between its steps is shown by a case of its own; else it would look passed."""
    if outcome.result in tags and not any(step.result in tags for step in outcome.steps):
        name = outcome.step or "run"
        lost = StepOutcome(name, "run", outcome.result, outcome.reason, outcome.message, 0.0, {})
        return (*outcome.steps, lost)
    return outcome.steps


def _case(suite: Element, run: Finished, step: StepOutcome, tag: str | None) -> None:
    outcome = run.outcome
    causes = run.causes if step.step == outcome.step else ()
    case = _element(suite, "testcase", classname=outcome.probe, name=step.step, time=_seconds(step.duration))
    if step.skipped is not None:
        _element(case, "skipped", message=step.skipped)
    elif tag:
        told = _element(case, tag, type=step.reason or "unknown", message=step.message or "")
        told.text = _text(_details(step, causes))
    elif step.result is Result.DEGRADED:
        _element(case, "system-out").text = _text(f"degraded: {step.message or ''}\n{_details(step, causes)}")


def _details(step: StepOutcome, causes: tuple[Cause, ...]) -> str:
    verdicts = [_verdict(verdict) for verdict in (*step.assertions, *step.warnings)]
    answer = [f"answered: {answered}"] if (answered := excerpt(step)) else []
    likely = [f"likely cause: {cause.text}" for cause in causes]
    return "\n".join([*verdicts, *likely, *answer, *(curl(exchange) for exchange in step.exchanges[-1:])])


def _verdict(verdict: Verdict) -> str:
    plain = f"{verdict.subject}: expected {verdict.expected}, saw {verdict.seen}"
    return f"{verdict.verdict}: {verdict.message or plain}"


def _results(run: Finished, tags: Mapping[Result, str]) -> list[str]:
    return [
        "skipped" if step.skipped is not None else tags.get(step.result, "passed")
        for step in _cases(run.outcome, tags)
    ]


def _tally(results: list[str]) -> dict[str, str]:
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(results))} | {
        name: str(results.count(result)) for name, result in counted.items()
    }


def _element(parent: Element | None, tag: str, **attributes: str) -> Element:
    safe = {name: _text(value) for name, value in attributes.items()}
    return Element(tag, safe) if parent is None else SubElement(parent, tag, safe)


def _text(text: str) -> str:
    """Return the text without the characters that XML 1.0 cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _seconds(duration: float) -> str:
    return f"{duration:.3f}"
