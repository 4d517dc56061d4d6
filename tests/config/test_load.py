"""The whole way, with the real kinds."""

import gc
import os
from pathlib import Path

import pytest

from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from tests.config.loading import complaints, loaded, told

ROOT = Path(__file__).parents[2]


def test_the_repository_s_checks_are_valid() -> None:
    config = load(str(ROOT / "checks.yaml"), {})
    [warning] = config.warnings
    assert "the variable UPLOAD_CLIENT_SECRET is not set here" == warning.message
    assert ((ROOT / "checks.yaml").resolve(),) == config.files
    assert ROOT.resolve() == config.base_directory
    assert 1 == config.version


def test_a_secret_that_may_not_go_there_is_told_at_load() -> None:
    text = told(
        """
        version: 1
        secrets: {key: {env: KEY, hosts: [auth.example]}}
        templates: {t: {params: [host], http: {url: "https://${param.host}/", headers: {X-Key: "${secret.key}"}}}}
        probes:
          a: {use: t, with: {host: auth.example}}
          b: {use: t, with: {host: other.example}}
        """
    )
    with pytest.raises(InvalidConfiguration) as caught:
        load("env:CHECKS", {"CHECKS": text})
    [problem] = caught.value.problems
    assert (3, 88, ("b",)) == (problem.line, problem.column, problem.probes)
    assert "other.example" in problem.message


def test_problems_of_all_rooms_come_in_one_go() -> None:
    text = """
        version: 2
        server: {listen: 3}
        secrets: {s: {envs: A}}
        defaults: {interval: x}
        templates: {t: {http: {url: 3}}}
        flows: {f: {steps: [{http: {ulr: x, url: x}}]}}
        probes:
          a: {http: {url: "${env.NOPE}"}, expect: {stat: 1}, depends_on: [z]}
          b: {steps: [{call: g}], timeout: 1h}
          c: {steps: [{http: {url: "${x}"}}]}
    """
    lines = [line.split(":", 2)[2].strip() for line in complaints(text).splitlines() if line[:1].isdigit()]
    assert [
        "the only version is 1",
        "a whole number is not an address to listen on, such as 127.0.0.1:10460 or [::1]:10460",
        "unknown key 'envs'",
        "'x' is not a duration; write a number and ms, s, m, h or d, such as 30s",
        "expected a text, not a whole number",
        "unknown key 'ulr'",
        "the environment variable NOPE is not set",
        "there is no fact 'stat'",
        "there is no flow 'g'",
        "no step captures ${x}",
    ] == lines


def test_a_variable_that_holds_a_secret_is_quoted_by_no_problem() -> None:
    text = """
        version: 1
        secrets: {key: {env: KEY}}
        probes:
          a: {interval: "${env.KEY}", http: {url: "http://h/"}, expect: {json: {"${env.KEY}": 1}}}
          b: {interval: "${env.OTHER}", http: {url: "http://h/"}}
    """
    told_of = complaints(text, KEY="hunter2-hunter2", OTHER="never")
    assert "hunter2" not in told_of
    assert "'***' is not a duration" in told_of
    assert "did you mean '$.***'?" in told_of
    assert "'never' is not a duration" in told_of


@pytest.mark.parametrize(
    "probe",
    [
        '{http: {url: "http://h/", method: "VALUE"}}',
        '{http: {url: "http://h/", headers: {"VALUE": x}}}',
        '{http: {url: "http://h/", cookies: {"VALUE": x}}}',
        '{tcp: {host: "VALUE", port: 1}}',
        '{tls: {host: "VALUE"}}',
        '{dns: {name: h, server: "VALUE"}}',
        '{dns: {name: "VALUE"}}',
        '{http: {url: "http://h/"}, capture: {"VALUE": {json: $.a}}}',
        '{http: {url: "http://h/"}, labels: {"VALUE": x}}',
        '{http: {url: "http://h/"}, interval: "VALUE"}',
        '{http: {url: "http://h/"}, matrix: {"VALUE": [a]}}',
    ],
)
def test_half_a_secret_is_not_left_by_cutting(probe: str) -> None:
    """Wherever a message is cut, the secret was struck out before."""
    for padding in (0, 14, 34, 74, 114, 290, 295, 300, 390, 500):
        document = "version: 1\nsecrets: {key: {env: KEY}}\nprobes: {a: " + probe + "}"
        text = document.replace("VALUE", f"../{'/' * padding}${{env.KEY}}{'/' * padding}")
        with pytest.raises(InvalidConfiguration) as caught:
            load("env:CHECKS", {"CHECKS": text, "KEY": "hunter2-hunter2"})
        told_of = str(caught.value)
        assert "hun" not in told_of
        assert len(told_of) < 3000


def test_loading_leaves_the_garbage_collector_as_it_was() -> None:
    text = "version: 1\nprobes: {a: {http: {url: x}}}"
    gc.disable()
    try:
        loaded(text)
        assert not gc.isenabled()
    finally:
        gc.enable()
    loaded(text)
    assert gc.isenabled()
    assert 0 == gc.get_freeze_count()


def test_what_is_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        loaded("version: 1\nprobes: {a: {http: {url: x}}}")
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_the_number_of_probes_is_bounded() -> None:
    values = ", ".join(map(str, range(101)))
    body = f"{{matrix: {{a: [{values}], b: [{values}]}}, http: {{url: x}}}}"
    assert complaints(f"version: 1\nprobes:\n  p: {body}\n  q: {body}").startswith(
        "4:3: the configuration comes to more than 20,000 probes here"
    )


def test_nothing_of_the_process_s_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "ONLY_HERE", "http://h/")
    assert "ONLY_HERE is not set" in complaints("version: 1\nprobes: {a: {http: {url: '${env.ONLY_HERE}'}}}")


def test_what_is_wrong_with_a_step_hides_nothing_else_of_its_probe() -> None:
    text = "version: 1\nprobes:\n  a: {http: {ulr: 'http://a/'}, timeout: 1h, depends_on: [b]}\n"
    with pytest.raises(InvalidConfiguration) as caught:
        load("env:CHECKS", {"CHECKS": text})
    expected = [
        "'url' is missing here",
        "unknown key 'ulr'",
        "the timeout 1h is not shorter than the interval 30s",
        "there is no probe 'b'",
    ]
    assert expected == [problem.message for problem in caught.value.problems]
