"""Snapshot → what the status page shows, worst first. Pure: its words, order and numbers are decided here."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.duration import format_duration
from checker.core.link import leads_to_page
from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.surfaces.meaning import MEANINGS as REASONS
from checker.surfaces.printable import line
from checker.surfaces.web.drawing import Strip, strip, trend
from checker.surfaces.web.filters import Filter
from checker.surfaces.web.headlines import headlines, title
from checker.surfaces.web.marks import MEANINGS, Mark, mark_of, urgency
from checker.surfaces.web.moments import Moment, moment

PAGE = 200
"""Probes on one page: whatever is wrong is on the first."""

CARDS = 8
"""Masked probes that get a card; more of them are one incident, and shown as rows."""


@dataclass(frozen=True, slots=True)
class Link:
    """A text, and where it leads from where the pages are mounted."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two sides says of a probe, with the mark that fits it."""

    word: str
    told: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Row:
    """One probe on the page."""

    name: str
    href: str
    mark: Mark
    state: str
    since: Moment | None
    why: str
    reason: str
    step: str
    says: Side | None
    gets: Side
    severity: str
    owner: str
    runbook: str
    labels: tuple[Link, ...]
    blocked_by: tuple[Link, ...]
    strip: Strip
    duration: str
    trend: str
    last_success: Moment | None


@dataclass(frozen=True, slots=True)
class Group:
    """The probes that are shown under one mark."""

    mark: Mark
    meaning: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many probes have a mark, and the page that shows only those, or no longer only those."""

    mark: Mark
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The status page."""

    title: str
    headline: str
    subline: str
    worst: Mark
    taken_at: Moment
    total: int
    found: int
    tallies: tuple[Tally, ...]
    cards: tuple[Row, ...]
    groups: tuple[Group, ...]
    chosen_labels: tuple[Link, ...]
    pages: tuple[Link, ...]
    everything: str
    filter: Filter
    notices: tuple[str, ...] = ()


def page(snapshot: Snapshot, wanted: Filter, notices: tuple[str, ...] = ()) -> Page:
    """Return the page. Headline and tallies are about all probes, what is listed follows the filter."""
    marked = [(mark_of(view), view) for view in snapshot.probes.values()]
    counts = Counter(mark for mark, _ in marked)
    listed = sorted((pair for pair in marked if wanted.admits(*pair)), key=lambda pair: urgency(*pair))
    rows = tuple(row(mark, view, snapshot, wanted) for mark, view in _on_page(listed, wanted.page))
    cards = tuple(one for one in rows if one.mark is Mark.MASKED)[:CARDS]
    headline, subline = headlines(counts)
    return Page(
        title=title(counts),
        headline=headline,
        subline=subline,
        worst=next((mark for mark in Mark if counts[mark]), Mark.PENDING),
        taken_at=moment(snapshot.taken_at, snapshot.taken_at),
        total=len(marked),
        found=len(listed),
        tallies=_tallies(counts, wanted),
        cards=cards,
        groups=_groups(rows[len(cards) :]),
        chosen_labels=_chosen(wanted),
        pages=_pages(len(listed), wanted),
        everything=wanted.emptied().query(),
        filter=wanted,
        notices=notices,
    )


def row(mark: Mark, view: ProbeView, snapshot: Snapshot, wanted: Filter) -> Row:
    """Return one probe as the page shows it."""
    probe, now, told = view.probe, snapshot.taken_at, explained(view)
    labels = sorted(probe.labels.items())
    return Row(
        name=line(probe.name),
        href=probe_href(probe.name),
        mark=mark,
        state=view.state.value,
        since=moment(_since(mark, view, snapshot), now) if view.last else None,
        why=why(mark, view),
        reason=(told.reason or "") if told else "",
        step=line(told.step or "") if told else "",
        says=says(view.last),
        gets=gets(view.last),
        severity=probe.severity.value,
        owner=line(probe.owner),
        runbook=safe_href(probe.runbook),
        labels=tuple(
            Link(line(f"{key}={value}"), wanted.with_label((key, value)).query()) for key, value in labels
        ),
        blocked_by=tuple(Link(line(name), probe_href(name)) for name in view.blocked_by),
        strip=strip(view.history),
        duration=format_duration(view.last.duration) if view.last else "",
        trend=trend([run.duration for run in view.history]),
        last_success=moment(view.last_success, now) if view.last_success is not None else None,
    )


def _since(mark: Mark, view: ProbeView, snapshot: Snapshot) -> float:
    """Return since when a probe has had its mark; masked and blocked have times of their own, beside the state's."""
    if mark is Mark.MASKED and view.masked_since is not None:
        return view.masked_since
    if mark is Mark.BLOCKED:
        known = (snapshot.probes[name] for name in view.blocked_by if name in snapshot.probes)
        return min((blocker.since for blocker in known), default=view.since)
    return view.since


def explained(view: ProbeView) -> Outcome | None:
    """Return the outcome that says why the probe is not simply up: the last one, else the failure that still counts."""
    if view.last is not None and view.last.result is not Result.PASS:
        return view.last
    return view.failure


def why(mark: Mark, view: ProbeView) -> str:
    """Return one sentence about what is wrong; "" where nothing is."""
    told = explained(view)
    if told is None:
        return ""
    message = line(told.message or "") or (REASONS[told.reason] if told.reason else "")
    if view.last is not told:
        return f"Passes again. Before: {message}"
    return message if mark is not Mark.UP else f"Last run: {message}"


def says(outcome: Outcome | None) -> Side | None:
    """Return what the platform's own check claims; None where nobody asks it."""
    if outcome is None or outcome.shallow is None:
        return None
    shallow = outcome.shallow
    word, mark = _CLAIMS[shallow.healthy]
    return Side(word, line(shallow.message or f"answered in {format_duration(shallow.duration)}"), mark)


_CLAIMS = {
    True: ("Healthy", Mark.UP),
    False: ("Unhealthy", Mark.DOWN),
    None: ("Could not be asked", Mark.UNKNOWN),
}


def gets(outcome: Outcome | None) -> Side:
    """Return what a user got in the last run."""
    if outcome is None:
        return Side("Not tried yet", "", Mark.PENDING)
    if outcome.result is Result.PASS:
        return Side("What they came for", f"in {format_duration(outcome.duration)}", Mark.UP)
    word = f"{outcome.reason or 'failure'}" + (f" in step {outcome.step}" if outcome.step else "")
    return Side(line(word), line(outcome.message or ""), _TRUTHS[outcome.result])


_TRUTHS = {Result.DEGRADED: Mark.DEGRADED, Result.FAIL: Mark.DOWN, Result.ERROR: Mark.UNKNOWN}


def probe_href(name: str) -> str:
    """Return a probe's page, relative to where the pages are mounted."""
    return f"probes/{quote(name, safe='/')}"


def safe_href(url: str) -> str:
    """Return a configured URL if it leads to a web page, and "" for anything that a browser would run."""
    return url if leads_to_page(url) else ""


def _on_page(listed: Sequence[tuple[Mark, ProbeView]], number: int) -> Sequence[tuple[Mark, ProbeView]]:
    return listed[(number - 1) * PAGE : number * PAGE]


def _groups(rows: Iterable[Row]) -> tuple[Group, ...]:
    return tuple(
        Group(mark, MEANINGS[mark], tuple(found)) for mark, found in groupby(rows, key=lambda one: one.mark)
    )


def _tallies(counts: Mapping[Mark, int], wanted: Filter) -> tuple[Tally, ...]:
    return tuple(
        Tally(mark, counts.get(mark, 0), wanted.toggled(mark).query(), mark in wanted.marks) for mark in Mark
    )


def _chosen(wanted: Filter) -> tuple[Link, ...]:
    return tuple(
        Link(line(f"{key}={value}"), wanted.without_label((key, value)).query())
        for key, value in wanted.labels
    )


def _pages(found: int, wanted: Filter) -> tuple[Link, ...]:
    count = -(-found // PAGE)
    if count < 2:
        return ()
    numbers = range(1, count + 1)
    return tuple(Link(str(number), wanted.on_page(number).query()) for number in numbers)
