"""What a step's expectations and captures speak of, each as it might have been instead."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from checker.assertions.check import described
from checker.assertions.jsonpath import JsonPath, compile_path
from checker.assertions.subjects import Subject
from checker.assertions.walk import Location
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.engine.plan import PlannedStep
from checker.kinds.contract import Mutation, Observation, Weight
from checker.proving.documents import drop, get, is_total, lists_on, put
from checker.proving.values import STRANGER, aged, emptied, filled, in_place_of, other_type, variants

_MOSTS = frozenset({"lt", "lte"})
_NEVERS = frozenset({"none", "empty"})
_AGES = frozenset({"newer_than", "older_than"})

Remake = Callable[[Any], Observation]
"""From a document to what the step would have seen with it; raises Trouble."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A value that a step speaks of. `operators` are those of its expectations; none: it is only captured."""

    subject: Subject
    fact: Fact
    operators: frozenset[str]

    @property
    def selector(self) -> str:
        """What is written below the fact; empty for one that is a single value."""
        return self.subject.text.partition(".")[2]


def spoken_of(step: PlannedStep, facts: tuple[Fact, ...], written: frozenset[str]) -> tuple[Spoken, ...]:
    """Return what a step speaks of; `written` are the facts of its own `expect`: what goes without saying is not."""
    known = {fact.name: fact for fact in facts}
    found: dict[str, Spoken] = {}
    for assertion in step.expect:
        fact = known[assertion.path.partition(".")[0]]
        if fact.name in written:
            old = found.get(assertion.path)
            operators = (old.operators if old else frozenset()) | {assertion.operator}
            found[assertion.path] = Spoken(assertion.subject, fact, operators)
    for capture in step.captures:
        about = capture.selector.subject
        fact = known[about.text.partition(".")[0]]
        found.setdefault(about.text, Spoken(about, fact, frozenset()))
    return tuple(found.values())


def of_document(spoken: Spoken, document: object, remake: Remake, *, inspects: bool) -> Iterator[Mutation]:
    """Yield the mutations of a value in a document."""
    if isinstance(document, Absent):
        return
    path = compile_path(spoken.selector)
    at = path.locate(document)
    about = _About(spoken, document, at, remake, Weight.ANY if inspects else Weight.PATH)
    if not at:
        yield from about.appearing(path)
        return
    yield from about.mutations()
    for inner, places in lists_on(at):
        yield from about.changed("empty_list", f"an empty list at {inner}", lambda _: [], places, path=inner)


@dataclass(frozen=True, slots=True)
class _About:
    spoken: Spoken
    document: Any
    at: tuple[Location, ...]
    remake: Remake
    weight: Weight

    @property
    def lesser(self) -> Weight:
        """The weight of what may be meant so."""
        return self.weight if self.weight is Weight.ANY else Weight.HINT

    def mutations(self) -> Iterator[Mutation]:
        first, where = get(self.document, self.at[0]), self.spoken.selector
        operators = self.spoken.operators
        lesser = self.weight if operators else self.lesser
        yield from self.changed("null", f"null at {where}", lambda _: None)
        if () not in self.at:
            yield self._mutation("dropped", f"no {where} at all", drop(self.document, self.at))
        yield from self.changed("other_type", f"{in_place_of(first)} at {where}", other_type, weight=lesser)
        emptier = Weight.HINT if operators & _NEVERS else lesser
        yield from self.changed("filled", f"something in the list at {where}", filled, weight=self.lesser)
        name, empty = "empty_list" if isinstance(first, list) else "emptied", described(emptied(first))
        yield from self.changed(name, f"{empty} at {where}", emptied, weight=emptier)
        if is_total(self.at[0], first) and not operators & _MOSTS:
            yield from self.changed("zero", f"0 at {where}", lambda _: 0, weight=lesser)
        older = self.weight if operators & _AGES else Weight.HINT
        yield from self.changed("old_timestamp", f"a time in the year 2000 at {where}", aged, weight=older)

    def appearing(self, path: JsonPath) -> Iterator[Mutation]:
        """Yield the value as one that is there, where an object lacks just that."""
        *way, (_, last) = path.steps or ((dict, ""),)
        at = tuple(step for _, step in way)
        lacks = not path.segments and isinstance(last, str) and isinstance(_found(self.document, at), dict)
        if lacks:
            what = f"something at {self.spoken.selector}"
            yield from self.changed(
                "filled", what, lambda parent: {**parent, last: STRANGER}, (at,), weight=self.lesser
            )

    def changed(
        self,
        name: str,
        what: str,
        make: Callable[[Any], Any],
        at: tuple[Location, ...] | None = None,
        *,
        weight: Weight | None = None,
        path: str = "",
    ) -> Iterator[Mutation]:
        """Yield the mutation, if it changes anything."""
        document = put(self.document, at or self.at, make)
        if document != self.document:
            yield self._mutation(name, what, document, weight, path)

    def _mutation(
        self, name: str, what: str, document: Any, weight: Weight | None = None, path: str = ""
    ) -> Mutation:
        subject = f"{self.spoken.fact.name}.{path}" if path else self.spoken.subject.text
        return Mutation(name, what, partial(self.remake, document), weight or self.weight, subject)


def _found(document: Any, at: Location) -> Any:
    try:
        return get(document, at)
    except (LookupError, TypeError):
        return None


def of_fact(spoken: Spoken, seen: Observation, *, inspects: bool) -> Iterator[Mutation]:
    """Yield the mutations of a fact that is in no document. One of them at least has to be noticed."""
    weight = Weight.ANY if inspects else Weight.SOME
    name, selector, facts = spoken.fact.name, spoken.selector, seen.facts
    value = spoken.subject.find(facts)
    for variant in variants(value, spoken.subject.unit):
        changed = _with(facts, spoken, variant.value)
        what = f"{variant.what} at {spoken.subject.text}"
        yield Mutation(variant.name, what, partial(_seen, seen, changed), weight, spoken.subject.text)
    if spoken.fact.shape is Shape.OPEN and not isinstance(value, Absent):
        gone = _with(facts, spoken, None)
        yield Mutation(
            "dropped", f"no {name} {selector}", partial(_seen, seen, gone), weight, spoken.subject.text
        )


def _seen(seen: Observation, facts: Facts) -> Observation:
    return replace(seen, facts=facts, answered=None)


def _with(facts: Facts, spoken: Spoken, value: object) -> Facts:
    """Return the facts with another value; None: without it."""
    name, selector = spoken.fact.name, spoken.selector
    if not selector:
        return facts.having({name: value})
    whole = facts.get(name)
    parts = dict(whole) if isinstance(whole, Mapping) else {}
    fold = str.lower if spoken.fact.ignore_case else str
    kept = {key: part for key, part in parts.items() if fold(str(key)) != fold(selector)}
    return facts.having({name: kept if value is None else {**kept, selector: value}})


def is_expected_apart(spoken: Spoken) -> bool:
    """Whether something is expected of a fact as a value; a status and a body are a part of the whole answer."""
    whole = spoken.subject.unit is Unit.STATUS or spoken.fact.name == "body"
    return bool(spoken.operators) and not whole
