import pytest

from checker.board.snapshot import ProbeView
from checker.core.outcome import Outcome, ShallowOutcome
from checker.core.reason import Reason, Result, Severity, State
from checker.surfaces.web.filters import Filter
from checker.surfaces.web.marks import Mark
from checker.surfaces.web.views import (
    CARDS,
    PAGE,
    Link,
    Row,
    Side,
    explained,
    gets,
    page,
    probe_href,
    safe_href,
    says,
)
from tests.surfaces.samples import NOW, failed, healthy, masked_view, outcome, probe, snapshot, trouble, view


def row_of(name: str, wanted: Filter | None = None) -> Row:
    shown = page(trouble(), wanted or Filter())
    rows = [*shown.cards, *(row for group in shown.groups for row in group.rows)]
    return next(row for row in rows if row.name == name)


def test_the_worst_is_first_and_masked_before_everything() -> None:
    shown = page(trouble(), Filter())
    assert ["works-search"] == [row.name for row in shown.cards]
    assert [
        (Mark.DOWN, ["bulk-upload"]),
        (Mark.UNKNOWN, ["trusts-sync"]),
        (Mark.DEGRADED, ["images-list"]),
        (Mark.BLOCKED, ["upload-report"]),
        (Mark.PENDING, ["heartbeat"]),
    ] == [(group.mark, [row.name for row in group.rows]) for group in shown.groups[:-1]]
    assert (Mark.UP, 6) == (shown.groups[-1].mark, len(shown.groups[-1].rows))
    assert ("(2) checker", Mark.MASKED) == (shown.title, shown.worst)


def test_tallies_count_all_probes_whatever_is_shown() -> None:
    shown = page(trouble(), Filter(marks=("down",), text="upload"))
    assert [1, 1, 1, 1, 1, 1, 6] == [tally.count for tally in shown.tallies]
    assert [Mark.DOWN] == [tally.mark for tally in shown.tallies if tally.chosen]
    assert "?mark=down&mark=up&q=upload" == shown.tallies[-1].href
    assert "?q=upload" == shown.tallies[1].href
    assert (12, 1) == (shown.total, shown.found)


def test_an_empty_board() -> None:
    shown = page(snapshot(), Filter())
    assert (0, (), (), Mark.PENDING) == (shown.total, shown.cards, shown.groups, shown.worst)


def test_chosen_labels_lead_to_the_page_without_them() -> None:
    shown = page(trouble(), Filter(labels=(("env", "prod"), ("team", "upload"))))
    assert (
        Link("env=prod", "?label=team%3Dupload"),
        Link("team=upload", "?label=env%3Dprod"),
    ) == shown.chosen_labels
    assert "" == shown.everything


def test_more_masked_probes_than_fit_are_rows() -> None:
    shown = page(snapshot(*(masked_view(f"p{number}") for number in range(CARDS + 3))), Filter())
    assert CARDS == len(shown.cards)
    assert [(Mark.MASKED, 3)] == [(group.mark, len(group.rows)) for group in shown.groups]


def test_thousands_are_cut_into_pages_with_the_worst_on_the_first() -> None:
    views = [view(probe(f"p{number:04}"), outcome(f"p{number:04}")) for number in range(PAGE * 2 + 1)]
    board = snapshot(*views, masked_view("zzz"))
    first = page(board, Filter())
    assert (("zzz",), PAGE - 1) == (tuple(row.name for row in first.cards), len(first.groups[0].rows))
    assert [Link("1", ""), Link("2", "?page=2"), Link("3", "?page=3")] == list(first.pages)
    last = page(board, Filter(page=3))
    assert ["p0399", "p0400"] == [row.name for row in last.groups[0].rows]
    assert () == page(board, Filter(page=4)).groups
    assert () == page(snapshot(*views[:PAGE]), Filter()).pages


def test_a_masked_row() -> None:
    row = row_of("works-search", Filter(text="works"))
    assert Side("Healthy", "answered in 3ms", Mark.UP) == row.says
    assert Side("auth_rejected in step search", "status: expected 2xx, saw 401", Mark.DOWN) == row.gets
    assert ("probes/works-search", "down", "auth_rejected", "search", "page") == (
        row.href,
        row.state,
        row.reason,
        row.step,
        row.severity,
    )
    assert (
        Link("env=prod", "?label=env%3Dprod&q=works"),
        Link("team=catalogue", "?label=team%3Dcatalogue&q=works"),
    ) == (row.labels)
    assert ("catalogue", "https://example.org/runbooks/works-search") == (row.owner, row.runbook)
    assert row.since
    assert row.last_success
    assert ("2 min", "2 min", "41ms") == (row.since.age, row.last_success.age, row.duration)


def test_a_blocked_row_says_by_what() -> None:
    row = row_of("upload-report")
    assert (Link("bulk-upload", "probes/bulk-upload"),) == row.blocked_by
    assert (Mark.BLOCKED, "down", None) == (row.mark, row.state, row.last_success)


def ages(*views: ProbeView) -> dict[str, str]:
    shown = page(snapshot(*views), Filter())
    rows = (*shown.cards, *(row for group in shown.groups for row in group.rows))
    return {row.name: row.since.age for row in rows if row.since}


def test_masked_and_blocked_are_counted_from_when_they_began() -> None:
    up_for_a_day = {"state": State.UP, "since": NOW - 86400, "masked_since": NOW - 20}
    login = view(probe("login"), failed("login", shallow=None), state=State.DOWN, since=NOW - 30)
    assert {"fresh": "20 s", "login": "30 s", "waiting": "30 s", "broken": "5 min"} == ages(
        masked_view("fresh", **up_for_a_day),
        login,
        masked_view("waiting", since=NOW - 86400, blocked_by=("login",)),
        view(probe("broken"), failed("broken", shallow=None), state=State.DOWN, since=NOW - 300),
    )


def test_what_waits_for_something_else_is_not_counted_as_masked() -> None:
    login = view(probe("login"), failed("login", shallow=None), state=State.DOWN)
    waiting = masked_view("waiting", state=State.UP, blocked_by=("login",))
    shown = page(snapshot(login, waiting), Filter())
    counts = {tally.mark: tally.count for tally in shown.tallies if tally.count}
    assert ({Mark.DOWN: 1, Mark.BLOCKED: 1}, ()) == (counts, shown.cards)
    assert "1 user path is broken" == shown.headline


def test_a_row_before_the_first_run() -> None:
    row = row_of("heartbeat")
    assert (None, "", "", "", "", None) == (
        row.since,
        row.why,
        row.reason,
        row.duration,
        row.trend,
        row.last_success,
    )
    assert (None, Side("Not tried yet", "", Mark.PENDING)) == (row.says, row.gets)


def test_an_up_row_has_nothing_to_explain() -> None:
    row = row_of("works-cdn")
    assert ("", "", "", "40ms") == (row.why, row.reason, row.step, row.duration)


class TestWhy:
    def shown(self, last: Outcome, state: State = State.UP, failure: Outcome | None = None) -> str:
        board = snapshot(view(last=last, state=state, failure=failure))
        shown = page(board, Filter())
        return next(row.why for row in (*shown.cards, *(row for group in shown.groups for row in group.rows)))

    def test_is_the_message(self) -> None:
        assert "status: expected 2xx, saw 401" == self.shown(failed(), State.DOWN)

    def test_is_what_the_reason_means_where_there_is_no_message(self) -> None:
        assert "The name could not be resolved." == self.shown(
            failed(message=None, reason=Reason.DNS), State.DOWN
        )
        assert "" == self.shown(failed(message=None, reason=None), State.DOWN)

    def test_says_that_a_probe_that_is_still_up_has_failed_once(self) -> None:
        assert "Last run: status: expected 2xx, saw 401" == self.shown(failed(shallow=None))

    def test_says_that_a_probe_that_is_still_down_passes_again(self) -> None:
        why = self.shown(outcome(), State.DOWN, failed())
        assert "Passes again. Before: status: expected 2xx, saw 401" == why

    def test_cannot_be_more_than_a_line(self) -> None:
        assert "a\\nb\\x1b" == self.shown(failed(message="a\nb\x1b"), State.DOWN)


def test_what_explains_a_probe() -> None:
    bad, slow = failed(), outcome(result=Result.DEGRADED)
    assert bad is explained(view(last=bad))
    assert slow is explained(view(last=slow, failure=bad))
    assert bad is explained(view(last=outcome(), failure=bad))
    assert explained(view(last=outcome())) is None
    assert explained(view()) is None


@pytest.mark.parametrize(
    ("shallow", "side"),
    [
        (None, None),
        (healthy(), Side("Healthy", "answered in 3ms", Mark.UP)),
        (ShallowOutcome(True, "200 in time", 0.1), Side("Healthy", "200 in time", Mark.UP)),
        (ShallowOutcome(False, "503", 0.1), Side("Unhealthy", "503", Mark.DOWN)),
        (ShallowOutcome(None, "refused", 0.1), Side("Could not be asked", "refused", Mark.UNKNOWN)),
    ],
)
def test_what_the_platform_says(shallow: ShallowOutcome | None, side: Side | None) -> None:
    assert side == says(outcome(shallow=shallow))


def test_what_the_platform_says_before_the_first_run() -> None:
    assert says(None) is None


@pytest.mark.parametrize(
    ("last", "side"),
    [
        (outcome(), Side("What they came for", "in 40ms", Mark.UP)),
        (
            outcome(result=Result.DEGRADED, reason=Reason.SLOW, step="http", message="1s"),
            Side("slow in step http", "1s", Mark.DEGRADED),
        ),
        (
            outcome(result=Result.ERROR, reason=Reason.INTERNAL, message="a fault"),
            Side("internal", "a fault", Mark.UNKNOWN),
        ),
        (failed(reason=None, step=None, message=None), Side("failure", "", Mark.DOWN)),
    ],
)
def test_what_a_user_gets(last: Outcome, side: Side) -> None:
    assert side == gets(last)


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a?b#c", "https://example.org/a?b#c"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("HTTPS://example.org", "HTTPS://example.org"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("//example.org", ""),
        ("https:", ""),
        ("see the wiki", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_web_pages_are_linked_to(url: str, href: str) -> None:
    assert href == safe_href(url)


@pytest.mark.parametrize(
    ("name", "href"),
    [
        ("lookup/a/prod", "probes/lookup/a/prod"),
        ("a b?c#d%e", "probes/a%20b%3Fc%23d%25e"),
        ('"><x', "probes/%22%3E%3Cx"),
    ],
)
def test_a_probes_page(name: str, href: str) -> None:
    assert href == probe_href(name)


def test_notices_are_handed_on() -> None:
    assert ("a", "b") == page(trouble(), Filter(), ("a", "b")).notices


def test_times_are_as_seen_when_the_snapshot_was_taken() -> None:
    shown = page(trouble(), Filter())
    assert "2030-03-17 17:46:40 UTC" == shown.taken_at.exact
    assert NOW == trouble().taken_at


def test_severities_are_shown() -> None:
    planned = probe(severity=Severity.INFO)
    assert "info" == page(snapshot(view(planned)), Filter()).groups[0].rows[0].severity
