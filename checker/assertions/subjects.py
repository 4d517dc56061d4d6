"""What an assertion or a capture is about: one value among the facts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from checker.assertions.invalid import Findings, Invalid, Problem, described, did_you_mean, key_of
from checker.assertions.jsonpath import JsonPath, compile_path
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.core.reason import Reason

_DASHED = re.compile(r"\.([A-Za-z_]\w*(?:[-:@/]\w+)+)")


@dataclass(frozen=True, slots=True)
class Subject:
    """One value among the facts. `find` returns it, or an Absent that says why there is none."""

    text: str  # as a path: status, headers.content-type, json.$.results[0].id
    unit: Unit
    reason: Reason  # of a run in which an expectation on it missed
    find: Callable[[Facts], object]


def subject(fact: Fact, selector: Any) -> Subject:
    """Return the subject that a fact and what is written below it name; raises Invalid."""
    if fact.shape is Shape.VALUE:
        return Subject(fact.name, fact.unit, fact.reason, partial(_whole, fact.name))
    if not isinstance(selector, str):
        raise _invalid(f"{fact.name} is asked by {_WHAT[fact.shape]}, not {described(selector)}")
    if fact.shape is Shape.JSONPATH:
        return _queried(fact, selector)
    return _declared(fact, selector) if fact.shape is Shape.KEYS else _open(fact, selector)


_WHAT = {Shape.KEYS: "a key", Shape.OPEN: "a name", Shape.JSONPATH: "a JSONPath"}


def _invalid(message: str, hint: str | None = None) -> Invalid:
    return Invalid((Problem((), message, hint),))


def _queried(fact: Fact, text: str) -> Subject:
    try:
        path = compile_path(text)
    except ValueError as error:
        hint = _quoted_names(text) if text.startswith("$") else f"did you mean '$.{text}'?"
        raise _invalid(str(error), hint) from None
    return Subject(f"{fact.name}.{text}", Unit.PLAIN, fact.reason, partial(_found, fact.name, path))


def _quoted_names(text: str) -> str | None:
    """Return how a path with names such as `user-agent` is written, if that is what is wrong with it."""
    quoted = _DASHED.sub(r"['\1']", text)
    try:
        compile_path(quoted)
    except ValueError:
        return None
    return f'such a name is quoted: "{quoted}"'


def _declared(fact: Fact, name: str) -> Subject:
    key = next((key for key in fact.keys if key.name == name), None)
    if key is None:
        known = [key.name for key in fact.keys]
        hint = did_you_mean(name, known) or f"known are {', '.join(known)}"
        raise _invalid(f"there is no {fact.name}.{name}", hint)
    reason = fact.reason if key.reason is Reason.ASSERTION else key.reason
    # The kind's own mapping is no document: what it leaves out was not looked for.
    find = partial(_member, fact.name, name, known=False)
    return Subject(f"{fact.name}.{name}", key.unit, reason, find)


def _open(fact: Fact, name: str) -> Subject:
    if "${" in name:
        raise _invalid(f"what is known only at run time cannot be a name of {fact.name}")
    member = _folded if fact.ignore_case else _member
    key = name.lower() if fact.ignore_case else name
    return Subject(f"{fact.name}.{name}", fact.unit, fact.reason, partial(member, fact.name, key, known=True))


def _whole(name: str, facts: Facts) -> object:
    return facts.get(name)


def _found(name: str, path: JsonPath, facts: Facts) -> object:
    document = facts.get(name)
    return document if isinstance(document, Absent) else path.find(document)


def _member(name: str, key: str, facts: Facts, *, known: bool) -> object:
    values = facts.get(name)
    if isinstance(values, Absent):
        return values
    if not isinstance(values, Mapping):
        return Absent(f"{name} has no parts")
    return values[key] if key in values else Absent(f"there is no {name}.{key}", known=known)


def _folded(name: str, key: str, facts: Facts, *, known: bool) -> object:
    value = _member(name, key, facts, known=known)
    values = facts.get(name)
    if not isinstance(value, Absent) or not isinstance(values, Mapping):
        return value
    return next((seen for other, seen in values.items() if str(other).lower() == key), value)


def named(raw: Mapping[Any, Any], facts: Iterable[Fact], findings: Findings) -> Iterator[tuple[Fact, Any]]:
    """Yield the facts that a mapping names, with what is written below each; notes unknown ones."""
    known = {fact.name: fact for fact in facts}
    for name, below in raw.items():
        if isinstance(name, str) and name in known:
            yield known[name], below
        else:
            findings.add_key((key_of(name),), f"there is no fact {key_of(name)!r}", _hint(str(name), known))


def _hint(name: str, known: Mapping[str, Fact]) -> str:
    fact, dot, rest = name.partition(".")
    if dot and fact in known and known[fact].shape is not Shape.VALUE:
        return f"write {fact}: {{{rest}: …}}"
    return did_you_mean(name, known) or f"known are {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """One value among the facts, for captures and for comparing replicas."""

    subject: Subject

    @property
    def text(self) -> str:
        """The path, such as `json.$.version`."""
        return self.subject.text

    def select(self, facts: Facts) -> object:
        """Return the value, or an Absent that says why there is none; a query that found nothing found none."""
        return self.subject.find(facts)


def compile_selector(raw: Mapping[str, Any], facts: tuple[Fact, ...]) -> Selector:
    """Compile `{FACT: selector}`; raises Invalid.

    The selector is a key, a name or a JSONPath, or `true` for a fact that is one value.
    """
    findings = Findings()
    selector = single_selector(raw, facts, findings)
    findings.raise_if_any()
    return selector


_NOWHERE = Selector(Subject("", Unit.PLAIN, Reason.ASSERTION, lambda _: Absent("nothing was selected")))


def single_selector(raw: Any, facts: tuple[Fact, ...], findings: Findings) -> Selector:
    """Return the one selector of a mapping; notes what is wrong, and then returns one that finds nothing."""
    if not isinstance(raw, Mapping):
        findings.add((), f"expected a mapping of a fact and what to take of it, not {described(raw)}")
        return _NOWHERE
    if len(raw) != 1:
        findings.add((), "expected one fact, such as json: $.id")
    compiled = [_selector(fact, below, findings) for fact, below in named(raw, facts, findings)]
    return compiled[0] if compiled else _NOWHERE


def _selector(fact: Fact, below: Any, findings: Findings) -> Selector:
    if fact.shape is Shape.VALUE and below is not True:
        findings.add((fact.name,), f"{fact.name} is one value", f"write {fact.name}: true")
        return _NOWHERE
    try:
        return Selector(subject(fact, below))
    except Invalid as error:
        findings.take(error, (fact.name,))
        return _NOWHERE
