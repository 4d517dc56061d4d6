"""One probe's page: the claim beside the truth, where the time went, every verdict, the evidence of what failed."""

from dataclasses import dataclass

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.duration import format_duration
from checker.core.reason import Phase, Result
from checker.surfaces.causes.evidence import Cause, Happened
from checker.surfaces.causes.likely import NOTHING, causes
from checker.surfaces.meaning import MEANINGS as REASONS
from checker.surfaces.printable import line
from checker.surfaces.report.json import numbers
from checker.surfaces.web.drawing import RUN_WIDTH, Block, blocks, trend
from checker.surfaces.web.filters import Filter
from checker.surfaces.web.marks import MEANINGS, mark_of
from checker.surfaces.web.moments import Moment, moment
from checker.surfaces.web.runs import RunView, run
from checker.surfaces.web.views import Row, probe_href, row


@dataclass(frozen=True, slots=True)
class ValueView:
    """A captured number and how it went."""

    name: str
    latest: str
    trend: str
    words: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """A piece of evidence, and the page of the probe that it is from; "" where that is this one."""

    text: str
    probe: str
    href: str


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
    causes: tuple[CauseView, ...]
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


def detail(
    view: ProbeView,
    snapshot: Snapshot,
    wanted: Filter,
    notices: tuple[str, ...] = (),
    happened: Happened = NOTHING,
) -> Detail:
    """Return the page of one probe."""
    now, mark = snapshot.taken_at, mark_of(view)
    shown = row(mark, view, snapshot, wanted)
    return Detail(
        title=f"{shown.name}: {mark.value} - checker",
        row=shown,
        meaning=MEANINGS[mark],
        description=line(view.probe.description),
        reason_meaning=next((text for reason, text in REASONS.items() if reason.value == shown.reason), ""),
        causes=tuple(_cause(cause) for cause in causes(view, snapshot, happened)),
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


def _cause(cause: Cause) -> CauseView:
    name = cause.probe or ""
    return CauseView(cause.text, line(name), probe_href(name) if name else "")


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
