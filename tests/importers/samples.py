"""Whole documents that say what the projects' own examples say, for tests that damage them.

Secrets say HIDDEN, and look
like tokens, so that they are told without the names around them."""

from typing import Any

CURL = r"""
# as browsers copy it
curl 'https://api.example.org/works?query=botany&access_token=ghp_HIDDEN001' \
  -H 'Accept: application/json' \
  -H 'Cookie: sid=ghp_HIDDEN002; theme=dark' \
  --compressed -sSL --max-time 20 --retry 3
curl -X POST https://auth.example.org/token -u "probe:ghp_HIDDEN003" -d grant_type=client_credentials -d scope=read
curl --json '{"user": "probe", "password": "ghp_HIDDEN004", "n": [1, null]}' https://api.example.org/login | jq .token
curl -F 'rows=@rows.csv;type=text/csv' -F note=hello -H "Authorization: Bearer $TOKEN" https://upload.example.org/files
"""


def _entry(
    method: str, url: str, status: int, mime: str, body: str, *headers: tuple[str, str]
) -> dict[str, Any]:
    return {
        "startedDateTime": "2024-05-31T12:00:00.000Z",
        "time": 120.5,
        "_resourceType": "fetch",
        "request": {
            "method": method,
            "url": url,
            "httpVersion": "http/2.0",
            "headers": [{"name": name, "value": value} for name, value in headers],
            "queryString": [],
            "cookies": [],
            "postData": {
                "mimeType": "application/json",
                "text": '{"password": "ghp_HIDDEN001", "page": 1}',
            },
        },
        "response": {
            "status": status,
            "headers": [{"name": "set-cookie", "value": "sid=ghp_HIDDEN002"}],
            "content": {"size": 10, "mimeType": mime, "text": body},
        },
        "timings": {"send": 1, "wait": 100, "receive": 1},
    }


HAR: Any = {
    "log": {
        "version": "1.2",
        "creator": {"name": "browser", "version": "1"},
        "entries": [
            _entry(
                "POST",
                "https://api.example.org/login",
                200,
                "application/json",
                '{"token": "ghp_HIDDEN003x"}',
            ),
            _entry(
                "GET",
                "https://api.example.org/works?page=1",
                200,
                "application/json",
                '{"results": [{"id": "a2239muq"}]}',
                ("Authorization", "Bearer ghp_HIDDEN003x"),
                ("Cookie", "sid=ghp_HIDDEN002"),
            ),
            _entry("GET", "https://api.example.org/works/a2239muq", 404, "text/html", "<p>"),
            _entry("GET", "https://www.example.org/logo.png", 200, "image/png", ""),
        ],
    }
}

OPENAPI: Any = {
    "openapi": "3.0.3",
    "info": {"title": "Works", "version": "1"},
    "servers": [{"url": "https://{stage}.example.org", "variables": {"stage": {"default": "api"}}}],
    "security": [{"key": [], "login": ["read"]}],
    "paths": {
        "/works/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "a"}
            ],
            "get": {
                "operationId": "work",
                "summary": "A work",
                "parameters": [
                    {"name": "api_key", "in": "query", "example": "ghp_HIDDEN001"},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "example": ["a", "b"]}},
                    {"$ref": "#/components/parameters/Page"},
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Work"}}}
                    },
                    "404": {"description": "none"},
                },
            },
            "delete": {"responses": {"204": {"description": "gone"}}},
        }
    },
    "components": {
        "parameters": {"Page": {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1}}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "login": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://auth.example.org/t"}},
            },
        },
        "schemas": {
            "Work": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-z]+$"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Work"}},
                    "year": {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True},
                },
            }
        },
    },
}

BLACKBOX: Any = {
    "modules": {
        "web": {
            "prober": "http",
            "timeout": "5s",
            "http": {
                "valid_status_codes": [200, 204],
                "valid_http_versions": ["HTTP/1.1", "HTTP/2.0"],
                "method": "POST",
                "headers": {"X-Api-Key": "ghp_HIDDEN001", "Origin": "example.org"},
                "http_headers": {
                    "Accept": {"values": ["text/html"]},
                    "X-Secret": {"secrets": ["ghp_HIDDEN002"]},
                },
                "fail_if_body_not_matches_regexp": ["ready"],
                "fail_if_header_matches": [{"header": "Set-Cookie", "regexp": ".*", "allow_missing": True}],
                "basic_auth": {"username": "probe", "password": "ghp_HIDDEN003"},
                "tls_config": {"insecure_skip_verify": True},
                "proxy_url": "http://user:ghp_HIDDEN004@proxy.example.org:3128",
                "body": '{"token": "ghp_HIDDEN005"}',
                "preferred_ip_protocol": "ip4",
                "ip_protocol_fallback": False,
            },
        },
        "mail": {
            "prober": "tcp",
            "tcp": {
                "query_response": [
                    {"expect": "^220"},
                    {"send": "STARTTLS"},
                    {"send": "AUTH ghp_HIDDEN006"},
                ]
            },
        },
        "name": {
            "prober": "dns",
            "dns": {
                "query_name": "www.example.org",
                "query_type": "A",
                "valid_rcodes": ["NOERROR"],
                "validate_answer_rrs": {"fail_if_none_matches_regexp": ["192.0.2.1"]},
            },
        },
        "ping": {"prober": "icmp", "icmp": {"ttl": 5}},
    },
    "scrape_configs": [
        {
            "job_name": "web",
            "metrics_path": "/probe",
            "params": {"module": ["web"]},
            "static_configs": [{"targets": ["https://www.example.org"], "labels": {"team": "blue"}}],
            "relabel_configs": [{"source_labels": ["__address__"], "target_label": "__param_target"}],
        }
    ],
}
TARGETS = ["mail=mail.example.org:25", "name=192.0.2.53"]

GATUS: Any = {
    "alerting": {"slack": {"webhook-url": "https://hooks.example.org/ghp_HIDDEN001"}},
    "endpoints": [
        {
            "name": "front end",
            "group": "core",
            "url": "https://user:ghp_HIDDEN002@www.example.org/?token=ghp_HIDDEN003",
            "method": "POST",
            "body": '{"secret": "ghp_HIDDEN004"}',
            "headers": {"Authorization": "Bearer ghp_HIDDEN005", "Content-Type": "application/json"},
            "interval": "5m",
            "conditions": [
                "[STATUS] == 200",
                "[BODY].data[0].id == 1",
                "[RESPONSE_TIME] < 300",
                "len([BODY].a) > 1",
            ],
            "alerts": [{"type": "slack", "failure-threshold": 2}],
            "client": {"timeout": "5s", "insecure": True, "tls": {"certificate-file": "a.pem"}},
            "extra-labels": {"tier": "1"},
        },
        {
            "name": "dns",
            "url": "192.0.2.53",
            "dns": {"query-name": "example.org", "query-type": "A"},
            "conditions": ["[BODY] == pat(*.*.*.*)", "[DNS_RCODE] == NOERROR"],
        },
        {
            "name": "cache",
            "url": "tcp://cache.example.org:6379",
            "body": "AUTH ghp_HIDDEN006\r\n",
            "conditions": [],
        },
        {
            "name": "mail",
            "url": "starttls://mail.example.org:587",
            "conditions": ["[CERTIFICATE_EXPIRATION] > 48h"],
        },
        {"name": "ping", "url": "icmp://example.org", "conditions": ["[CONNECTED] == true"]},
    ],
}
