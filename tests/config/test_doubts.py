"""What is allowed, but hardly meant. With the real kinds, as most of it is about what they do."""

from pathlib import Path

import pytest

from checker.config.load import load
from checker.config.problems import Problem
from tests.config.loading import told

ONLY_2XX = "only a 2xx status is expected: a page that says 'error' with 200 would pass"
WORKS = "expect: {json: {$.total: {gte: 1}}}"


def warnings(probe: str) -> list[Problem]:
    return list(load("env:CHECKS", {"CHECKS": f"version: 1\nprobes: {{a: {{{probe}}}}}\n"}).warnings)


def messages(probe: str) -> list[str]:
    return [warning.message for warning in warnings(probe)]


HTTP = "http: {url: 'http://a/'}"
STEP = f"{{step: s, {HTTP}}}"


@pytest.mark.parametrize(
    "probe",
    [
        HTTP,
        f"{HTTP}, expect: {{status: 200}}",
        f"{HTTP}, expect: {{status: [200, 204]}}",
        f"{HTTP}, expect: {{status: {{lt: 400}}}}",
        f"{HTTP}, warn: {{latency: {{lt: 1s}}}}",
        f"steps: [{STEP}, {{step: t, {HTTP}}}]",
        f"steps: [{STEP}, {{step: t, {HTTP}, always: true, {WORKS}}}]",
    ],
)
def test_a_page_that_says_error_would_pass(probe: str) -> None:
    assert [ONLY_2XX] == messages(probe)


@pytest.mark.parametrize(
    "probe",
    [
        f"{HTTP}, {WORKS}",
        f"{HTTP}, expect: {{latency: {{lt: 1s}}}}",
        f"{HTTP}, expect: {{status: 404}}",
        f"{HTTP}, expect: {{status: [200, 404], body: x}}",
        f"{HTTP}, capture: {{id: {{json: $.id}}}}",
        f"steps: [{STEP}, {{step: t, {HTTP}, {WORKS}}}]",
        "steps: [{http: {url: 'http://a/', each_address: true, same: [{json: $.version}]}}]",
        f"steps: [{STEP}, {{step: t, tcp: {{host: a, port: 5}}}}]",
        "tcp: {host: a, port: 5}",
        "tls: {host: a}",
        "dns: {name: a}",
    ],
)
def test_what_says_more_than_that(probe: str) -> None:
    assert [] == messages(probe)


def test_the_warning_names_the_place_and_what_to_say() -> None:
    [warning] = warnings("http: {url: 'http://a/'}")
    assert told(f"""
        env:CHECKS:2:14: {ONLY_2XX}
          2 | probes: {{a: {{http: {{url: 'http://a/'}}}}}}
            |              ^ say what a user would see, such as expect: {{body: {{contains: …}}}}
        """) == str(warning)


@pytest.mark.parametrize(
    ("probe", "whose"),
    [
        (f"{HTTP}, expect: {{latency: {{lt: 10s}}}}", "the probe's timeout 10s"),
        (f"{HTTP}, expect: {{latency: {{lte: 1m}}}}", "the probe's timeout 10s"),
        (f"{HTTP}, expect: {{latency: {{lt: 9s}}}}", None),
        (f"{HTTP}, expect: {{latency: {{gt: 1m}}}}", None),
        (f"{HTTP}, expect: {{latency: {{not: {{lt: 1m}}}}}}", None),
        (f"{HTTP}, timeout: 2s, {WORKS}, warn: {{timings: {{wait: {{lt: 2s}}}}}}", "the probe's timeout 2s"),
        (f"interval: 5s, {HTTP}, expect: {{latency: {{lt: 4s}}}}", "the probe's timeout 4s"),
        (f"steps: [{{{HTTP}, timeout: 1s, expect: {{latency: {{lt: 1s}}}}}}]", "the step's timeout 1s"),
        (
            f"steps: [{{{HTTP}, {WORKS}}}, {{step: c, {HTTP}, always: true, warn: {{latency: {{lt: 5s}}}}}}]",
            "the probe's cleanup_timeout 5s",
        ),
        ("tls: {host: a}, expect: {certificate: {expires_in: {lt: 99d}}}", None),
    ],
)
def test_a_timeout_that_comes_first(probe: str, whose: str | None) -> None:
    expected = [f"{whose} comes first: what takes so long is never seen here"] if whose else []
    assert expected == messages(probe)


def test_a_limit_that_is_never_reached_is_shown_at_its_place() -> None:
    [warning] = warnings(f"{HTTP}, warn: {{latency: {{gt: 1ms, lt: 1m}}}}, {WORKS}")
    assert (2, 70) == (warning.line, warning.column)


@pytest.mark.parametrize(
    ("step", "key", "name"),
    [
        ("http: {url: 'https://a/', tls: {cert: me.pem, key: '${secret.k}'}}", "cert:", "me.pem"),
        ("tcp: {host: a, port: 1, tls: {ca: missing.pem}}", "ca:", "missing.pem"),
        ("tls: {host: a, ca: missing.pem}", "ca:", "missing.pem"),
    ],
)
def test_a_file_that_is_not_there_yet(tmp_path: Path, step: str, key: str, name: str) -> None:
    path = tmp_path / "checks.yaml"
    line = f"  p: {{{step}}}"
    path.write_text(f"version: 1\nsecrets: {{k: {{env: K}}}}\nprobes:\n{line}\n")
    [warning] = [each for each in load(str(path), {}).warnings if "file" in each.message]
    assert f"there is no such file here: {tmp_path / name}" == warning.message
    assert (4, line.index(key) + 1) == (warning.line, warning.column)


def test_what_a_kind_doubts_is_shown_at_its_key() -> None:
    [warning] = warnings(f"http: {{url: 'http://a/', json: {{a: 1}}}}, {WORKS}")
    assert (2, 39) == (warning.line, warning.column)
    assert "most servers ignore the body of a GET: is method: POST meant?" == warning.message


def test_secrets_that_nobody_uses_or_that_cannot_be_read_here(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    path.write_text(
        """\
version: 1
secrets:
  spare: {env: SPARE}
  key: {env: KEY}
  known: {env: KNOWN}
  file: {file: missing.txt}
  there: {file: checks.yaml}
probes:
  p:
    http: {url: "http://a/", headers: {A: "${secret.key}", B: "${secret.known}", C: "${secret.there}"}}
    expect: {body: x}
    shallow: {http: {url: "http://a/", headers: {A: "${secret.file}"}}}
"""
    )
    expected = [
        (3, 3, "no probe uses the secret 'spare'"),
        (4, 14, "the variable KEY is not set here"),
        (6, 16, f"there is no such file here: {tmp_path / 'missing.txt'}"),
    ]
    warned = load(str(path), {"KNOWN": "x"}).warnings
    assert expected == [(each.line, each.column, each.message) for each in warned]


REGIONS = """
    version: 1
    aws:
      prod: {account: "123456789012"}
      stage: {account: "210987654321", region: eu-west-1}
    secrets: {key: {aws_secret: app/key, account: ACCOUNT}}
    probes:
      a: {aws: ACCOUNT, interval: 60s, STEP}
      b: {aws: ACCOUNT, interval: 60s, STEP}
"""
SERVICE = "ecs_service: {cluster: c, service: s}"
TASKS = "each_address: {ecs_service: {cluster: c, service: s, port: 80}}"
UNKNOWN = "no region is known here to ask the account 'prod' in"


def region_warnings(step: str, account: str = "prod", **environment: str) -> list[str]:
    text = told(REGIONS.replace("STEP", step).replace("ACCOUNT", account))
    found = load("env:CHECKS", {"CHECKS": text, **environment}).warnings
    return [warning.message for warning in found if "region" in warning.message]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (SERVICE, [UNKNOWN]),
        (f"http: {{url: 'http://a/', {TASKS}}}, {WORKS}", [UNKNOWN]),
        (f"http: {{url: 'http://a/'}}, {WORKS}, shallow: {{{SERVICE}}}", [UNKNOWN]),
        ("alarms: {names: [a]}", [UNKNOWN]),
        ("steps: [{aws: {service: ecs, operation: ListClusters}}]", [UNKNOWN]),
        ("http: {url: 'http://a/', headers: {X-Key: '${secret.key}'}}", [UNKNOWN]),
    ],
)
def test_a_region_that_nobody_has_named_is_warned_of_once(step: str, expected: list[str]) -> None:
    assert expected == region_warnings(step)


def test_where_a_region_is_named_there_is_no_warning(tmp_path: Path) -> None:
    named = tmp_path / ".aws"
    named.mkdir()
    (named / "config").touch()
    assert [] == region_warnings(SERVICE, AWS_REGION="eu-west-1")
    assert [] == region_warnings(SERVICE, AWS_DEFAULT_REGION="eu-west-1")
    assert [] == region_warnings(SERVICE, HOME=str(tmp_path))
    assert [] == region_warnings(SERVICE, AWS_CONFIG_FILE=str(named / "config"))
    assert [] == region_warnings(SERVICE, account="stage")


@pytest.mark.parametrize(
    "step",
    [
        "aws_identity: {}",
        "steps: [{aws: {service: iam, operation: ListUsers}}]",
        "steps: [{aws: {service: ecs, operation: ListClusters, region: eu-west-1}}]",
        "alarms: {alertmanager: 'http://a/'}",
        f"http: {{url: 'http://a/', each_address: true}}, {WORKS}",
    ],
)
def test_what_asks_no_region_needs_none(step: str) -> None:
    text = told(REGIONS.replace("STEP", step).replace("ACCOUNT", "prod"))
    text = "\n".join(line for line in text.splitlines() if not line.startswith("secrets"))
    found = load("env:CHECKS", {"CHECKS": text}).warnings
    assert [] == [warning.message for warning in found if "region" in warning.message]


def test_without_an_account_it_is_aws_that_has_no_region() -> None:
    text = f"version: 1\nprobes: {{a: {{interval: 60s, {SERVICE}}}}}\n"
    (warning,) = load("env:CHECKS", {"CHECKS": text}).warnings
    assert "no region is known here to ask AWS in" == warning.message
    assert "AWS_REGION" in warning.hint
