"""What a step might have seen, by what it did see: answers, facts alone, several addresses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.assertions.evaluate import compile_expectations
from checker.core.errors import Trouble
from checker.core.facts import Fact, Facts, Shape
from checker.core.outcome import Truth, Verdict
from checker.core.reason import Reason
from checker.kinds.contract import Answer, Kind, Mutation, Observation, Observe, Replicas, Tools
from checker.kinds.fields import Strict
from checker.proving.catalogue import first_of, mutations
from checker.secrets.store import SecretStore
from tests.engine.scripts import step

REFUSED = Trouble(Reason.REFUSED, "refused")


class Nothing(Strict):
    """A spec without keys."""


class Own(Kind[Nothing]):
    """A kind that knows what else it might have seen."""

    name = "own"
    Spec = Nothing
    facts = (
        Fact("json", "A document.", Shape.JSONPATH),
        Fact("running", "How many."),
        Fact("body", "The body."),
    )

    @classmethod
    def mutations(cls, spec: Nothing, seen: Observation) -> Iterator[Mutation]:
        def see() -> Observation:
            raise REFUSED

        yield Mutation("nobody", "nobody there", see)
        yield Mutation("nobody", "nobody there, once more", see)

    def prepare(self, spec: Nothing) -> Observe:
        raise NotImplementedError


def tried(seen: Observation, expect: dict[str, Any]) -> dict[tuple[str, str], Mutation]:
    planned = replace(step(), expect=compile_expectations(expect, Own.facts, Path()) if expect else ())
    kind = Own(Tools(SecretStore({})))
    found = list(mutations(planned, kind, Nothing(), frozenset(expect), seen, 15.0))
    assert len({(one.name, one.subject) for one in found}) == len(found)
    return {(one.name, one.subject): one for one in found}


def test_facts_alone() -> None:
    seen = Observation(Facts({"json": {"a": 1}, "running": 1}))
    found = tried(seen, {"json": {"$.a": 1}, "running": {"gte": 1}})
    expected = {"null", "dropped", "other_type", "zero", "huge", "nobody", "delay"}
    assert expected == {name for name, _ in found}
    assert {"a": None} == found["null", "json.$.a"].see().facts.get("json")
    assert 1 == found["null", "json.$.a"].see().facts.get("running")
    assert (15.0, seen) == (found["delay", ""].delay, found["delay", ""].see())
    assert "nobody there" == found["nobody", ""].what


def test_a_whole_answer() -> None:
    def read(answer: Answer) -> Facts:
        return Facts({"json": {"a": len(answer.body)}, "body": answer.body})

    answer = Answer(200, (), b'{"a": 8}', read)
    found = tried(
        Observation(answer.facts, answered=lambda: answer), {"json": {"$.a": 8}, "body": {"contains": "a"}}
    )
    assert b'{"a": null}' == found["null", "json.$.a"].see().facts.get("body")
    assert b"" == found["empty_body", ""].see().facts.get("body")


def test_several_addresses() -> None:
    def compare(replicas: Replicas) -> tuple[Verdict, ...]:
        values = {str(one.facts.get("running")) for _, one in replicas if not one.trouble}
        return (Verdict("running", "same", "one", str(sorted(values)), Truth.HOLDS),)

    one, two = (Observation(Facts({"running": number})) for number in (1, 1))
    seen = Observation(Facts({}), (("a", one), ("b", two)), compare=compare)
    found = tried(seen, {"running": {"gte": 1}})
    zero = found["zero", "running"]
    assert "0 at running, from one address" == zero.what
    mutated = zero.see()
    assert [0, 1] == [replica.facts.get("running") for _, replica in mutated.replicas]
    assert ["['0', '1']"] == [verdict.seen for verdict in mutated.compared]
    assert REFUSED is found["nobody", ""].see().replicas[0][1].trouble
    assert (0, 1) == (first_of(mutated).get("running"), first_of(seen).get("running"))


def test_of_an_address_that_did_not_answer_nothing_is_known() -> None:
    seen = Observation(Facts({}), (("a", Observation(Facts({}), trouble=REFUSED)),))
    assert {("delay", "")} == tried(seen, {"running": {"gte": 1}}).keys()
