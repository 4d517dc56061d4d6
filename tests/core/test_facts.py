import pytest

from checker.core.facts import Absent, Fact, Facts, Lazy, Shape, Unit, hole
from checker.core.reason import Reason


def test_a_fact_is_what_it_was_given_as() -> None:
    facts = Facts({"status": 200, "body": None, "json": Absent("no body")})
    assert (200, None, Absent("no body")) == (facts.get("status"), facts.get("body"), facts.get("json"))


def test_a_fact_that_was_not_given_is_not_known_to_be_missing() -> None:
    assert Absent("there is no latency", known=False, reason=None) == Facts({}).get("latency")


def test_a_lazy_fact_is_made_once_and_only_when_asked_for() -> None:
    made: list[int] = []

    def make() -> object:
        made.append(1)
        return {"a": 1}

    facts = Facts({"json": Lazy(make)})
    assert ("json",) == facts.names()
    assert [] == made
    assert facts.get("json") is facts.get("json")
    assert [1] == made


def test_a_lazy_fact_may_turn_out_to_be_absent() -> None:
    absent = Absent("not JSON", reason=Reason.UNDECODABLE)
    assert absent is Facts({"json": Lazy(lambda: absent)}).get("json")


def test_what_a_lazy_fact_raises_is_not_swallowed() -> None:
    def make() -> object:
        raise ZeroDivisionError

    facts = Facts({"json": Lazy(make)})
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            facts.get("json")


def test_the_given_mapping_is_not_changed() -> None:
    given: dict[str, object] = {"json": Lazy(lambda: 1)}
    Facts(given).get("json")
    assert isinstance(given["json"], Lazy)


def test_a_plain_fact_is_the_default() -> None:
    assert Fact("body", "The body", Shape.VALUE, Unit.PLAIN, (), Reason.ASSERTION, ignore_case=False) == Fact(
        "body", "The body"
    )


UNKNOWN = Absent("nobody knows", own=True)


@pytest.mark.parametrize(
    "value", [UNKNOWN, [1, UNKNOWN], (UNKNOWN,), {"a": UNKNOWN}, [{"a": 1}, {"a": [UNKNOWN]}]]
)
def test_a_document_may_have_a_hole(value: object) -> None:
    assert UNKNOWN is hole(value)


@pytest.mark.parametrize("value", [None, 0, "", "text", [], {}, [1, {"a": [2]}]])
def test_most_have_none(value: object) -> None:
    assert hole(value) is None


def test_a_document_of_any_depth_can_be_looked_at() -> None:
    deep: object = UNKNOWN
    for _ in range(100_000):
        deep = [deep]
    assert hole(deep) is None


def test_a_note_stands_beside_a_fact() -> None:
    facts = Facts({"status": 302}, {"status": "it moved"})
    assert ("it moved", "", "") == (facts.note("status"), facts.note("body"), Facts({}).note("status"))


def test_another_value_leaves_the_others_and_their_notes() -> None:
    facts = Facts({"status": 200, "body": "a"}, {"status": "a note"})
    other = facts.having({"body": "b"})
    assert ("a", 200, "b") == (facts.get("body"), other.get("status"), other.get("body"))
    assert "a note" == other.note("status")


def test_facts_of_something_are_made_once_and_only_when_asked_for() -> None:
    made: list[str] = []

    def make(source: str) -> object:
        made.append(source)
        return {"of": source}

    facts = Facts({}, {"size": "a note"}, "an answer", {"json": make, "size": len})
    assert ("json", "size") == facts.names()
    assert [] == made
    assert facts.get("json") is facts.get("json")
    assert ["an answer"] == made
    assert (9, "a note") == (facts.get("size"), facts.note("size"))
    assert Absent("there is no body") == facts.get("body")


def test_another_value_stands_in_front_of_what_would_be_made() -> None:
    facts = Facts({}, None, "an answer", {"json": str.upper, "size": len})
    other = facts.having({"size": 1, "more": 2})
    assert ("AN ANSWER", 1, 2) == (other.get("json"), other.get("size"), other.get("more"))
    assert (("json", "size", "more"), 9) == (other.names(), facts.get("size"))
