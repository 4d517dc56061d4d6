"""One probe's page: the claim beside the truth, where the time went, every verdict, the evidence of what failed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.duration import format_duration
from checker.core.outcome import Outcome
from checker.core.reason import Phase, Result
from checker.engine.plan import PlannedProbe
from checker.surfaces.causes.evidence import Cause, Happened
from checker.surfaces.causes.likely import NOTHING, causes
from checker.surfaces.meaning import MEANINGS as REASONS
from checker.surfaces.printable import line
from checker.surfaces.report.json import numbers
from checker.surfaces.web.archive import archive_href
from checker.surfaces.web.drawing import RUN_WIDTH, Block, blocks, strip_words, trend
from checker.surfaces.web.filters import Filter
from checker.surfaces.web.marks import MEANINGS, mark_of
from checker.surfaces.web.moments import Moment, moment
from checker.surfaces.web.runs import RunView, run
from checker.surfaces.web.views import Row, probe_href, row

TREND_WIDTH, TREND_HEIGHT = 600, 64

STRIP_RUNS = 30
"""Runs for which there is room in the long strip at least, so that a new probe's few are not drawn as blocks."""


@dataclass(frozen=True, slots=True)
class ValueView:
    """A number of each run, and how it went."""

    name: str
    latest: str
    trend: str
    words: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """A piece of evidence in parts: texts, and names of probes with their pages; "" where a part leads to none.

    `peers`: it tells who suffers alike, and explains nothing.
    """

    parts: tuple[tuple[str, str], ...]
    peers: bool = False

    @property
    def text(self) -> str:
        """The whole sentence."""
        return "".join(text for text, _ in self.parts)


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
    strip_words: str
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
        last=_run(view, view.last, now) if view.last else None,
        failures=tuple(
            _run(view, outcome, now) for outcome in reversed(view.failures) if outcome is not view.last
        ),
        values=_values(view),
        ticks=_ticks(view, now),
        strip_width=max(STRIP_RUNS, len(view.history)) * RUN_WIDTH,
        strip_words=strip_words(view.history),
        durations=_durations(view),
        taken_at=moment(now, now),
        notices=notices,
    )


def _run(view: ProbeView, outcome: Outcome, now: float) -> RunView:
    failed = any(one is outcome for one in view.failures)
    return run(outcome, now, archive_href(view.probe.name, outcome) if failed else "")


def _cause(cause: Cause) -> CauseView:
    """The names of the probes are where the sentence leads to them: each where it comes first."""
    left = {line(name): probe_href(name) for name in (cause.probe, *cause.also) if name}
    names = "|".join(map(re.escape, sorted(left, key=len, reverse=True)))
    parts: list[tuple[str, str]] = []
    end = 0
    for named in re.finditer(rf"(?<![\w./-])(?:{names})(?![\w./-])", cause.text) if left else ():
        if href := left.pop(named[0], ""):
            parts += (cause.text[end : named.start()], ""), (named[0], href)
            end = named.end()
    parts.append((cause.text[end:], ""))
    return CauseView(tuple(part for part in parts if part[0]), cause.peers)


def _facts(view: ProbeView) -> tuple[tuple[str, str], ...]:
    probe = view.probe
    runs = sum(view.runs.values())
    passed = view.runs.get(Result.PASS, 0) + view.runs.get(Result.DEGRADED, 0)
    told = (
        ("Every", _every(probe)),
        ("Timeout", format_duration(probe.timeout)),
        ("Down after", _down_after(probe)),
        ("Up after", f"{probe.recover_after} passed runs in a row"),
        (
            "Objective",
            f"{probe.slo:.4%}".rstrip("0%").rstrip(".") + "% available" if probe.slo is not None else "",
        ),
        ("Runs", f"{runs}, of which {passed} passed" + (f"; {view.skipped} skipped" if view.skipped else "")),
        ("Effects", "writes at its target" if probe.writes else ""),
    )
    return tuple((name, text) for name, text in told if text)


def _every(probe: PlannedProbe) -> str:
    failing = probe.interval_on_failure
    often = (
        f"; {format_duration(failing)} while its runs fail" if failing not in (None, probe.interval) else ""
    )
    return format_duration(probe.interval) + often


def _down_after(probe: PlannedProbe) -> str:
    if probe.fail_after == 1:
        return "1 failed run"
    return f"{probe.fail_after} failed runs in a row; the first run after a start decides alone"


def _values(view: ProbeView) -> tuple[ValueView, ...]:
    runs = [numbers(summary.values) for summary in view.history]
    names = dict.fromkeys(name for run in runs for name in run)
    return tuple(_value(name, [run.get(name) for run in runs]) for name in names)


def _value(name: str, captured: Sequence[float | None]) -> ValueView:
    """Return how a captured number went; None stands for a run that captured none. What never changes has no trend."""
    known = [value for value in captured if value is not None]
    low, high = min(known), max(known)
    span = f"between {_number(low)} and {_number(high)}" if low < high else "never another"
    words = f"{_number(known[0])} at first, {span}, in {len(known)} of {len(captured)} runs"
    drawn = trend([nan if value is None else value for value in captured], TREND_WIDTH, TREND_HEIGHT, low=low)
    return ValueView(line(name), _number(known[-1]), drawn if low < high else "", words)


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _durations(view: ProbeView) -> ValueView:
    spent = [summary.duration for summary in view.history] or [0.0]
    words = f"between {format_duration(min(spent))} and {format_duration(max(spent))}"
    drawn = trend([nan] * _room(view) + spent, TREND_WIDTH, TREND_HEIGHT)
    return ValueView("duration", format_duration(spent[-1]), drawn, words)


def _room(view: ProbeView) -> int:
    """Return for how many runs there is room before the first."""
    return max(0, STRIP_RUNS - len(view.history))


def _ticks(view: ProbeView, now: float) -> tuple[Tick, ...]:
    """Return the past runs, the latest at the right."""
    return tuple(
        Tick(
            place * RUN_WIDTH,
            blocks(summary),
            f"{moment(summary.started_at, now).exact}: {summary.result.value}"
            + (f" ({summary.reason})" if summary.reason else "")
            + f", {format_duration(summary.duration)}",
        )
        for place, summary in enumerate(view.history, _room(view))
    )
