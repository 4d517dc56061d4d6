"""Probes and steps that are not what they should be."""

# ruff: noqa: E501 - what is shown to people is as long as it is

import pytest

from checker.config.problems import Place
from checker.core.reason import Severity
from tests.config.loading import complaints, loaded, told

PROBES = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval: 1m
        """,
        """
        4:5: the probe 'a' has no steps
          4 |     interval: 1m
            |     ^ name a kind, such as http: {url: …}, or write steps
        """,
        id="no steps",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            {}
        """,
        """
        4:5: the probe 'a' has no steps
          4 |     {}
            |     ^ name a kind, such as http: {url: …}, or write steps
        """,
        id="nothing at all",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps: []
        """,
        """
        4:12: the probe 'a' has no steps
          4 |     steps: []
            |            ^
        """,
        id="empty list of steps",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            steps: [{http: {url: 'http://h/'}}]
        """,
        """
        4:5: 'http' belongs into one of the steps where a probe has a list of them
          4 |     http: {url: 'http://h/'}
            |     ^
        """,
        id="steps and a kind",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            expect: {status: 200}
            steps: [{http: {url: 'http://h/'}}]
        """,
        """
        4:5: 'expect' belongs into one of the steps where a probe has a list of them
          4 |     expect: {status: 200}
            |     ^
        """,
        id="steps and expectations",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            dns: {name: h}
        """,
        """
        5:5: a step names exactly one kind; this one names http and dns
          5 |     dns: {name: h}
            |     ^
        """,
        id="two kinds",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            expect: {status: 200}
        """,
        """
        4:5: a step names exactly one kind, and this one names none
          4 |     expect: {status: 200}
            |     ^ the kinds are dns, http
        """,
        id="expectations without a kind",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            intervall: 1m
            http: {url: 'http://h/'}
        """,
        """
        4:5: unknown key 'intervall'
          4 |     intervall: 1m
            |     ^ did you mean 'interval'?
        """,
        id="unknown key",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            zzz: 1m
            http: {url: 'http://h/'}
        """,
        """
        4:5: unknown key 'zzz'
          4 |     zzz: 1m
            |     ^
        """,
        id="unknown key, nothing near",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval:
            expect:
            http:
            labels:
        """,
        """
        4:14: 'interval' has no value here
          4 |     interval:
            |              ^ its value stands here or, indented, below

        5:12: 'expect' has no value here
          5 |     expect:
            |            ^ its value stands here or, indented, below

        6:10: 'http' has no value here
          6 |     http:
            |          ^ its value stands here or, indented, below

        7:12: 'labels' has no value here
          7 |     labels:
            |            ^ its value stands here or, indented, below
        """,
        id="no value",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            interval: 30
            fail_after: 0
            recover_after: 1.5
            severity: pages
            owner: [a]
            slo: 99.5%
            depends_on: a
            buckets: 3
            metrics: all
            runs_on: moon
            effects: many
            labels: []
            http: {url: 'http://h/'}
        """,
        """
        4:15: expected a duration such as 30s, not a whole number
          4 |     interval: 30
            |               ^ did you mean 30s?

        5:17: expected a whole number, 1 or more, not 0
          5 |     fail_after: 0
            |                 ^

        6:20: expected a whole number, 1 or more, not 1.5
          6 |     recover_after: 1.5
            |                    ^

        7:15: expected page, ticket or info, not 'pages'
          7 |     severity: pages
            |               ^

        8:12: expected a text without run-time references, not a list
          8 |     owner: [a]
            |            ^

        9:10: expected a mapping, not a text
          9 |     slo: 99.5%
            |          ^ write slo: {availability: 99.5%}

        10:17: expected a list, not a text
          10 |     depends_on: a
             |                 ^ write depends_on: [a]

        11:14: expected a list, not a whole number
          11 |     buckets: 3
             |              ^ write buckets: [3]

        12:14: expected full or basic, not 'all'
          12 |     metrics: all
             |              ^

        13:14: expected any, sidecar or sentinel, not 'moon'
          13 |     runs_on: moon
             |              ^

        14:14: expected none or writes, not 'many'
          14 |     effects: many
             |              ^

        15:13: expected a mapping, not a list
          15 |     labels: []
             |             ^ write labels: {name: value}
        """,
        id="wrong types",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            shallow: {http: {url: 'http://h/'}, capture: {}}
            http: {url: 'http://h/'}
        """,
        """
        4:41: unknown key 'capture'
          4 |     shallow: {http: {url: 'http://h/'}, capture: {}}
            |                                         ^ known here: dns, expect, http, timeout
        """,
        id="shallow",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            shallow: http
            http: {url: 'http://h/'}
        """,
        """
        4:14: shallow wants a mapping with one kind, such as {http: {url: …}}
          4 |     shallow: http
            |              ^
        """,
        id="shallow that is none",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            shallow: {expect: {status: 200}}
            http: {url: 'http://h/'}
        """,
        """
        4:14: a step names exactly one kind, and this one names none
          4 |     shallow: {expect: {status: 200}}
            |              ^ the kinds are dns, http
        """,
        id="shallow without a kind",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBES)
def test_probes(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


STEPS = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - step: a
              http: {url: 'http://h/'}
              dns: {name: h}
        """,
        """
        7:7: a step names exactly one kind; this one names http and dns
          7 |       dns: {name: h}
            |       ^
        """,
        id="two kinds",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {step: a, expect: {}}
        """,
        """
        5:7: a step names exactly one kind, and this one names none
          5 |     - {step: a, expect: {}}
            |       ^ the kinds are dns, http
        """,
        id="no kind",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {step: a b, http: {url: 'http://h/'}, expects: {}}
        """,
        """
        5:14: 'a b' is no name for a step
          5 |     - {step: a b, http: {url: 'http://h/'}, expects: {}}
            |              ^ up to 100 letters, digits, _ . and -, the first a letter or digit

        5:45: unknown key 'expects'
          5 |     - {step: a b, http: {url: 'http://h/'}, expects: {}}
            |                                             ^ did you mean 'expect'?
        """,
        id="name and keys",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - step:
              http:
              expect:
              poll:
        """,
        """
        5:12: 'step' has no value here
          5 |     - step:
            |            ^ its value stands here or, indented, below

        6:12: 'http' has no value here
          6 |       http:
            |            ^ its value stands here or, indented, below

        7:14: 'expect' has no value here
          7 |       expect:
            |              ^ its value stands here or, indented, below

        8:12: 'poll' has no value here
          8 |       poll:
            |            ^ its value stands here or, indented, below
        """,
        id="no value",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {urls: 'http://h/', redirects: -1, tls: {verfy: false}, params: [a]}
        """,
        """
        4:11: 'url' is missing here
          4 |     http: {urls: 'http://h/', redirects: -1, tls: {verfy: false}, params: [a]}
            |           ^

        4:12: unknown key 'urls'
          4 |     http: {urls: 'http://h/', redirects: -1, tls: {verfy: false}, params: [a]}
            |            ^ did you mean 'url'?

        4:42: expected a whole number, 0 or more, not -1
          4 |     http: {urls: 'http://h/', redirects: -1, tls: {verfy: false}, params: [a]}
            |                                          ^

        4:52: unknown key 'verfy'
          4 |     http: {urls: 'http://h/', redirects: -1, tls: {verfy: false}, params: [a]}
            |                                                    ^ did you mean 'verify'?

        4:75: expected a mapping, not a list
          4 |     http: {urls: 'http://h/', redirects: -1, tls: {verfy: false}, params: [a]}
            |                                                                           ^ write params: {name: value}
        """,
        id="spec",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: http://h/
        """,
        """
        4:11: http wants a mapping
          4 |     http: http://h/
            |           ^ write http: {url: …}
        """,
        id="spec that is none",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            poll: {evry: 1s, within: soon}
            retry: {attempts: 0, delay: 1}
        """,
        """
        5:12: unknown key 'evry'
          5 |     poll: {evry: 1s, within: soon}
            |            ^ did you mean 'every'?

        5:30: 'soon' is not a duration; write a number and ms, s, m, h or d, such as 30s
          5 |     poll: {evry: 1s, within: soon}
            |                              ^

        6:23: expected a whole number, 1 or more, not 0
          6 |     retry: {attempts: 0, delay: 1}
            |                       ^

        6:33: expected a duration such as 30s, not a whole number
          6 |     retry: {attempts: 0, delay: 1}
            |                                 ^ did you mean 1s?
        """,
        id="poll and retry",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            expect: {status: many, statuss: 200, latency: {lt: 5}, timings: {dsn: {lt: 1s}}, json: {'$[': 1, $.a: {gtee: 1}, $.b: {matches: '('}, $.c: {schema: {type: strong}}}}
        """,
        """
        5:22: a status is a number from 100 to 599, or a class such as 2xx
          5 |     expect: {status: many, statuss: 200, latency: {lt: 5}, timings: {dsn: {lt: 1s}}, json: {'$[': 1,…
            |                      ^

        5:28: there is no fact 'statuss'
          5 |     expect: {status: many, statuss: 200, latency: {lt: 5}, timings: {dsn: {lt: 1s}}, json: {'$[': 1,…
            |                            ^ did you mean 'status'?

        5:56: a duration is written as a number and a unit, such as 800ms or 2s, not a whole number
          5 | …xpect: {status: many, statuss: 200, latency: {lt: 5}, timings: {dsn: {lt: 1s}}, json: {'$[': 1, $.a…
            |                                                    ^ did you mean 5s?

        5:70: there is no timings.dsn
          5 | …: many, statuss: 200, latency: {lt: 5}, timings: {dsn: {lt: 1s}}, json: {'$[': 1, $.a: {gtee: 1}, $…
            |                                                    ^ did you mean 'dns'?

        5:93: not a JSONPath: unbalanced brackets, line 1, column 2
          5 | …atency: {lt: 5}, timings: {dsn: {lt: 1s}}, json: {'$[': 1, $.a: {gtee: 1}, $.b: {matches: '('}, $.c…
            |                                                    ^

        5:108: there is no operator 'gtee'
          5 | …, timings: {dsn: {lt: 1s}}, json: {'$[': 1, $.a: {gtee: 1}, $.b: {matches: '('}, $.c: {schema: {typ…
            |                                                    ^ did you mean 'gte'?

        5:133: not a regular expression: missing ): (
          5 | …}, json: {'$[': 1, $.a: {gtee: 1}, $.b: {matches: '('}, $.c: {schema: {type: strong}}}}
            |                                                    ^

        5:153: not a JSON Schema: "strong" is not valid under any of the schemas listed in the 'anyOf' keyword at type
          5 | ….a: {gtee: 1}, $.b: {matches: '('}, $.c: {schema: {type: strong}}}}
            |                                                    ^
        """,
        id="expectations",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            expect: [200]
            warn: 3
            poll: {stop_if: 3}
        """,
        """
        5:13: expected a mapping from facts to matchers
          5 |     expect: [200]
            |             ^ write one mapping, without the dashes

        6:11: expected a mapping from facts to matchers
          6 |     warn: 3
            |           ^ such as {body: {contains: …}}

        7:21: expected a mapping from facts to matchers
          7 |     poll: {stop_if: 3}
            |                     ^ such as {body: {contains: …}}
        """,
        id="expectations that are none",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            capture:
              Work: {json: $.a}
              b: {jsn: $.a}
              c: $.a
              d: {json: 'a['}
              e: {json: $.a, body: true}
              f: {body: true, regex: '('}
        """,
        """
        6:7: 'Work' is no name for a capture
          6 |       Work: {json: $.a}
            |       ^ write it like work_id

        7:11: there is no fact 'jsn'
          7 |       b: {jsn: $.a}
            |           ^ did you mean 'json'?

        8:10: a capture wants a mapping, such as {json: $.id}
          8 |       c: $.a
            |          ^

        9:17: a JSONPath begins with $
          9 |       d: {json: 'a['}
            |                 ^ did you mean '$.a['?

        10:10: expected one fact, such as json: $.id
          10 |       e: {json: $.a, body: true}
             |          ^

        11:30: not a regular expression: missing ): (
          11 |       f: {body: true, regex: '('}
             |                              ^
        """,
        id="captures",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            capture: [a]
        """,
        """
        5:14: capture wants a mapping from names to what they hold
          5 |     capture: [a]
            |              ^
        """,
        id="captures that are none",
    ),
]


@pytest.mark.parametrize(("text", "expected"), STEPS)
def test_steps(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def test_defaults() -> None:
    [probe] = loaded("version: 1\nprobes: {a: {http: {url: 'http://h/'}}}").probes
    ticket, no_labels = Severity.TICKET, dict[str, str]()
    expected = (
        "a",
        30.0,
        10.0,
        5.0,
        None,
        2,
        2,
        "",
        no_labels,
        ticket,
        "",
        "",
        None,
        (),
        None,
        "none",
        "any",
        "full",
        (),
    )
    assert expected == (
        *(probe.name, probe.interval, probe.timeout, probe.cleanup_timeout, probe.interval_on_failure),
        *(
            probe.fail_after,
            probe.recover_after,
            probe.description,
            probe.labels,
            probe.severity,
            probe.owner,
        ),
        *(
            probe.runbook,
            probe.slo,
            probe.depends_on,
            probe.shallow,
            probe.effects,
            probe.runs_on,
            probe.metrics,
        ),
        probe.buckets,
    )


WHOLE = """
version: 1
probes:
  a:
    description: d
    interval: 15s
    interval_on_failure: 5s
    timeout: 8s
    cleanup_timeout: 3s
    fail_after: 1
    recover_after: 3
    labels: {env: prod}
    severity: page
    owner: o
    runbook: r
    slo: {availability: 99.9%}
    effects: none
    runs_on: sidecar
    metrics: basic
    buckets: [100ms, 1s]
    shallow: {http: {url: "http://h/health"}, expect: {body: ok}, timeout: 1s}
    http: {url: "http://h/"}
    expect: {body: x}
    warn: {latency: {lt: 1s}}
    capture: {v: {json: $.v, metric: true}}
    poll: {every: 500ms, within: 2s, stop_if: {status: 500}}
    retry: {attempts: 4, delay: 10ms, reasons: [reset]}
"""


def test_everything_at_once() -> None:
    [probe] = loaded(WHOLE).probes
    [step] = probe.steps
    assert ("d", 15.0, 5.0, 8.0, 3.0, 1, 3, "page", "o", "r", 0.999, "sidecar", "basic", (0.1, 1.0)) == (
        *(probe.description, probe.interval, probe.interval_on_failure, probe.timeout, probe.cleanup_timeout),
        *(probe.fail_after, probe.recover_after, probe.severity, probe.owner, probe.runbook, probe.slo),
        *(probe.runs_on, probe.metrics, probe.buckets),
    )
    assert probe.shallow
    assert ("shallow", "http", 1.0, ["status", "body"]) == (
        *(probe.shallow.name, probe.shallow.kind, probe.shallow.timeout),
        sorted((assertion.path for assertion in probe.shallow.expect), reverse=True),
    )
    assert ("http", ["body", "status"], ["latency"], ["v"]) == (
        step.name,
        sorted(assertion.path for assertion in step.expect),
        [assertion.path for assertion in step.warn],
        [capture.name for capture in step.captures],
    )
    assert step.poll
    assert (0.5, 2.0, ["status"]) == (
        step.poll.every,
        step.poll.within,
        [each.path for each in step.poll.stop_if],
    )


def test_what_a_kind_implies_gives_way_to_what_is_asserted() -> None:
    text = "version: 1\nprobes: {a: {http: {url: x}}, b: {http: {url: x}, expect: {status: 404}}, c: {http: {url: x}, warn: {status: 200}}}"
    assert [["2xx"], ["404"], ["2xx"]] == [
        [assertion.text for assertion in probe.steps[0].expect] for probe in loaded(text).probes
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("steps", 0, "http", "url"), (21, 17)),
        (("steps", 0, "expect"), (22, 13)),
        (("steps", 0, "capture", "v", "json"), (24, 25)),
        (("shallow", "http"), (20, 21)),
        (("interval",), (5, 15)),
        (("nothing", "here"), (4, 5)),
    ],
)
def test_a_probe_tells_where_things_are_written(
    path: tuple[str | int, ...], expected: tuple[int, int]
) -> None:
    place = loaded(WHOLE).probes[0].place(path)
    assert expected == (place.line, place.column)
    assert isinstance(place, Place)
    assert f"env:CHECKS:{place.line}:{place.column}" == str(place)


def test_places_are_those_of_the_text_that_was_unfolded() -> None:
    text = """\
version: 1
flows: {f: {steps: [{http: {url: 'http://h/'}}]}}
templates: {t: {params: [n], http: {url: 'http://h/', redirects: '${param.n}'}}}
probes:
  a: {steps: [{call: f}, {step: b, http: {url: 'http://h/'}}]}
  b: {use: t, with: {n: 3}}
"""
    a, b = loaded(text).probes
    places = (
        a.place(("steps", 0, "http")),
        a.place(("steps", 1)),
        b.place(("steps", 0, "http", "redirects")),
    )
    assert [2, 5, 6] == [place.line for place in places]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http: {url: x}", "{http: {url: x}}", True),
        ("http: {url: x, redirects: 1}, owner: o", "owner: o, http: {redirects: 1, url: x}", True),
        ("http: {url: '${env.A}'}", "http: {url: a}", True),
        ("http: {url: x}", "http: {url: y}", False),
        ("http: {url: '${run.id}'}", "http: {url: '$${run.id}'}", False),
        ("http: {url: x}", "http: {url: x}, interval: 31s", False),
        ("http: {url: x}", "http: {url: x}, depends_on: [b]", False),
        ("http: {url: x}", "http: {url: x}, fail_after: 3", False),
        ("http: {url: x}", "http: {url: x}, labels: {a: b}, severity: page, owner: o, runbook: r", True),
        ("http: {url: x}", "http: {url: x}, description: d, slo: {availability: 99%}, metrics: basic", True),
        ("http: {url: x}, expect: {body: x}", "http: {url: x}, expect: {body: y}", False),
        (
            "matrix: {m: [x]}, http: {url: '${matrix.m}'}",
            "matrix: {m: [x, y]}, http: {url: '${matrix.m}'}",
            True,
        ),
        ("http: {url: x, json: .nan}", "http: {url: x, json: .inf}", False),
    ],
)
def test_a_fingerprint_changes_with_what_decides_the_behaviour(one: str, other: str, *, same: bool) -> None:
    first, second = (
        loaded(
            f"version: 1\nprobes: {{a: {text if text[0] == '{' else '{' + text + '}'}, b: {{http: {{url: x}}}}}}",
            A="a",
        ).probes[0]
        for text in (one, other)
    )
    assert same == (first.fingerprint == second.fingerprint)


def test_a_flow_s_text_counts_for_the_fingerprint() -> None:
    text = "version: 1\nflows: {f: {steps: [{http: {url: 'http://h/'}}]}}\nprobes: {a: {steps: [{call: f}]}}"
    changed = text.replace("http://h/", "http://i/")
    assert loaded(text).probes[0].fingerprint != loaded(changed).probes[0].fingerprint


def test_what_is_too_large_is_refused() -> None:
    """Every probe of a template may be small in the file and large when it is unfolded."""
    items = ", ".join(["'${matrix.big}'"] * 400)
    big = ", ".join(["1"] * 400)
    text = (
        f"version: 1\nprobes: {{a: {{for_each: {{x: {{big: [{big}]}}}}, http: {{url: x, json: [{items}]}}}}}}"
    )
    assert complaints(text).startswith(
        "2:13: this expands to more than 100,000 values, 1 MiB of text or 64 levels"
    )


def test_a_problem_is_shown_at_the_key_or_at_the_value_whatever_its_words() -> None:
    assert complaints("""
        version: 1
        probes:
          a:
            http: {url: http://a}
            expect: {json: {$.a: {}}}
            capture: {took: {timings: dsn}}
        """) == told("""
        5:26: a matcher without operators says nothing
          5 |     expect: {json: {$.a: {}}}
            |                          ^

        6:31: there is no timings.dsn
          6 |     capture: {took: {timings: dsn}}
            |                               ^ did you mean 'dns'?
        """)


@pytest.mark.parametrize(
    ("step", "column"),
    [
        ("http: {url: x}, expect: {}", 38),
        ("http: {url: x}, warn: {}", 36),
        ("http: {url: x}, poll: {stop_if: {}}", 46),
        ("http: {url: x}, shallow: {http: {url: x}, expect: {}}", 64),
    ],
)
def test_what_expects_nothing_is_refused(step: str, column: int) -> None:
    text = f"probes: {{a: {{{step}}}}}"
    expected = f"2:{column}: this expects nothing\n  2 | {text}\n    | {' ' * (column - 1)}^ leave it out, or say what"
    assert expected == complaints(f"version: 1\n{text}")
