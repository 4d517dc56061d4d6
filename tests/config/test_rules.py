"""What must hold between settings."""

# ruff: noqa: E501 - what is shown to people is as long as it is

import pytest

from checker.config.load import load
from checker.config.steps import NETWORK_REASONS
from checker.core.reason import CONNECTION_REASONS, Reason
from checker.kinds.callback import CallbackKind
from tests.config.doubles import KINDS
from tests.config.loading import complaints, loaded, told

TIMES = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval: 50ms
            http: {url: 'http://h/'}
        """,
        """
        4:15: 50ms is shorter than the shortest interval, 100ms
          4 |     interval: 50ms
            |               ^
        """,
        id="interval too short",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval: 5s
            timeout: 5s
            http: {url: 'http://h/'}
        """,
        """
        5:14: the timeout 5s is not shorter than the interval 5s
          5 |     timeout: 5s
            |              ^
        """,
        id="timeout not below the interval",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            timeout: 0s
            http: {url: 'http://h/'}
        """,
        """
        4:14: a timeout is longer than 0s
          4 |     timeout: 0s
            |              ^
        """,
        id="timeout of nothing",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval_on_failure: 0s
            http: {url: 'http://h/'}
        """,
        """
        4:26: 0ms is shorter than the shortest interval, 100ms
          4 |     interval_on_failure: 0s
            |                          ^
        """,
        id="interval on failure too short",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval_on_failure: 1m
            http: {url: 'http://h/'}
        """,
        """
        4:26: interval_on_failure 1m is longer than the interval 30s
          4 |     interval_on_failure: 1m
            |                          ^
        """,
        id="interval on failure longer",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval: 12s
            steps:
            - http: {url: 'http://h/'}
            - {step: b, always: true, http: {url: 'http://h/'}}
        """,
        """
        4:15: timeout 9.6s and cleanup_timeout 5s together are not shorter than the interval 12s
          4 |     interval: 12s
            |               ^
        """,
        id="clean-up does not fit",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval: 40s
            timeout: 20s
            cleanup_timeout: 20s
            steps:
            - {always: true, http: {url: 'http://h/'}}
        """,
        """
        6:22: timeout 20s and cleanup_timeout 20s together are not shorter than the interval 40s
          6 |     cleanup_timeout: 20s
            |                      ^
        """,
        id="clean-up does not fit, set",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            timeout: 29s
            steps:
            - {always: true, http: {url: 'http://h/'}}
        """,
        """
        4:14: timeout 29s and cleanup_timeout 5s together are not shorter than the interval 30s
          4 |     timeout: 29s
            |              ^
        """,
        id="clean-up does not fit, by default",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {timeout: 11s, http: {url: 'http://h/'}}
            - {step: b, always: true, timeout: 6s, http: {url: 'http://h/'}}
            - {step: c, timeout: 0s, http: {url: 'http://h/'}}
        """,
        """
        5:17: 11s is longer than the probe's timeout 10s
          5 |     - {timeout: 11s, http: {url: 'http://h/'}}
            |                 ^

        6:40: 6s is longer than the probe's cleanup_timeout 5s
          6 |     - {step: b, always: true, timeout: 6s, http: {url: 'http://h/'}}
            |                                        ^

        7:26: a timeout is longer than 0s
          7 |     - {step: c, timeout: 0s, http: {url: 'http://h/'}}
            |                          ^
        """,
        id="step longer than the probe",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            poll: {every: 1s, within: 11s}
        """,
        """
        5:31: polling for 11s is longer than the probe's timeout 10s
          5 |     poll: {every: 1s, within: 11s}
            |                               ^
        """,
        id="poll longer than the probe",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {timeout: 2s, poll: {within: 3s}, http: {url: 'http://h/'}}
        """,
        """
        5:36: polling for 3s is longer than the step's timeout 2s
          5 |     - {timeout: 2s, poll: {within: 3s}, http: {url: 'http://h/'}}
            |                                    ^
        """,
        id="poll longer than the step",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {always: true, poll: {within: 6s}, http: {url: 'http://h/'}}
        """,
        """
        5:37: polling for 6s is longer than the probe's cleanup_timeout 5s
          5 |     - {always: true, poll: {within: 6s}, http: {url: 'http://h/'}}
            |                                     ^
        """,
        id="poll longer than the clean-up",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            poll: {every: 0s}
        """,
        """
        5:19: 0ms is shorter than the shortest interval, 100ms
          5 |     poll: {every: 0s}
            |                   ^
        """,
        id="poll without a pause",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            poll: {every: 5s, within: 2s}
        """,
        """
        5:19: polling every 5s for 2s never repeats anything
          5 |     poll: {every: 5s, within: 2s}
            |                   ^
        """,
        id="poll that never repeats",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            buckets: [1s, 500ms]
            http: {url: 'http://h/'}
        """,
        """
        4:14: buckets have to ascend
          4 |     buckets: [1s, 500ms]
            |              ^
        """,
        id="buckets",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            slo: {availability: 100%}
            http: {url: 'http://h/'}
        """,
        """
        4:25: an objective lies between 0% and 100%
          4 |     slo: {availability: 100%}
            |                         ^ such as 99.5%
        """,
        id="objective of 100%",
    ),
]


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_times(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


REPETITIONS = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/', method: POST}
            retry: {reasons: [timeout]}
        """,
        """
        5:22: a step that is not idempotent is retried only where nothing was sent yet
          5 |     retry: {reasons: [timeout]}
            |                      ^ reasons may be connect_timeout, dns, refused, tls_handshake, unreachable
        """,
        id="retry that is not idempotent",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/', method: PUT}
            retry: {reasons: [dns, reset]}
        """,
        """
        5:22: a probe that writes is retried only where nothing was sent yet
          5 |     retry: {reasons: [dns, reset]}
            |                      ^ reasons may be connect_timeout, dns, refused, tls_handshake, unreachable
        """,
        id="retry of a writing probe",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            effects: writes
            http: {url: 'http://h/'}
            retry: {reasons: [server_error]}
        """,
        """
        6:22: a probe that writes is retried only where nothing was sent yet
          6 |     retry: {reasons: [server_error]}
            |                      ^ reasons may be connect_timeout, dns, refused, tls_handshake, unreachable
        """,
        id="retry of a probe that is said to write",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            retry: {reasons: [timeouts, 3]}
        """,
        """
        5:23: there is no reason 'timeouts'
          5 |     retry: {reasons: [timeouts, 3]}
            |                       ^ did you mean 'timeout'?

        5:33: expected a reason such as timeout, not a whole number
          5 |     retry: {reasons: [timeouts, 3]}
            |                                 ^
        """,
        id="unknown reason",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/', each_address: true}
            capture: {a: {json: $.a}}
            poll: {}
            retry: {}
        """,
        """
        5:5: no capture goes with a step that runs once for each address
          5 |     capture: {a: {json: $.a}}
            |     ^

        6:5: no poll goes with a step that runs once for each address
          6 |     poll: {}
            |     ^

        7:5: no retry goes with a step that runs once for each address
          7 |     retry: {}
            |     ^
        """,
        id="each address",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - http: {url: 'http://h/'}
            - http: {url: 'http://h/'}
            - {step: http, dns: {name: a}}
        """,
        """
        6:7: two steps of this probe are named 'http'
          6 |     - http: {url: 'http://h/'}
            |       ^ name them with step: …

        7:14: two steps of this probe are named 'http'
          7 |     - {step: http, dns: {name: a}}
            |              ^ name them with step: …
        """,
        id="same names",
    ),
]


@pytest.mark.parametrize(("text", "expected"), REPETITIONS)
def test_repetitions(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


LABELS = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            labels: {probe: a, a-b: b, __c: c, d: [e]}
            http: {url: 'http://h/'}
        """,
        """
        4:14: 'probe' is reserved and cannot be a label
          4 |     labels: {probe: a, a-b: b, __c: c, d: [e]}
            |              ^

        4:24: 'a-b' cannot be a label
          4 |     labels: {probe: a, a-b: b, __c: c, d: [e]}
            |                        ^ letters, digits and _, not starting with a digit or __

        4:32: '__c' cannot be a label
          4 |     labels: {probe: a, a-b: b, __c: c, d: [e]}
            |                                ^ letters, digits and _, not starting with a digit or __

        4:43: expected a text, not a list
          4 |     labels: {probe: a, a-b: b, __c: c, d: [e]}
            |                                           ^
        """,
        id="reserved and malformed",
    ),
]


@pytest.mark.parametrize(("text", "expected"), LABELS)
def test_labels(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def probe(text: str) -> str:
    return f"version: 1\nprobes: {{a: {{{text}}}}}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (30.0, 10.0)),
        ("interval: 100ms", (0.1, 0.08)),
        ("interval: 10s", (10.0, 8.0)),
        ("interval: 1h", (3600.0, 10.0)),
        ("interval: 1h, timeout: 59m", (3600.0, 3540.0)),
    ],
)
def test_the_timeout_is_10s_or_four_fifths_of_the_interval(text: str, expected: tuple[float, float]) -> None:
    found = loaded(probe(f"http: {{url: 'http://h/'}}, {text}")).probes[0]
    assert pytest.approx(expected) == (found.interval, found.timeout)


def test_a_poll_lasts_as_long_as_it_may_by_default() -> None:
    text = probe(
        "interval: 1m, steps: [{http: {url: x}, poll: {}}, {step: b, http: {url: x}, poll: {}, timeout: 2s}, {step: c, http: {url: x}, poll: {every: 2s}, always: true}]"
    )
    polls = [step.poll for step in loaded(text).probes[0].steps]
    assert [(1.0, 10.0), (1.0, 2.0), (2.0, 5.0)] == [poll and (poll.every, poll.within) for poll in polls]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http: {url: x}", (1, 0.0, frozenset())),
        ("http: {url: x}, retry: {}", (2, 0.0, NETWORK_REASONS)),
        ("http: {url: x, method: PUT}, effects: none, retry: {}", (2, 0.0, NETWORK_REASONS)),
        ("http: {url: x, method: PUT}, retry: {}", (2, 0.0, CONNECTION_REASONS)),
        ("http: {url: x, method: POST}, effects: none, retry: {}", (2, 0.0, CONNECTION_REASONS)),
        ("http: {url: x}, retry: {attempts: 3, delay: 1s, reasons: [slow]}", (3, 1.0, {Reason.SLOW})),
        (
            "http: {url: x, method: POST}, retry: {reasons: [dns, refused]}",
            (2, 0.0, {Reason.DNS, Reason.REFUSED}),
        ),
    ],
)
def test_retries(text: str, expected: object) -> None:
    retry = loaded(probe(text)).probes[0].steps[0].retry
    assert expected == (retry.attempts, retry.delay, retry.reasons)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http: {url: x}", ("none", "any")),
        ("http: {url: x, method: POST}", ("writes", "sentinel")),
        ("http: {url: x, method: POST}, effects: none", ("none", "any")),
        ("http: {url: x}, effects: writes", ("writes", "sentinel")),
        ("http: {url: x, method: POST}, runs_on: any", ("writes", "any")),
        ("dns: {name: x}", ("none", "sentinel")),
        ("dns: {name: x}, runs_on: sidecar", ("none", "sidecar")),
        (
            "interval: 1m, steps: [{http: {url: x}}, {step: b, always: true, http: {url: x, method: DELETE}}]",
            ("writes", "sentinel"),
        ),
    ],
)
def test_effects_and_roles(text: str, expected: tuple[str, str]) -> None:
    found = loaded(probe(text)).probes[0]
    assert expected == (found.effects, found.runs_on)


WAITING = "server: {external_url: 'https://h'}\nprobes:\n  a:\n    timeout: 20s\n    steps:\n    - {http: {url: '${callback.url}'}, expect: {body: x}}\n    - "


@pytest.mark.parametrize(
    ("step", "limit"),
    [
        ("{callback: {within: 20s}}", None),
        ("{callback: {}}", None),
        ("{callback: {within: 21s}}", "20s"),
        ("{callback: {within: 5s}, timeout: 4s}", "4s"),
        ("{callback: {within: 6s}, always: true}", "5s"),
    ],
)
def test_warns_of_waiting_that_a_timeout_cuts_off(step: str, limit: str | None) -> None:
    text = f"version: 1\n{WAITING}{step}\n"
    warnings = load("env:CHECKS", {"CHECKS": text}, [*KINDS.values(), CallbackKind]).warnings
    assert bool(limit) == bool(warnings)
    assert all(each.message.endswith(f"is cut off by the timeout {limit}") for each in warnings)
    assert {8} >= {each.line for each in warnings}


def test_a_runbook_that_no_page_can_link_to_is_warned_of() -> None:
    text = "probes: {a: {runbook: 'javascript:alert(1)', http: {url: x}, expect: {body: x}}}"
    [warning] = loaded(f"version: 1\n{text}").warnings
    expected = f"""
        env:CHECKS:2:23: no link is made of this: it is no URL of a web page
          2 | {text}
            |                       ^ such as https://wiki.example.org/search
    """
    assert told(expected) == str(warning)


@pytest.mark.parametrize("runbook", ["https://wiki.example.org/search", "''"])
def test_one_that_can_be_linked_to_is_not(runbook: str) -> None:
    text = f"probes: {{a: {{runbook: {runbook}, http: {{url: x}}, expect: {{body: x}}}}}}"
    assert () == tuple(loaded(f"version: 1\n{text}").warnings)
