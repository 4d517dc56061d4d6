"""What a configuration names as targets."""

import pytest

from checker.config.origins import origins
from tests.config.loading import loaded


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h.example/a", {"http://h.example"}),
        ("https://H.Example:443", {"https://h.example"}),
        ("HTTP://h.example:80?x", {"http://h.example"}),
        ("https://h.example:8443#x", {"https://h.example:8443"}),
        ("http://user:pass@h.example/", {"http://h.example"}),
        ("http://[::1]:8080/", {"http://[::1]:8080"}),
        ("http://bücher.example/", {"http://xn--bcher-kva.example"}),
        ("http://h.example/${run.id}", {"http://h.example"}),
        ("http://h.example${run.id}/", set()),
        ("http://${run.id}.example/", set()),
        ("${run.id}", set()),
        ("ftp://h.example/", set()),
        ("http:///a", set()),
        ("http://h:x/", set()),
        ("see http://h.example/", set()),
        ("http://h .example/", set()),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: set[str]) -> None:
    assert expected == origins(loaded(f"version: 1\nprobes: {{a: {{http: {{url: '{url}'}}}}}}"))


def test_only_what_steps_name_counts() -> None:
    config = loaded(
        """
        version: 1
        server: {external_url: "https://server.example"}
        probes:
          a:
            runbook: https://runbook.example/
            description: https://description.example/
            shallow: {http: {url: "http://shallow.example/"}}
            steps:
              - {http: {url: "http://one.example/", json: {list: ["http://body.example/x"]}}, expect: {body: "http://expected.example/"}}
              - {step: b, http: {url: "${env.URL}", headers: {referer: "https://header.example"}}}
          b: {http: {url: "http://one.example/"}}
        """,
        URL="http://env.example/",
    )
    hosts = ("shallow", "one", "body", "env")
    assert {f"http://{host}.example" for host in hosts} | {"https://header.example"} == origins(config)
