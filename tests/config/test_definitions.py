"""Sections and names."""

# ruff: noqa: E501 - what is shown to people is as long as it is

import pytest

from checker.config.models import SecretConfig, ServerConfig
from tests.config.loading import complaints, loaded, told

PROBLEMS = [
    pytest.param(
        """
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        1:1: 'version' is missing here
          1 | probes:
            | ^ write version: 1
        """,
        id="no version",
    ),
    pytest.param(
        """
        version: 2
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        1:10: the only version is 1
          1 | version: 2
            |          ^ write version: 1
        """,
        id="other version",
    ),
    pytest.param(
        """
        version: true
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        1:10: the only version is 1
          1 | version: true
            |          ^ write version: 1
        """,
        id="version as a boolean",
    ),
    pytest.param(
        """
        version: 1
        probs: {}
        zzz: 1
        """,
        """
        2:1: unknown key 'probs'
          2 | probs: {}
            | ^ did you mean 'probes'?

        3:1: unknown key 'zzz'
          3 | zzz: 1
            | ^ known here: aws, defaults, flows, include, probes, secrets, server, templates, version, x-…
        """,
        id="unknown section",
    ),
    pytest.param(
        """
        version: 1
        probes: {}
        """,
        """
        2:1: there is nothing to check: no file defines a probe
          2 | probes: {}
            | ^
        """,
        id="nothing to check",
    ),
    pytest.param(
        """
        version: 1
        """,
        """
        1:1: there is nothing to check: no file defines a probe
          1 | version: 1
            | ^
        """,
        id="nothing at all",
    ),
    pytest.param(
        """
        version: 1
        probes: []
        flows: 1
        templates: a
        secrets: []
        server: []
        include: a
        """,
        """
        2:9: probes wants a mapping from names to probes
          2 | probes: []
            |         ^ write each name as a key, and what belongs to it below

        3:8: flows wants a mapping from names to flows
          3 | flows: 1
            |        ^ write each name as a key, and what belongs to it below

        4:12: templates wants a mapping from names to templates
          4 | templates: a
            |            ^ write each name as a key, and what belongs to it below

        5:10: secrets wants a mapping from names to secrets
          5 | secrets: []
            |          ^ write each name as a key, and what belongs to it below

        6:9: server wants a mapping
          6 | server: []
            |         ^

        7:10: include wants a list of globs
          7 | include: a
            |          ^ write [teams/*.yaml]
        """,
        id="sections that are none",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: 1}
        flows: {a: 1}
        templates: {a: 1}
        secrets: {a: 1}
        """,
        """
        2:13: the probe 'a' wants a mapping
          2 | probes: {a: 1}
            |             ^ such as {http: {url: …}}

        3:12: the flow 'a' wants a mapping
          3 | flows: {a: 1}
            |            ^

        4:16: the template 'a' wants a mapping
          4 | templates: {a: 1}
            |                ^

        5:14: the secret 'a' wants a mapping
          5 | secrets: {a: …
            |              ^ where it is read from: {env: NAME} or {file: PATH}
        """,
        id="definitions that are none",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a b: {http: {url: 'http://h/'}}
        secrets: {1a: {env: A}}
        flows: {'': {steps: [{http: {url: 'http://h/'}}]}}
        templates: {-a: {}}
        """,
        """
        3:3: 'a b' is no name for a probe
          3 |   a b: {http: {url: 'http://h/'}}
            |   ^ up to 100 letters, digits, _ . and -, the first a letter or digit

        4:11: '1a' is no name for a secret
          4 | secrets: {1a: {env: A}}
            |           ^ up to 100 letters, digits, _ . and -, the first a letter or _

        5:9: '' is no name for a flow
          5 | flows: {'': {steps: [{http: {url: 'http://h/'}}]}}
            |         ^ up to 100 letters, digits, _ . and -, the first a letter or digit

        6:13: '-a' is no name for a template
          6 | templates: {-a: {}}
            |             ^ up to 100 letters, digits, _ . and -, the first a letter or digit
        """,
        id="names",
    ),
    pytest.param(
        """
        version: 1
        aws: {prod: {account: "123456789012"}, stage: {account: "210987654321"}}
        secrets:
          a: {env: A, field: x}
          b: {file: b, refresh: 1m}
          c: {aws_parameter: /c, stage: AWSPREVIOUS, account: prod}
          d: {aws_secret: d}
          e: {aws_secret: e, account: porod}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        4:6: field goes with aws_secret
          4 |   a: {env: A, field: x}
            |      ^

        5:6: refresh goes with aws_secret or aws_parameter
          5 |   b: {file: b, refresh: 1m}
            |      ^

        6:6: stage goes with aws_secret
          6 |   c: {aws_parameter: /c, stage: AWSPREVIOUS, account: prod}
            |      ^

        7:6: say which account: aws: prod or stage
          7 |   d: {aws_secret: d}
            |      ^ write account: beside it

        8:31: there is no account 'porod' under aws; known are prod, stage
          8 |   e: {aws_secret: e, account: porod}
            |                               ^
        """,
        id="secrets of AWS",
    ),
    pytest.param(
        """
        version: 1
        secrets: {a: {}, b: {env: A, file: b}, c: {awssecret: a}, d: {env: 3, host: [a]}}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        2:14: a secret is in one place: env, file, aws_secret or aws_parameter
          2 | secrets: {a: {}, b: {env: A, file: b}, c: {awssecret: a}, d: {env: 3, host: [a]}}
            |              ^

        2:21: a secret is in one place: env, file, aws_secret or aws_parameter
          2 | secrets: {a: {}, b: {env: A, file: b}, c: {awssecret: a}, d: {env: 3, host: [a]}}
            |                     ^

        2:44: unknown key 'awssecret'
          2 | secrets: {a: {}, b: {env: A, file: b}, c: {awssecret: a}, d: {env: 3, host: [a]}}
            |                                            ^ did you mean 'aws_secret'?

        2:68: expected a text without run-time references, not a whole number
          2 | secrets: {a: {}, b: {env: A, file: b}, c: {awssecret: a}, d: {env: 3, host: [a]}}
            |                                                                    ^

        2:71: unknown key 'host'
          2 | secrets: {a: {}, b: {env: A, file: b}, c: {awssecret: a}, d: {env: 3, host: [a]}}
            |                                                                       ^ did you mean 'hosts'?
        """,
        id="secrets",
    ),
    pytest.param(
        """
        version: 1
        server: {listen: localhost, metrics_listen: 'h:99999', external_url: h, reload: 1, evidence: all, max_in_flight: 0, lissen: 1}
        probes:
          a: {http: {url: 'http://h/'}}
        """,
        """
        2:18: 'localhost' is not an address to listen on, such as 127.0.0.1:10460 or [::1]:10460
          2 | server: {listen: localhost, metrics_listen: 'h:99999', external_url: h, reload: 1, evidence: all, ma…
            |                  ^

        2:45: 'h:99999' is not an address to listen on, such as 127.0.0.1:10460 or [::1]:10460
          2 | server: {listen: localhost, metrics_listen: 'h:99999', external_url: h, reload: 1, evidence: all, ma…
            |                                             ^

        2:70: 'h' is not a URL such as https://checks.example.org
          2 | …calhost, metrics_listen: 'h:99999', external_url: h, reload: 1, evidence: all, max_in_flight: 0, li…
            |                                                    ^

        2:81: expected true or false, not a whole number
          2 | …trics_listen: 'h:99999', external_url: h, reload: 1, evidence: all, max_in_flight: 0, lissen: 1}
            |                                                    ^

        2:94: expected full, headers or none, not 'all'
          2 | … 'h:99999', external_url: h, reload: 1, evidence: all, max_in_flight: 0, lissen: 1}
            |                                                    ^

        2:114: expected a whole number, 1 or more, not 0
          2 | …_url: h, reload: 1, evidence: all, max_in_flight: 0, lissen: 1}
            |                                                    ^

        2:117: unknown key 'lissen'
          2 | …l: h, reload: 1, evidence: all, max_in_flight: 0, lissen: 1}
            |                                                    ^ did you mean 'listen'?
        """,
        id="server",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_problems(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def test_secrets_and_server() -> None:
    config = loaded(
        """
        version: 1
        secrets:
          a: {env: A, hosts: [h.example]}
          b: {file: /run/b}
        server: {listen: "[::1]:80", metrics_listen: "0.0.0.0:81", external_url: "https://h.example/x/", advertise: "pool:80", reload: true, schedule: false, evidence: headers, max_in_flight: 3}
        probes: {p: {http: {url: x}}}
        """
    )
    assert {
        "a": SecretConfig(env="A", hosts=("h.example",)),
        "b": SecretConfig(file="/run/b"),
    } == config.secrets
    expected = ServerConfig(
        listen="[::1]:80",
        metrics_listen="0.0.0.0:81",
        external_url="https://h.example/x",
        advertise="pool:80",
        reload=True,
        schedule=False,
        evidence="headers",
        max_in_flight=3,
    )
    assert expected == config.server


def test_the_server_s_defaults() -> None:
    server = loaded("version: 1\nprobes: {a: {http: {url: x}}}").server
    assert ("127.0.0.1:10460", None, None, None, False, True, None, 100) == (
        *(server.listen, server.metrics_listen, server.external_url, server.advertise, server.reload),
        *(server.schedule, server.evidence, server.max_in_flight),
    )
