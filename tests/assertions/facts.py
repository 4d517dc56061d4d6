"""Facts like those of a kind that speaks HTTP, so that every shape and unit occurs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.assertions import Assertion, Invalid, compile_expectations, evaluate
from checker.assertions.invalid import Problem
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.core.outcome import Truth, Verdict
from checker.core.reason import Reason
from checker.core.scope import Scope

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
HERE = Path(__file__).parent

FACTS = (
    Fact("status", "The status", unit=Unit.STATUS, reason=Reason.UNEXPECTED_STATUS),
    Fact("headers", "The headers", shape=Shape.OPEN, ignore_case=True),
    Fact("cookies", "The cookies", shape=Shape.OPEN),
    Fact("body", "The body"),
    Fact("size", "Its size", unit=Unit.SIZE),
    Fact("json", "The document", shape=Shape.JSONPATH),
    Fact("latency", "How long it took", unit=Unit.DURATION, reason=Reason.SLOW),
    Fact(
        "timings",
        "The phases",
        shape=Shape.KEYS,
        keys=(Fact("dns", "Resolving", unit=Unit.DURATION), Fact("wait", "Waiting", unit=Unit.DURATION)),
        reason=Reason.SLOW,
    ),
    Fact(
        "cache",
        "The cache",
        shape=Shape.KEYS,
        keys=(Fact("hit", "Whether it answered"), Fact("age", "For how long", unit=Unit.DURATION)),
        reason=Reason.STALE_CACHE,
    ),
    Fact(
        "certificate",
        "The certificate",
        shape=Shape.KEYS,
        keys=(
            Fact("expires_in", "How long it is valid", unit=Unit.DURATION, reason=Reason.TLS_EXPIRED),
            Fact("not_after", "Its end", unit=Unit.TIMESTAMP),
            Fact("issuer", "Who signed it"),
        ),
    ),
)


def scope(captures: Mapping[str, object] | None = None, secrets: Mapping[str, str] | None = None) -> Scope:
    made = Scope(lambda name: (secrets or {})[name], {"id": "run-1"})
    made.captures.update(captures or {})
    return made


def compiled(expect: Any, base: Path = HERE) -> tuple[Assertion, ...]:
    return compile_expectations(expect, FACTS, base)


def problems(expect: Any) -> tuple[Problem, ...]:
    """Return what is wrong with expectations; empty where nothing is."""
    try:
        compiled(expect)
    except Invalid as error:
        return error.problems
    return ()


def verdicts(expect: Any, facts: Mapping[str, object], **captures: object) -> tuple[Verdict, ...]:
    return evaluate(compiled(expect), Facts(facts), scope(captures), NOW, str)


def verdict(expect: Any, facts: Mapping[str, object], **captures: object) -> Verdict:
    (only,) = verdicts(expect, facts, **captures)
    return only


def document(matcher: Any, value: object, **captures: object) -> Verdict:
    """Hold a matcher against one value of a document; an Absent stands for the document."""
    facts = {"json": value if isinstance(value, Absent) else {"value": value}}
    return verdict({"json": {"$.value": {"all_of": [matcher]}}}, facts, **captures)


def truth(matcher: Any, value: object, **captures: object) -> Truth:
    """Return what a matcher says of a value; see `document`."""
    return document(matcher, value, **captures).verdict
