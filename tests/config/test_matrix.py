"""A matrix that cannot be unfolded."""

# ruff: noqa: E501 - what is shown to people is as long as it is

import pytest

from tests.config.loading import complaints, loaded, told

PROBLEMS = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: [a]
            http: {url: 'http://h/'}
        """,
        """
        4:13: matrix wants a mapping from keys to lists of values
          4 |     matrix: [a]
            |             ^
        """,
        id="no mapping",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {}
            http: {url: '${matrix.a}'}
        """,
        """
        4:13: matrix wants a mapping from keys to lists of values
          4 |     matrix: {}
            |             ^
        """,
        id="empty",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: b}
            http: {url: 'http://h/'}
        """,
        """
        4:17: the matrix key 'a' wants a list of values
          4 |     matrix: {a: b}
            |                 ^
        """,
        id="no list",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: []}
            http: {url: 'http://h/'}
        """,
        """
        4:17: the matrix key 'a' wants a list of values
          4 |     matrix: {a: []}
            |                 ^
        """,
        id="empty list",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {job: [a], a-b: [c]}
            http: {url: 'http://h/'}
        """,
        """
        4:14: 'job' is reserved and cannot be a matrix key
          4 |     matrix: {job: [a], a-b: [c]}
            |              ^

        4:24: 'a-b' cannot be a matrix key
          4 |     matrix: {job: [a], a-b: [c]}
            |                        ^ letters, digits and _, not starting with a digit or __
        """,
        id="reserved and malformed keys",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [b c]}
            http: {url: 'http://h/'}
        """,
        """
        4:18: a value of a matrix is part of the probe's name: letters, digits, _ . and - only
          4 |     matrix: {a: [b c]}
            |                  ^ use for_each: {NAME: {KEY: …}} for other values
        """,
        id="values that cannot be in a name",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [[b]]}
            http: {url: 'http://h/'}
        """,
        """
        4:18: a value of a matrix is part of the probe's name: letters, digits, _ . and - only
          4 |     matrix: {a: [[b]]}
            |                  ^ use for_each: {NAME: {KEY: …}} for other values
        """,
        id="value that is a list",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [b, b, 1, '1']}
            http: {url: 'http://h/'}
        """,
        """
        4:21: 'b' is twice in this list
          4 |     matrix: {a: [b, b, 1, '1']}
            |                     ^

        4:27: '1' is twice in this list
          4 |     matrix: {a: [b, b, 1, '1']}
            |                           ^
        """,
        id="the same twice",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29], b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29], c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]}
            http: {url: 'http://h/'}
        """,
        """
        4:13: this matrix has more than 20,000 combinations
          4 |     matrix: {a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 2…
            |             ^
        """,
        id="too many",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [b]}
            for_each: {b: {c: d}}
            http: {url: 'http://h/'}
        """,
        """
        5:5: a probe has either matrix or for_each, not both
          5 |     for_each: {b: {c: d}}
            |     ^
        """,
        id="both",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            for_each: [a]
            http: {url: 'http://h/'}
        """,
        """
        4:15: for_each wants a mapping from names to records
          4 |     for_each: [a]
            |               ^
        """,
        id="records that are none",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            for_each: {a: b}
            http: {url: 'http://h/'}
        """,
        """
        4:19: the record 'a' wants a mapping from keys to values
          4 |     for_each: {a: b}
            |                   ^
        """,
        id="record that is none",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            for_each: {a: {name: b}, 'c d': {step: e}}
            http: {url: 'http://h/'}
        """,
        """
        4:20: ${matrix.name} is the record's own name; give this key another one
          4 |     for_each: {a: {name: b}, 'c d': {step: e}}
            |                    ^

        4:30: 'c d' is part of the probe's name: letters, digits, _ . and - only
          4 |     for_each: {a: {name: b}, 'c d': {step: e}}
            |                              ^
        """,
        id="record's own name",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {wait: [a, 30s]}
            interval: ${matrix.wait}
            http: {url: 'http://h/'}
        """,
        """
        4:21: 'a' is not a duration; write a number and ms, s, m, h or d, such as 30s (in a/a)
          4 |     matrix: {wait: [a, 30s]}
            |                     ^
        """,
        id="value of the wrong form",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [x, y]}
            fail_after: ${matrix.a}
            http: {url: 'http://h/', pauses: 1}
        """,
        """
        4:18: expected a whole number, 1 or more, not a text (in a/x)
          4 |     matrix: {a: [x, y]}
            |                  ^

        4:21: expected a whole number, 1 or more, not a text (in a/y)
          4 |     matrix: {a: [x, y]}
            |                     ^

        6:30: unknown key 'pauses'
          6 |     http: {url: 'http://h/', pauses: 1}
            |                              ^ did you mean 'pause'?
        """,
        id="mistake in one combination",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_problems(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def test_one_probe_for_each_combination() -> None:
    config = loaded(
        """
        version: 1
        defaults: {labels: {env: none, team: t}}
        probes:
          lookup:
            matrix: {consumer: [a, b], env: [prod, 1.5, true]}
            labels: {tier: 1}
            http: {url: "http://${matrix.consumer}.${matrix.env}/"}
        """
    )
    expected = [
        (
            f"lookup/{consumer}/{env}",
            {"env": env, "team": "t", "tier": "1", "consumer": consumer},
            f"http://{consumer}.{env}/",
        )
        for consumer in ("a", "b")
        for env in ("prod", "1.5", "true")
    ]
    assert expected == [
        (probe.name, probe.labels, probe.steps[0].node.data["http"]["url"]) for probe in config.probes
    ]


def test_one_probe_for_each_record() -> None:
    """Records hold anything, URLs too, so they become labels only where somebody says so."""
    config = loaded(
        """
        version: 1
        probes:
          lookup:
            for_each:
              a: {host: h1, owner: x, tries: 3}
              b: {host: h2, owner: y, tries: 4}
            owner: ${matrix.owner}
            fail_after: ${matrix.tries}
            labels: {consumer: "${matrix.name}"}
            http: {url: "http://${matrix.host}/"}
        """
    )
    assert [("lookup/a", "x", 3, {"consumer": "a"}), ("lookup/b", "y", 4, {"consumer": "b"})] == [
        (probe.name, probe.owner, probe.fail_after, probe.labels) for probe in config.probes
    ]


def test_what_a_matrix_leaves_alone_is_made_once() -> None:
    text = "version: 1\nprobes: {a: {matrix: {m: [x, y]}, http: {url: 'http://${matrix.m}/'}, expect: {status: 200}, capture: {v: {json: $.a}}}}"
    one, two = (probe.steps[0] for probe in loaded(text).probes)
    assert one.expect[0] is two.expect[0]
    assert one.captures[0] is two.captures[0]
    assert one.spec != two.spec
