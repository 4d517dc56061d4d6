"""Flows and calls that cannot be unfolded."""

# ruff: noqa: E501 - what is shown to people is as long as it is

import pytest

from tests.config.loading import complaints, loaded, told

PROBLEMS = [
    pytest.param(
        """
        version: 1
        flows: {sign-in: {steps: [{http: {url: 'http://h/'}}]}}
        probes:
          a: {steps: [{call: signin}, {call: 3}]}
        """,
        """
        4:22: there is no flow 'signin'
          4 |   a: {steps: [{call: signin}, {call: 3}]}
            |                      ^ did you mean 'sign-in'?

        4:38: call wants the name of a flow
          4 |   a: {steps: [{call: signin}, {call: 3}]}
            |                                      ^
        """,
        id="unknown flow",
    ),
    pytest.param(
        """
        version: 1
        flows: {x: {steps: [{http: {url: 'http://h/'}}]}}
        probes:
          a:
            steps: [{call: x, expect: {}, always: maybe, step: 'a b'}]
        """,
        """
        5:23: a call takes no 'expect'; the steps of its flow have their own
          5 |     steps: [{call: x, expect: {}, always: maybe, step: 'a b'}]
            |                       ^

        5:43: expected true or false
          5 |     steps: [{call: x, expect: {}, always: maybe, step: 'a b'}]
            |                                           ^

        5:56: 'a b' is no name for a step
          5 |     steps: [{call: x, expect: {}, always: maybe, step: 'a b'}]
            |                                                        ^ up to 100 letters, digits, _ . and -, the first a letter or digit
        """,
        id="keys of a call",
    ),
    pytest.param(
        """
        version: 1
        flows: {x: {params: [a], steps: [{http: {url: '${param.a}'}}]}}
        probes:
          a: {steps: [{call: x, with: {b: 1}}]}
        """,
        """
        4:22: the flow 'x' wants the parameter 'a'
          4 |   a: {steps: [{call: x, with: {b: 1}}]}
            |                      ^ write with: {a: …}

        4:32: the flow 'x' has no parameter 'b'
          4 |   a: {steps: [{call: x, with: {b: 1}}]}
            |                                ^ known here: a
        """,
        id="parameters",
    ),
    pytest.param(
        """
        version: 1
        flows:
          x: {steps: [{call: y}]}
          y: {steps: [{call: x}]}
        probes:
          a: {steps: [{call: x}]}
        """,
        """
        3:22: these flows call each other: y → x → y
          3 |   x: {steps: [{call: y}]}
            |                      ^

        4:22: these flows call each other: x → y → x
          4 |   y: {steps: [{call: x}]}
            |                      ^
        """,
        id="circle",
    ),
    pytest.param(
        """
        version: 1
        flows:
          a: {}
          b: {steps: []}
          c: {steps: x}
          d: {stesp: []}
          e: {steps: [{http: {url: 'http://h/'}}], returns: x, effects: some}
          f: {steps: [{http: {url: 'http://h/'}}], returns: [[x]]}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        3:6: the flow 'a' wants a list of steps
          3 |   a: {}
            |      ^

        4:14: the flow 'b' wants a list of steps
          4 |   b: {steps: []}
            |              ^

        5:14: the flow 'c' wants a list of steps
          5 |   c: {steps: x}
            |              ^

        6:6: the flow 'd' wants a list of steps
          6 |   d: {stesp: []}
            |      ^

        6:7: unknown key 'stesp'
          6 |   d: {stesp: []}
            |       ^ did you mean 'steps'?

        7:53: returns wants a list of captures
          7 |   e: {steps: [{http: {url: 'http://h/'}}], returns: x, effects: some}
            |                                                     ^

        7:65: expected none or writes
          7 |   e: {steps: [{http: {url: 'http://h/'}}], returns: x, effects: some}
            |                                                                 ^

        8:54: returns wants names of captures
          8 |   f: {steps: [{http: {url: 'http://h/'}}], returns: [[x]]}
            |                                                      ^
        """,
        id="malformed",
    ),
    pytest.param(
        """
        version: 1
        flows:
          x: {steps: [{http: {url: 'http://h/'}, capture: {token: {json: $.a}}}], returns: [tokens]}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        3:85: the flow 'x' never captures 'tokens'
          3 |   x: {steps: [{http: {url: 'http://h/'}, capture: {token: {json: $.a}}}], returns: [tokens]}
            |                                                                                     ^ did you mean 'token'?
        """,
        id="returns what it never captures",
    ),
    pytest.param(
        """
        version: 1
        flows:
          x: {steps: [{http: {url: 'http://h/${work_id}'}}]}
        probes:
          a:
            steps:
            - {step: b, http: {url: 'http://h/'}, capture: {work_id: {json: $.a}}}
            - {call: x}
        """,
        """
        3:28: the flow 'x' captures no 'work_id'
          3 |   x: {steps: [{http: {url: 'http://h/${work_id}'}}]}
            |                            ^ hand it over as a parameter
        """,
        id="looks outside",
    ),
    pytest.param(
        """
        version: 1
        flows:
          x: {steps: [{http: {url: 'http://h/'}, capture: {nonce: {json: $.a}}}]}
        probes:
          a:
            steps:
            - {call: x}
            - {http: {url: 'http://h/${nonce}'}}
        """,
        """
        8:20: no step captures ${nonce}
          8 |     - {http: {url: 'http://h/${nonce}'}}
            |                    ^ its flow keeps it; name it under returns
        """,
        id="keeps its captures",
    ),
    pytest.param(
        """
        version: 1
        flows:
          x: {steps: [{step: a, http: {url: 'http://h/${n}'}}, {step: b, http: {url: 'http://h/'}, capture: {n: {json: $.a}}}]}
        probes:
          a: {steps: [{call: x}]}
        """,
        """
        3:37: ${n} is used before the step that captures it has run
          3 |   x: {steps: [{step: a, http: {url: 'http://h/${n}'}}, {step: b, http: {url: 'http://h/'}, capture: …
            |                                     ^
        """,
        id="uses its own before it is made",
    ),
    pytest.param(
        """
        version: 1
        flows:
          x: {steps: [{http: {url: 'http://h/'}}]}
        probes:
          a:
            steps:
            - {call: x}
            - {call: x}
        """,
        """
        8:14: two steps of this probe are named 'x.http'
          8 |     - {call: x}
            |              ^ name them with step: …
        """,
        id="called twice",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps: {a: b}
        """,
        """
        4:12: steps wants a list of steps
          4 |     steps: {a: b}
            |            ^ write - step: … for each
        """,
        id="no list of steps",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps: [a]
        """,
        """
        4:13: a step wants a mapping
          4 |     steps: [a]
            |             ^
        """,
        id="no mapping",
    ),
    pytest.param(
        """
        version: 1
        flows:
          f0: {steps: [{call: f1, step: a}, {call: f1, step: b}]}
          f1: {steps: [{call: f2, step: a}, {call: f2, step: b}]}
          f2: {steps: [{call: f3, step: a}, {call: f3, step: b}]}
          f3: {steps: [{call: f4, step: a}, {call: f4, step: b}]}
          f4: {steps: [{call: f5, step: a}, {call: f5, step: b}]}
          f5: {steps: [{call: f6, step: a}, {call: f6, step: b}]}
          f6: {steps: [{call: f7, step: a}, {call: f7, step: b}]}
          f7: {steps: [{call: f8, step: a}, {call: f8, step: b}]}
          f8: {steps: [{call: f9, step: a}, {call: f9, step: b}]}
          f9: {steps: [{call: f10, step: a}, {call: f10, step: b}]}
          f10: {steps: [{http: {url: 'http://h/'}}]}
        probes:
          a: {steps: [{call: f0}]}
        """,
        """
        3:23: this comes to more than 1,000 calls
          3 |   f0: {steps: [{call: f1, step: a}, {call: f1, step: b}]}
            |                       ^

        4:44: this comes to more than 1,000 calls
          4 |   f1: {steps: [{call: f2, step: a}, {call: f2, step: b}]}
            |                                            ^

        15:22: this comes to more than 1,000 calls
          15 |   a: {steps: [{call: f0}]}
             |                      ^
        """,
        id="too many",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_problems(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


SIGN_IN = """
version: 1
secrets: {key: {env: KEY}}
flows:
  sign-in:
    params: {client: required, secret: "${secret.key}"}
    effects: none
    steps:
      - step: nonce
        http: {url: "http://h/"}
        capture: {nonce: {json: $.nonce}}
      - step: token
        http: {url: "http://h/", method: POST, form: {c: "${param.client}", s: "${param.secret}", n: "${nonce}"}}
        capture: {token: {json: $.token}}
    returns: [token]
"""


def test_a_flow_s_steps_stand_in_place_of_the_call() -> None:
    """Its own captures carry the call's name; those that it returns are the probe's."""
    text = """
probes:
  a:
    steps:
      - {step: first, http: {url: "http://h/"}, capture: {nonce: {json: $.other}, client: {json: $.client}}}
      - {call: sign-in, with: {client: "x-${client}"}}
      - {step: last, http: {url: "http://h/${nonce}/${token}"}}
"""
    [probe] = loaded(SIGN_IN + text).probes
    assert ["first", "sign-in.nonce", "sign-in.token", "last"] == [step.name for step in probe.steps]
    assert [["nonce", "client"], ["sign-in.nonce"], ["token"], []] == [
        [capture.name for capture in step.captures] for step in probe.steps
    ]
    form = {"c": "x-${client}", "s": "${secret.key}", "n": "${sign-in.nonce}"}
    assert form == probe.document["steps"][2]["http"]["form"]
    assert [set(), set(), {"client", "sign-in.nonce"}, {"nonce", "token"}] == [
        set(step.needs) for step in probe.steps
    ]


def test_calls_can_be_named_and_be_clean_ups() -> None:
    text = """
probes:
  a:
    interval: 1m
    steps:
      - {call: sign-in, with: {client: x}}
      - {call: sign-in, step: again, with: {client: y}, always: true}
"""
    [probe] = loaded(SIGN_IN + text).probes
    assert [
        ("sign-in.nonce", False),
        ("sign-in.token", False),
        ("again.nonce", True),
        ("again.token", True),
    ] == [(step.name, step.always) for step in probe.steps]


def test_flows_call_flows() -> None:
    text = """
  outer:
    steps:
      - {call: sign-in, with: {client: x}}
      - {step: use, http: {url: "http://h/${token}"}, capture: {session: {json: $.s}}}
    returns: [session]
probes:
  a: {steps: [{call: outer}, {step: last, http: {url: "http://h/${session}"}}]}
"""
    [probe] = loaded(SIGN_IN + text).probes
    assert ["outer.sign-in.nonce", "outer.sign-in.token", "outer.use", "last"] == [
        step.name for step in probe.steps
    ]
    assert ["outer.sign-in.nonce", "outer.token", "session"] == [
        capture.name for step in probe.steps for capture in step.captures
    ]
    assert {"outer.token"} == probe.steps[2].needs


def test_a_flow_without_effects_keeps_a_probe_from_writing() -> None:
    text = "probes: {a: {steps: [{call: sign-in, with: {client: x}}]}}"
    assert ["none", "writes"] == [
        loaded(each + text).probes[0].effects
        for each in (SIGN_IN, SIGN_IN.replace("effects: none", "effects: writes"))
    ]


def test_a_flow_may_use_the_matrix_of_its_caller() -> None:
    text = """
    version: 1
    flows: {f: {steps: [{http: {url: "http://${matrix.m}/"}}]}}
    probes: {a: {matrix: {m: [x, y]}, steps: [{call: f}]}}
    """
    assert ["http://x/", "http://y/"] == [
        probe.document["steps"][0]["http"]["url"] for probe in loaded(text).probes
    ]


def test_a_clean_up_may_use_what_any_step_before_it_captured() -> None:
    text = """
    version: 1
    probes:
      a:
        interval: 1m
        steps:
          - {step: one, always: true, http: {url: "http://h/"}, capture: {a: {json: $.a}}}
          - {step: two, http: {url: "http://h/"}, capture: {b: {json: $.b}}}
          - {step: three, always: true, http: {url: "http://h/${a}${b}"}}
    """
    assert {"a", "b"} == loaded(text).probes[0].steps[2].needs
