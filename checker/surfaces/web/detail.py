"""One probe's page: the claim beside the truth, where the time went, every verdict, the evidence of what failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.duration import format_duration
from checker.core.outcome import Exchange, Outcome, StepOutcome, Truth, Verdict
from checker.core.reason import Phase, Result
from checker.surfaces.meaning import MEANINGS as REASONS
from checker.surfaces.printable import body, line
from checker.surfaces.report.curl import curl
from checker.surfaces.report.json import numbers
from checker.surfaces.report.verdicts import addition
from checker.surfaces.waterfall import Lane, waterfall
from checker.surfaces.web.drawing import RUN_WIDTH, Block, blocks, trend
from checker.surfaces.web.filters import Filter
from checker.surfaces.web.marks import MEANINGS, mark_of
from checker.surfaces.web.moments import Moment, moment
from checker.surfaces.web.views import Row, row

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


@dataclass(frozen=True, slots=True)
class ValueView:
    """A captured number and how it went."""

    name: str
    latest: str
    trend: str
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A past run in the long strip."""

    x: int
    blocks: tuple[Block, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Detail:
    """The page."""

    title: str
    row: Row
    meaning: str
    description: str
    reason_meaning: str
    facts: tuple[tuple[str, str], ...]
    last: RunView | None
    failures: tuple[RunView, ...]
    values: tuple[ValueView, ...]
    ticks: tuple[Tick, ...]
    strip_width: int
    durations: ValueView
    taken_at: Moment
    phases: tuple[str, ...] = tuple(phase.value for phase in Phase)
    notices: tuple[str, ...] = ()


def detail(view: ProbeView, snapshot: Snapshot, wanted: Filter, notices: tuple[str, ...] = ()) -> Detail:
    """Return the page of one probe."""
    now, mark = snapshot.taken_at, mark_of(view)
    shown = row(mark, view, snapshot, wanted)
    return Detail(
        title=f"{shown.name}: {mark.value} - checker",
        row=shown,
        meaning=MEANINGS[mark],
        description=line(view.probe.description),
        reason_meaning=next((text for reason, text in REASONS.items() if reason.value == shown.reason), ""),
        facts=_facts(view),
        last=run(view.last, now) if view.last else None,
        failures=tuple(run(outcome, now) for outcome in reversed(view.failures) if outcome is not view.last),
        values=_values(view),
        ticks=_ticks(view, now),
        strip_width=max(1, len(view.history)) * RUN_WIDTH,
        durations=_durations(view),
        taken_at=moment(now, now),
        notices=notices,
    )


def run(outcome: Outcome, now: float) -> RunView:
    """Return one run; what a target answered is text in it, and nothing else."""
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


def _facts(view: ProbeView) -> tuple[tuple[str, str], ...]:
    probe = view.probe
    runs = sum(view.runs.values())
    passed = view.runs.get(Result.PASS, 0) + view.runs.get(Result.DEGRADED, 0)
    told = (
        ("Every", format_duration(probe.interval)),
        ("Timeout", format_duration(probe.timeout)),
        ("Down after", f"{probe.fail_after} failed runs in a row"),
        ("Up after", f"{probe.recover_after} passed runs in a row"),
        (
            "Objective",
            f"{probe.slo:.4%}".rstrip("0%").rstrip(".") + "% available" if probe.slo is not None else "",
        ),
        ("Runs", f"{runs}, of which {passed} passed" + (f"; {view.skipped} skipped" if view.skipped else "")),
        ("Effects", "writes at its target" if probe.writes else ""),
    )
    return tuple((name, text) for name, text in told if text)


def _values(view: ProbeView) -> tuple[ValueView, ...]:
    series: dict[str, list[float]] = {}
    for summary in view.history:
        for name, value in numbers(summary.values).items():
            series.setdefault(name, []).append(value)
    return tuple(_value(name, values) for name, values in series.items())


def _value(name: str, values: list[float]) -> ValueView:
    words = f"{len(values)} values between {min(values):g} and {max(values):g}"
    return ValueView(line(name), f"{values[-1]:g}", trend(values, 240, 40, low=min(values)), words)


def _durations(view: ProbeView) -> ValueView:
    spent = [summary.duration for summary in view.history] or [0.0]
    words = f"between {format_duration(min(spent))} and {format_duration(max(spent))}"
    return ValueView("duration", format_duration(spent[-1]), trend(spent, 600, 64), words)


def _ticks(view: ProbeView, now: float) -> tuple[Tick, ...]:
    return tuple(
        Tick(
            place * RUN_WIDTH,
            blocks(summary),
            f"{moment(summary.started_at, now).exact}: {summary.result.value}"
            + (f" ({summary.reason})" if summary.reason else "")
            + f", {format_duration(summary.duration)}",
        )
        for place, summary in enumerate(view.history)
    )
