"""Gatus' endpoints: what their URLs, conditions and clients become."""

from typing import Any

import pytest
import yaml

from checker.importers.gatus import gatus
from checker.importers.notes import Unusable
from tests.importers.importing import Result, written

URL = "https://www.example.org/health"


def imported(*endpoints: dict[str, Any], **more: Any) -> Result:
    whole = [
        {"name": f"e{index}", "url": URL, "conditions": [], **each} for index, each in enumerate(endpoints)
    ]
    return written(gatus, yaml.safe_dump({"endpoints": whole, **more}))


def expected(*conditions: str, **endpoint: Any) -> Any:
    return imported({"conditions": list(conditions), **endpoint}).probe.get("expect")


@pytest.mark.parametrize(
    ("condition", "expect"),
    [
        ("[STATUS] == 200", {"status": 200}),
        ("[STATUS] != 404", {"status": {"not": 404}}),
        ("200 == [STATUS]", {"status": 200}),
        ("[status] < 300", {"status": {"lt": 300}}),
        ("300 > [STATUS]", {"status": {"lt": 300}}),
        ("[STATUS] <= 299", {"status": {"lte": 299}}),
        ("[STATUS] == any(200, 429)", {"status": [200, 429]}),
        ("[STATUS] == pat(2*)", {"status": {"between": [200, 299]}}),
        ("[STATUS] == pat(20?)", {"status": [*range(200, 210)]}),
        ("[STATUS] == pat(?0*)", {"status": [code for code in range(100, 600) if str(code)[1] == "0"]}),
        ("[RESPONSE_TIME] < 500", {"latency": {"lt": "500ms"}}),
        ("[RESPONSE_TIME] <= 1m30s", {"latency": {"lte": "90s"}}),
        ("[CERTIFICATE_EXPIRATION] > 48h", {"certificate": {"expires_in": {"gt": "2d"}}}),
        ("[IP] == 127.0.0.1", {"address": "127.0.0.1"}),
        ("[IP] == pat(192.168.*)", {"address": {"matches": "(?s)^192\\.168\\..*$"}}),
        ("[IP] != any(::1, 127.0.0.1)", {"address": {"not_in": ["::1", "127.0.0.1"]}}),
        ("[BODY] == 1", {"body": "1"}),
        ("[BODY] == pat(*<h1>Hi</h1>*)", {"body": {"contains": "<h1>Hi</h1>"}}),
        ("[BODY] != pat(*error*)", {"body": {"not_contains": "error"}}),
        ("len([BODY]) > 10", {"body": {"length": {"gt": 10}}}),
        ("[BODY].user.name == john", {"json": {"$.user.name": "john"}}),
        ("[BODY].user.name != john", {"json": {"$.user.name": {"ne": "john"}}}),
        ("[BODY].data[0].id == 1", {"json": {"$.data[0].id": [1, "1"]}}),
        ("[BODY][0].my-share == -1.5", {"json": {"$[0]['my-share']": [-1.5, "-1.5"]}}),
        ("[BODY].a'b == x", {"json": {"$['a\\'b']": "x"}}),
        ("[BODY].ok == true", {"json": {"$.ok": [True, "true"]}}),
        ("[BODY].none == null", {"json": {"$.none": [None, "null"]}}),
        ("[BODY].id == any(1, a)", {"json": {"$.id": [1, "1", "a"]}}),
        ("[BODY].id != any(1, a)", {"json": {"$.id": {"not_in": [1, "1", "a"]}}}),
        ("[BODY].age >= 18", {"json": {"$.age": {"gte": 18}}}),
        ("[BODY].share < 0.5", {"json": {"$.share": {"lt": 0.5}}}),
        ("[BODY].name == pat(jo?n[a-c]*)", {"json": {"$.name": {"matches": "(?s)^jo.n[a-c].*$"}}}),
        ("len([BODY].data) < 5", {"json": {"$.data": {"length": {"lt": 5}}}}),
        ("len([BODY].name) == 8", {"json": {"$.name": {"length": {"eq": 8}}}}),
        ("has([BODY].errors) == false", {"json": {"$.errors": {"exists": False}}}),
        ("has([BODY].errors) != false", {"json": {"$.errors": {"exists": True}}}),
        ("[CONNECTED] == true", None),
        ("[CONNECTED] != false", None),
    ],
)
def test_conditions(condition: str, expect: Any) -> None:
    assert expect == expected(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "[DOMAIN_EXPIRATION] > 720h",
        "[BODY].a == [BODY].b",
        "[BODY].a == [CONTEXT].b",
        "[CONNECTED] == false",
        "[STATUS] == abc",
        "[STATUS] < abc",
        "[STATUS] == 99",
        "[RESPONSE_TIME] == 5",
        "[RESPONSE_TIME] < soon",
        "[BODY].a < b",
        "[BODY].a[x] == b",
        "[BODY] > 5",
        "has([BODY].a) > 1",
        "has([BODY].a) == 5",
        "has([BODY]) == true",
        "len([BODY].a == 5",
        "len([BODY].a) > b",
        "[DNS_RCODE] == NOERROR",
        "[UNKNOWN] == 1",
        "a == b",
        "a == b == [STATUS]",
        "nonsense",
    ],
)
def test_conditions_that_are_not_carried_over_are_said(condition: str) -> None:
    result = imported({"conditions": [condition]})
    assert "expect" not in result.probe
    assert (f"e0: the condition {condition}",) == result.imported.lost


def test_conditions_are_taken_together() -> None:
    conditions = ("[STATUS] >= 200", "[STATUS] < 300", "[BODY].a == pat(*x*)", "[BODY].a == pat(*y*)")
    assert {
        "status": {"gte": 200, "lt": 300},
        "json": {"$.a": {"all_of": [{"contains": "x"}, {"contains": "y"}]}},
    } == expected(*conditions)


def test_a_condition_on_a_secret_gives_nothing_away() -> None:
    result = imported(
        {"conditions": ["[BODY].token == tok-HIDDEN", "[BODY].password != abc-HIDDEN", "[BODY].key > HIDDEN"]}
    )
    assert {
        "$.token": {"eq": "${secret.www_example_org_token}"},
        "$.password": {"ne": "${secret.www_example_org_password}"},
    } == result.probe["expect"]["json"]
    assert "the condition on [BODY].key" in result.comments
    assert "HIDDEN" not in result.text


def test_a_status_is_expected_where_nobody_speaks_of_it() -> None:
    said = "# a status of 2xx is expected as well, since no condition speaks of it"
    assert said in imported({"conditions": ["[CONNECTED] == true"]}).comments
    assert said not in imported({"conditions": ["[STATUS] < 500"]}).comments


@pytest.mark.parametrize(
    ("endpoint", "spec"),
    [
        ({}, {}),
        ({"method": "post", "body": "a"}, {"method": "POST", "body": "a"}),
        (
            {"method": "POST", "graphql": True, "body": "{ a }"},
            {"method": "POST", "json": {"query": "{ a }"}},
        ),
        (
            {"headers": {"A": "b", "Content-Type": "application/json"}, "body": "[1]"},
            {"headers": {"A": "b"}, "json": [1]},
        ),
        ({"body": "[ENDPOINT_NAME] [ENDPOINT_GROUP] [ENDPOINT_URL]", "group": "g"}, {"body": f"e0 g {URL}"}),
        ({"body": "[RANDOM_STRING_8]"}, {"body": "${run.id}"}),
        ({"headers": {"X-A": "$ID ${ID} $$5"}}, {"headers": {"X-A": "${secret.id} ${secret.id} $5"}}),
        ({"client": {"insecure": True}}, {"tls": {"verify": False}}),
        (
            {"client": {"tls": {"certificate-file": "a", "private-key-file": "b", "renegotiation": "never"}}},
            {"tls": {"cert": "a", "key": "b"}},
        ),
        (
            {"client": {"proxy-url": "http://proxy.example.org:3128", "network": "ip"}},
            {"proxy": "http://proxy.example.org:3128"},
        ),
        (
            {"headers": {"Authorization": "Bearer tok-HIDDEN"}},
            {"auth": {"bearer": "${secret.www_example_org_token}"}},
        ),
        (
            {
                "client": {
                    "oauth2": {
                        "token-url": "https://auth.example.org/t",
                        "client-id": "a",
                        "client-secret": "tok-HIDDEN",
                    }
                }
            },
            {
                "auth": {
                    "oauth2": {
                        "token_url": "https://auth.example.org/t",
                        "client_id": "a",
                        "client_secret": "${secret.auth_example_org_client_secret}",
                    }
                }
            },
        ),
    ],
)
def test_requests(endpoint: dict[str, Any], spec: dict[str, Any]) -> None:
    result = imported(endpoint)
    assert {"url": URL, "redirects": 10, **spec} == result.probe["http"]
    assert "HIDDEN" not in result.text


def test_credentials_of_the_url_and_redirects() -> None:
    result = imported({"url": "https://alice:tok-HIDDEN@example.org/", "client": {"ignore-redirect": True}})
    assert "alice" == result.probe["http"]["auth"]["basic"]["username"]
    assert "redirects" not in result.probe["http"]
    assert "HIDDEN" not in result.text


@pytest.mark.parametrize(
    ("endpoint", "probe"),
    [
        (
            {
                "url": "192.0.2.53",
                "dns": {"query-name": "example.org.", "query-type": "a"},
                "conditions": ["[BODY] == pat(*.*.*.*)", "[DNS_RCODE] == NOERROR"],
            },
            {
                "dns": {"name": "example.org", "type": "A", "server": "192.0.2.53"},
                "expect": {"answers": {"any": {"matches": "(?s)^.*\\..*\\..*\\..*$"}}, "rcode": "NOERROR"},
            },
        ),
        (
            {
                "url": "[2001:db8::1]:5353",
                "dns": {"query-name": ".", "query-type": "MX"},
                "conditions": [
                    "[BODY] == mx.example.org.",
                    "[BODY] != x",
                    "[DNS_RCODE] != any(SERVFAIL, REFUSED)",
                ],
            },
            {
                "dns": {"name": ".", "type": "MX", "server": "[2001:db8::1]:5353"},
                "expect": {
                    "answers": {"any": {"ends_with": "mx.example.org"}},
                    "rcode": {"not_in": ["SERVFAIL", "REFUSED"]},
                },
            },
        ),
        (
            {
                "url": "192.0.2.53:53",
                "dns": {"query-name": "a.example.org", "query-type": "A"},
                "conditions": ["[BODY] != 192.0.2.1"],
            },
            {
                "dns": {"name": "a.example.org", "type": "A", "server": "192.0.2.53:53"},
                "expect": {"answers": {"every": {"ne": "192.0.2.1"}}},
            },
        ),
        (
            {"url": "tcp://127.0.0.1:6379", "conditions": ["[CONNECTED] == true"]},
            {"tcp": {"host": "127.0.0.1", "port": 6379}},
        ),
        (
            {"url": "tcp://[::1]:6379", "body": "PING\r\n", "conditions": ["[BODY] == pat(*PONG*)"]},
            {
                "tcp": {"host": "::1", "port": 6379, "send": "PING\r\n"},
                "expect": {"received": {"contains": "PONG"}},
            },
        ),
        (
            {
                "url": "tls://ldap.example.org:636",
                "client": {"insecure": True},
                "conditions": ["[CERTIFICATE_EXPIRATION] > 48h"],
            },
            {
                "tls": {"host": "ldap.example.org", "port": 636, "verify": False},
                "expect": {"certificate": {"expires_in": {"gt": "2d"}}},
            },
        ),
        (
            {"url": "tls://cache.example.org:6380", "body": "PING"},
            {"tcp": {"host": "cache.example.org", "port": 6380, "tls": True, "send": "PING"}},
        ),
        (
            {"url": "starttls://mail.example.org:587"},
            {"tls": {"host": "mail.example.org", "port": 587, "starttls": "smtp"}},
        ),
        (
            {"url": "ssh://host.example.org", "ssh": {"username": ""}},
            {
                "tcp": {"host": "host.example.org", "port": 22},
                "expect": {"received": {"starts_with": "SSH-"}},
            },
        ),
        (
            {"url": "ssh://host.example.org:2222", "conditions": ["[RESPONSE_TIME] < 500"]},
            {
                "tcp": {"host": "host.example.org", "port": 2222},
                "expect": {"received": {"starts_with": "SSH-"}, "latency": {"lt": "500ms"}},
            },
        ),
    ],
)
def test_other_kinds(endpoint: dict[str, Any], probe: dict[str, Any]) -> None:
    made = imported(endpoint).probe
    assert {"interval": "1m", "timeout": "10s", **probe} == made


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ({"url": "icmp://example.org"}, "no kind speaks icmp"),
        ({"url": "wss://example.org/"}, "no kind speaks wss"),
        ({"url": "grpc://example.org:50051"}, "no kind speaks grpc"),
        ({"url": "udp://example.org:80"}, "no kind speaks udp"),
        ({"url": "ssh://example.org", "ssh": {"username": "a", "password": "hunter2"}}, "a command over SSH"),
        ({"url": "ssh://a/b"}, "its URL has no host"),
        ({"url": "tcp://example.org"}, "its URL has no host and port"),
        ({"url": "tls://example.org"}, "its URL has no host and port"),
        ({"url": "192.0.2.53", "dns": {"query-name": "a", "query-type": "LOC"}}, "records of the type LOC"),
        ({"url": "a/b", "dns": {"query-name": "a"}}, "its URL is no name server"),
        ({"enabled": False}, "which is not enabled"),
    ],
)
def test_endpoints_that_are_not_carried_over_are_said(endpoint: dict[str, Any], why: str) -> None:
    result = imported({}, endpoint)
    assert ["e0"] == list(result.probes)
    (lost,) = result.imported.lost
    assert lost.startswith("the endpoint e1")
    assert why in lost
    assert "hunter2" not in result.text


@pytest.mark.parametrize(
    ("endpoint", "lost"),
    [
        (
            {"client": {"dns-resolver": "tcp://192.0.2.53:53", "tunnel": "x"}},
            "client.dns-resolver, client.tunnel",
        ),
        ({"client": {"tls": {"renegotiation": "once"}}}, "client.tls.renegotiation"),
        ({"client": {"network": "ip4"}}, "client.network"),
        ({"ui": {"hide-url": True}}, "ui"),
        ({"interval": "soon"}, "interval, which is no duration"),
        ({"extra-labels": {"job": "x"}}, "the label job: the name is reserved"),
        (
            {"maintenance-windows": [{"start": "1:00"}]},
            "maintenance-windows: silence the alert in Alertmanager",
        ),
        ({"body": "[LOCAL_ADDRESS]"}, "[LOCAL_ADDRESS] in the body"),
        ({"alerts": [{"type": "slack"}, {"type": "email"}]}, "alerts (slack, email): Prometheus alerts"),
        ({"store": {"a": "b"}}, "store"),
        (
            {
                "headers": {"Authorization": "Bearer x"},
                "client": {
                    "oauth2": {
                        "token-url": "https://a.example.org",
                        "client-id": "a",
                        "client-secret": "b",
                        "scopes": ["c"],
                    }
                },
            },
            "the header Authorization, in whose place goes the token of oauth2",
        ),
    ],
)
def test_what_is_not_carried_over_is_said(endpoint: dict[str, Any], lost: str) -> None:
    assert f"# not carried over: {lost}" in imported(endpoint).comments


@pytest.mark.parametrize(
    ("endpoint", "keys"),
    [
        ({}, {"interval": "1m", "timeout": "10s"}),
        ({"interval": "5s", "client": {"timeout": "20s"}}, {"interval": "5s", "timeout": "4500ms"}),
        ({"group": "core", "extra-labels": {"tier": 1}}, {"labels": {"group": "core", "tier": "1"}}),
        ({"alerts": [{"type": "slack"}]}, {"fail_after": 3, "recover_after": 2}),
        (
            {
                "alerts": [
                    {"type": "a", "failure-threshold": 5, "success-threshold": 1},
                    {"type": "b", "failure-threshold": 4},
                ]
            },
            {"fail_after": 4, "recover_after": 1},
        ),
    ],
)
def test_settings(endpoint: dict[str, Any], keys: dict[str, Any]) -> None:
    probe = imported(endpoint).probe
    assert keys == {key: probe[key] for key in keys}


def test_a_condition_that_is_not_of_its_kind_is_said() -> None:
    result = imported(
        {
            "url": "tcp://a.example.org:1",
            "conditions": ["[STATUS] == 200", "[CERTIFICATE_EXPIRATION] > 1h", "[BODY].a == 1"],
        },
        {
            "url": "192.0.2.53",
            "dns": {"query-name": "a", "query-type": "MX"},
            "conditions": ["[BODY] != a", "[BODY] == any(a, b)"],
        },
        {
            "url": "192.0.2.53",
            "dns": {"query-name": "a", "query-type": "SRV"},
            "conditions": ["[BODY] == a:1"],
        },
    )
    assert [
        "e0: the condition [STATUS] == 200",
        "e0: the condition [CERTIFICATE_EXPIRATION] > 1h",
        "e0: the condition [BODY].a == 1",
        "e1: the condition [BODY] != a",
        "e1: the condition [BODY] == any(a, b)",
        "e2: the condition [BODY] == a:1",
    ] == list(result.imported.lost)


def test_names_are_those_of_group_and_endpoint() -> None:
    result = imported(
        {"name": "front end", "group": "core"}, {"name": "front end", "group": "core"}, {"name": "é"}
    )
    assert ["core-front-end", "core-front-end-2", "probe"] == list(result.probes)


def test_everything_else_is_listed() -> None:
    result = imported(
        {},
        metrics=True,
        alerting={"slack": {"webhook-url": "https://hooks.example.org/tok-HIDDEN"}},
        suites=[{"name": "journey"}],
        **{"external-endpoints": [{"name": "pushed", "token": "tok-HIDDEN"}]},
    )
    assert [
        "pushed, one of the external-endpoints",
        "journey, one of the suites",
        "alerting, metrics",
    ] == list(result.imported.lost)
    assert "HIDDEN" not in result.text


def test_anchors_and_merge_keys_are_followed() -> None:
    text = """
        x-default: &d {group: core, interval: 5m, conditions: ["[STATUS] == 200"]}
        endpoints:
          - {<<: *d, name: a, url: "https://a.example.org"}
          - {<<: *d, name: b, url: "https://b.example.org", group: other}
    """
    result = written(gatus, text)
    assert ["core-a", "other-b"] == list(result.probes)
    assert {"5m"} == {probe["interval"] for probe in result.probes.values()}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "input: the document: 'endpoints' is missing"),
        ("endpoints: {}", "input:1: endpoints: expected a list, not a mapping"),
        ("endpoints: [{url: x}]", "input:1: endpoints[0]: 'name' is missing"),
        ("endpoints: [{name: x}]", "input:1: endpoints[0]: 'url' is missing"),
        ("endpoints: [{name: [], url: x}]", "input:1: endpoints[0].name: expected a text, not a list"),
        ("endpoints: []", "there is nothing in it to import"),
        ("endpoints: [{name: $NAME, url: 'https://example.org', labels: 5}]", "nothing can be carried over"),
    ],
)
def test_what_cannot_be_imported_is_refused(text: str, why: str) -> None:
    if "$NAME" in text:
        assert ["probe"] == list(written(gatus, text).probes)
        return
    with pytest.raises(Unusable) as caught:
        written(gatus, text)
    assert str(caught.value).startswith(why)
