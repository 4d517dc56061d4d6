"""Compiles a matcher, as it stands in checks.yaml, into checks of a value.

A scalar is `eq`, a list is `in`, a mapping is one check an operator. The structure is fixed at load: at run
time references are filled into operands only, so nothing that a server answered can become an operator.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path as Directory
from typing import Any

from checker.assertions.bounds import contradiction
from checker.assertions.check import Check, waits
from checker.assertions.combinators import BOTH, combined
from checker.assertions.explain import Redact, preview
from checker.assertions.invalid import Findings, Path, described, did_you_mean, key_of
from checker.assertions.judges import BUILD
from checker.assertions.logic import MISSES, UNTELLABLE, told
from checker.assertions.operators import OPERATORS, Operator, Takes, operators_of
from checker.assertions.scales import SCALES, Unfit
from checker.assertions.schemas import Schema, compile_schema
from checker.assertions.values import kind
from checker.core.facts import Unit
from checker.core.outcome import Truth
from checker.core.template import Template

_SYMBOLS = {
    ">=": "gte",
    ">": "gt",
    "<=": "lte",
    "<": "lt",
    "==": "eq",
    "=": "eq",
    "!=": "ne",
    "=~": "matches",
    "equals": "eq",
    "is": "eq",
    "regex": "matches",
    "min": "gte",
    "max": "lte",
}
"""How other tools write what is meant."""

_COMPARISON = re.compile(r"(>=|>|<=|<|==|!=) *(-?[0-9][0-9.]*(?:ms|s|m|h|d|[KMG]iB)?)")

_RENDERED = {Takes.VALUE, Takes.VALUES, Takes.ORDERED, Takes.PAIR, Takes.ITEM, Takes.TEXT, Takes.SUBSET}


def has_reference(raw: object) -> bool:
    """Return whether a written value has a reference in it, at any depth."""
    if isinstance(raw, Mapping):
        return any(has_reference(key) or has_reference(item) for key, item in raw.items())
    return isinstance(raw, Template) or (isinstance(raw, list | tuple) and any(map(has_reference, raw)))


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles matchers, and notes everything that is wrong with them."""

    findings: Findings
    base_directory: Directory

    def checks(self, raw: Any, unit: Unit, path: Path) -> tuple[Check, ...]:
        """Return the checks of a matcher; fewer where some are wrong."""
        if isinstance(raw, Mapping):
            if not raw:
                self.findings.add(path, "a matcher without operators says nothing")
            found = [self._check(name, operand, unit, (*path, key_of(name))) for name, operand in raw.items()]
            if excluded := contradiction(raw, unit):
                self.findings.add_key((*path, excluded[0]), excluded[1])
        elif isinstance(raw, str) and (compared := _COMPARISON.fullmatch(raw)):
            meant = f"{{{_SYMBOLS[compared[1]]}: {compared[2]}}}"
            hint = f"did you mean {meant}? {{eq: {raw!r}}} if it is that text"
            self.findings.add(path, "an operator within a text is a part of the text", hint)
            return ()
        elif unit is Unit.DURATION:
            self._refuse_exactness(raw, path)
            return ()
        else:
            found = [
                self._simple(OPERATORS["in" if isinstance(raw, list | tuple) else "eq"], raw, unit, path)
            ]
        return tuple(check for check in found if check)

    def _refuse_exactness(self, raw: Any, path: Path) -> None:
        """A measured time is never exactly so long; what was meant is a limit."""
        limit = "gt" if "expires_in" in str(path[-1:]) else "lt"
        try:
            if has_reference(raw):
                raise Unfit("what is known only at run time cannot stand here")
            SCALES[Unit.DURATION].parse(raw)
        except ValueError as error:
            meant = (
                error.hint.replace("did you mean ", "") if isinstance(error, Unfit) and error.hint else "2s"
            )
            self.findings.add(path, str(error), f"write {{{limit}: {meant.rstrip('?')}}}")
            return
        hint = f"did you mean {{{limit}: {raw}}}? {{eq: {raw}}} if it is exactly that"
        self.findings.add(path, "a duration is hardly ever exactly so long", hint)

    def _check(self, name: Any, raw: Any, unit: Unit, path: Path) -> Check | None:
        operator = OPERATORS.get(name) if isinstance(name, str) else None
        if operator is None or unit not in operator.units:
            self._refuse(name, operator, unit, path)
            return None
        if operator.takes is Takes.MATCHER:
            return self._around(operator, (raw,), unit, (path,))
        if operator.takes is Takes.MATCHERS:
            return self._around_several(operator, raw, unit, path)
        return self._simple(operator, raw, unit, path)

    def _refuse(self, name: Any, operator: Operator | None, unit: Unit, path: Path) -> None:
        names = [known.name for known in operators_of(unit)]
        if operator:
            self.findings.add_key(
                path, f"{name} says nothing about a {SCALES[unit].noun}", f"known are {', '.join(names)}"
            )
        else:
            shown = repr(name) if isinstance(name, str) else described(name)
            meant = _SYMBOLS.get(str(name))
            hint = did_you_mean(meant or str(name), names) or "to compare with a mapping, write eq: {…}"
            self.findings.add_key(path, f"there is no operator {shown}", hint)

    def _around_several(self, operator: Operator, raw: Any, unit: Unit, path: Path) -> Check | None:
        if not isinstance(raw, list | tuple) or not raw:
            self.findings.add(path, f"{operator.name} takes a list of matchers, with one at least")
            return None
        return self._around(operator, tuple(raw), unit, tuple((*path, index) for index in range(len(raw))))

    def _around(
        self, operator: Operator, raws: tuple[Any, ...], unit: Unit, paths: tuple[Path, ...]
    ) -> Check | None:
        inner = tuple(self._one(raw, unit, path) for raw, path in zip(raws, paths, strict=True))
        checks = tuple(check for check in inner if check)
        return combined(operator, checks) if len(checks) == len(raws) else None

    def _one(self, raw: Any, unit: Unit, path: Path) -> Check | None:
        checks = self.checks(raw, unit, path)
        return combined(BOTH, checks) if len(checks) > 1 else checks[0] if checks else None

    def _simple(self, operator: Operator, raw: Any, unit: Unit, path: Path) -> Check | None:
        try:
            if not has_reference(raw):
                return self._ready(operator, raw, unit)
            if operator.takes not in _RENDERED or not SCALES[unit].at_run_time:
                raise Unfit("what is known only at run time cannot stand here")
        except ValueError as error:
            hint, at = (error.hint, error.at) if isinstance(error, Unfit) else (None, ())
            self.findings.add((*path, *at), str(error), hint)
            return None
        return self._waiting(operator, _thawed(raw), unit)

    def _waiting(self, operator: Operator, raw: Any, unit: Unit) -> Check:
        return Check(
            operator,
            judge=waits,
            expected=partial(_expected, operator, _as_written(raw), unit),
            bind=lambda scope: self._ready(operator, scope.render(raw), unit),
        )

    def _ready(self, operator: Operator, raw: Any, unit: Unit) -> Check:
        if operator.takes is Takes.SCHEMA:
            return _schema_check(operator, compile_schema(raw, self.base_directory))
        if operator.takes is Takes.ITEM and not isinstance(raw, str):
            operator = replace(operator, wants="a list with something in it")
        return Check(operator, BUILD[operator.name](raw, unit), partial(_expected, operator, raw, unit))


def _thawed(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key: _thawed(item) for key, item in raw.items()}
    return [_thawed(item) for item in raw] if isinstance(raw, list | tuple) else raw


def _as_written(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {str(key): _as_written(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [_as_written(item) for item in raw]
    return str(raw) if isinstance(raw, Template) else raw


def _expected(operator: Operator, raw: Any, unit: Unit, redact: Redact) -> str:
    if operator.takes is Takes.FLAG:
        return operator.phrase if raw else f"not {operator.phrase}"
    glue = _GLUE.get(operator.takes)
    several = raw if glue and isinstance(raw, list | tuple) else [raw]
    return operator.phrase.format(
        (glue or "").join(_operand(operator, item, unit, redact) for item in several)
    )


_GLUE = {Takes.VALUES: ", ", Takes.PAIR: " and ", Takes.KINDS: " or "}


def _operand(operator: Operator, raw: Any, unit: Unit, redact: Redact) -> str:
    if operator.takes is Takes.PATTERN:
        return redact("'" + str(raw).replace("\n", "\\n") + "'")
    if unit is not Unit.PLAIN or operator.takes in {Takes.DURATION, Takes.KINDS}:
        return redact(str(raw))
    return preview(raw, redact)


def _schema_check(operator: Operator, schema: Schema) -> Check:
    def judge(value: Any, _now: float) -> Truth:
        if kind(value) in {None, "null"}:
            return UNTELLABLE
        try:
            return told(schema.is_valid(value))
        except ValueError:
            return UNTELLABLE

    def why(value: Any, now: float, redact: Redact) -> str:
        return redact(schema.first_error(value) or "") if judge(value, now) is MISSES else ""

    return Check(operator, judge, lambda redact: redact(operator.phrase.format(schema.name)), why)
