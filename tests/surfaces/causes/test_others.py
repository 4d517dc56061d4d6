"""Which other probe is evidence, and which is not: a table over boards of two."""

from typing import Any, ClassVar

import pytest

from checker.board.snapshot import ProbeView, RunSummary
from checker.core.reason import Reason, State
from checker.surfaces.causes.likely import causes
from tests.surfaces.causes.boards import (
    CATALOGUE,
    DEGRADED,
    ERROR,
    FAIL,
    NOON,
    PROD,
    board,
    passing,
    troubled,
)

AUTH, TASK = Reason.AUTH_REJECTED, Reason.TASK_FAILED
HERE = {"url": "https://me:***@api.example.org:8443/works?q=1"}


def told(failing: ProbeView, *others: ProbeView) -> list[str]:
    """One more has nothing to do with them: labels that no probe lacks tell none from another."""
    return [cause.text for cause in causes(failing, board(failing, *others, passing("elsewhere")))]


def of(other: ProbeView, **changes: Any) -> str:
    """What is told of another probe, beside one that fails since 12:00:02; "" where that is nothing."""
    return "; ".join(told(troubled("search", 2, **{"labels": PROD, **changes}), other))


def inside(at: float = 1, **changes: Any) -> ProbeView:
    return troubled(
        "inside",
        at,
        **{"reason": TASK, "message": "it stopped", "labels": CATALOGUE, "inspects": True, **changes},
    )


class TestWhatTheTargetRunsOn:
    @pytest.mark.parametrize(
        ("other", "words"),
        [
            (inside(), "inside (service=catalogue) fails since 12:00:01 (1s before): it stopped"),
            (
                inside(result=DEGRADED),
                "inside (service=catalogue) is degraded since 12:00:01 (1s before): it stopped",
            ),
            (inside(2), "inside (service=catalogue) fails since 12:00:02 (at the same time): it stopped"),
            (inside(16), "inside (service=catalogue) fails since 12:00:16 (14s after): it stopped"),
            (inside(seen=False), "inside (service=catalogue) fails at least since 12:00:01: it stopped"),
            (inside(-3600), "inside (service=catalogue) fails since 11:00:00 (1h before): it stopped"),
            (
                inside(message=None),
                "inside (service=catalogue) fails since 12:00:01 (1s before): A task stopped or could not start.",
            ),
            (
                inside(labels={"service": "catalogue", "name": "x", "of": "inside"}),
                "inside (service=catalogue) fails since 12:00:01 (1s before): it stopped",
            ),
        ],
    )
    def test_is_evidence(self, other: ProbeView, words: str) -> None:
        assert words == of(other)

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(inside(18), id="began too late to be the cause, however seldom it looks"),
            pytest.param(inside(labels={}), id="no label"),
            pytest.param(inside(labels={"team": "a"}), id="no label in common"),
            pytest.param(inside(labels={"service": "catalogue", "env": "stage"}), id="another environment"),
            pytest.param(inside(labels={"name": "search"}), id="a name is no common ground"),
            pytest.param(inside(result=ERROR, reason=Reason.AWS_DENIED), id="it could not tell"),
            pytest.param(passing("inside", labels=CATALOGUE, inspects=True), id="it passes"),
        ],
    )
    def test_is_none(self, other: ProbeView) -> None:
        assert "" == of(other)

    def test_a_seldom_look_sees_it_late(self) -> None:
        assert "5m" in of(inside(302, probe={"interval": 300.0}))

    def test_what_has_turned_is_told_since_then(self) -> None:
        """The image is gone for days; the task stopped just now."""
        runs = [(-86400, Reason.IMAGE_MISSING), (-10, Reason.IMAGE_MISSING), (0, TASK), (10, TASK)]
        history = tuple(RunSummary(NOON + at, 0.1, FAIL, reason, None) for at, reason in runs)
        turned = inside(-86400, history=history)
        assert "inside (service=catalogue) fails since 12:00:00 (2s before): it stopped" == of(turned)
        assert "(1d before)" in of(turned._replace(history=()))

    def test_a_reason_that_came_back_counts_from_its_return(self) -> None:
        runs = [(-500, FAIL, TASK), (-100, DEGRADED, Reason.SLOW), (1, FAIL, TASK)]
        history = tuple(RunSummary(NOON + at, 0.1, result, reason, None) for at, result, reason in runs)
        assert "since 12:00:01 (1s before)" in of(inside(-500, history=history))

    def test_it_explains_what_else_the_target_runs_on(self) -> None:
        assert of(inside(), inspects=True).startswith("inside (service=catalogue) fails")
        assert of(inside(), inspects=True, reason=TASK).startswith(
            "Also failing with task_failed, since 12:00:01: "
        )


class TestDependencies:
    def test_of_dependencies_the_one_on_which_the_others_hang_is_first(self) -> None:
        failing = troubled("search", 2, probe={"depends_on": ("near", "fine")})
        near = troubled("near", 2, probe={"depends_on": ("root",)})
        root = troubled("root", 1, reason=AUTH, message="401")
        fine = passing("fine", probe={"depends_on": ("beyond",)})
        beyond = troubled("beyond", 1, ERROR, Reason.AWS_DENIED, "may not")
        assert [
            "It depends on root, which fails since 12:00:01 (1s before): 401",
            "It depends on beyond, which cannot tell since 12:00:01 (1s before): may not",
            "It depends on near, which fails since 12:00:02 (at the same time): status: expected 2xx, saw 500",
        ] == told(failing, near, root, fine, beyond)

    def test_one_that_began_long_before_explains_less(self) -> None:
        failing = troubled("search", 2, labels=PROD, probe={"depends_on": ("old", "gone")})
        words = told(failing, troubled("old", -86400), inside())
        assert ["inside", "It depends on old"] == [words[0][:6], words[1][:17]]

    def test_one_that_began_later_is_told_all_the_same(self) -> None:
        failing = troubled("search", 2, probe={"depends_on": ("late",)})
        assert "(50s after)" in told(failing, troubled("late", 52))[0]

    def test_what_depends_on_it_suffers_from_it(self) -> None:
        near = troubled("near", 2, labels=PROD, probe={"depends_on": ("search",)})
        far = troubled("far", 2, labels=PROD, probe={"depends_on": ("near",)})
        assert [] == told(troubled("search", 2, labels=PROD), near, far)


class TestFellows:
    @pytest.mark.parametrize(
        ("other", "changes", "words"),
        [
            (
                troubled("a", -100, reason=AUTH, labels=PROD),
                {"reason": AUTH},
                "Also failing with auth_rejected, since 11:58:20: a (labels in common)",
            ),
            (
                troubled("a", 2, reason=AUTH, labels=CATALOGUE, seen=False),
                {"reason": AUTH},
                "Also failing with auth_rejected, at least since 12:00:02: a (labels in common)",
            ),
            (
                troubled("a", 2, reason=Reason.ASSERTION, last=HERE),
                {"reason": Reason.ASSERTION, "last": HERE},
                "Also failing with assertion, since 12:00:02: a (the same host)",
            ),
            (
                troubled("a", 2, DEGRADED, reason=Reason.SLOW, last=HERE),
                {"result": DEGRADED, "reason": Reason.SLOW, "last": HERE},
                "Also degraded with slow, since 12:00:02: a (the same host)",
            ),
            (
                troubled("a", 2, ERROR, Reason.OVERLOADED, labels=PROD),
                {"result": ERROR, "reason": Reason.OVERLOADED},
                "Also without a verdict with overloaded, since 12:00:02: a (labels in common)",
            ),
        ],
    )
    def test_are_told_of(self, other: ProbeView, changes: dict[str, Any], words: str) -> None:
        assert words == of(other, **changes)

    @pytest.mark.parametrize(
        ("other", "changes"),
        [
            pytest.param(
                troubled("a", 2, reason=AUTH), {"reason": AUTH}, id="nothing but the time in common"
            ),
            pytest.param(
                troubled("a", 2, ERROR, Reason.OVERLOADED),
                {"result": ERROR, "reason": Reason.OVERLOADED},
                id="nothing but the checker in common",
            ),
            pytest.param(troubled("a", 1, reason=AUTH, last=HERE), {"last": HERE}, id="another reason"),
            pytest.param(
                troubled("a", 1, reason=AUTH, labels=PROD), {}, id="another reason, the same labels"
            ),
            pytest.param(
                troubled("a", 2, reason=AUTH, last={"url": "https://other.example.org/"}),
                {"reason": AUTH, "last": HERE},
                id="another host",
            ),
            pytest.param(
                troubled("a", 2, reason=AUTH, last={"url": "https://[broken"}),
                {"reason": AUTH, "last": HERE},
                id="no host",
            ),
            pytest.param(troubled("a", 100, reason=AUTH, labels=PROD), {"reason": AUTH}, id="later"),
            pytest.param(troubled("a", -7200, reason=AUTH, labels=PROD), {"reason": AUTH}, id="long before"),
            pytest.param(
                troubled("a", 2, reason=AUTH, labels=PROD, inspects=True),
                {"reason": AUTH, "labels": {}},
                id="what a target runs on",
            ),
        ],
    )
    def test_are_none(self, other: ProbeView, changes: dict[str, Any]) -> None:
        assert "" == of(other, **changes)

    def test_many_are_one_and_come_last(self) -> None:
        others = [troubled(f"other-{number}", 3 + number, reason=AUTH, labels=PROD) for number in range(4)]
        neighbour = troubled("neighbour", 9, reason=AUTH, last=HERE)
        failing = troubled("search", 2, reason=AUTH, labels=PROD, last=HERE)
        first, last = causes(failing, board(failing, *others, neighbour, inside(-3600), passing("elsewhere")))
        assert "inside" == first.probe
        assert last.text == (
            "Also failing with auth_rejected, since 12:00:03: other-0, other-1, other-2 and 2 more "
            "(the same host or labels in common)"
        )
        assert ("other-0", NOON + 3, True) == (last.probe, last.since, last.peers)
        assert ("other-1", "other-2", "other-3", "neighbour") == last.also


class TestLabelsOfAll:
    DEFAULT: ClassVar = {"env": "prod"}

    def alone(self, *others: ProbeView, **changes: Any) -> list[str]:
        failing = troubled("search", 2, **{"labels": self.DEFAULT, **changes})
        return [cause.text.split()[0] for cause in causes(failing, board(failing, *others))]

    def test_are_nothing_in_common(self) -> None:
        assert [] == self.alone(troubled("a", -300, labels=self.DEFAULT))
        other = passing("b", labels={"env": "stage"})
        assert ["Also"] == self.alone(troubled("a", -300, labels=self.DEFAULT), other)

    def test_are_enough_for_what_all_of_them_run_on_but_weaker_than_others(self) -> None:
        own = {**self.DEFAULT, "service": "catalogue"}
        account = inside(2, labels=self.DEFAULT)
        service = troubled("service", -300, reason=Reason.IMAGE_MISSING, labels=own, inspects=True)
        assert ["service", "inside"] == self.alone(account, service, labels=own)


def test_a_failure_that_is_not_believed_yet_weighs_less() -> None:
    failing = troubled("search", 2, labels=PROD)
    blip = troubled("blip", 2, labels=CATALOGUE, inspects=True, state=State.UP, reason=TASK)
    believed = troubled("believed", 1, labels=CATALOGUE, inspects=True, reason=AUTH)
    slow = troubled("slow", 2, DEGRADED, Reason.SLOW, labels=CATALOGUE, inspects=True)
    assert ["believed", "blip", "slow"] == [words.split()[0] for words in told(failing, blip, believed, slow)]


def test_what_passes_now_and_then_has_its_trouble_since_it_was_believed() -> None:
    flapping = troubled("search", 50, labels=PROD, since=NOON + 2)
    assert "(1s before)" in told(flapping, inside())[0]
    degraded = troubled("search", 50, DEGRADED, labels=PROD, since=NOON + 2)
    assert "(1s before)" in told(degraded, inside())[0]


def test_a_view_that_was_made_without_an_onset_began_at_some_time() -> None:
    assert "at least since 12:00:01" in of(inside()._replace(onset=None))
