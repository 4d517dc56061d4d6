"""blackbox_exporter's modules: every option that it documents is carried over, or said not to be."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.importers.blackbox import blackbox
from checker.importers.notes import Unusable
from tests.importers.importing import Result, written

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text()
TABLE = PAGE[PAGE.index("\n## blackbox\n") : PAGE.index("\n## gatus\n")]

# The options of blackbox_exporter's CONFIGURATION.md, by prober; what several have only once.
OPTIONS = """
    prober timeout http tcp dns icmp grpc unix websocket

    valid_status_codes valid_http_versions method headers http_headers body_size_limit compression follow_redirects
    fail_if_ssl fail_if_not_ssl fail_if_body_json_matches_cel fail_if_body_json_not_matches_cel
    fail_if_body_matches_regexp fail_if_body_not_matches_regexp fail_if_header_matches fail_if_header_not_matches
    tls_config basic_auth authorization proxy_url no_proxy proxy_from_environment proxy_connect_header
    skip_resolve_phase_with_proxy oauth2 enable_http2 enable_http3 preferred_ip_protocol ip_protocol_fallback body
    body_file

    source_ip_address query_response expect expect_bytes labels send starttls tls

    transport_protocol dns_over_tls query_name query_type query_class recursion_desired valid_rcodes
    validate_answer_rrs validate_authority_rrs validate_additional_rrs fail_if_matches_regexp fail_if_all_match_regexp
    fail_if_not_matches_regexp fail_if_none_matches_regexp

    dont_fragment payload_size ttl
    service metadata
    http_config

    insecure_skip_verify ca_file cert_file key_file server_name min_version max_version
"""


@pytest.mark.parametrize("option", OPTIONS.split())
def test_every_option_is_in_the_table(option: str) -> None:
    assert re.search(
        rf"^\| [^|]*(?:`{option}`|`prober`[^|]*\b{option}\b|\*\*{option}\*\*)", TABLE, re.MULTILINE
    )


def module(prober: str, **settings: Any) -> str:
    return yaml.safe_dump({"modules": {"m": {"prober": prober, prober: settings}}})


TARGETS = {"http": "https://www.example.org/", "tcp": "mail.example.org:25", "dns": "192.0.2.53"}


def imported(prober: str, **settings: Any) -> Result:
    return written(blackbox, module(prober, **settings), [TARGETS[prober]])


def http(**settings: Any) -> dict[str, Any]:
    """Return what is made of an `http` module, without what is made of all of them."""
    made: dict[str, Any] = imported("http", **settings).probe["http"]
    assert "https://www.example.org/" == made.pop("url")
    assert 10 == made.pop("redirects")
    return made


HOST = "${secret.www_example_org"


@pytest.mark.parametrize(
    ("settings", "spec"),
    [
        ({}, {}),
        ({"method": "post"}, {"method": "POST"}),
        (
            {"headers": {"Host": "a.example.org", "X-N": 5}},
            {"headers": {"Host": "a.example.org", "X-N": "5"}},
        ),
        ({"http_headers": {"Accept": {"values": ["a", "b"]}}}, {"headers": {"Accept": "b"}}),
        ({"http_headers": {"X-A": {"secrets": ["s3cr3t-value"]}}}, {"headers": {"X-A": f"{HOST}_x_a}}"}}),
        ({"http_headers": {"X-A": {"files": ["/run/a"]}}}, {"headers": {"X-A": f"{HOST}_x_a}}"}}),
        ({"body_size_limit": "10MB"}, {"max_body": 10 << 20}),
        ({"body_size_limit": 0}, {}),
        ({"compression": "gzip"}, {"headers": {"Accept-Encoding": "gzip"}}),
        (
            {"compression": "br", "headers": {"accept-encoding": "br, gzip"}},
            {"headers": {"accept-encoding": "br, gzip"}},
        ),
        ({"compression": "identity"}, {}),
        (
            {"tls_config": {"insecure_skip_verify": True, "server_name": "a"}},
            {"tls": {"verify": False, "server_name": "a"}},
        ),
        (
            {
                "tls_config": {
                    "ca_file": "a.pem",
                    "cert_file": "b.pem",
                    "key_file": "c.pem",
                    "min_version": "TLS13",
                }
            },
            {"tls": {"ca": "a.pem", "cert": "b.pem", "key": "c.pem", "min_version": 1.3}},
        ),
        (
            {"basic_auth": {"username": "alice", "password": "s3cr3t-value"}},
            {"auth": {"basic": {"username": "alice", "password": f"{HOST}_password}}"}}},
        ),
        (
            {"basic_auth": {"username_file": "/run/u", "password_file": "/run/p"}},
            {"auth": {"basic": {"username": f"{HOST}_username}}", "password": f"{HOST}_password}}"}}},
        ),
        ({"authorization": {"credentials": "s3cr3t-value"}}, {"auth": {"bearer": f"{HOST}_token}}"}}),
        (
            {"authorization": {"type": "Key", "credentials_file": "/k"}},
            {"headers": {"Authorization": f"Key {HOST}_token}}"}},
        ),
        ({"bearer_token": "s3cr3t-value"}, {"auth": {"bearer": f"{HOST}_token}}"}}),
        ({"bearer_token_file": "/run/t"}, {"auth": {"bearer": f"{HOST}_token}}"}}),
        ({"authorization": {}}, {}),
        (
            {"proxy_url": "http://proxy.example.org:3128", "skip_resolve_phase_with_proxy": True},
            {"proxy": "http://proxy.example.org:3128"},
        ),
        ({"enable_http2": False, "preferred_ip_protocol": "ip4"}, {}),
        ({"preferred_ip_protocol": "ip4", "ip_protocol_fallback": False}, {"ip_version": 4}),
        ({"ip_protocol_fallback": False}, {"ip_version": 6}),
        (
            {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"},
            {"method": "POST", "json": {}},
        ),
        ({"body": "plain"}, {"body": "plain"}),
        ({"body_file": "/x"}, {"body": "REPLACE"}),
    ],
)
def test_requests(settings: dict[str, Any], spec: dict[str, Any]) -> None:
    assert spec == http(**settings)


def test_keys_within_the_file_are_secrets() -> None:
    result = imported(
        "http", tls_config={"cert": "-----BEGIN CERTIFICATE-----", "key": "-----BEGIN HIDDEN-----"}
    )
    assert "${secret.tls_key}" == result.probe["http"]["tls"]["key"]
    assert "HIDDEN" not in result.text


def test_oauth2() -> None:
    settings = {
        "client_id": "checker",
        "client_secret": "s3cr3t-value",
        "scopes": ["a", "b"],
        "token_url": "https://auth.example.org/token",
        "endpoint_params": {"grant_type": "client_credentials", "audience": "works", "resource": "x"},
    }
    result = imported("http", oauth2=settings)
    assert {
        "token_url": "https://auth.example.org/token",
        "client_id": "checker",
        "client_secret": "${secret.auth_example_org_client_secret}",
        "scope": "a b",
        "audience": "works",
    } == result.probe["http"]["auth"]["oauth2"]
    assert ("m-www.example.org: oauth2.endpoint_params.resource",) == result.imported.lost
    settings |= {"client_secret": "", "client_secret_file": "/run/s", "scopes": [], "endpoint_params": {}}
    assert {"auth_example_org_client_secret": {"file": "/run/s", "hosts": ["auth.example.org"]}} == imported(
        "http", oauth2=settings
    ).document["secrets"]


@pytest.mark.parametrize(
    ("settings", "expect"),
    [
        ({"valid_status_codes": []}, None),
        ({"valid_status_codes": [200]}, {"status": 200}),
        ({"valid_status_codes": [200, 404]}, {"status": [200, 404]}),
        ({"valid_http_versions": ["HTTP/1.1", "HTTP/2.0", "HTTP/2"]}, {"http_version": [1.1, 2]}),
        ({"valid_http_versions": ["HTTP/2.0"]}, {"http_version": 2}),
        ({"fail_if_ssl": True}, {"url": {"starts_with": "http://"}}),
        ({"fail_if_not_ssl": True}, {"url": {"starts_with": "https://"}}),
        ({"compression": "gzip"}, {"headers": {"content-encoding": {"contains": "gzip"}}}),
        ({"fail_if_body_matches_regexp": ["a"]}, {"body": {"not_matches": "a"}}),
        (
            {"fail_if_body_not_matches_regexp": ["a", "b"]},
            {"body": {"all_of": [{"matches": "a"}, {"matches": "b"}]}},
        ),
        (
            {"fail_if_body_matches_regexp": ["a"], "fail_if_body_not_matches_regexp": ["b"]},
            {"body": {"not_matches": "a", "matches": "b"}},
        ),
        (
            {"fail_if_header_matches": [{"header": "Set-Cookie", "regexp": ".*", "allow_missing": True}]},
            {"headers": {"set-cookie": {"any_of": [{"exists": False}, {"not_matches": ".*"}]}}},
        ),
        (
            {"fail_if_header_not_matches": [{"header": "Server", "regexp": "x"}]},
            {"headers": {"server": {"matches": "x"}}},
        ),
    ],
)
def test_expectations(settings: dict[str, Any], expect: Any) -> None:
    assert expect == imported("http", **settings).probe.get("expect")


def test_redirects_may_be_the_answer() -> None:
    for settings in ({"follow_redirects": False}, {"no_follow_redirects": True}):
        assert "redirects" not in imported("http", **settings).probe["http"]


@pytest.mark.parametrize(
    ("settings", "lost"),
    [
        ({"valid_http_versions": ["HTTP/1.0", "HTTP/3.0"]}, "HTTP/1.0, HTTP/3.0, of valid_http_versions"),
        ({"enable_http3": True, "enable_http2": False}, "enable_http3: HTTP/2 and 1.1 are spoken"),
        (
            {"fail_if_body_json_matches_cel": "body.a"},
            "fail_if_body_json_matches_cel: write what it means below json",
        ),
        (
            {"fail_if_body_json_not_matches_cel": "x"},
            "fail_if_body_json_not_matches_cel: write what it means below",
        ),
        ({"no_proxy": "x", "proxy_from_environment": True}, "http.no_proxy, http.proxy_from_environment"),
        ({"proxy_connect_header": {"Proxy-Authorization": ["hunter2"]}}, "http.proxy_connect_header"),
        ({"proxy_url": "socks5://127.0.0.1"}, "the proxy: socks5 is not supported, only http"),
        ({"tls_config": {"min_version": "TLS10"}}, "modules.m.http.tls_config.min_version TLS10"),
        ({"tls_config": {"max_version": "TLS12"}}, "modules.m.http.tls_config.max_version"),
        ({"tls_config": {"cert_ref": "x"}}, "http.tls_config.cert_ref"),
        (
            {"body_file": "/files/a.txt"},
            "the body from the file /files/a.txt: put its text in the place of REPLACE",
        ),
        (
            {"basic_auth": {"username": "a"}, "headers": {"Authorization": "Basic YTpi"}},
            "a second way to prove who asks",
        ),
        ({"body_size_limit": "large"}, "body_size_limit, which is no size"),
        ({"brand_new": 1}, "http.brand_new"),
    ],
)
def test_what_is_not_carried_over_is_said(settings: dict[str, Any], lost: str) -> None:
    result = imported("http", **settings)
    assert f"# not carried over: {lost}" in result.comments
    assert "hunter2" not in result.text


TURNS = "query_response"


@pytest.mark.parametrize(
    ("settings", "made"),
    [
        ({}, {"tcp": {}}),
        ({"tls": True}, {"tcp": {"tls": True}}),
        ({"tls": True, "tls_config": {"insecure_skip_verify": True}}, {"tcp": {"tls": {"verify": False}}}),
        ({"preferred_ip_protocol": "ip4", "ip_protocol_fallback": False}, {"tcp": {"ip_version": 4}}),
        (
            {TURNS: [{"expect": "^SSH-2.0-"}]},
            {"tcp": {}, "expect": {"received": {"matches": "(?m)^SSH-2.0-"}}},
        ),
        (
            {TURNS: [{"send": "PING"}, {"expect": "PONG$"}]},
            {"tcp": {"send": "PING\n"}, "expect": {"received": {"matches": "(?m)PONG\\r?$"}}},
        ),
        (
            {TURNS: [{"expect": "a\\$"}, {"expect": "b"}]},
            {"tcp": {}, "expect": {"received": {"all_of": [{"matches": "(?m)a\\$"}, {"matches": "(?m)b"}]}}},
        ),
        ({TURNS: [{"expect_bytes": "S"}]}, {"tcp": {}, "expect": {"received": {"contains": "S"}}}),
        ({TURNS: [{"send": "STLS"}, {"expect": "OK"}, {"starttls": True}]}, {"tls": {"starttls": "pop3"}}),
        ({TURNS: [{"send": ". STARTTLS"}, {"starttls": True}]}, {"tls": {"starttls": "imap"}}),
        ({TURNS: [{"send": "AUTH TLS"}, {"starttls": True}]}, {"tls": {"starttls": "ftp"}}),
        (
            {
                TURNS: [
                    {"send": bytes.fromhex("0000000804d2162f")},
                    {"expect_bytes": "S"},
                    {"starttls": True},
                ],
                "tls_config": {"ca_file": "a.pem"},
            },
            {"tls": {"starttls": "postgres", "ca": "a.pem"}},
        ),
    ],
)
def test_ports(settings: dict[str, Any], made: dict[str, Any]) -> None:
    kind, spec = next(iter(made.items()))
    probe = imported("tcp", **settings).probe
    assert {**made, kind: {"host": "mail.example.org", "port": 25, **spec}} == probe


@pytest.mark.parametrize(
    ("settings", "lost"),
    [
        ({"source_ip_address": "127.0.0.1"}, "tcp.source_ip_address"),
        (
            {TURNS: [{"expect": "a (.*)", "send": "b ${1}"}]},
            "query_response from where a send repeats what was received",
        ),
        (
            {TURNS: [{"expect": "a", "labels": [{"name": "x", "value": "y"}]}]},
            "query_response labels: capture with a",
        ),
        ({TURNS: [{"send": b"\xff"}]}, "query_response with a send that is no text"),
        ({TURNS: [{"expect_bytes": b"\xff"}]}, "query_response with expect_bytes that are no text"),
        (
            {TURNS: [{"send": "EHLO x"}, {"starttls": True}, {"send": "QUIT"}]},
            "query_response after starttls: the kind tls ends with the handshake",
        ),
    ],
)
def test_what_is_not_carried_over_of_ports_is_said(settings: dict[str, Any], lost: str) -> None:
    assert f"# not carried over: {lost}" in imported("tcp", **settings).comments


def test_what_is_sent_before_something_was_expected_is_said_to_be() -> None:
    result = imported("tcp", query_response=[{"expect": "^220"}, {"send": "AUTH s3cr3t-value\r"}])
    assert "# what is to be sent is sent at once, without waiting" in result.comments
    assert "AUTH ${secret.mail_example_org_auth}\r\n" == result.probe["tcp"]["send"]


@pytest.mark.parametrize(
    ("settings", "spec", "expect"),
    [
        ({"query_type": "SOA"}, {"type": "SOA"}, None),
        ({"query_type": "A", "recursion_desired": False}, {"recursion": False}, None),
        ({"query_type": "A", "valid_rcodes": ["NOERROR"]}, {}, {"rcode": "NOERROR"}),
        (
            {"query_type": "A", "valid_rcodes": ["NOERROR", "NXDOMAIN"]},
            {},
            {"rcode": ["NOERROR", "NXDOMAIN"]},
        ),
        (
            {
                "query_type": "A",
                "validate_answer_rrs": {
                    "fail_if_matches_regexp": [".*127.0.0.1"],
                    "fail_if_not_matches_regexp": ["192"],
                    "fail_if_none_matches_regexp": ["192.0.2.1", "192.0.2.2"],
                },
            },
            {},
            {
                "answers": {
                    "none": {"matches": "127.0.0.1"},
                    "every": {"matches": "192"},
                    "any": {"any_of": [{"matches": "192.0.2.1"}, {"matches": "192.0.2.2"}]},
                }
            },
        ),
        (
            {"query_type": "A", "validate_answer_rrs": {"fail_if_none_matches_regexp": ["192"]}},
            {},
            {"answers": {"any": {"matches": "192"}}},
        ),
    ],
)
def test_names(settings: dict[str, Any], spec: dict[str, Any], expect: Any) -> None:
    probe = imported("dns", query_name="www.example.org.", **settings).probe
    assert {"name": "www.example.org", "type": "A", "server": "192.0.2.53", **spec} == probe["dns"]
    assert expect == probe.get("expect")


@pytest.mark.parametrize(
    ("settings", "lost"),
    [
        ({}, "query_type ANY, which cannot be asked for; A is"),
        ({"query_class": "CH"}, "query_class: the class is IN"),
        ({"transport_protocol": "tcp"}, "transport_protocol: the question goes over UDP"),
        ({"ip_protocol_fallback": False}, "ip_protocol_fallback: any address of the name server is asked"),
        ({"source_ip_address": "127.0.0.1"}, "dns.source_ip_address"),
        ({"tls_config": {}}, "dns.tls_config"),
        ({"validate_authority_rrs": {}}, "validate_authority_rrs: only the answers are seen"),
        ({"validate_additional_rrs": {"x": 1}}, "validate_additional_rrs: only the answers are seen"),
        (
            {"validate_answer_rrs": {"fail_if_all_match_regexp": ["x"]}},
            "fail_if_all_match_regexp: what it says",
        ),
        (
            {"validate_answer_rrs": {"fail_if_matches_regexp": ["a\\tIN"]}},
            "fail_if_matches_regexp a\\tIN: it is about",
        ),
    ],
)
def test_what_is_not_carried_over_of_names_is_said(settings: dict[str, Any], lost: str) -> None:
    result = imported("dns", query_name="www.example.org", **settings)
    assert f"# not carried over: {lost}" in result.comments


def test_targets_name_their_module() -> None:
    text = "modules: {a: {prober: http, timeout: 5s}, b: {prober: tcp}, c: {prober: icmp}, d: {prober: http}}"
    targets = ["a=www.example.org", "a=https://example.org/?b=c", "b=[2001:db8::1]:25", "c=example.org"]
    result = written(blackbox, text, targets)
    assert ["a-www.example.org", "a-example.org-b-c", "b-2001-db8-1-25"] == list(result.probes)
    assert ["http://www.example.org", "https://example.org/?b=c"] == [
        probe["http"]["url"] for probe in list(result.probes.values())[:2]
    ]
    assert {"host": "2001:db8::1", "port": 25} == result.probes["b-2001-db8-1-25"]["tcp"]
    assert "5s" == result.probes["a-www.example.org"]["timeout"]
    assert [
        "example.org with the module c",
        "the module c: there is no kind icmp; a port that should answer can be probed with tcp",
        "the module d: it has no target; name one with --target d=…",
    ] == list(result.imported.lost)


SCRAPED = """
    modules:
      web: {prober: http, timeout: 30s}
    global: {scrape_interval: 1m}
    scrape_configs:
      - job_name: web
        scrape_interval: 1m
        scrape_timeout: 20s
        scheme: http
        metrics_path: /probe
        params: {module: [web]}
        static_configs:
          - targets: [https://a.example.org, https://b.example.org]
            labels: {team: blue, job: x}
        relabel_configs:
          - {source_labels: [__address__], target_label: __param_target}
          - {source_labels: [__param_target], target_label: instance}
          - {target_label: __address__, replacement: 127.0.0.1:9115}
          - {source_labels: [__address__], target_label: other}
          - {action: drop, regex: x}
        file_sd_configs: [{files: [x]}]
      - {job_name: nodes, static_configs: [{targets: [node]}]}
      - {job_name: unnamed, metrics_path: /probe}
      - {job_name: missing, metrics_path: /probe, params: {module: gone}, static_configs: [{targets: [x]}]}
"""


def test_targets_of_prometheus() -> None:
    result = written(blackbox, SCRAPED)
    assert ["web-a.example.org", "web-b.example.org"] == list(result.probes)
    probe = result.probes["web-a.example.org"]
    assert ("1m", "20s", {"team": "blue"}) == (probe["interval"], probe["timeout"], probe["labels"])
    assert [
        "a relabelling of the scrape job web, other",
        "a relabelling of the scrape job web, without a target label",
        "the label job of the scrape job web: the name is reserved",
        "file_sd_configs of the scrape job web",
        "the scrape job nodes: it is not one of blackbox_exporter",
        "the scrape job unnamed: it names no module",
        "x: there is no module gone in this file",
        "global",
    ] == list(result.imported.lost)


@pytest.mark.parametrize(
    ("text", "targets", "why"),
    [
        ("modules: {a: {prober: http}, b: {prober: http}}", ["x"], "--target: say which module it is for"),
        (
            "modules: {a: {prober: http}, b: {prober: http}}",
            ["nope=x"],
            "--target: there is no module nope; the modules are a, b",
        ),
        (
            "modules: {a: {prober: httq}}",
            ["x"],
            "nothing can be carried over:\n  x with the module a\n  the module a: 'httq' is no prober",
        ),
        (
            "modules: {a: {prober: http}}",
            [],
            "nothing can be carried over:\n  the module a: it has no target",
        ),
        ("modules: {a: {prober: tcp}}", ["example.org"], "nothing can be carried over"),
        (
            "modules: {a: {prober: tcp, tcp: {query_response: [{starttls: true}]}}}",
            ["a:1"],
            "nothing can be carried",
        ),
        ("modules: {a: {prober: dns, dns: {dns_over_tls: true}}}", ["a"], "nothing can be carried over"),
        ("modules: {a: {prober: dns, dns: {}}}", ["a/b"], "nothing can be carried over"),
        ("modules: {a: {prober: dns}}", ["a"], "input:1: modules.a.dns: 'query_name' is missing"),
        ("modules: {a: {}}", ["a"], "input:1: modules.a: 'prober' is missing"),
        (
            "modules: {a: {prober: http, http: []}}",
            ["a"],
            "input:1: modules.a.http: expected a mapping, not a list",
        ),
        (
            "modules: {a: {prober: http, http: {fail_if_ssl: x}}}",
            ["a"],
            "input:1: modules.a.http.fail_if_ssl: expected",
        ),
        (
            "modules: {a: {prober: http, http: {valid_status_codes: [x]}}}",
            ["a"],
            "input:1: modules.a.http.valid_status_",
        ),
        ("modules: []", ["a"], "input:1: modules: expected a mapping, not a list"),
    ],
)
def test_what_cannot_be_imported_is_refused(text: str, targets: list[str], why: str) -> None:
    with pytest.raises(Unusable) as caught:
        written(blackbox, text, targets)
    assert str(caught.value).startswith(why)


def test_times_that_are_none_are_said() -> None:
    result = written(blackbox, "modules: {a: {prober: http, timeout: soon}}", ["example.org"])
    assert ("a-example.org: timeout, which is no duration",) == result.imported.lost


def test_a_pattern_that_is_none_is_kept_as_a_comment() -> None:
    text = "modules: {a: {prober: http, http: {fail_if_body_matches_regexp: ['(']}}, b: {prober: http}}"
    result = written(blackbox, text, ["a=example.org", "b=example.org"])
    assert ["b-example.org"] == list(result.probes)
    assert "# not carried over: a-example.org, as it is below: not a regular expression" in result.comments
    assert '  #   expect: {body: {not_matches: "("}}' in result.text
