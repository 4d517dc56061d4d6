"""What newcomers write, and what they are told: each mistake once, at its place, with what to write instead."""

import pytest

from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from tests.config.loading import told

Told = list[tuple[int, int, str, str]]

HTTP = "http: {url: http://a.example/}"


def problems(text: str) -> Told:
    with pytest.raises(InvalidConfiguration) as caught:
        load("env:CHECKS", {"CHECKS": told(text)})
    return [(each.line, each.column, each.message, each.hint) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("keys", "column", "message", "hint"),
    [
        ("retry: 3", 12, "expected a mapping, not a whole number", "write retry: {attempts: 3}"),
        ("poll: 5s", 11, "expected a mapping, not a text", "write poll: {every: 5s}"),
        ("slo: 99.5%", 10, "expected a mapping, not a text", "write slo: {availability: 99.5%}"),
        ("slo: {availability: 99.5}", 25, "expected a percentage such as 99.5%, not a number", "did you mean 99.5%?"),
        ("timeout: 10", 14, "expected a duration such as 30s, not a whole number", "did you mean 10s?"),
        ("interval: 30", 15, "expected a duration such as 30s, not a whole number", "did you mean 30s?"),
        ("expect: 200", 13, "expected a mapping from facts to matchers", "write {status: 200}"),
        ("expect: ok", 13, "expected a mapping from facts to matchers", "such as {body: {contains: …}}"),
        ("expect: [{status: 200}]", 13, "expected a mapping from facts to matchers",
         "write one mapping, without the dashes"),
        ("labels: [env=prod]", 13, "expected a mapping, not a list", "write labels: {name: value}"),
        ("depends_on: b", 17, "expected a list, not a text", "write depends_on: [b]"),
        ("schedule: 1m", 5, "unknown key 'schedule'", "did you mean 'interval'?"),
        ("assertions: {status: 200}", 5, "unknown key 'assertions'", "did you mean 'expect'?"),
        ("method: POST", 5, "unknown key 'method'", "it belongs under http: http: {method: …}"),
        ("latency: {lt: 1s}", 5, "unknown key 'latency'", "it belongs under expect: expect: {latency: …}"),
        ("expect:", 12, "'expect' has no value here", "its value stands here or, indented, below"),
        ("zzz: 1", 5, "unknown key 'zzz'", ""),
    ],
)  # fmt: skip
def test_beside_what_is_asked(keys: str, column: int, message: str, hint: str) -> None:
    text = f"version: 1\nprobes:\n  a:\n    {HTTP}\n    {keys}"
    assert [(5, column, message, hint)] == problems(text)


@pytest.mark.parametrize(
    ("keys", "column", "message", "hint"),
    [
        ("{url: www.example.org/works}", 17, "a URL starts with http:// or https:// and a host",
         "did you mean https://www.example.org/works?"),
        ("{url: 'localhost:8080/works'}", 17, "a URL starts with http:// or https:// and a host",
         "did you mean http://localhost:8080/works?"),
        ("{url: 127.0.0.1}", 17, "a URL starts with http:// or https:// and a host",
         "did you mean http://127.0.0.1?"),
        ("{url: 'me:pass@a.example'}", 17, "a URL starts with http:// or https:// and a host", ""),
        ("{url: works}", 17, "a URL starts with http:// or https:// and a host", ""),
        ("http://a.example/", 11, "http wants a mapping", "write http: {url: …}"),
        ("{url: 'http://a', method: get}", 37, "a method is written in capitals, such as GET, not 'get'",
         "did you mean GET?"),
        ("{url: 'http://a', method: 'G T'}", 37, "a method is written in capitals, such as GET, not 'G T'", ""),
        ("{url: 'http://a', header: {a: b}}", 29, "unknown key 'header'", "did you mean 'headers'?"),
        ("{url: 'http://a', verify: false}", 29, "unknown key 'verify'", "it belongs under tls"),
        ("{url: 'http://a', query: {a: b}}", 29, "unknown key 'query'", "did you mean 'params'?"),
        ("{url: 'http://a', expect: {a: b}}", 29, "unknown key 'expect'", "it belongs beside http, not under it"),
        ("{url: 'http://a', tls: {verify: no}}", 43, "expected true or false, not a text", "did you mean false?"),
        ("{url: 'http://a', tls: {verify: maybe}}", 43, "expected true or false, not a text", ""),
        ("{url: 'http://a', auth: Bearer abc}", 35, "expected a mapping, not a text",
         "its keys are api_key, basic, bearer, digest, oauth2, sigv4"),
        ("{url: 'http://a', headers: 'Accept: x'}", 38, "expected a mapping, not a text",
         "write headers: {name: value}"),
        ("{url: 'http://a', headers: {Accept: a, b/c}}", 50, "'b/c' has no value here",
         "quote the text before it if the comma is part of it"),
        ("{url: '${BASE_URL}/x'}", 17, "no step captures ${BASE_URL}", "did you mean ${env.BASE_URL}?"),
        ("{url: 'http://a/${secret.key}'}", 17, "there is no secret 'key'", "declare it: secrets: {key: {env: …}}"),
    ],
)  # fmt: skip
def test_in_what_is_asked(keys: str, column: int, message: str, hint: str) -> None:
    assert [(4, column, message, hint)] == problems(f"version: 1\nprobes:\n  a:\n    http: {keys}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("htttp: {url: http://a.example/}", [(4, 5, "unknown key 'htttp'", "did you mean 'http'?")]),
        (
            "htttp: {url: x}\n    expect: {status: 200}",
            [(4, 5, "unknown key 'htttp'", "did you mean 'http'?")],
        ),
        ("steps: [{step: x, htttp: {url: x}}]", [(4, 23, "unknown key 'htttp'", "did you mean 'http'?")]),
        ("url: http://a.example/", [(4, 5, "unknown key 'url'", "it belongs under http: http: {url: …}")]),
        (
            "http:\n    url: http://a.example/",
            [
                (4, 10, "'http' has no value here", "its value stands here or, indented, below"),
                (5, 5, "unknown key 'url'", "it belongs under http: http: {url: …}"),
            ],
        ),
        (
            "steps: {login: {http: {url: x}}}",
            [(4, 12, "steps wants a list of steps", "write - step: … for each")],
        ),
        (
            f"steps: [{{name: login, {HTTP.replace('http:', 'http:', 1)}}}]",
            [(4, 14, "unknown key 'name'", "did you mean 'step'?")],
        ),
    ],
)
def test_where_the_steps_are(text: str, expected: Told) -> None:
    assert expected == problems(f"version: 1\nprobes:\n  a:\n    {text}")


EMPTY = "its value stands here or, indented, below"
MAPPING = "probes wants a mapping from names to probes"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"probes:\n  - name: a\n    {HTTP}",
            [(3, 3, MAPPING, "write each name as a key, and what belongs to it below")],
        ),
        ("probes:", [(2, 8, MAPPING, EMPTY)]),
        ("probes:\n  a: http://a.example/", [(3, 6, "the probe 'a' wants a mapping", "such as {http: {url: …}}")]),
        (
            "probes:\n  a:\n  http:\n    url: http://a.example/",
            [
                (3, 5, "the probe 'a' is empty", EMPTY),
                (5, 5, "unknown key 'url'", "it belongs under http: http: {url: …}"),
            ],
        ),
        (f"a:\n  {HTTP}", [(2, 1, "unknown key 'a'", "a probe belongs under probes")]),
        (
            f"server: {{listen: 8080}}\nprobes: {{a: {{{HTTP}}}}}",
            [
                (
                    2,
                    18,
                    "a whole number is not an address to listen on, such as 127.0.0.1:10460 or [::1]:10460",
                    "did you mean 127.0.0.1:8080?",
                )
            ],
        ),
        (
            f"server: {{listen: 99999}}\nprobes: {{a: {{{HTTP}}}}}",
            [
                (
                    2,
                    18,
                    "a whole number is not an address to listen on, such as 127.0.0.1:10460 or [::1]:10460",
                    "",
                )
            ],
        ),
    ],
)  # fmt: skip
def test_in_the_file(text: str, expected: Told) -> None:
    assert expected == problems(f"version: 1\n{text}")


def test_what_may_be_a_secrets_value_is_not_shown() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        load("env:CHECKS", {"CHECKS": f"version: 1\nsecrets: {{key: pa55word}}\nprobes: {{a: {{{HTTP}}}}}\n"})
    assert told("""
        env:CHECKS:2:16: the secret 'key' wants a mapping
          2 | secrets: {key: …
            |                ^ where it is read from: {env: NAME} or {file: PATH}
        """) == str(caught.value)
