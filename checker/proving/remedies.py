"""What to expect so that a mutation is noticed. Each is tried: it holds on what came, and misses on the mutation.

No text that came is quoted: it may be a secret that nobody has named one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from checker.assertions.evaluate import compile_expectations, evaluate
from checker.assertions.invalid import Invalid
from checker.assertions.jsonpath import compile_path, path_below
from checker.assertions.subjects import subject
from checker.assertions.values import kind
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Shape
from checker.core.outcome import Truth
from checker.core.scope import Scope
from checker.core.template import Reference, Template
from checker.kinds.contract import Mutation
from checker.proving.documents import is_total, main_list, path_of, totals

_SOME: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "array": ({"length": {"gte": 1}}, {"type": "array"}),
    "object": ({"empty": False}, {"type": "object"}),
    "string": ({"empty": False}, {"type": "string"}, {"newer_than": "1d"}),
    "number": ({"type": "number"}, {"gt": 0}, {"newer_than": "1d"}),
    "boolean": ({"type": "boolean"},),
}
_BODIES = frozenset({"empty_body", "login_page", "error_document", "truncated"})
_NAME = re.compile(r"\w+")
_KEYS = 5  # of an object, that are thought of

Try = tuple[str, str, object]
"""A fact, what is written below it (if anything), and a matcher."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to write into `expect`: a fact, what stands below it if it has parts, and a matcher."""

    fact: str
    selector: str
    matcher: object

    @property
    def path(self) -> str:
        """Where it belongs: `expect.json.$.totalResults`."""
        return ".".join(filter(None, ("expect", self.fact, self.selector)))

    @property
    def text(self) -> str:
        """All of it in one line: `expect.json.$.totalResults: {gte: 1}`."""
        return f"{self.path}: {flow(self.matcher)}"


def block(remedies: Iterable[Remedy]) -> tuple[str, ...]:
    """Return remedies of one step as the lines of its `expect`; several of one value are all expected of it."""
    merged: dict[str, dict[str, object]] = {}
    for remedy in remedies:
        below = merged.setdefault(remedy.fact, {})
        old, new = below.get(remedy.selector), remedy.matcher
        both = isinstance(old, Mapping) and isinstance(new, Mapping)
        below[remedy.selector] = {**old, **new} if both else old or new  # type: ignore[dict-item]
    return ("expect:", *(line for fact, below in merged.items() for line in _fact_lines(fact, below)))


def _fact_lines(fact: str, below: Mapping[str, object]) -> Iterator[str]:
    if "" in below:
        yield f"  {fact}: {flow(below[''])}"
        return
    yield f"  {fact}:"
    for selector, matcher in below.items():
        yield f"    {_key(selector)}: {flow(matcher)}"


def _key(text: str) -> str:
    """Return a key as YAML, quoted where it has to be."""
    written: str = yaml.safe_dump({text: 0}, width=10_000, allow_unicode=True)
    return written.rstrip().removesuffix(": 0")


def flow(value: object) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.removesuffix("...\n").strip()


@dataclass(frozen=True, slots=True)
class Patient:
    """What a remedy is held against: the facts that came, of a kind that knows these."""

    facts: Facts
    known: tuple[Fact, ...]
    now: float
    scope: Scope
    used: Mapping[str, object] = field(default_factory=dict)  # the captures that the request was made of

    def remedy(self, mutation: Mutation, mutated: Callable[[], Facts]) -> Remedy | None:
        """Return what would have noticed a mutation; None where nothing comes to mind."""
        try:
            other = mutated()
        except Trouble:
            return None
        for fact, selector, matcher in self._tries(mutation):
            raw = {fact: {selector: matcher} if selector else matcher}
            if self._holds(raw, self.facts) and not self._holds(raw, other):
                return Remedy(fact, selector, str(matcher) if isinstance(matcher, Template) else matcher)
        nothing_told = not mutation.subject and mutation.name in _BODIES and self.facts.get("size")
        return Remedy("body", "", {"contains": "…"}) if nothing_told else None

    def _holds(self, raw: Mapping[str, Any], facts: Facts) -> bool:
        try:
            assertions = compile_expectations(raw, self.known, Path())
        except Invalid:  # what a value of this unit does not take
            return False
        verdicts = evaluate(assertions, facts, self.scope, self.now, str)
        return all(verdict.verdict is Truth.HOLDS for verdict in verdicts)

    def _tries(self, mutation: Mutation) -> Iterator[Try]:
        if mutation.name.startswith("status_"):
            yield "status", "", self.facts.get("status")
        elif mutation.name == "cache_hit":
            yield "cache", "hit", False
        elif mutation.name == "expired_certificate":
            yield "certificate", "expires_in", {"gt": "14d"}
        elif mutation.subject:
            name, _, selector = mutation.subject.partition(".")
            yield from self._of_subject(name, selector)
        elif mutation.name in _BODIES:
            yield from self._of_body()

    def _of_subject(self, name: str, selector: str) -> Iterator[Try]:
        fact = next(fact for fact in self.known if fact.name == name)
        if fact.shape is Shape.OPEN:
            yield name, selector, {"exists": True}
            return
        value = subject(fact, selector).find(self.facts)
        for matcher in _about(fact, selector, value):
            yield name, selector, matcher
        if isinstance(value, bool):
            yield name, selector, value

    def _of_body(self) -> Iterator[Try]:
        document = self.facts.get("json")
        if not isinstance(document, Absent):
            yield from self._asked_for(document)
            yield from _of_document(document)
        if not self.facts.get("size"):
            yield "status", "", self.facts.get("status")
            yield "size", "", 0

    def _asked_for(self, document: Any) -> Iterator[Try]:
        """Yield what the document was asked for by: a work that was opened by its id has that id."""
        for key, value in document.items() if isinstance(document, dict) else ():
            for name in sorted(self.used):
                if value == self.used[name] and isinstance(value, str) and "." not in name:
                    yield "json", path_below("$", key), Template((Reference("", name),))


def _of_document(document: Any) -> Iterator[Try]:
    at = main_list(document)
    if at is not None:
        yield "json", path_of(at), {"length": {"gte": 1}}
    for place in totals(document):
        yield "json", path_of(place), {"gte": 1}
    if isinstance(document, dict):
        for key in list(document)[:_KEYS]:
            for matcher in _matchers(key, document[key]):
                yield "json", path_below("$", key), matcher
    for matcher in _matchers("", document):
        yield "json", "$", matcher


def _matchers(name: str, value: Any) -> Iterator[Mapping[str, object]]:
    """Yield what may be expected of a value that has this name, the most telling first."""
    if is_total((name,), value):
        yield {"gte": 1}
    yield from _SOME.get(kind(value) or "null", ())


def _about(fact: Fact, selector: str, value: Any) -> Iterator[Mapping[str, object]]:
    """Yield what may be expected of what a selector finds; of each value, where there may be several."""
    name = (_NAME.findall(selector) or [""])[-1]
    if fact.shape is Shape.JSONPATH and compile_path(selector).segments and isinstance(value, list):
        yield from ({"every": matcher} for matcher in _matchers(name, value[0]))
    else:
        yield from _matchers(name, value)
