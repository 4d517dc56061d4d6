import pytest

from checker.config.configuration import Config
from checker.config.load import load
from checker.config.shown import resolved
from tests.config.loading import told


def loaded(text: str, **environment: str) -> Config:
    """With the real kinds, which know what a credential is."""
    return load("env:CHECKS", {"CHECKS": told(text), **environment})


def messages(config: Config) -> list[tuple[int, int, str]]:
    return [
        (warning.line, warning.column, warning.message)
        for warning in config.warnings
        if "credential" in warning.message
    ]


CHECKS = """
    version: 1
    secrets: {key: {env: KEY}}
    templates:
      signed:
        params: [path, token]
        http: {url: "http://a.example/${param.path}", headers: {Authorization: "Bearer ${param.token}"}}
    probes:
      a:
        http:
          url: http://me:pa55word@a.example/
          auth: {api_key: {header: X-Key, value: k3y-value}}
        shallow: {http: {url: http://a.example/, headers: {Cookie: sid=c00kie}}}
      b: {use: signed, with: {path: x, token: t0ken-1}}
      c: {use: signed, with: {path: y, token: "${env.TOKEN}"}}
      d: {use: signed, with: {path: z, token: "${secret.key}"}}
    """
VALUES = ("pa55word", "k3y-value", "c00kie", "t0ken-1", "t0ken-2")


def test_a_credential_that_is_no_secret_is_warned_of_at_its_place() -> None:
    literally, plain = (
        "a credential is written here literally",
        "a credential comes to this place as plain text",
    )
    assert [
        (6, 76, plain),
        (10, 12, literally),
        (11, 46, literally),
        (12, 64, literally),
    ] == messages(loaded(CHECKS, KEY="s3cr3t", TOKEN="t0ken-2"))


def test_a_warning_does_not_show_what_it_is_about() -> None:
    config = loaded(
        """
        version: 1
        probes:
          a: {http: {url: http://a/, auth: {basic: {username: u, password: pa55}}}, interval: 1h, slo: {availability: 99.9%}}
        """  # noqa: E501 - all on one line
    )
    assert 2 <= len(config.warnings)
    shown = "\n\n".join(map(str, config.warnings))
    assert "pa55" not in shown
    assert "  3 |   a: {http: {url: http://a/, auth: {basic: {username: u, password: ***\n" in shown
    assert "a credential is written here literally" in shown
    assert "^ put it under secrets" in shown


def test_what_is_shown_of_a_probe_masks_them() -> None:
    config = loaded(CHECKS, KEY="s3cr3t", TOKEN="t0ken-2")
    documents = {probe.name: resolved(probe, str) for probe in config.probes}
    assert not [value for value in VALUES if value in str(documents)]
    http = documents["a"]["steps"][0]["http"]
    assert ("http://***@a.example/", "***") == (http["url"], http["auth"]["api_key"]["value"])
    assert {"Cookie": "***"} == documents["a"]["shallow"]["http"]["headers"]
    assert ["***", "***", "Bearer ${secret.key}"] == [
        documents[name]["steps"][0]["http"]["headers"]["Authorization"] for name in "bcd"
    ]


@pytest.mark.parametrize("value", ["[1, {a: b}]", "x"])
def test_what_is_no_credential_is_shown_as_it_is(value: str) -> None:
    [probe] = loaded(f"version: 1\nprobes: {{a: {{http: {{url: http://a/, json: {value}}}}}}}").probes
    assert "***" not in str(resolved(probe, str))


def test_an_item_of_a_list_is_masked_alone() -> None:
    text = (
        "version: 1\nprobes: {a: {http: {url: http://a/, params: {to: ['http://me:x1y2@b/', 'http://c/']}}}}"
    )
    [probe] = loaded(text).probes
    assert ["http://***@b/", "http://c/"] == resolved(probe, str)["steps"][0]["http"]["params"]["to"]
