"""The words are public: metric labels, API values. This page is a copy of the contract, not of the code."""

import pytest

from checker.core.reason import CONNECTION_REASONS, Phase, Reason, Result, Severity, State, deadline_reason

TARGETS = [
    *("dns", "refused", "unreachable", "reset", "connect_timeout", "timeout", "protocol"),
    *("tls_expired", "tls_untrusted", "tls_hostname", "tls_handshake"),
    *("auth_rejected", "rate_limited", "server_error", "unexpected_status", "redirect_limit", "too_large"),
    *("undecodable", "assertion", "slow", "stale_cache", "capture_missing", "poll_expired"),
    *("callback_missing", "heartbeat_missing"),
    *("resource_missing", "wrong_account", "image_missing", "task_failed"),
]
OWN = ["secret_unavailable", "aws_denied", "aws_throttled", "overloaded", "internal"]


def test_the_reasons() -> None:
    assert sorted(TARGETS + OWN) == sorted(Reason)


@pytest.mark.parametrize("word", OWN)
def test_the_checker_s_own_troubles_are_errors(word: str) -> None:
    assert Result.ERROR is Reason(word).result


@pytest.mark.parametrize("word", TARGETS)
def test_the_target_s_troubles_are_failures(word: str) -> None:
    assert Result.FAIL is Reason(word).result


def test_the_other_words() -> None:
    assert ["pass", "degraded", "fail", "error"] == list(Result)
    assert ["pending", "up", "degraded", "down", "unknown"] == list(State)
    assert ["page", "ticket", "info"] == list(Severity)
    assert ["dns", "connect", "tls", "send", "wait", "receive"] == list(Phase)


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (None, Reason.TIMEOUT),
        (Phase.DNS, Reason.DNS),
        (Phase.CONNECT, Reason.CONNECT_TIMEOUT),
        (Phase.TLS, Reason.TLS_HANDSHAKE),
        (Phase.SEND, Reason.TIMEOUT),
        (Phase.WAIT, Reason.TIMEOUT),
        (Phase.RECEIVE, Reason.TIMEOUT),
    ],
)
def test_a_deadline_takes_the_reason_of_its_phase(phase: Phase | None, reason: Reason) -> None:
    assert reason is deadline_reason(phase)


def test_what_may_happen_after_a_request_was_sent_is_no_connection_reason() -> None:
    """A retry for one of these would do the request's work twice."""
    assert {Reason.RESET, Reason.TIMEOUT, Reason.PROTOCOL, Reason.SERVER_ERROR}.isdisjoint(CONNECTION_REASONS)
    assert {"dns", "refused", "unreachable", "connect_timeout", "tls_handshake"} == set(CONNECTION_REASONS)
