"""What `checker run` shows in a terminal: a live table, then a block for each failure that says why.

Nothing that comes from a target is ever read as markup or as a terminal's escape sequence.
"""

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checker.core.duration import format_duration
from checker.core.outcome import Outcome, StepOutcome, Truth, Verdict
from checker.core.reason import Phase, Result
from checker.surfaces.meaning import MEANINGS
from checker.surfaces.printable import line
from checker.surfaces.report.curl import curl
from checker.surfaces.report.excerpt import excerpt
from checker.surfaces.report.finished import Finished
from checker.surfaces.report.verdicts import addition
from checker.surfaces.waterfall import Lane, waterfall

LANE_WIDTH = 40
"""Cells that stand for the whole run in the waterfall."""

_MARKS = {Result.PASS: "✓", Result.DEGRADED: "!", Result.FAIL: "✗", Result.ERROR: "?"}
_STYLES = {
    Result.PASS: "green",
    Result.DEGRADED: "yellow",
    Result.FAIL: "bold red",
    Result.ERROR: "bold magenta",
}
_PHASES = {
    Phase.DNS: ("░", "cyan"),
    Phase.CONNECT: ("▒", "yellow"),
    Phase.TLS: ("▓", "magenta"),
    Phase.SEND: ("▪", "blue"),
    Phase.WAIT: ("█", "green"),
    Phase.RECEIVE: ("▄", "blue"),
}
_TRUTHS = {Truth.HOLDS: ("✓", "green"), Truth.MISSES: ("✗", "red"), Truth.UNTELLABLE: ("?", "magenta")}


class LiveTable:
    """A table that fills up while the probes run; it vanishes at the end, and never shows where no terminal is."""

    def __init__(self, probes: Sequence[str], console: Console) -> None:
        self._finished: dict[str, Finished | None] = dict.fromkeys(probes)
        self._live = Live(console=console, transient=True, get_renderable=self._table, refresh_per_second=8)

    def show(self, run: Finished) -> None:
        """Put a finished run into the table."""
        self._finished[run.outcome.probe] = run

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def _table(self) -> Table:
        return table(self._finished.values(), waiting=tuple(self._finished))


def print_report(console: Console, runs: Sequence[Finished]) -> None:
    """Print the table, a block for each run that did not pass, and one line that sums it all up."""
    print_plainly(console, table(runs))
    for run in runs:
        if run.outcome.result is not Result.PASS:
            _print_block(console, run)
    console.print()
    print_plainly(console, summary(runs))


def table(runs: Iterable[Finished | None], waiting: Sequence[str] = ()) -> Table:
    """Return a line for each run; None is a run that is still awaited, named at the same place in `waiting`."""
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for options in ({"no_wrap": True}, {"overflow": "fold"}, {"no_wrap": True}, {"justify": "right"}, {}):
        grid.add_column(**options)
    for place, run in enumerate(runs):
        grid.add_row(*(_row(run) if run else _awaited(waiting[place])))
    return grid


def _awaited(probe: str) -> tuple[Text, ...]:
    return Text("·", "dim"), Text(line(probe)), Text("running", "dim"), Text(""), Text("")


def _row(run: Finished) -> tuple[Text, ...]:
    outcome = run.outcome
    style = _STYLES[outcome.result]
    duration = Text(format_duration(outcome.duration), "dim")
    return (
        Text(_MARKS[outcome.result], style),
        Text(line(outcome.probe)),
        _result(run),
        duration,
        _why(outcome),
    )


def _result(run: Finished) -> Text:
    text = Text(run.outcome.result.value, _STYLES[run.outcome.result])
    return text.append(" ", "default").append("masked", "bold white on red") if run.outcome.masked else text


def _why(outcome: Outcome) -> Text:
    if outcome.result is Result.PASS:
        return Text("")
    where = ", ".join(word for word in (outcome.step, outcome.reason) if word)
    return Text(f"{line(where)}: {line(outcome.message or '')}")


def summary(runs: Sequence[Finished]) -> Text:
    """Return `3 passed, 1 failed` with the number of failures that the platform hides."""
    words = {
        Result.PASS: "passed",
        Result.DEGRADED: "degraded",
        Result.FAIL: "failed",
        Result.ERROR: "could not tell",
    }
    counts = {result: sum(run.outcome.result is result for run in runs) for result in words}
    told = Text(", ").join(
        Text(f"{count} {words[result]}", _STYLES[result]) for result, count in counts.items() if count
    )
    masked = sum(bool(run.outcome.masked) for run in runs)
    if masked:
        told.append(f" ({masked} masked: the platform says healthy)")
    return told if runs else Text("nothing ran")


def _print_block(console: Console, run: Finished) -> None:
    console.print()
    for renderable in failure(run):
        print_plainly(console, Padding(renderable, (0, 0, 0, 2), expand=False))
    for step in run.outcome.steps:
        if step.result is not Result.PASS and step.exchanges:
            if answered := excerpt(step):
                print_plainly(
                    console, Padding(Text(f"{line(step.step)} answered: {answered}", "dim"), (0, 0, 0, 2))
                )
            # Unwrapped, whatever the width: it is there to be copied.
            console.print(Text("  " + curl(step.exchanges[-1]), "cyan"), soft_wrap=True)


def print_plainly(console: Console, renderable: RenderableType) -> None:
    """Print what rich fills up with blanks to the width of its columns; whoever reads a pipe gets none of these."""
    if console.is_terminal:
        console.print(renderable)
        return
    with console.capture() as captured:
        console.print(renderable)
    for row in captured.get().splitlines():
        console.print(Text(row.rstrip()), soft_wrap=True)


def failure(run: Finished) -> Iterator[RenderableType]:
    """Yield what explains a run that did not pass: the sentence, the platform's claim, verdicts and waterfall."""
    outcome = run.outcome
    yield _headline(run)
    yield Text(line(outcome.message or ""))
    if outcome.reason:
        yield Text(MEANINGS[outcome.reason], "dim")
    if outcome.shallow:
        yield _claim(outcome)
    for cause in run.causes:
        yield Text(f"Likely cause: {cause.text}", "yellow")
    for step in outcome.steps:
        if missed := [one for one in (*step.assertions, *step.warnings) if one.verdict is not Truth.HOLDS]:
            yield _verdicts(step, missed)
    if outcome.steps:
        yield lanes(outcome)


def _headline(run: Finished) -> Text:
    outcome = run.outcome
    parts = [f"{_MARKS[outcome.result]} {line(outcome.probe)}", f"  {outcome.result}"]
    if outcome.step:
        parts.append(f" in step {line(outcome.step)}")
    if outcome.reason:
        parts.append(f": {outcome.reason}")
    return Text("".join(parts), _STYLES[outcome.result])


def _claim(outcome: Outcome) -> Text:
    claims = {True: "healthy", False: "unhealthy", None: "could not be asked"}
    shallow = outcome.shallow
    healthy, message = (shallow.healthy, shallow.message) if shallow else (None, None)
    text = Text(f"Meanwhile the platform's own check: {claims[healthy]}")
    if message:
        text.append(f" ({line(message)})")
    return text.append("  ← masked", "bold red") if outcome.masked else text


def _verdicts(step: StepOutcome, verdicts: Sequence[Verdict]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", line(step.step), "expected", "seen"):
        grid.add_column(Text(heading), overflow="fold")
    for verdict in verdicts:
        mark, style = _TRUTHS[verdict.verdict]
        columns = (verdict.subject, verdict.expected, verdict.seen)
        grid.add_row(Text(mark, style), *(Text(line(text)) for text in columns))
        if more := addition(verdict):
            grid.add_row("", "", "", Text(line(more), "dim"))
    return grid


def lanes(outcome: Outcome) -> Table:
    """Return the waterfall: a line for each step, its bar on the axis of the whole run, and the times in words."""
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for lane in waterfall(outcome):
        duration = Text(format_duration(lane.step.duration), justify="right")
        grid.add_row(Text(line(lane.step.step)), bar(lane), duration, _phases(lane))
    return grid


def bar(lane: Lane, width: int = LANE_WIDTH) -> Text:
    """Return one step's bar, `width` cells wide for the whole run; each phase has a texture of its own."""
    cells: list[tuple[str, str]] = [(" ", "")] * width
    _fill(cells, lane.start, lane.length, ("─", "dim"))
    for phase in lane.bars:
        _fill(cells, phase.start, phase.length, _PHASES[phase.phase])
    return Text.assemble(*cells)


def _fill(cells: list[tuple[str, str]], start: float, length: float, cell: tuple[str, str]) -> None:
    first, last = round(start * len(cells)), round((start + length) * len(cells))
    cells[first:last] = [cell] * (min(last, len(cells)) - min(first, len(cells)))


def _phases(lane: Lane) -> Text:
    step = lane.step
    if step.skipped is not None:
        return Text(f"skipped: {line(step.skipped)}", "dim")
    attempts = [(f"{step.attempts} attempts, the last:", "dim")] if step.attempts > 1 else []
    spent = [
        (f"{_PHASES[phase][0]} {phase} {format_duration(step.timings[phase])}", _PHASES[phase][1])
        for phase in Phase
        if phase in step.timings
    ]
    own = [(f"─ the checker itself {format_duration(lane.rest)}", "dim")] if lane.rest else []
    return Text(" ").join(Text(words, style) for words, style in (*attempts, *spent, *own))
