"""One run as a probe's page shows it: where the time went, every verdict, the evidence. All of it is text."""

from collections.abc import Sequence
from dataclasses import dataclass

from checker.core.duration import format_duration
from checker.core.outcome import Exchange, Outcome, StepOutcome, Truth, Verdict
from checker.surfaces.meaning import MEANINGS as REASONS
from checker.surfaces.printable import body, line
from checker.surfaces.report.curl import curl
from checker.surfaces.report.verdicts import addition
from checker.surfaces.waterfall import Lane, waterfall
from checker.surfaces.web.moments import Moment, moment

AXIS = 1000
"""Units of the waterfall's horizontal axis."""


@dataclass(frozen=True, slots=True)
class PhaseBar:
    """A phase in the waterfall, in units of the axis."""

    phase: str
    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One assertion."""

    verdict: str
    subject: str
    operator: str
    expected: str
    seen: str
    message: str


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One request and its answer, as text, and the command that repeats it."""

    title: str
    request: str
    answer: str
    curl: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a run."""

    name: str
    kind: str
    result: str
    reason: str
    message: str
    note: str
    duration: str
    x: float
    width: float
    bars: tuple[PhaseBar, ...]
    rest: str
    assertions: tuple[VerdictRow, ...]
    warnings: tuple[VerdictRow, ...]
    verdicts: str
    exchanges: tuple[ExchangeView, ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """One run with all that is known of it."""

    at: Moment
    result: str
    step: str
    reason: str
    meaning: str
    message: str
    masked: bool
    duration: str
    steps: tuple[StepView, ...]
    har: str = ""


def run(outcome: Outcome, now: float, har: str = "") -> RunView:
    """Return one run; what a target answered is text in it, and nothing else. `har` is where its archive is."""
    return RunView(
        at=moment(outcome.started_at, now),
        result=outcome.result.value,
        step=line(outcome.step or ""),
        reason=outcome.reason or "",
        meaning=REASONS[outcome.reason] if outcome.reason else "",
        message=line(outcome.message or ""),
        masked=bool(outcome.masked),
        duration=format_duration(outcome.duration),
        steps=tuple(_step(lane) for lane in waterfall(outcome)),
        har=har,
    )


def _step(lane: Lane) -> StepView:
    step = lane.step
    return StepView(
        name=line(step.step),
        kind=step.kind,
        result="skipped" if step.skipped is not None else step.result.value,
        reason=step.reason or "",
        message=line(step.message or ""),
        note=_note(step),
        duration=format_duration(step.duration),
        x=_units(lane.start),
        width=_units(lane.length),
        bars=tuple(
            PhaseBar(bar.phase.value, _units(bar.start), _units(bar.length), format_duration(bar.seconds))
            for bar in lane.bars
        ),
        rest=format_duration(lane.rest) if lane.rest else "",
        assertions=_verdicts(step.assertions),
        warnings=_verdicts(step.warnings),
        verdicts=_held(step),
        exchanges=tuple(_exchange(exchange) for exchange in step.exchanges),
    )


def _units(fraction: float) -> float:
    return round(fraction * AXIS, 1)


def _note(step: StepOutcome) -> str:
    notes = [
        f"skipped: {line(step.skipped)}" if step.skipped is not None else "",
        f"{step.attempts} attempts, the last is shown" if step.attempts > 1 else "",
        "runs in any case" if step.always else "",
    ]
    return "; ".join(note for note in notes if note)


def _verdicts(verdicts: Sequence[Verdict]) -> tuple[VerdictRow, ...]:
    """What did not hold comes first."""
    ordered = sorted(verdicts, key=lambda verdict: verdict.verdict is Truth.HOLDS)
    return tuple(
        VerdictRow(
            one.verdict.value,
            *(line(text) for text in (one.subject, one.operator, one.expected, one.seen, addition(one))),
        )
        for one in ordered
    )


def _held(step: StepOutcome) -> str:
    every = (*step.assertions, *step.warnings)
    held = sum(verdict.verdict is Truth.HOLDS for verdict in every)
    return f"{held} of {len(every)} expectations held"


def _exchange(exchange: Exchange) -> ExchangeView:
    answer = f"{exchange.status}" if exchange.status is not None else "no answer"
    at = f" at {line(exchange.address)}" if exchange.address else ""
    return ExchangeView(
        title=line(f"{exchange.method} {exchange.url} → {answer}") + at,
        request=_message(
            f"{exchange.method} {exchange.url}", exchange.request_headers, exchange.request_body
        ),
        answer=_message(
            f"{exchange.http_version} {exchange.status}".strip(),
            exchange.response_headers,
            exchange.response_body,
        )
        if exchange.status is not None
        else "",
        curl=curl(exchange),
    )


def _message(first: str, headers: Sequence[tuple[str, str]], content: bytes) -> str:
    head = "\n".join([line(first), *(line(f"{name}: {value}") for name, value in headers)])
    return f"{head}\n\n{body(content)}" if content else head
