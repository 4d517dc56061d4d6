"""What is shown of proofs: in a terminal of 80 columns, in a pipe, and to machines."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from checker.config.problems import Place, Source
from checker.core.facts import Facts
from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result
from checker.kinds.contract import Mutation, Observation, Weight
from checker.proving.proof import Catch, Fate, Proof, Tried
from checker.proving.remedies import Remedy
from checker.surfaces.report.proof import print_proofs, summary
from checker.surfaces.report.proof_json import report

PLACE = Place(Source("checks.yaml"), 12, 7)
OUTCOME = Outcome("works", 0.0, 1.0, Result.PASS)


def tried(
    name: str,
    what: str,
    fate: Fate = Fate.CAUGHT,
    subject: str = "",
    weight: Weight = Weight.PATH,
    **more: object,
) -> Tried:
    mutation = Mutation(name, what, lambda: Observation(Facts({})), weight, subject)
    return replace(Tried("search", mutation, fate, PLACE), **more)  # type: ignore[arg-type]


def caught(name: str, subject: str, catch: Catch) -> Tried:
    return tried(name, name, Fate.CAUGHT, subject, catch=catch)


TOTAL = Catch("search", Reason.ASSERTION, "…", PLACE, "json.$.total", "gte")
MISSING = Catch("open", Reason.CAPTURE_MISSING, "capture id is null", PLACE)
LIST = Remedy("json", "$.results", {"length": {"gte": 1}})

HOLED = Proof(
    "works",
    OUTCOME,
    (
        tried("empty_list", "an empty list at $.results", Fate.PASSED, "json.$.results", remedy=LIST),
        tried("login_page", "a login page in HTML", Fate.WARNED, catch=TOTAL),
        caught("null", "json.$.total", TOTAL),
        caught("zero", "json.$.total", TOTAL),
        caught("empty_body", "", TOTAL),
        caught("null", "json.$.id", MISSING),
        caught("dropped", "json.$.id", MISSING),
        tried("other_type", "a number in the place of the text at $.id", Fate.UNTOLD, "json.$.id"),
        tried(
            "cache_hit",
            "a copy out of a cache",
            Fate.PASSED,
            weight=Weight.HINT,
            remedy=Remedy("cache", "hit", False),
        ),
    ),
)
GOOD = Proof("images", OUTCOME, (caught("null", "json.$.total", TOTAL),))
FAILED = Proof("down", replace(OUTCOME, result=Result.FAIL), trouble="the run itself did not pass: refused")


def shown(*proofs: Proof, width: int = 80) -> str:
    stream = io.StringIO()
    print_proofs(Console(file=stream, width=width), proofs)
    return stream.getvalue()


def test_what_would_still_pass_comes_first() -> None:
    assert """\
✗ works  2 of 9 mutations would still pass
  would still pass in step search
    checks.yaml:12:7  an empty list at $.results
    checks.yaml:12:7  a login page in HTML, though with a warning
  expect there something that only a right answer has too
  this would catch 1 of them
    expect:
      json:
        $.results: {length: {gte: 1}}
  caught by
    search  json.$.total gte  null, zero, empty body
    open    capture_missing   null, dropped at json.$.id in search
  not told: a later step would ask for something else
    search  a number in the place of the text at $.id
  passes, and may be meant so
    search  a copy out of a cache  expect.cache.hit: false

1 would pass what must not pass
""" == shown(HOLED)


def test_one_that_notices_all_and_one_that_did_not_pass() -> None:
    assert """\
✓ images  1 of 1 mutations caught
  caught by
    search  json.$.total gte  null

? down  could not be proven
  the run itself did not pass: refused

1 proven, 1 could not be proven
""" == shown(GOOD, FAILED)


@pytest.mark.parametrize(
    ("holes", "expected"),
    [
        ((LIST,), "this would catch it"),
        ((LIST, LIST), "this would catch them"),
        ((None,), "expect there something that only a right answer has\n"),
    ],
)
def test_what_to_write(holes: tuple[Remedy | None, ...], expected: str) -> None:
    proof = Proof("p", OUTCOME, tuple(tried("zero", "0", Fate.PASSED, remedy=remedy) for remedy in holes))
    assert expected in shown(proof)


def test_what_a_server_sent_is_never_obeyed() -> None:
    evil = "\x1b[2J\u202e"
    proof = Proof(
        evil,
        OUTCOME,
        (
            tried("zero", f"0 at $.{evil}", Fate.PASSED, remedy=Remedy("json", f"$['{evil}']", {"gte": 1})),
            caught("null", f"json.$.{evil}", replace(TOTAL, subject=evil)),
        ),
    )
    told = shown(proof, replace(FAILED, trouble=evil))
    assert not {"\x1b", "\u202e"} & set(told)


@pytest.mark.parametrize("width", [80, 160])
def test_lines_have_no_blanks_at_their_ends_in_a_pipe(width: int) -> None:
    assert [] == [line for line in shown(HOLED, GOOD, width=width).splitlines() if line != line.rstrip()]


def test_the_sum() -> None:
    assert (
        "2 proven, 1 would pass what must not pass, 1 could not be proven"
        == summary((GOOD, GOOD, HOLED, FAILED)).plain
    )


def test_machines_are_told_the_same() -> None:
    document = json.loads(json.dumps(report((HOLED, FAILED))))
    assert 1 == document["version"]
    works, down = document["probes"]
    assert ("works", "pass", None, 9, 5, 2) == tuple(
        works[key] for key in ("probe", "result", "message", "tried", "caught", "holes")
    )
    assert {
        "step": "search",
        "mutation": "empty_list",
        "subject": "json.$.results",
        "what": "an empty list at $.results",
        "fate": "passed",
        "hole": True,
        "place": "checks.yaml:12:7",
        "caught_by": None,
        "suggestion": "expect.json.$.results: {length: {gte: 1}}",
    } == works["mutations"][0]
    assert {
        "step": "open",
        "reason": "capture_missing",
        "subject": None,
        "operator": None,
        "message": "capture id is null",
        "place": "checks.yaml:12:7",
    } == works["mutations"][5]["caught_by"]
    assert ("fail", "the run itself did not pass: refused", []) == tuple(
        down[key] for key in ("result", "message", "mutations")
    )
