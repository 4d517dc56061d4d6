"""Dependencies that cannot be."""

# ruff: noqa: E501 - what is shown to people is as long as it is

import pytest

from tests.config.loading import complaints, loaded, told

PROBLEMS = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            depends_on: [b, works]
          work: {http: {url: 'http://h/'}}
        """,
        """
        5:18: there is no probe 'b'
          5 |     depends_on: [b, works]
            |                  ^

        5:21: there is no probe 'works'
          5 |     depends_on: [b, works]
            |                     ^ did you mean 'work'?
        """,
        id="unknown",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            depends_on: [a]
        """,
        """
        5:17: these probes depend on each other: a → a
          5 |     depends_on: [a]
            |                 ^
        """,
        id="itself",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/'}
            depends_on: [b]
          b: {http: {url: 'http://h/'}, depends_on: [c]}
          c: {http: {url: 'http://h/'}, depends_on: [a]}
          d: {http: {url: 'http://h/'}, depends_on: [a]}
        """,
        """
        5:17: these probes depend on each other: a → b → c → a
          5 |     depends_on: [b]
            |                 ^
        """,
        id="circle",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {m: [x, y]}
            http: {url: 'http://h/'}
            depends_on: [b]
          b: {http: {url: 'http://h/'}, depends_on: [a/y]}
        """,
        """
        6:17: these probes depend on each other: a/y → b → a/y
          6 |     depends_on: [b]
            |                 ^
        """,
        id="circle of combinations",
    ),
    pytest.param(
        """
        version: 1
        probes:
          p0: {http: {url: 'http://h/'}, depends_on: [p1]}
          p1: {http: {url: 'http://h/'}, depends_on: [p2]}
          p2: {http: {url: 'http://h/'}, depends_on: [p3]}
          p3: {http: {url: 'http://h/'}, depends_on: [p4]}
          p4: {http: {url: 'http://h/'}, depends_on: [p5]}
          p5: {http: {url: 'http://h/'}, depends_on: [p6]}
          p6: {http: {url: 'http://h/'}, depends_on: [p7]}
          p7: {http: {url: 'http://h/'}, depends_on: [p8]}
          p8: {http: {url: 'http://h/'}, depends_on: [p9]}
          p9: {http: {url: 'http://h/'}, depends_on: [p10]}
          p10: {http: {url: 'http://h/'}, depends_on: [p11]}
          p11: {http: {url: 'http://h/'}, depends_on: [p0]}
        """,
        """
        3:46: these probes depend on each other: p0 → p1 → p2 → p3 → p4 → p5 → p6 → p7 → p8 → … → p0
          3 |   p0: {http: {url: 'http://h/'}, depends_on: [p1]}
            |                                              ^
        """,
        id="long circle",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {m: [x, y]}
            http: {url: 'http://h/'}
          b: {http: {url: 'http://h/'}, depends_on: [a/z]}
        """,
        """
        6:46: there is no probe 'a/z'
          6 |   b: {http: {url: 'http://h/'}, depends_on: [a/z]}
            |                                              ^ did you mean 'a/y'?
        """,
        id="misspelt combination",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_problems(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def test_a_name_stands_for_all_that_it_expands_to() -> None:
    config = loaded(
        """
        version: 1
        probes:
          a: {matrix: {m: [x, y]}, http: {url: x}}
          b: {http: {url: x}, depends_on: [a]}
          c: {http: {url: x}, depends_on: [a/y, b, a]}
          d: {matrix: {m: [x, y]}, http: {url: x}, depends_on: ["a/${matrix.m}"]}
        """
    )
    assert {
        "a/x": (),
        "a/y": (),
        "b": ("a/x", "a/y"),
        "c": ("a/y", "b", "a/x"),
        "d/x": ("a/x",),
        "d/y": ("a/y",),
    } == {probe.name: probe.depends_on for probe in config.probes}


def test_many_may_depend_on_many() -> None:
    """A name is one edge, however many probes it stands for."""
    values = ", ".join(map(str, range(300)))
    text = f"version: 1\nprobes:\n  a: {{matrix: {{m: [{values}]}}, http: {{url: x}}}}\n  b: {{matrix: {{m: [{values}]}}, http: {{url: x}}, depends_on: [a]}}"
    assert {300} == {len(probe.depends_on) for probe in loaded(text).probes[300:]}


def test_a_long_chain_is_no_circle() -> None:
    text = "version: 1\nprobes:\n" + "".join(
        f"  p{index}: {{http: {{url: x}}, depends_on: [p{index + 1}]}}\n" for index in range(1500)
    )
    assert 1501 == len(loaded(text + "  p1500: {http: {url: x}}").probes)
