from types import SimpleNamespace
from typing import Any

import pytest

from checker.board.snapshot import ProbeView, RunSummary
from checker.core.outcome import ShallowOutcome, Truth, Verdict
from checker.core.reason import Reason
from checker.secrets.store import SecretStatus
from checker.surfaces.causes.evidence import Cause, Happened
from checker.surfaces.causes.likely import NOTHING, causes
from tests.surfaces.causes.boards import DEGRADED, ERROR, NOON, PASS, board, troubled


def failing(**changes: Any) -> ProbeView:
    return troubled("search", 2, **{"probe": {"secrets": frozenset({"key"})}, **changes})


def told(view: ProbeView, happened: Happened = NOTHING) -> list[str]:
    return [cause.text for cause in causes(view, board(view), happened)]


def claimed(healthy: bool | None, message: str | None, **changes: Any) -> list[str]:
    return told(failing(last={"shallow": ShallowOutcome(healthy, message, 0.1)}, **changes))


class TestTheClaim:
    def test_that_all_is_well_is_no_cause_but_says_where_not_to_look(self) -> None:
        assert ["The platform’s own check passed meanwhile (12:00:55): it does not see this"] == claimed(
            True, None
        )

    @pytest.mark.parametrize("result", [DEGRADED, ERROR])
    def test_and_nothing_of_what_is_no_failure(self, result: Any) -> None:
        assert [] == claimed(True, None, result=result)

    def test_a_service_that_is_down_says_so_itself(self) -> None:
        assert ["The platform’s own check failed as well (12:00:55): it\\n is 503"] == claimed(
            False, "it\n is 503"
        )
        assert ["The platform’s own check failed as well (12:00:55)"] == claimed(False, None)

    def test_a_claim_that_nobody_could_get_says_nothing(self) -> None:
        assert [] == claimed(None, "timeout")


def verdict(subject: str, truth: Truth = Truth.HOLDS) -> Verdict:
    return Verdict(subject, "eq", "200", "500", truth)


class TestAddresses:
    @pytest.mark.parametrize(
        ("truths", "words"),
        [
            ({"10.0.0.1": "holds", "::2": "misses"}, ["1 of 2 addresses: ::2; nothing is wrong at 10.0.0.1"]),
            ({"a": "untellable", "b": "holds"}, ["1 of 2 addresses: a; nothing is wrong at b"]),
            ({"a": "misses", "b": "untellable"}, []),
            ({"a": "holds", "b": "holds"}, []),
            (
                dict.fromkeys("abcdef", "misses") | {"g": "holds"},
                ["6 of 7 addresses: a, b, c and 3 more; nothing is wrong at g"],
            ),
        ],
    )
    def test_those_that_are_bad_are_told_from_those_that_are_not(
        self, truths: dict[str, str], words: list[str]
    ) -> None:
        held = [verdict(f"[{name}] status", Truth(truth)) for name, truth in truths.items()]
        more = [verdict(f"[{name}] json.$['a'] ") for name in truths]
        same = verdict("json.$.version", Truth.MISSES)
        assert words == told(failing(last={"assertions": (*held, *more, same)}))


class TestSecrets:
    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (SecretStatus(True, NOON - 2), ["Secret key, which it uses, changed at 11:59:58 (4s before)"]),
            (SecretStatus(True, NOON + 4), ["Secret key, which it uses, changed at 12:00:04 (2s after)"]),
            (SecretStatus(True, NOON + 8), []),
            (SecretStatus(True, NOON - 86400), []),
            (SecretStatus(True, None), []),
            (
                SecretStatus(False, NOON - 2),
                [
                    "Secret key, which it uses, cannot be read or fetched now; what it was before may be in use"
                ],
            ),
        ],
    )
    def test_one_that_it_uses(self, status: SecretStatus, words: list[str]) -> None:
        assert words == told(failing(), Happened({"key": status, "other": SecretStatus(False)}))

    def test_one_that_it_does_not_use_is_another_matter(self) -> None:
        assert [] == told(failing(probe={}), Happened({"key": SecretStatus(False)}))
        assert [] == told(failing(), NOTHING)

    def test_what_the_failure_says_itself_is_not_said_again(self) -> None:
        unreadable = failing(result=ERROR, reason=Reason.SECRET_UNAVAILABLE)
        assert [] == told(unreadable, Happened({"key": SecretStatus(False)}))

    def test_a_change_explains_nothing_of_what_may_have_begun_long_before(self) -> None:
        assert [] == told(failing(seen=False), Happened({"key": SecretStatus(True, NOON)}))


def shown(first: float, last: float, **changes: Any) -> ProbeView:
    return failing(
        last={"facts": {"certificate": SimpleNamespace(not_before=first, not_after=last)}}, **changes
    )


class TestCertificates:
    def test_one_that_was_renewed_right_before(self) -> None:
        renewed = shown(NOON, NOON + 86400, reason=Reason.TLS_UNTRUSTED)
        assert ["The certificate that it was shown is valid only since 12:00:00 (2s before)"] == told(renewed)

    def test_one_that_has_ended(self) -> None:
        (cause,) = causes(old := shown(0.0, NOON - 1), board(old))
        assert Cause("The certificate that it was shown ended at 11:59:59", None, NOON - 1) == cause

    def test_what_the_failure_says_itself_is_not_said_again(self) -> None:
        assert [] == told(shown(0.0, NOON - 1, reason=Reason.TLS_EXPIRED))

    def test_one_with_which_nothing_is_wrong(self) -> None:
        assert [] == told(shown(0.0, NOON + 86400))


def with_a_pass_at(at: float, **changes: Any) -> ProbeView:
    view = failing(**changes)
    return view._replace(history=(RunSummary(NOON + at, 0.1, PASS, None, None), *view.history))


class TestDefinitions:
    def test_a_probe_that_was_changed(self) -> None:
        changed = with_a_pass_at(-9, redefined_at=NOON)
        words = ["Its own definition was changed by a reload at 12:00:00 (2s before)"]
        assert words == told(changed) == told(changed, Happened(reloaded_at=NOON))

    def test_a_reload_that_did_not_touch_it_is_the_weakest_of_all(self) -> None:
        masked = with_a_pass_at(-9, last={"shallow": ShallowOutcome(True, None, 0.1)})
        assert [
            "The platform’s own check passed meanwhile (12:00:55): it does not see this",
            "The configuration was reloaded, without a change to this probe at 12:00:00 (2s before)",
        ] == told(masked, Happened(reloaded_at=NOON))

    def test_neither_where_it_has_passed_since(self) -> None:
        assert [] == told(with_a_pass_at(1, redefined_at=NOON), Happened(reloaded_at=NOON))

    def test_nor_where_it_was_long_ago(self) -> None:
        assert [] == told(failing(redefined_at=NOON - 86400), Happened(reloaded_at=NOON - 3600))
