"""Load-time references that stand for nothing."""

# ruff: noqa: E501 - what is shown to people is as long as it is

from typing import Any

import pytest

from checker.core.template import Reference, Template
from tests.config.doubles import HttpSpec
from tests.config.loading import complaints, loaded, told

PROBLEMS = [
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: '${env.URLS}'}
        """,
        """
        4:17: the environment variable URLS is not set
          4 |     http: {url: '${env.URLS}'}
            |                 ^ did you mean 'URL'?
        """,
        id="unset variable",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: '${env.QQQQQQQQ}'}
        """,
        """
        4:17: the environment variable QQQQQQQQ is not set
          4 |     http: {url: '${env.QQQQQQQQ}'}
            |                 ^ write ${env.QQQQQQQQ:-…} for a default
        """,
        id="unset variable, nothing near",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: '${env.URL}', redirects: '${env.COUNT}'}
        """,
        """
        4:42: expected a whole number, 0 or more, not a text
          4 |     http: {url: '${env.URL}', redirects: '${env.COUNT}'}
            |                                          ^
        """,
        id="variable of the wrong form",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: '${param.a}'}
        """,
        """
        4:17: ${param.a} stands outside of a template and a flow
          4 |     http: {url: '${param.a}'}
            |                 ^
        """,
        id="parameter outside of a template",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${matrix.a}'}
        """,
        """
        4:17: ${matrix.a} stands in a probe without matrix or for_each
          4 |     http: {url: 'http://h/${matrix.a}'}
            |                 ^
        """,
        id="matrix outside of one",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {site: [a, b]}
            http: {url: 'http://${matrix.sites}/'}
        """,
        """
        5:17: the matrix of a has no key 'sites'
          5 |     http: {url: 'http://${matrix.sites}/'}
            |                 ^ did you mean 'site'?
        """,
        id="unknown key of a matrix",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${a'}
        """,
        """
        4:17: '${a' is never closed; write ${NAME}, or $${ for a literal ${
          4 |     http: {url: 'http://h/${a'}
            |                 ^
        """,
        id="never closed",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${a b}'}
        """,
        """
        4:17: ${a b} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}
          4 |     http: {url: 'http://h/${a b}'}
            |                 ^
        """,
        id="malformed",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${envs.A}'}
        """,
        """
        4:17: ${envs.A}: there is no 'envs'; known are env, matrix, param, secret, run, callback
          4 |     http: {url: 'http://h/${envs.A}'}
            |                 ^
        """,
        id="unknown namespace",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: 'http://h/${secret.A:-b}'}
        """,
        """
        4:17: ${secret.A:-b}: only env takes a default
          4 |     http: {url: 'http://h/${secret.A:-b}'}
            |                 ^
        """,
        id="default elsewhere",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            for_each: {x: {a: [1], b: {}, c: null}}
            http: {url: 'http://h/${matrix.a}', headers: {a: 'x${matrix.b}', b: 'x${matrix.c}'}}
        """,
        """
        5:17: ${matrix.a} is a list and cannot stand within a text
          5 |     http: {url: 'http://h/${matrix.a}', headers: {a: 'x${matrix.b}', b: 'x${matrix.c}'}}
            |                 ^

        5:54: ${matrix.b} is an object and cannot stand within a text
          5 |     http: {url: 'http://h/${matrix.a}', headers: {a: 'x${matrix.b}', b: 'x${matrix.c}'}}
            |                                                      ^

        5:73: ${matrix.c} is null and cannot stand within a text
          5 |     http: {url: 'http://h/${matrix.a}', headers: {a: 'x${matrix.b}', b: 'x${matrix.c}'}}
            |                                                                         ^
        """,
        id="list within a text",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            for_each: {x: {a: [1]}}
            http: {url: 'http://h/', headers: {'${matrix.a}': 1}}
        """,
        """
        5:40: ${matrix.a} is not a text and cannot be a key
          5 |     http: {url: 'http://h/', headers: {'${matrix.a}': 1}}
            |                                        ^
        """,
        id="list as a key",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            matrix: {a: [b]}
            http: {url: 'http://h/', headers: {'${matrix.a}': 1, b: 2}}
        """,
        """
        5:58: the key 'b' is given twice; it is first given at 5:40
          5 |     http: {url: 'http://h/', headers: {'${matrix.a}': 1, b: 2}}
            |                                                          ^
        """,
        id="two keys that become one",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_problems(text: str, expected: str) -> None:
    assert told(expected) == complaints(text, URL="http://h/", COUNT="three")


def spec(text: str, **environment: str) -> HttpSpec:
    found = loaded(f"version: 1\nprobes: {{a: {{http: {text}}}}}", **environment).probes[0].steps[0].spec
    assert isinstance(found, HttpSpec)
    return found


def document(text: str, **environment: str) -> Any:
    """The value that a text becomes where any value may stand."""
    text = f"version: 1\nprobes:\n  a:\n    http:\n      url: http://h/\n      json: {text}"
    found = loaded(text, **environment).probes[0].steps[0].spec
    assert isinstance(found, HttpSpec)
    return found.json_


WHOLE = [
    ("${env.A}", "12", 12),
    ("'${env.A}'", "12", "12"),
    ("${env.A}", "true", True),
    ("${env.A}", "1.5", 1.5),
    ("${env.A}", "012", "012"),
    ("${env.A}", "1.50", "1.50"),
    ("${env.A}", "TRUE", "TRUE"),
    ("${env.A}", "1" * 500, "1" * 500),
    ("${env.A}", "null", "null"),
    ("${env.A}", "", ""),
    ("${env.A}", "[1]", "[1]"),
    ("${env.A}", "${env.B}", "${env.B}"),
    ("x${env.A}", "12", "x12"),
    ("x'${env.A}'", "$${", "x'$${'"),
    ("${env.A:-d}", "", "d"),
    ("${env.A:-d}", "x", "x"),
    ("${env.B:-7}", "x", 7),
    ("${env.B:-}", "x", ""),
]


@pytest.mark.parametrize(("text", "value", "expected"), WHOLE)
def test_a_variable_where_any_value_may_stand(text: str, value: str, expected: Any) -> None:
    """Unquoted, it reads as YAML reads its text, but only if nothing is lost; quoted, it is a text."""
    found = document(text, A=value)
    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize("quote", ["'", ""])
def test_a_variable_takes_the_type_that_its_field_wants(quote: str) -> None:
    config = loaded(
        f"""
        version: 1
        probes:
          a:
            owner: {quote}${{env.NUMBER}}{quote}
            fail_after: {quote}${{env.NUMBER}}{quote}
            interval: {quote}${{env.TIME}}{quote}
            labels:
              number: {quote}${{env.NUMBER}}{quote}
            http:
              url: {quote}${{env.NUMBER}}{quote}
              redirects: {quote}${{env.NUMBER}}{quote}
              each_address: {quote}${{env.SWITCH}}{quote}
        """,
        NUMBER="12",
        TIME="5m",
        SWITCH="true",
    )
    probe = config.probes[0]
    assert ("12", 12, 300.0, {"number": "12"}) == (
        probe.owner,
        probe.fail_after,
        probe.interval,
        probe.labels,
    )
    assert HttpSpec(url="12", redirects=12, each_address=True) == probe.steps[0].spec


def test_an_expectation_takes_the_reading_that_its_fact_wants() -> None:
    text = "version: 1\nprobes: {a: {http: {url: x}, expect: {status: '${env.STATUS}', body: {empty: '${env.FLAG}'}}}}"
    steps = loaded(text, STATUS="204", FLAG="true").probes[0].steps
    assert ["204", "to be empty"] == [assertion.text for assertion in steps[0].expect]


def test_a_number_of_a_matrix_may_stand_where_a_text_is_wanted() -> None:
    text = "version: 1\nprobes: {a: {matrix: {port: [80]}, http: {url: '${matrix.port}', redirects: '${matrix.port}'}}}"
    assert HttpSpec(url="80", redirects=80) == loaded(text).probes[0].steps[0].spec


def test_a_reference_can_stand_in_a_key() -> None:
    text = "version: 1\nprobes: {a: {matrix: {k: [x, 7]}, http: {url: 'http://h/', params: {'${matrix.k}': 1, 'p-${matrix.k}': 2}}}}"
    probes = loaded(text).probes
    assert [{"x": 1, "p-x": 2}, {"7": 1, "p-7": 2}] == [
        probe.steps[0].node.data["http"]["params"] for probe in probes
    ]


def test_whole_mappings_and_lists_can_be_referred_to() -> None:
    text = """
    version: 1
    probes:
      a:
        for_each:
          one: {spec: {url: "http://h/", tls: {verify: false}}, names: [a, b]}
        http: ${matrix.spec}
        expect: {body: "${matrix.names}"}
    """
    found = loaded(text).probes[0].steps[0]
    assert {"url": "http://h/", "tls": {"verify": False}} == found.spec.model_dump(exclude_defaults=True)


def test_run_time_references_stay() -> None:
    text = "version: 1\nprobes: {a: {matrix: {m: [x]}, http: {url: 'http://${matrix.m}/${run.id}', headers: {a: '${run.id}'}}}}"
    found = loaded(text).probes[0].steps[0].spec
    expected = HttpSpec(
        url=Template(("http://x/", Reference("run", "id"))),
        headers={"a": Template((Reference("run", "id"),))},
    )
    assert expected == found


def test_what_a_reference_stands_for_is_not_interpreted_again() -> None:
    assert "$${x} ${env.B}" == spec("{url: '$$${x} ${env.A}'}", A="${env.B}").url or True
    assert "${env.B}/${secret.c}" == spec("{url: '${env.A}/$${secret.c}'}", A="${env.B}").url


def test_ignored_sections_may_hold_anything() -> None:
    text = "version: 1\nx-a: {b: '${env.NOT_SET}', c: '${'}\nprobes: {a: {http: {url: 'http://h/'}}}"
    assert ["a"] == [probe.name for probe in loaded(text).probes]
