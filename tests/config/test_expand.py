"""Templates and defaults that cannot be used."""

# ruff: noqa: E501 - what is shown to people is as long as it is

from typing import Any

import pytest

from checker.config.load import load
from tests.config.doubles import KINDS
from tests.config.loading import complaints, loaded, told

PROBLEMS = [
    pytest.param(
        """
        version: 1
        templates: {list-api: {http: {url: 'http://h/'}}}
        probes:
          a: {use: list-apis}
          b: {use: [x]}
        """,
        """
        4:12: there is no template 'list-apis'
          4 |   a: {use: list-apis}
            |            ^ did you mean 'list-api'?

        5:12: use wants the name of a template
          5 |   b: {use: [x]}
            |            ^
        """,
        id="unknown template",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a: {use: x}
        """,
        """
        3:12: there is no template 'x'
          3 |   a: {use: x}
            |            ^ there are none
        """,
        id="no template at all",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            with: {a: b}
            http: {url: 'http://h/'}
        """,
        """
        4:5: 'with' goes with 'use', which is missing here
          4 |     with: {a: b}
            |     ^
        """,
        id="with without use",
    ),
    pytest.param(
        """
        version: 1
        templates:
          t:
            params: {base: required, min: 1}
            http: {url: '${param.base}'}
            expect: {json: {$.a: {gte: '${param.min}'}}}
        probes:
          a: {use: t, with: {bas: b}}
          b: {use: t, with: x}
          c: {use: t}
        """,
        """
        8:12: the template 't' wants the parameter 'base'
          8 |   a: {use: t, with: {bas: b}}
            |            ^ write with: {base: …}

        8:22: the template 't' has no parameter 'bas'
          8 |   a: {use: t, with: {bas: b}}
            |                      ^ did you mean 'base'?

        9:21: with wants a mapping from parameters to values
          9 |   b: {use: t, with: x}
            |                     ^

        10:12: the template 't' wants the parameter 'base'
          10 |   c: {use: t}
             |            ^ write with: {base: …}
        """,
        id="parameters",
    ),
    pytest.param(
        """
        version: 1
        templates:
          t: {params: [a, 3], http: {url: 'http://h/${param.b}'}}
          u: {params: 3}
          v: {params: {'1a': required}}
        probes:
          a: {use: t, with: {a: 1}}
        """,
        """
        3:19: params wants names
          3 |   t: {params: [a, 3], http: {url: 'http://h/${param.b}'}}
            |                   ^ write a mapping for defaults: {min: 1}

        3:35: the template 't' has no parameter 'b'
          3 |   t: {params: [a, 3], http: {url: 'http://h/${param.b}'}}
            |                                   ^ known here: a

        4:15: params wants a list of names, or a mapping from names to defaults or required
          4 |   u: {params: 3}
            |               ^

        5:16: '1a' is no name for a parameter
          5 |   v: {params: {'1a': required}}
            |                ^ up to 100 letters, digits, _ . and -, the first a letter or _
        """,
        id="declared wrongly",
    ),
    pytest.param(
        """
        version: 1
        templates:
          t:
            params: [url]
            intervall: 3s
            http: {url: '${param.url}', redirects: many}
        probes:
          a: {use: t, with: {url: 'http://h/'}}
          b: {use: t, with: {url: 'http://h/'}}
        """,
        """
        5:5: unknown key 'intervall'
          5 |     intervall: 3s
            |     ^ did you mean 'interval'?

        6:44: expected a whole number, 0 or more, not a text
          6 |     http: {url: '${param.url}', redirects: many}
            |                                            ^
        """,
        id="once for all that use it",
    ),
    pytest.param(
        """
        version: 1
        templates:
          t: {params: [n], http: {url: 'http://h/', redirects: '${param.n}'}}
        probes:
          a: {use: t, with: {n: 1}}
          b: {use: t, with: {n: many}}
        """,
        """
        6:25: expected a whole number, 0 or more, not a text
          6 |   b: {use: t, with: {n: many}}
            |                         ^
        """,
        id="where it stands in the probe that gives it",
    ),
    pytest.param(
        """
        version: 1
        templates:
          t:
            params: [n]
            timeout: ${param.n}s
            http: {url: 'http://h/'}
        probes:
          a: {use: t, with: {n: 1}}
          b: {use: t, with: {n: 40}}
          c: {use: t, with: {n: x}}
          d: {use: t, with: {n: 40}}
          e: {use: t, with: {n: 40}}
          f: {use: t, with: {n: 40}}
          g: {use: t, with: {n: 40}}
        """,
        """
        5:14: the timeout 40s is not shorter than the interval 30s (in b, d, e and 2 more)
          5 |     timeout: ${param.n}s
            |              ^

        5:14: 'xs' is not a duration; write a number and ms, s, m, h or d, such as 30s (in c)
          5 |     timeout: ${param.n}s
            |              ^
        """,
        id="of some that use it",
    ),
    pytest.param(
        """
        version: 1
        templates:
          t: {params: [n], http: {url: 'http://h/${param.n}', redirect: 1}, interval: '${param.n}', use: x}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        3:55: unknown key 'redirect'
          3 |   t: {params: [n], http: {url: 'http://h/${param.n}', redirect: 1}, interval: '${param.n}', use: x}
            |                                                       ^ did you mean 'redirects'?

        3:93: unknown key 'use'
          3 |   t: {params: [n], http: {url: 'http://h/${param.n}', redirect: 1}, interval: '${param.n}', use: x}
            |                                                                                             ^
        """,
        id="that nobody uses",
    ),
    pytest.param(
        """
        version: 1
        defaults: {steps: [], interval: 3, labels: {le: x}}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        2:12: unknown key 'steps'
          2 | defaults: {steps: [], interval: 3, labels: {le: x}}
            |            ^

        2:33: expected a duration such as 30s, not a whole number
          2 | defaults: {steps: [], interval: 3, labels: {le: x}}
            |                                 ^ did you mean 3s?

        2:45: 'le' is reserved and cannot be a label
          2 | defaults: {steps: [], interval: 3, labels: {le: x}}
            |                                             ^
        """,
        id="defaults with steps",
    ),
    pytest.param(
        """
        version: 1
        defaults: []
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        2:11: defaults wants a mapping
          2 | defaults: []
            |           ^
        """,
        id="defaults that are none",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_problems(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def test_a_probe_goes_over_its_template_over_its_file_s_defaults_over_the_main_file_s(tmp_path: Any) -> None:
    """`labels` merge by key, everything else is replaced."""
    (tmp_path / "team.yaml").write_text(
        """
        defaults: {severity: info, owner: file, fail_after: 2, labels: {b: file, c: file, d: file}}
        templates:
          t:
            params: [n]
            owner: template
            fail_after: 3
            labels: {c: template, d: template}
            slo: {availability: 99%}
            http: {url: "http://h/${param.n}", params: {a: 1}}
            expect: {status: 200}
        probes:
          p:
            use: t
            with: {n: 1}
            fail_after: 4
            labels: {d: probe}
            expect: {body: x}
        """
    )
    (tmp_path / "checks.yaml").write_text(
        """
        version: 1
        include: [team.yaml]
        defaults: {interval: 1m, severity: page, owner: main, fail_after: 1, labels: {a: main, b: main, c: main, d: main}}
        probes: {q: {http: {url: "http://h/"}}}
        """
    )
    config = load(str(tmp_path / "checks.yaml"), {}, KINDS.values())
    q, p = config.probes
    labels = {"a": "main", "b": "file", "c": "template", "d": "probe"}
    assert (60.0, "info", "template", 4, labels, 0.99) == (
        p.interval,
        p.severity,
        p.owner,
        p.fail_after,
        p.labels,
        p.slo,
    )
    assert (60.0, "page", "main", 1) == (q.interval, q.severity, q.owner, q.fail_after)
    assert {"body": "x"} == p.steps[0].node.data["expect"]


def test_parameters_keep_their_types_and_have_defaults() -> None:
    config = loaded(
        """
        version: 1
        templates:
          t:
            params: {base: required, tries: 1, tls: {verify: false}, headers: {}}
            http: {url: "${param.base}/x", redirects: "${param.tries}", tls: "${param.tls}", headers: "${param.headers}"}
        probes:
          a: {use: t, with: {base: "http://h"}}
          b: {use: t, with: {base: "${env.BASE}", tries: 2, headers: {a: "${run.id}"}}}
        """,
        BASE="http://b",
    )
    assert [
        {"url": "http://h/x", "redirects": 1, "tls": {"verify": False}, "headers": {}},
        {"url": "http://b/x", "redirects": 2, "tls": {"verify": False}, "headers": {"a": "${run.id}"}},
    ] == [probe.document["steps"][0]["http"] for probe in config.probes]


def test_a_run_time_reference_can_be_handed_into_a_text() -> None:
    config = loaded(
        """
        version: 1
        secrets: {key: {env: KEY}}
        templates: {t: {params: [key], http: {url: "http://h/", headers: {Authorization: "Bearer ${param.key}"}}}}
        probes: {a: {use: t, with: {key: "${secret.key}"}}}
        """
    )
    assert "Bearer ${secret.key}" == config.probes[0].document["steps"][0]["http"]["headers"]["Authorization"]


def test_a_template_can_have_a_matrix_and_use_the_probe_s() -> None:
    config = loaded(
        """
        version: 1
        templates:
          t: {matrix: {m: [x, y]}, http: {url: "http://${matrix.m}/"}}
          u: {params: [host], http: {url: "http://${param.host}/"}}
        probes:
          a: {use: t}
          b: {use: u, matrix: {n: [z]}, with: {host: "${matrix.n}"}}
        """
    )
    assert ["http://x/", "http://y/", "http://z/"] == [
        probe.document["steps"][0]["http"]["url"] for probe in config.probes
    ]


def test_defaults_can_hold_the_shallow_check() -> None:
    text = "version: 1\ndefaults: {shallow: {dns: {name: h}}}\nprobes: {a: {http: {url: 'http://h/'}}, b: {http: {url: 'http://h/'}, shallow: {http: {url: 'http://h/'}}}}"
    assert ["dns", "http"] == [probe.shallow and probe.shallow.kind for probe in loaded(text).probes]
