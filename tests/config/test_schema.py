"""The JSON Schema for editors: it accepts what is valid, and rejects what has the wrong structure."""

# ruff: noqa: E501 - a configuration on one line is as long as it is

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.config.document import read_document, read_text
from checker.config.problems import Problems
from checker.config.schema import json_schema
from checker.kinds import KINDS
from checker.kinds.fields import written
from tests.config.doubles import KINDS as DOUBLES
from tests.config.loading import complaints, loaded, told

ROOT = Path(__file__).parents[2]


@cache
def validator(*, real: bool) -> Draft202012Validator:
    return Draft202012Validator(json_schema(KINDS if real else DOUBLES.values()))


def as_written(text: str) -> Any:
    problems = Problems()
    source = read_text("f", text.encode(), problems)
    assert source
    root = read_document(source, problems)
    assert [] == list(problems)
    return root and written(root.data)


def errors(text: str, *, real: bool = False) -> list[str]:
    return [error.message for error in validator(real=real).iter_errors(as_written(told(text)))]


@pytest.mark.parametrize("kinds", [tuple(KINDS), tuple(DOUBLES.values())])
def test_it_is_a_schema(kinds: Any) -> None:
    schema = json_schema(kinds)
    Draft202012Validator.check_schema(schema)
    json.dumps(schema)
    references = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', json.dumps(schema)))
    assert set(schema["$defs"]) == references


@pytest.mark.parametrize("name", ["checks.yaml"])
def test_it_accepts_the_repository_s_checks(name: str) -> None:
    assert [] == errors((ROOT / name).read_text(), real=True)


def test_it_accepts_a_whole_configuration() -> None:
    text = (Path(__file__).parent / "whole.yaml").read_text()
    assert [] == errors(text)


VALID = [
    "version: 1\nprobes: {a: {use: t}}\ntemplates: {t: {http: {url: x}}}",
    "version: 1\nprobes: {a: {http: {url: x}, expect: {status: 2xx}, warn: {body: x}, capture: {v: {json: $.a}}, poll: {}, retry: {}}}",
    "version: 1\nprobes: {a: {dns: {name: x}, expect: {answers: {length: 1}}, capture: {v: {answers: true}}}}",
    "version: 1\nprobes: {a: {for_each: {x: {n: 1, any-key: [1]}}, http: {url: x}, fail_after: '${matrix.n}', labels: {b: '${matrix.name}'}}}",
    "version: 1\nprobes: {a: {for_each: {x: {n: {url: x}}}, http: '${matrix.n}'}}",
    "version: 1\nprobes: {a: {interval: '${env.A:-30s}', severity: '${env.B:-page}', metrics: '${env.C:-full}', http: {url: x, redirects: '${env.D:-1}', tls: {verify: '${env.E:-true}'}}}}",
    "version: 1\nflows: {f: {params: {a: required}, steps: [{http: {url: '${param.a}'}}], effects: none}}\nprobes: {a: {steps: [{call: f, with: {a: x}, step: b, always: false}]}}",
    "version: 1\nx-any: [1]\nsecrets: {a: {file: b}}\nserver: {}\nprobes: {a: {http: {url: x}, shallow: {dns: {name: x}, expect: {answers: [1]}}}}",
    "version: 1\nprobes: {a: {http: {url: x, json: null}, buckets: [1s, 2s], slo: {availability: 99%}}}",
    "version: 1\nprobes: {a: {http: {url: x}, expect: {json: {'$.${env.A:-a}': 1}}, labels: {'${env.B:-b}': x}}}",
]


@pytest.mark.parametrize("text", VALID)
def test_it_accepts_what_is_valid(text: str) -> None:
    loaded(text)
    assert [] == errors(text)


H = "http: {url: x}"
INVALID = [
    "probes: {a: {http: {url: x}}}",
    "version: 2\nprobes: {a: {http: {url: x}}}",
    "version: 1\nprobs: {}",
    "version: 1\nprobes: []",
    "version: 1\nprobes: {a: 1}",
    "version: 1\nprobes: {a b: {http: {url: x}}}",
    "version: 1\nprobes: {a: {}}",
    "version: 1\nprobes: {a: {interval: 1m}}",
    *(
        f"version: 1\nprobes: {{a: {{{body}}}}}"
        for body in (
            f"{H}, intervall: 1m",
            f"{H}, interval: 30",
            f"{H}, interval: 30 s",
            f"{H}, interval: null",
            f"{H}, fail_after: 0",
            f"{H}, fail_after: '3'",
            f"{H}, severity: pages",
            f"{H}, slo: 99.5%",
            f"{H}, slo: {{availability: high}}",
            f"{H}, slo: {{}}",
            f"{H}, labels: {{job: a}}",
            f"{H}, labels: {{a-b: a}}",
            f"{H}, labels: {{a: [b]}}",
            f"{H}, labels: []",
            f"{H}, depends_on: a",
            f"{H}, buckets: [1]",
            f"{H}, effects: many",
            f"{H}, runs_on: moon",
            f"{H}, owner: 3",
            f"{H}, metrics: all",
            f"{H}, with: {{a: b}}",
            f"{H}, dns: {{name: x}}",
            f"{H}, steps: [{{{H}}}]",
            f"expect: {{status: 200}}, steps: [{{{H}}}]",
            "expect: {status: 200}",
            "http: x",
            "http: {}",
            "http: {url: 3}",
            "http: {urls: x, url: x}",
            "http: {url: x, redirects: -1}",
            "http: {url: x, redirects: many}",
            "http: {url: x, tls: {verfy: true}}",
            "steps: []",
            "steps: {}",
            "steps: [a]",
            "steps: [{}]",
            "steps: [{step: a}]",
            f"steps: [{{{H}, dns: {{name: x}}}}]",
            f"steps: [{{{H}, expects: {{}}}}]",
            f"steps: [{{{H}, always: maybe}}]",
            f"steps: [{{{H}, timeout: 3}}]",
            f"steps: [{{{H}, step: 3}}]",
            f"steps: [{{call: f, {H}}}]",
            "steps: [{call: f, expect: {}}]",
            "steps: [{call: 3}]",
            "steps: [{call: f, with: [a]}]",
            f"{H}, expect: []",
            f"{H}, expect: {{stat: 200}}",
            f"{H}, expect: {{status: many}}",
            f"{H}, expect: {{latency: {{lt: 5}}}}",
            f"{H}, expect: {{json: {{a: 1}}}}",
            f"{H}, expect: {{json: {{$.a: {{gtee: 1}}}}}}",
            f"{H}, expect: {{timings: {{dsn: {{lt: 1s}}}}}}",
            f"{H}, expect: {{answers: 1}}",
            "dns: {name: x}, expect: {status: 200}",
            f"{H}, warn: 3",
            f"{H}, capture: []",
            f"{H}, capture: {{a: $.a}}",
            f"{H}, capture: {{A: {{json: $.a}}}}",
            f"{H}, capture: {{a: {{jsn: $.a}}}}",
            f"{H}, capture: {{a: {{json: a}}}}",
            f"{H}, capture: {{a: {{json: $.a, body: true}}}}",
            f"{H}, capture: {{a: {{body: x}}}}",
            f"{H}, capture: {{a: {{timings: dsn}}}}",
            f"{H}, capture: {{a: {{json: $.a, metric: 1}}}}",
            f"{H}, capture: {{a: {{metric: true}}}}",
            f"{H}, poll: {{evry: 1s}}",
            f"{H}, poll: {{every: 1}}",
            f"{H}, poll: {{stop_if: {{stat: 1}}}}",
            f"{H}, retry: {{attempts: 0}}",
            f"{H}, retry: {{reasons: [timeouts]}}",
            f"{H}, retry: 3",
            f"{H}, shallow: http",
            f"{H}, shallow: {{expect: {{status: 200}}}}",
            f"{H}, shallow: {{{H}, capture: {{}}}}",
            f"{H}, matrix: [a]",
            f"{H}, matrix: {{}}",
            f"{H}, matrix: {{a: b}}",
            f"{H}, matrix: {{a: []}}",
            f"{H}, matrix: {{a: [b c]}}",
            f"{H}, matrix: {{a: [[b]]}}",
            f"{H}, matrix: {{job: [b]}}",
            f"{H}, matrix: {{a: [b]}}, for_each: {{a: {{}}}}",
            f"{H}, for_each: [a]",
            f"{H}, for_each: {{a: b}}",
            f"{H}, for_each: {{a: {{name: b}}}}",
            f"{H}, for_each: {{a b: {{c: d}}}}",
        )
    ),
    *(
        f"version: 1\nprobes: {{a: {{http: {{url: x}}}}}}\n{section}"
        for section in (
            "zzz: 1",
            "include: a",
            "include: [3]",
            "defaults: []",
            "defaults: {steps: []}",
            "defaults: {interval: 3}",
            "defaults: {http: {url: x}}",
            "secrets: []",
            "secrets: {a: {}}",
            "secrets: {a: {env: A, file: b}}",
            "secrets: {a: {aws_secret: b, env: B}}",
            "secrets: {a: {env: 3}}",
            "secrets: {1a: {env: A}}",
            "server: []",
            "server: {listen: 3}",
            "server: {lissen: 'h:1'}",
            "server: {reload: 1}",
            "server: {evidence: all}",
            "server: {max_in_flight: 0}",
            "templates: []",
            "templates: {t: {zzz: 1}}",
            "templates: {t: {use: u}}",
            "templates: {t: {params: 3}}",
            "templates: {t: {http: {url: 3}}}",
            "flows: {f: {}}",
            "flows: {f: {steps: []}}",
            "flows: {f: {steps: [{http: {url: 3}}]}}",
            "flows: {f: {steps: [{http: {url: x}}], returns: a}}",
            "flows: {f: {steps: [{http: {url: x}}], effects: some}}",
            "flows: {f: {steps: [{http: {url: x}}], zzz: 1}}",
            "flows: {f: {steps: [{http: {url: x}}], params: [1]}}",
        )
    ),
]


@pytest.mark.parametrize("text", INVALID)
def test_it_rejects_what_validation_rejects_structurally(text: str) -> None:
    assert complaints(text)
    assert errors(text)


def test_defaults_are_shown_as_they_are_written() -> None:
    properties = json_schema(KINDS)["$defs"]["Probe"]["properties"]
    assert ["30s", "5s", 2, "ticket"] == [
        properties[key]["default"] for key in ("interval", "cleanup_timeout", "fail_after", "severity")
    ]
    assert "From start to start." == properties["interval"]["description"]
