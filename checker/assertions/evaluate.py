"""Holds assertions against facts. Every assertion is judged; none hides another.

Passing costs a few microseconds an assertion; sentences are only made for what does not hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as Directory
from typing import Any, NamedTuple

from checker.assertions.capture import Capture
from checker.assertions.check import Check
from checker.assertions.explain import LIMIT, SHORT, Redact, missing, shorten, show
from checker.assertions.invalid import Findings, Invalid, Path, described, key_of
from checker.assertions.logic import HOLDS, MISSES, UNTELLABLE
from checker.assertions.matchers import Compiler
from checker.assertions.scales import number
from checker.assertions.subjects import Subject, named, subject
from checker.core.duration import format_duration
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Shape, Unit, hole
from checker.core.outcome import Truth, Verdict
from checker.core.reason import Reason, Result
from checker.core.scope import Scope

__all__ = ["Assertion", "Capture", "compile_expectations", "evaluate"]


SPOILED = 2
"""By how many times what the checker lost a measured time may be too long: what queued up meanwhile had to go first."""

_WORD = 1 << 63  # an integer below it is short: of a unit that is shown as it is, it is shown whole
_AS_IT_IS = (Unit.PLAIN, Unit.STATUS)
_TRIED = 16  # times that might have been measured instead which are tried, evenly spread


@dataclass(frozen=True, slots=True)
class Assertion:
    """One operator, held against one subject. `text`: what is expected, where no redaction can shorten it."""

    subject: Subject
    check: Check
    text: str | None = None

    @property
    def path(self) -> str:
        """The subject as a path: `status`, `json.$.results[0].id`."""
        return self.subject.text

    @property
    def operator(self) -> str:
        """The operator's name; a scalar is `eq`, a list `in`."""
        return self.check.operator.name


def compile_expectations(
    raw: Mapping[str, Any], facts: tuple[Fact, ...], base_directory: Directory
) -> tuple[Assertion, ...]:
    """Compile an `expect` or `warn` mapping, statuses first; raises Invalid with everything that is wrong."""
    findings = Findings()
    compiled = list(_assertions(raw, facts, Compiler(findings, base_directory), findings))
    findings.raise_if_any()
    return tuple(sorted(compiled, key=lambda assertion: assertion.subject.unit is not Unit.STATUS))


def _assertions(
    raw: Any, facts: tuple[Fact, ...], compiler: Compiler, findings: Findings
) -> Iterator[Assertion]:
    for path, fact, selector, matcher in _matchers(raw, facts, findings):
        try:
            about = subject(fact, selector)
        except Invalid as error:
            findings.take(error, path, of_key=True)
            continue
        for check in compiler.checks(matcher, about.unit, path):
            yield Assertion(about, check, _lasting(check))


def _matchers(raw: Any, facts: tuple[Fact, ...], findings: Findings) -> Iterator[tuple[Path, Fact, Any, Any]]:
    if not isinstance(raw, Mapping):
        findings.add((), f"expected a mapping of facts and matchers, not {described(raw)}")
        return
    for fact, below in named(raw, facts, findings):
        if fact.shape is Shape.VALUE:
            yield (fact.name,), fact, None, below
        elif isinstance(below, Mapping) and below:
            for selector, matcher in below.items():
                yield (fact.name, key_of(selector)), fact, selector, matcher
        else:
            seen = "an empty one" if isinstance(below, Mapping) else described(below)
            what = f"expected a mapping of {_PARTS[fact.shape]} and matchers, not {seen}"
            findings.add((fact.name,), what, f"such as {fact.name}: {_example(fact)}")


def _example(fact: Fact) -> str:
    examples = {Shape.JSONPATH: "{$.total: {gte: 1}}", Shape.OPEN: "{content-type: {contains: json}}"}
    return examples.get(fact.shape) or f"{{{', '.join(f'{key.name}: …' for key in fact.keys[:1])}}}"


_PARTS = {Shape.KEYS: "keys", Shape.OPEN: "names", Shape.JSONPATH: "JSONPaths"}


def _lasting(check: Check) -> str | None:
    """Return what is expected, unless references or a redaction may change it, or it has to be cut."""
    if check.bind:
        return None
    text = check.expected(str)
    return text if len(text) <= LIMIT and "…" not in text else None


class _Judged(NamedTuple):  # cheaper to make than a dataclass
    """One assertion and what came of it; `trouble` is why it could not even be asked."""

    assertion: Assertion
    check: Check
    value: object
    truth: Truth
    trouble: Trouble | ValueError | None = None


def evaluate(
    assertions: tuple[Assertion, ...],
    facts: Facts,
    scope: Scope,
    now: float,
    redact: Redact,
    lost: float = 0.0,
) -> tuple[Verdict, ...]:
    """Return a verdict for each assertion; the first that does not hold carries the run's reason.

    That is a status, else what could not be decoded, else what was asserted, in the order of the file; last comes
    what the checker itself could not provide. `now` is in seconds since the epoch; `redact` is applied to every
    text before it is cut. `lost`: seconds for which the checker itself stood still meanwhile.
    """
    judged = _judged(assertions, facts, scope, now)
    if lost:
        judged = [_unspoiled(one, now, lost) for one in judged]
    if not [one for one in judged if one.truth is not HOLDS]:
        return _held(judged, redact)
    verdicts = [(_rank(one), _verdict(one, facts, now, redact)) for one in judged]
    verdicts.sort(key=lambda ranked: ranked[0])
    return tuple(verdict for _, verdict in verdicts)


def _judged(assertions: tuple[Assertion, ...], facts: Facts, scope: Scope, now: float) -> list[_Judged]:
    about, value = None, None
    judged = []
    for assertion in assertions:
        if assertion.subject is not about:
            about = assertion.subject
            value = about.find(facts)
        judged.append(_judge(assertion, value, scope, now))
    return judged


def _judge(assertion: Assertion, value: object, scope: Scope, now: float) -> _Judged:
    check = assertion.check
    try:
        check = check.bound(scope)
        return _Judged(assertion, check, value, check.judge(value, now))
    except (Trouble, ValueError) as trouble:
        return _Judged(assertion, check, value, UNTELLABLE, trouble)
    except RecursionError:
        return _Judged(assertion, check, value, UNTELLABLE, ValueError("the value is nested too deeply"))


def _unspoiled(one: _Judged, now: float, lost: float) -> _Judged:
    """Return what was judged, without a verdict on a time that the checker may have made too long itself."""
    about, seen = one.assertion.subject, one.value
    if one.truth is not MISSES or about.reason is not Reason.SLOW or not isinstance(seen, int | float):
        return one
    instead = (max(0.0, seen - lost * SPOILED * part / _TRIED) for part in range(1, _TRIED + 1))
    if not any(one.check.judge(time, now) is HOLDS for time in instead):
        return one
    expected, stood = one.assertion.text or one.check.expected(str), format_duration(lost)
    why = f"expected {expected}, saw {show(seen, about.unit, str)}, but the checker itself stood still for {stood}"
    return one._replace(truth=UNTELLABLE, trouble=Trouble(Reason.OVERLOADED, f"{why} meanwhile"))


def _held(judged: list[_Judged], redact: Redact) -> tuple[Verdict, ...]:
    """Return the verdicts of assertions that all hold; the short texts are redacted together, which is cheaper."""
    texts: list[str] = []
    for one in judged:
        texts += _texts(one, redact)
    texts = _redacted(texts, redact)
    verdicts = [
        Verdict(one.assertion.subject.text, one.assertion.check.operator.name, expected, seen, HOLDS)
        for one, expected, seen in zip(judged, texts[::2], texts[1::2], strict=True)
    ]
    return tuple(verdicts)


def _redacted(texts: list[str], redact: Redact) -> list[str]:
    together = "\n".join(texts)
    redacted = redact(together)
    if redacted == together:
        return texts
    return [shorten(redact(text)) for text in texts]


def _texts(one: _Judged, redact: Redact) -> tuple[str, str]:
    """Return what was expected and seen. Who asks redacts both; before that, only what has to be cut is redacted."""
    value, unit = one.value, one.assertion.subject.unit
    expected = one.assertion.text or shorten(one.check.expected(redact))
    if type(value) is int and unit in _AS_IT_IS and -_WORD < value < _WORD:
        return expected, str(value)
    return expected, show(value, unit, redact)


def _rank(one: _Judged) -> int:
    if _own(one):
        return 3
    if one.assertion.subject.unit is Unit.STATUS:
        return 0
    return 1 if isinstance(one.value, Absent) and one.value.reason and one.truth is not HOLDS else 2


def _verdict(one: _Judged, facts: Facts, now: float, redact: Redact) -> Verdict:
    expected, seen = (redact(text) for text in _texts(one, redact))
    assertion = one.assertion
    if one.truth is HOLDS:
        return Verdict(assertion.path, assertion.operator, expected, seen, HOLDS)
    if isinstance(one.value, Absent):
        seen = shorten(redact(f"{seen} ({missing(one.value, redact)})"))
    told = _sentence(one, expected, now, redact, facts.note(assertion.path))
    message = shorten(redact(f"{shorten(redact(assertion.path), SHORT)}: {told}"))
    reason = _reason(one, facts)
    return Verdict(assertion.path, assertion.operator, expected, seen, one.truth, reason, message, _own(one))


def _own(one: _Judged) -> bool:
    """Whether it is the checker that could not find out."""
    if isinstance(one.trouble, Trouble):
        return one.trouble.own
    absent = _absent(one)
    return absent is not None and absent.own


def _absent(one: _Judged) -> Absent | None:
    """Return what is not known, because of which an assertion does not hold: the value, or something in it."""
    if isinstance(one.value, Absent):
        return one.value if one.truth is not HOLDS else None
    return hole(one.value) if one.truth is UNTELLABLE else None


def _sentence(one: _Judged, expected: str, now: float, redact: Redact, note: str) -> str:
    if one.trouble:
        return redact(str(one.trouble))
    expected = f"expected {shorten(expected, SHORT)}"
    if isinstance(one.value, Absent):
        return f"{expected}, but {missing(one.value, redact)}"
    seen = show(one.value, one.assertion.subject.unit, redact, SHORT)
    detail = one.check.explain(one.value, now, redact) or _exactly(one, seen, expected)
    more = "; ".join(filter(None, (detail, redact(note))))
    return f"{expected}, saw {seen}" + (f" ({more})" if more else "")


def _exactly(one: _Judged, seen: str, expected: str) -> str:
    """Return what rounding hides, where it makes the two read the same."""
    rounded = one.assertion.subject.unit is not Unit.PLAIN and seen in expected.split()
    return f"exactly {one.value!r}" if rounded else ""


def _reason(one: _Judged, facts: Facts) -> Reason:
    reason = _reason_apart(one)
    if reason.result is Result.FAIL and not _own(one) and _from_cache(facts):
        return Reason.STALE_CACHE
    return reason


def _reason_apart(one: _Judged) -> Reason:
    if isinstance(one.trouble, Trouble):
        return one.trouble.reason
    absent = _absent(one)
    if absent and absent.reason:
        return absent.reason
    subject_ = one.assertion.subject
    return _status_reason(one.value) if subject_.unit is Unit.STATUS else subject_.reason


def _status_reason(value: object) -> Reason:
    status = number(value) or 0
    return _STATUS_REASONS.get(status) or (
        Reason.SERVER_ERROR if 500 <= status <= 599 else Reason.UNEXPECTED_STATUS
    )


_STATUS_REASONS: Mapping[float, Reason] = {
    401: Reason.AUTH_REJECTED,
    403: Reason.AUTH_REJECTED,
    407: Reason.AUTH_REJECTED,
    429: Reason.RATE_LIMITED,
}


def _from_cache(facts: Facts) -> bool:
    cache = facts.get("cache")
    return isinstance(cache, Mapping) and cache.get("hit") is True
