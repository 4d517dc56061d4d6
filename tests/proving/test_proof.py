from dataclasses import replace

import pytest

from checker.config.problems import Place, Source
from checker.core.facts import Facts
from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.kinds.contract import Mutation, Observation, Weight
from checker.proving.proof import Fate, Proof, Tried, settled


def tried(fate: Fate, weight: Weight = Weight.PATH, subject: str = "", name: str = "zero") -> Tried:
    mutation = Mutation(name, "", lambda: Observation(Facts({})), weight, subject)
    return Tried("step", mutation, fate, Place(Source("checks.yaml"), 1, 1))


@pytest.mark.parametrize(
    ("fate", "weight", "hole"),
    [
        (Fate.PASSED, Weight.PATH, True),
        (Fate.WARNED, Weight.PATH, True),
        (Fate.CAUGHT, Weight.PATH, False),
        (Fate.UNTOLD, Weight.PATH, False),
        (Fate.PASSED, Weight.SOME, True),
        (Fate.PASSED, Weight.HINT, False),
    ],
)
def test_what_must_not_have_passed(fate: Fate, weight: Weight, hole: bool) -> None:
    assert hole is tried(fate, weight).hole
    assert not replace(tried(fate, weight), always=True).hole


def test_where_one_is_noticed_the_others_may_be_meant_so() -> None:
    caught = tried(Fate.CAUGHT, Weight.SOME, "running", "huge")
    passed = tried(Fate.PASSED, Weight.SOME, "running", "zero")
    other = tried(Fate.PASSED, Weight.SOME, "pending", "zero")
    path = tried(Fate.PASSED, Weight.PATH, "running", "null")
    assert (caught, other, path) == settled((caught, passed, other, path))


def test_a_proof_counts() -> None:
    outcome = Outcome("p", 0.0, 1.0, Result.PASS)
    proof = Proof("p", outcome, (tried(Fate.CAUGHT), tried(Fate.PASSED), tried(Fate.PASSED, Weight.HINT)))
    assert (1, 1) == (proof.caught, len(proof.holes))


def test_of_what_only_inspects_one_that_is_noticed_is_enough() -> None:
    passed = [tried(Fate.PASSED, Weight.ANY, subject) for subject in ("running", "pending")]
    assert (True, True) == tuple(one.hole for one in settled(passed))
    caught = tried(Fate.CAUGHT, Weight.ANY, "running", "huge")
    (kept, hint) = settled((*passed[1:], caught, passed[0]))
    assert ("pending", False, Weight.HINT) == (kept.mutation.subject, kept.hole, kept.mutation.weight)
    assert Fate.CAUGHT is hint.fate
