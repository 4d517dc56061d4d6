from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.board.snapshot import Snapshot
from checker.core.reason import Reason, Result
from checker.surfaces.causes.evidence import Cause
from checker.surfaces.causes.likely import MOST, causes, explaining
from tests.surfaces.causes.boards import (
    CATALOGUE,
    DEGRADED,
    ERROR,
    NOON,
    PROD,
    STALE,
    board,
    passing,
    rotated,
    troubled,
)


def told(snapshot: Snapshot, name: str = "works-search") -> list[str]:
    return [cause.text for cause in causes(snapshot.probes[name], snapshot)]


def probes(snapshot: Snapshot, name: str = "works-search") -> list[str | None]:
    return [cause.probe for cause in causes(snapshot.probes[name], snapshot)]


def test_the_rotated_key_is_named_before_all_that_suffers_from_it() -> None:
    snapshot = rotated()
    first, *others = causes(snapshot.probes["works-search"], snapshot)
    assert (
        Cause(
            f"engine-key (service=catalogue) fails since 12:00:01 (1s before): {STALE}",
            "engine-key",
            NOON + 1,
        )
        == first
    )
    assert [
        "The platform’s own check passed meanwhile (12:00:55): it does not see this",
        "Also failing with server_error, since 12:00:02: images-search (labels in common)",
    ] == [cause.text for cause in others]
    assert [False, True] == [cause.peers for cause in others]
    assert (first, others[0]) == explaining((first, *others))


def test_what_the_service_runs_on_does_not_fail_because_its_users_do() -> None:
    assert [] == told(rotated(), "engine-key")


@pytest.mark.parametrize("name", ["upload", "engine-service"])
def test_what_passes_needs_no_cause(name: str) -> None:
    assert [] == told(rotated(), name)


def test_what_has_not_run_needs_none_either() -> None:
    never = passing("never")._replace(last=None)
    assert () == causes(never, board(never))


def test_what_began_weeks_ago_is_weaker_than_what_began_right_before() -> None:
    snapshot = board(
        troubled("works-search", 2, labels=PROD),
        troubled("old", -9 * 86400, reason=Reason.IMAGE_MISSING, message="gone", labels=PROD, inspects=True),
        troubled("fresh", 1, reason=Reason.TASK_FAILED, message="stopped", labels=CATALOGUE, inspects=True),
    )
    assert [
        "fresh (service=catalogue) fails since 12:00:01 (1s before): stopped",
        "old (env=prod, service=catalogue) fails since 2030-03-08 12:00:00 (9d before): gone",
    ] == told(snapshot)


def test_at_most_six_are_named() -> None:
    many = [
        troubled(f"inside-{number}", 1, reason=Reason.ASSERTION, labels=CATALOGUE, inspects=True)
        for number in range(9)
    ]
    assert [f"inside-{number}" for number in range(MOST)] == probes(
        board(troubled("works-search", 2, labels=PROD), *many)
    )


def test_one_reason_of_many_is_told_once() -> None:
    wrong = [
        troubled(
            f"aws-{number}",
            1,
            reason=Reason.WRONG_ACCOUNT,
            message="1 and not 2",
            labels=CATALOGUE,
            inspects=True,
        )
        for number in range(6)
    ]
    (words,) = told(board(troubled("works-search", 2, labels=PROD), *wrong))
    assert words == (
        "aws-0 (service=catalogue) fails since 12:00:01 (1s before): 1 and not 2; "
        "wrong_account too: aws-1, aws-2, aws-3 and 2 more"
    )


RESULTS = st.sampled_from([Result.PASS, Result.DEGRADED, Result.FAIL, Result.ERROR])
LABELS = st.dictionaries(st.sampled_from(["service", "env"]), st.sampled_from(["a", "b"]))
ONSETS = st.sampled_from([None, -86400.0 * 30, -400.0, -3.0, 0.0, 2.0, 900.0])


@st.composite
def boards(draw: st.DrawFn) -> Snapshot:
    names = [f"probe-{number}" for number in range(draw(st.integers(1, 7)))]
    return board(*(_drawn(draw, name, names[:place]) for place, name in enumerate(names)))


def _drawn(draw: st.DrawFn, name: str, before: Sequence[str]) -> Any:
    needed = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
    url = draw(st.sampled_from(["", "http://a.example/x", "http://b.example/"]))
    return troubled(
        name,
        draw(ONSETS),
        draw(st.sampled_from([DEGRADED, Result.FAIL, ERROR])),
        draw(st.sampled_from([Reason.TIMEOUT, Reason.ASSERTION, Reason.TASK_FAILED])),
        labels=draw(LABELS),
        inspects=draw(st.booleans()),
        seen=draw(st.booleans()),
        last={"url": url},
        probe={"depends_on": tuple(needed)},
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(boards())
def test_a_probe_that_passes_is_never_named(snapshot: Snapshot) -> None:
    fine = {name for name, view in snapshot.probes.items() if view.last and view.last.result is Result.PASS}
    for name, view in snapshot.probes.items():
        found = causes(view, snapshot)
        assert name not in {cause.probe for cause in found}
        assert fine.isdisjoint({cause.probe for cause in found})
        assert not [cause for cause in found for one in fine if one in cause.text]
        assert len(found) <= MOST
        assert not found or name not in fine
