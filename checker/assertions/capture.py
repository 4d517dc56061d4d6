"""Captures: values of one step that later steps use, or that are exported as metrics."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from checker.assertions.explain import Redact, missing
from checker.assertions.invalid import Findings, Invalid, Problem, described
from checker.assertions.patterns import compile_pattern, searched
from checker.assertions.subjects import Selector, single_selector
from checker.assertions.values import kind
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, hole
from checker.core.reason import Reason
from checker.core.scope import Scope

_NUMBER = re.compile(r"[+-]?\d{1,300}(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)

MOST_SECRETS = 8
LONGEST_SECRET = 8 << 10
"""Values that one secret capture may hold, and characters of all of them together.

Each run makes a redactor of them, on the event loop: within these bounds that takes 5 ms, of letters and digits as
tokens are (measured on one core: 3 ms for 8 × 64 characters, 5 ms for one of 8 KiB, 11 ms for one of 16 KiB).
"""

_OPTIONS = ("regex", "metric", "secret")

Find = Callable[[str], str | None]
"""The first group of a regular expression in a text."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture. `metric`: a finite number, exported; `secret`: to be redacted everywhere."""

    name: str
    selector: Selector
    metric: bool = False
    secret: bool = False
    find: Find | None = None

    def take(self, facts: Facts, scope: Scope, redact: Redact) -> object:
        """Return the value, and tell the scope if it is secret; raises Trouble (mostly capture_missing).

        Null and the empty text are missing too: a later step would ask for something else with them. `redact` is
        applied to what a message quotes before that is cut; in place of a secret nothing is quoted.
        """
        found = self.selector.select(facts)
        value = found if type(found) is str else hole(found) or found  # a text, as most are, has no hole
        if isinstance(value, Absent):
            reason = value.reason or Reason.CAPTURE_MISSING
            why = redact(value.why) if self.secret else missing(value, redact)
            raise Trouble(reason, f"{self._what}: {why}", own=value.own)
        if self.find:
            value = self._searched(value, self.find)
        if value is None or value == "" or kind(value) is None:
            raise self._missing(
                "is null" if value is None else "is empty" if value == "" else "is no JSON value"
            )
        if self.metric:
            value = self._number(value)
        if self.secret:
            scope.secret_captures.update(self._within_bounds(value))
        return value

    def _within_bounds(self, value: object) -> list[str]:
        texts = list(islice(_texts(value), MOST_SECRETS + 1))
        if len(texts) > MOST_SECRETS:
            raise self._missing(
                f"holds more than {MOST_SECRETS} values: select those that are secret one by one"
            )
        if (length := sum(map(len, texts))) > LONGEST_SECRET:
            raise self._missing(f"is {length} characters long; as a secret it may have {LONGEST_SECRET}")
        return texts

    @property
    def _what(self) -> str:
        return f"capture {self.name} ({self.selector.text})"

    def _missing(self, why: str) -> Trouble:
        return Trouble(Reason.CAPTURE_MISSING, f"{self._what} {why}")

    def _searched(self, value: object, find: Find) -> str:
        if not isinstance(value, str):
            raise self._missing("is not a text that its regex could search")
        found = find(value)
        if found is None:
            raise self._missing("does not match its regex")
        return found

    def _number(self, value: object) -> float:
        if isinstance(value, str) and self.find:
            value = _number_in(value)
        if kind(value) != "number" or not isinstance(value, int | float):
            raise self._missing("is not a finite number, as a metric has to be")
        return value


def _number_in(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if text.isdecimal() else float(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def compile_capture(
    name: str,
    raw: Mapping[str, Any],
    facts: tuple[Fact, ...],
    base_directory: Path,  # noqa: ARG001 - as for expectations
) -> Capture:
    """Compile `{FACT: selector}` with the optional keys `regex`, `metric` and `secret`; raises Invalid."""
    if not isinstance(raw, Mapping):
        raise Invalid((Problem((), f"expected a mapping such as {{json: $.id}}, not {described(raw)}"),))
    findings = Findings()
    find = _pattern(raw, findings)
    metric, secret = (_flag(raw, option, findings) for option in ("metric", "secret"))
    if metric and secret:
        findings.add(("metric",), "a secret cannot be exported as a metric")
    selector = single_selector(
        {key: below for key, below in raw.items() if key not in _OPTIONS}, facts, findings
    )
    findings.raise_if_any()
    return Capture(name, selector, metric, secret, find)


def _flag(raw: Mapping[str, Any], name: str, findings: Findings) -> bool:
    value = raw.get(name, False)
    if not isinstance(value, bool):
        findings.add((name,), f"expected true or false, not {described(value)}")
    return value is True


def _pattern(raw: Mapping[str, Any], findings: Findings) -> Find | None:
    if "regex" not in raw:
        return None
    try:
        pattern = compile_pattern(raw["regex"])
    except ValueError as error:
        findings.add(("regex",), str(error))
        return None
    if pattern.groups < 1:
        findings.add(("regex",), "the expression has no group", "put what to take in parentheses")
        return None

    def find(text: str) -> str | None:
        return first_group(pattern, text)

    return find


def first_group(pattern: Any, text: str) -> str | None:
    """Return what the first group of the first match took; None where there is no match."""
    try:
        match = searched(pattern, text)
    except UnicodeEncodeError:
        return None
    group = match.group(1) if match else None
    return None if group is None else group.decode("utf-8", "replace")
