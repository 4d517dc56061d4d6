"""Everything that one step might have seen in the place of what it saw."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel

from checker.core.errors import Trouble
from checker.core.facts import Facts, Shape
from checker.engine.plan import PlannedStep
from checker.kinds.contract import Kind, Mutation, Observation
from checker.proving.answers import of_answer, with_document
from checker.proving.subjects import Remake, Spoken, is_expected_apart, of_document, of_fact, spoken_of

_DOCUMENT = "json"


def mutations(
    step: PlannedStep,
    kind: Kind[Any],
    spec: BaseModel,
    written: frozenset[str],
    seen: Observation,
    late: float,
) -> Iterator[Mutation]:
    """Yield the mutations, each once.

    `written` are the facts of the step's own `expect`; `late` are seconds beyond all limits.
    """
    one = seen.replicas[0][1] if seen.replicas else seen
    found: dict[tuple[str, str], Mutation] = {}
    if not one.trouble:
        for mutation in (*_seen(step, kind, written, one), *kind.mutations(spec, one)):
            found.setdefault((mutation.name, mutation.subject), mutation)
    yield from (_at_one(seen, mutation) for mutation in found.values())
    yield Mutation("delay", "an answer after the time limit", lambda: seen, delay=late)


def _seen(
    step: PlannedStep, kind: Kind[Any], written: frozenset[str], seen: Observation
) -> Iterator[Mutation]:
    for spoken in spoken_of(step, kind.facts, written):
        yield from _of_subject(spoken, seen, inspects=step.inspects)
    if seen.answer:
        yield from of_answer(seen.answer, seen.facts.get(_DOCUMENT))


def _of_subject(spoken: Spoken, seen: Observation, *, inspects: bool) -> Iterator[Mutation]:
    if spoken.fact.shape is Shape.JSONPATH:
        document = seen.facts.get(spoken.fact.name)
        return of_document(spoken, document, _remake(spoken, seen), inspects=inspects)
    return of_fact(spoken, seen, inspects=inspects) if is_expected_apart(spoken) else iter(())


def _remake(spoken: Spoken, seen: Observation) -> Remake:
    if seen.answer:
        return partial(with_document, seen.answer)
    return lambda document: Observation(
        seen.facts.having({spoken.fact.name: document}), verdicts=seen.verdicts
    )


def _at_one(seen: Observation, mutation: Mutation) -> Mutation:
    """Return the mutation as one that comes from the first of several addresses."""
    if not seen.replicas:
        return mutation

    def see() -> Observation:
        (name, _), *others = seen.replicas
        try:
            one = mutation.see()
        except Trouble as trouble:
            one = Observation(Facts({}), trouble=trouble)
        return replace(seen, replicas=((name, one), *others))

    return replace(mutation, what=f"{mutation.what}, from one address", see=see)


def first_of(seen: Observation) -> Facts:
    """Return the facts of what was seen; of several addresses, those of the first."""
    one = seen.replicas[0][1] if seen.replicas else seen
    return one.facts
