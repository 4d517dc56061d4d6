"""One operator with its operand, compiled: what it says of a value, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.assertions.explain import Redact
from checker.assertions.logic import UNTELLABLE, Judge
from checker.assertions.operators import Operator
from checker.assertions.values import kind
from checker.assertions.walk import MOST_VISITS
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.scope import Scope

Why = Callable[[Any, float, Redact], str]
"""From a value, the time now and a redactor to what is wrong with the value in particular; empty: nothing to add."""


def nothing_to_add(_value: Any, _now: float, _redact: Redact) -> str:
    """Say nothing beyond what was expected and seen."""
    return ""


@dataclass(frozen=True, slots=True)
class Check:
    """One operator with its operand. One with references in it has `bind`, which fills them in for one run."""

    operator: Operator
    judge: Judge
    expected: Callable[[Redact], str]
    why: Why = nothing_to_add
    bind: Callable[[Scope], "Check"] | None = None

    def bound(self, scope: Scope) -> "Check":
        """Return the check for this run; raises Trouble, and ValueError for what an operand cannot be."""
        return self.bind(scope) if self.bind else self

    def explain(self, value: Any, now: float, redact: Redact) -> str:
        """Return what is wrong with a value that the check does not hold on; empty: nothing to add."""
        text = self.why(value, now, redact)
        return text if text or self.judge(value, now) is not UNTELLABLE else self._unfit(value, redact)

    def _unfit(self, value: Any, redact: Redact) -> str:
        if kind(value) is None:
            return redact(value.why) if isinstance(value, Absent) else "it is no JSON value"
        if isinstance(value, list | dict) and len(value) > MOST_VISITS:
            return f"its length is {len(value)}, and {MOST_VISITS} is the most that can be judged"
        return f"{described(value)} is not {self.operator.wants}"


def waits(_value: Any, _now: float) -> Truth:
    """Say nothing: the check has references that were not filled in."""
    return UNTELLABLE


def described(value: Any) -> str:
    """Return what a JSON value is."""
    noun = _NOUNS[kind(value) or "null"]
    return f"an empty {noun.split()[-1]}" if value in ("", [], (), {}) else noun


_NOUNS = {
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
