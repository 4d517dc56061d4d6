"""What is remembered of past runs: few bytes each, so that an estate of ten thousand probes fits into a sidecar.

The last runs of a probe are one packed value and not sixty objects, which would also cost the garbage collector
its pauses. The evidence of failures may be large: it has a budget over all probes.
"""

import struct
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import overload

from checker.board.snapshot import RunSummary
from checker.core.outcome import Exchange, Outcome, StepOutcome
from checker.core.reason import Reason, Result

RUNS = 60
"""Runs that are remembered of a probe, the oldest forgotten first."""

FAILURES = 10
"""Failed runs that are kept whole, with their evidence."""

EVIDENCE_BUDGET = 64 << 20
"""Bytes of evidence over all probes. Beyond it the oldest goes; the outcome itself stays."""

_RUN = struct.Struct("<ddbbb")  # started_at, duration, result, reason or -1, masked or -1
_RESULT = 16  # where in it the result is
_RESULTS = tuple(Result)
_REASONS = tuple(Reason)
_RESULT_CODES = {result: code for code, result in enumerate(_RESULTS)}
_REASON_CODES = {reason: code for code, reason in enumerate(_REASONS)}
_NO_VALUES: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class History(Sequence[RunSummary]):
    """The summaries of the last runs, oldest first. Immutable: `with_run` returns another."""

    packed: bytes = b""
    names: tuple[str, ...] = ()  # of the values that any of the runs has captured
    numbers: bytes = (
        b""  # a row of doubles for each run, in the order of the names; NaN where it captured none
    )

    def with_run(self, outcome: Outcome) -> "History":
        """Return the history with one more run, without the oldest if there are too many."""
        masked = outcome.masked
        entry = _RUN.pack(
            outcome.started_at,
            outcome.duration,
            _RESULT_CODES[outcome.result],
            -1 if outcome.reason is None else _REASON_CODES[outcome.reason],
            -1 if masked is None else masked,
        )
        packed = (self.packed + entry)[-RUNS * _RUN.size :]
        if not outcome.values and not self.names:
            return History(packed)
        return History(packed, *self._with_values(outcome.values))

    def _with_values(self, values: Mapping[str, float]) -> tuple[tuple[str, ...], bytes]:
        kept = self if values.keys() <= set(self.names) else self._widened(values)
        row = _row(kept.names, values)
        return kept.names, (kept.numbers + row)[-RUNS * len(row) :] if row else b""

    def _widened(self, values: Mapping[str, float]) -> "History":
        """Return the same history with room for more names, and without those that no run has had for long."""
        past = [run.values for run in self]
        names = tuple(dict.fromkeys(name for one in (*past, values) for name in one))
        return History(self.packed, names, b"".join(_row(names, one) for one in past))

    @property
    def latest(self) -> Result | None:
        """The result of the last run, if there was one."""
        return _RESULTS[self.packed[_RESULT - _RUN.size]] if self.packed else None

    def __len__(self) -> int:
        return len(self.packed) // _RUN.size

    @overload
    def __getitem__(self, index: int) -> RunSummary: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RunSummary, ...]: ...
    def __getitem__(self, index: int | slice) -> RunSummary | tuple[RunSummary, ...]:
        if isinstance(index, slice):
            return tuple(self._at(place) for place in range(*index.indices(len(self))))
        return self._at(range(len(self))[index])

    def __iter__(self) -> Iterator[RunSummary]:
        return iter(self[:])

    def _at(self, place: int) -> RunSummary:
        started_at, duration, result, reason, masked = _RUN.unpack_from(self.packed, place * _RUN.size)
        return RunSummary(
            started_at,
            duration,
            _RESULTS[result],
            None if reason < 0 else _REASONS[reason],
            None if masked < 0 else bool(masked),
            self._values_at(place) if self.names else _NO_VALUES,
        )

    def _values_at(self, place: int) -> Mapping[str, float]:
        row = struct.Struct(f"<{len(self.names)}d")
        found = zip(self.names, row.unpack_from(self.numbers, place * row.size), strict=True)
        return {name: number for name, number in found if not isnan(number)}


def _row(names: Sequence[str], values: Mapping[str, float]) -> bytes:
    return struct.pack(f"<{len(names)}d", *(_double(values.get(name, nan)) for name in names))


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return nan  # an integer of hundreds of digits, which no server means as a value


class EvidenceBudget:
    """Bounds the evidence that is kept over all probes. It knows outcomes by what holds them: a probe's name."""

    def __init__(self, budget: int = EVIDENCE_BUDGET) -> None:
        self._budget = budget
        self._used = 0
        self._held: OrderedDict[int, tuple[str, Outcome, int]] = OrderedDict()

    def hold(self, name: str, outcome: Outcome) -> None:
        """Count the evidence of an outcome."""
        size = evidence_size(outcome)
        if size and id(outcome) not in self._held:
            self._held[id(outcome)] = (name, outcome, size)
            self._used += size

    def release(self, outcome: Outcome) -> None:
        """Count it no longer: nothing holds the outcome."""
        _, _, size = self._held.pop(id(outcome), (None, None, 0))
        self._used -= size

    def excess(self) -> Iterator[tuple[str, Outcome]]:
        """Yield, and release, the oldest outcomes whose evidence has to go."""
        while self._used > self._budget:
            name, outcome, _ = next(iter(self._held.values()))
            self.release(outcome)
            yield name, outcome


def without_evidence(outcome: Outcome) -> Outcome:
    """Return the outcome without its exchanges."""
    if not [step for step in outcome.steps if step.exchanges]:
        return outcome
    return replace(outcome, steps=tuple(_bare(step) for step in outcome.steps))


def _bare(step: StepOutcome) -> StepOutcome:
    return replace(step, exchanges=()) if step.exchanges else step


def evidence_size(outcome: Outcome) -> int:
    """Return about how many bytes the outcome's exchanges take."""
    return sum(_size(exchange) for step in outcome.steps for exchange in step.exchanges)


def _size(exchange: Exchange) -> int:
    headers = (*exchange.request_headers, *exchange.response_headers)
    spelled = sum(2 * len(word) for word in exchange.spelled)
    texts = spelled + sum(len(name) + len(value) + 200 for name, value in headers) + len(exchange.url) + 500
    return texts + len(exchange.request_body) + len(exchange.response_body)
