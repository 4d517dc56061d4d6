"""A run-time reference stands for something by the time that it is used."""

import pytest

from checker.config.configuration import Config
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.kinds.callback import CallbackKind
from tests.config.doubles import KINDS
from tests.config.loading import complaints, told

REFERENCES = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${work}'}
        """,
        """
        4:17: no step captures ${work}
          4 |     http: {url: 'http://h/${work}'}
            |                 ^ there are none
        """,
        id="unknown capture",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {http: {url: 'http://h/'}, capture: {work_id: {json: $.id}}}
            - {step: b, http: {url: 'http://h/${work_ids}'}}
        """,
        """
        6:29: no step captures ${work_ids}
          6 |     - {step: b, http: {url: 'http://h/${work_ids}'}}
            |                             ^ did you mean 'work_id'?
        """,
        id="misspelt capture",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            capture: {a: {json: $.a}}
            expect: {json: {$.b: '${a}'}}
        """,
        """
        6:26: ${a} is used before the step that captures it has run
          6 |     expect: {json: {$.b: '${a}'}}
            |                          ^
        """,
        id="capture of the same step",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {step: one, http: {url: 'http://h/${a}'}}
            - {step: two, http: {url: 'http://h/'}, capture: {a: {json: $.a}}}
        """,
        """
        5:31: ${a} is used before the step that captures it has run
          5 |     - {step: one, http: {url: 'http://h/${a}'}}
            |                               ^
        """,
        id="capture of a later step",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            steps:
            - {step: one, always: true, http: {url: 'http://h/'}, capture: {a: {json: $.a}}}
            - {step: two, http: {url: 'http://h/${a}'}}
        """,
        """
        6:31: ${a} is captured by a clean-up, which runs after this step
          6 |     - {step: two, http: {url: 'http://h/${a}'}}
            |                               ^
        """,
        id="capture of a clean-up",
    ),
    pytest.param(
        """
        version: 1
        secrets: {ref_key: {env: A}}
        probes:
          a: {http: {url: 'http://h/', headers: {a: 'x ${secret.refkey}'}}}
        """,
        """
        4:45: there is no secret 'refkey'
          4 |   a: {http: {url: 'http://h/', headers: {a: 'x ${secret.refkey}'}}}
            |                                             ^ did you mean 'ref_key'?
        """,
        id="unknown secret",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${secret.a}'}
        """,
        """
        4:17: there is no secret 'a'
          4 |     http: {url: 'http://h/${secret.a}'}
            |                 ^ declare it: secrets: {a: {env: …}}
        """,
        id="no secret at all",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${run.name}'}
        """,
        """
        4:17: there is no ${run.name}
          4 |     http: {url: 'http://h/${run.name}'}
            |                 ^ there are ${run.id} and ${run.started_at}
        """,
        id="run",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/', json: ['${callback.url}', '${callback.uri}']}
        """,
        """
        4:37: ${callback.url} needs a step after it that waits for the callback
          4 |     http: {url: 'http://h/', json: ['${callback.url}', '${callback.uri}']}
            |                                     ^ such as callback: {within: 30s}

        4:56: there is no ${callback.uri}
          4 |     http: {url: 'http://h/', json: ['${callback.url}', '${callback.uri}']}
            |                                                        ^ there is ${callback.url}
        """,
        id="callback",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            expect: {json: {$.a: '${x}'}}
            warn: {json: {$.a: {gt: '${y}'}}}
            poll: {stop_if: {json: {$.a: {in: ['${z}']}}}}
        """,
        """
        5:26: no step captures ${x}
          5 |     expect: {json: {$.a: '${x}'}}
            |                          ^ there are none

        6:29: no step captures ${y}
          6 |     warn: {json: {$.a: {gt: '${y}'}}}
            |                             ^ there are none

        7:40: no step captures ${z}
          7 |     poll: {stop_if: {json: {$.a: {in: ['${z}']}}}}
            |                                        ^ there are none
        """,
        id="in expectations, warnings and stop_if",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            shallow: {http: {url: 'http://h/${a}', headers: {a: '${secret.b}'}}}
            http: {url: 'http://h/'}
        """,
        """
        4:27: the shallow check runs beside the steps and has no capture for ${a}
          4 |     shallow: {http: {url: 'http://h/${a}', headers: {a: '${secret.b}'}}}
            |                           ^

        4:57: there is no secret 'b'
          4 |     shallow: {http: {url: 'http://h/${a}', headers: {a: '${secret.b}'}}}
            |                                                         ^ declare it: secrets: {b: {env: …}}
        """,
        id="in a shallow check",
    ),
]


@pytest.mark.parametrize(("text", "expected"), REFERENCES)
def test_references(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


PLACES_THAT_ARE_FIXED_AT_LOAD = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/', pause: '${run.id}'}
        """,
        """
        4:37: expected a duration such as 30s, not a reference that is only known at run time
          4 |     http: {url: 'http://h/', pause: '${run.id}'}
            |                                     ^
        """,
        id="duration",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            labels: {a: '${run.id}'}
            http: {url: 'http://h/'}
        """,
        """
        4:17: expected a text, not a reference that is only known at run time
          4 |     labels: {a: '${run.id}'}
            |                 ^
        """,
        id="label",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            owner: ${run.id}
            http: {url: 'http://h/'}
        """,
        """
        4:12: expected a text without run-time references, not a reference that is only known at run time
          4 |     owner: ${run.id}
            |            ^
        """,
        id="setting",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            expect: {body: {matches: '${run.id}'}}
            capture: {a: {body: true, regex: '${run.id}'}}
        """,
        """
        5:30: what is known only at run time cannot stand here
          5 |     expect: {body: {matches: '${run.id}'}}
            |                              ^

        6:38: a regular expression is a text
          6 |     capture: {a: {body: true, regex: '${run.id}'}}
            |                                      ^
        """,
        id="regular expression",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            expect: {json: {'$.${run.id}': 1}}
            capture: {a: {json: '$.${run.id}'}}
        """,
        """
        5:21: a key cannot hold a run-time reference
          5 |     expect: {json: {'$.${run.id}': 1}}
            |                     ^

        6:25: json is asked by a JSONPath, not a reference that is only known at run time
          6 |     capture: {a: {json: '$.${run.id}'}}
            |                         ^
        """,
        id="JSONPath",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            expect: {json: {$.a: {schema: {const: '${run.id}'}}}}
        """,
        """
        5:35: what is known only at run time cannot stand here
          5 |     expect: {json: {$.a: {schema: {const: '${run.id}'}}}}
            |                                   ^
        """,
        id="schema",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/', params: {'${run.id}': 1}}
        """,
        """
        4:39: a key cannot hold a run-time reference
          4 |     http: {url: 'http://h/', params: {'${run.id}': 1}}
            |                                       ^
        """,
        id="key",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PLACES_THAT_ARE_FIXED_AT_LOAD)
def test_places_that_are_fixed_at_load(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


# Callbacks


SEND = "{step: send, http: {url: 'http://h/', json: '${callback.url}'}}"
WAIT = "{step: wait, callback: {within: 5s}}"
LATER = "{step: later, http: {url: 'http://h/', json: '${callback.url}'}}"
UNHEARD = "${callback.url} needs a step after it that waits for the callback"
UNTOLD = "no step before this one uses ${callback.url}, so that nobody knows where to call back"


def calling(*steps: str, more: str = "", top: str = "") -> Config:
    """Load a probe with these steps."""
    lines = [f"version: 1\n{top}probes:\n  a:\n{more}    steps:", *(f"    - {step}" for step in steps)]
    text = "\n".join(lines) + "\n"
    return load("env:CHECKS", {"CHECKS": text}, [*KINDS.values(), CallbackKind])


def wrong(*steps: str, more: str = "") -> list[str]:
    with pytest.raises(InvalidConfiguration) as caught:
        calling(*steps, more=more)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    "steps",
    [
        (SEND, WAIT),
        (SEND, LATER, WAIT),
        (SEND, WAIT, LATER),
        (SEND, WAIT, WAIT.replace("step: wait", "step: again")),
        ("{step: off, always: true, http: {url: '${callback.url}'}}", SEND, WAIT),
        ("{step: wait, always: true, callback: {within: 5s}}", SEND),
    ],
)
def test_who_is_told_the_address_is_waited_for(steps: tuple[str, ...]) -> None:
    assert len(steps) == len(calling(*steps).probes[0].steps)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((SEND,), [UNHEARD]),
        ((SEND, LATER), [UNHEARD, UNHEARD]),
        ((WAIT,), [UNTOLD]),
        ((WAIT, SEND), [UNTOLD, UNHEARD]),
        ((SEND.replace("step: send", "step: send, always: true"), WAIT), [UNHEARD, UNTOLD]),
        (("{callback: {}, expect: {json: {$.url: '${callback.url}'}}}",), [UNTOLD, UNHEARD]),
    ],
)
def test_a_callback_that_cannot_come_is_refused(steps: tuple[str, ...], expected: list[str]) -> None:
    assert expected == wrong(*steps)


@pytest.mark.parametrize("shallow", ["{callback: {}}", "{http: {url: '${callback.url}'}}"])
def test_a_shallow_check_is_not_called_back(shallow: str) -> None:
    [message] = wrong(SEND, WAIT, more=f"    shallow: {shallow}\n")
    assert message.endswith("has no place in the shallow check, which runs beside the steps")


def test_a_flow_may_leave_the_waiting_to_its_caller() -> None:
    flow = f"flows:\n  submit:\n    steps:\n    - {SEND}\n"
    config = calling("{call: submit}", WAIT, top=flow)
    assert ["submit.send", "wait"] == [step.name for step in config.probes[0].steps]


# Whether those who are to call back can


@pytest.mark.parametrize(
    ("server", "warning"),
    [
        ("", "this checker listens on 127.0.0.1:10460, where only this machine can call back"),
        (
            "listen: 'localhost:80'",
            "this checker listens on localhost:80, where only this machine can call back",
        ),
        ("listen: '[::1]:80'", "this checker listens on [::1]:80, where only this machine can call back"),
        ("listen: '0.0.0.0:80'", "this checker listens on 0.0.0.0:80, which tells nobody where to call back"),
        ("listen: '[::]:80'", "this checker listens on [::]:80, which tells nobody where to call back"),
        ("listen: '10.1.2.3:80'", None),
        ("listen: 'checker.internal:80'", None),
        ("external_url: 'https://checks.example.org'", None),
    ],
)
def test_warns_where_nobody_can_call_back(server: str, warning: str | None) -> None:
    found = calling(SEND, WAIT, top=f"server: {{{server}}}\n").warnings
    assert ([warning] if warning else []) == [each.message for each in found]
    assert all(each.hint.startswith("set server.external_url") for each in found)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "localhost"])
def test_who_is_on_this_machine_can_call_back_on_loopback(host: str) -> None:
    send = SEND.replace("http://h/", f"http://{host}/")
    assert () == calling(send, WAIT).warnings
    assert 1 == len(calling(send, WAIT, top="server: {listen: '0.0.0.0:80'}\n").warnings)
    assert 1 == len(calling(send, WAIT, "{step: other, http: {url: 'http://h/'}}").warnings)


def test_says_nothing_of_it_where_nobody_is_to_call_back() -> None:
    assert () == calling("{http: {url: 'http://h/'}, expect: {body: x}}").warnings


# Steps that cannot be read


USES = "{step: use, http: {url: 'http://h/${work}'}, poll: {every: 1s}}"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("search", USES), "a step wants a mapping"),
        (("{call: search}", USES), "there is no flow 'search'"),
        (
            ("{step: s, http: {url: 'http://h/'}, capture: [work]}", USES),
            "capture wants a mapping from names",
        ),
        (("search", WAIT), "a step wants a mapping"),
        (("search", SEND), "a step wants a mapping"),
    ],
)
def test_what_a_step_that_cannot_be_read_would_do_is_missed_by_nobody(
    steps: tuple[str, ...], expected: str
) -> None:
    (message,) = wrong(*steps)
    assert message.startswith(expected)


def test_what_is_wrong_with_the_steps_that_can_be_read_is_told_as_well() -> None:
    use = USES.replace("${work}", "${work}/${run.it}")
    assert ["a step wants a mapping", "there is no ${run.it}"] == wrong("search", use)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("", "'steps' has no value here"),
        (" search", "steps wants a list of steps"),
        (" {http: {url: 'http://h/'}}", "steps wants a list of steps"),
        (" []", "the probe 'a' has no steps"),
    ],
)
def test_what_stands_beside_steps_that_cannot_be_read_has_no_place_yet(steps: str, expected: str) -> None:
    text = f"version: 1\nprobes:\n  a:\n    steps:{steps}\n    poll: {{every: 1s}}\n    expect: {{status: 200}}\n"
    with pytest.raises(InvalidConfiguration) as caught:
        load("env:CHECKS", {"CHECKS": text}, KINDS.values())
    assert [expected] == [problem.message for problem in caught.value.problems]


def test_a_flow_with_a_step_that_cannot_be_read_captures_who_knows_what() -> None:
    text = f"""
        version: 1
        flows: {{f: {{steps: [search, {USES}]}}}}
        probes: {{a: {{http: {{url: 'http://h/'}}}}}}
    """
    shown = complaints(text)
    assert (1, True) == (shown.count("^"), "a step wants a mapping" in shown)
