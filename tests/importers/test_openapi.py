"""OpenAPI documents: a probe for each operation that reads, which holds the answer against its schema."""

import json
from typing import Any

import pytest

from checker.importers import openapi as module
from checker.importers import openapi_schema
from checker.importers.notes import Unusable
from checker.importers.openapi import openapi
from tests.importers.importing import Result, written

LIBRARY = """
    openapi: 3.0.3
    info: {title: A library, version: 1.0.0}
    servers:
      - url: https://{stage}.example.org/v1
        variables: {stage: {default: api, enum: [api, test]}}
    tags: [{name: works}]
    paths:
      /works:
        get:
          summary: List works
          operationId: listWorks
          tags: [works]
          parameters:
            - {name: limit, in: query, description: How many, schema: {type: integer, format: int32, maximum: 100}}
            - {name: page, in: query, required: true, schema: {type: integer, default: 1}}
          responses:
            '200':
              description: A page of works
              headers: {x-next: {description: The next page, schema: {type: string}}}
              content: {application/json: {schema: {$ref: '#/components/schemas/Works'}}}
            default:
              description: an error
              content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
        post:
          operationId: createWork
          requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Work'}}}}
          responses: {'201': {description: Created}}
      /works/{workId}:
        get:
          operationId: showWork
          parameters:
            - {name: workId, in: path, required: true, schema: {type: string, example: a2239muq}}
          responses:
            '200': {description: A work, content: {application/json: {schema: {$ref: '#/components/schemas/Work'}}}}
    components:
      schemas:
        Work:
          type: object
          required: [id, title, secret]
          properties:
            id: {type: integer, format: int64, minimum: 0, exclusiveMinimum: true}
            title: {type: string, nullable: true, description: As on the cover, example: Herbal}
            secret: {type: string, writeOnly: true}
            parent: {$ref: '#/components/schemas/Work'}
        Works: {type: array, maxItems: 100, items: {$ref: '#/components/schemas/Work'}}
        Error: {type: object, required: [code], properties: {code: {type: integer}}}
"""

WORK = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {
        "id": {"type": "integer", "exclusiveMinimum": 0},
        "title": {"type": ["string", "null"]},
        "secret": {"type": "string"},
        "parent": {"$ref": "#/$defs/Work"},
    },
}


def document(operation: dict[str, Any], **more: Any) -> str:
    """Return a document with one operation."""
    path = more.pop("path", "/x")
    made = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example.org"}],
        "paths": {path: {"get": operation}},
    }
    return json.dumps({**made, **more})


def http(result: Result) -> dict[str, Any]:
    spec: dict[str, Any] = result.probe["http"]
    return spec


def test_a_document() -> None:
    result = written(openapi, LIBRARY)
    assert ["listWorks", "showWork"] == list(result.probes)
    works, work = result.probes.values()
    assert {"url": "https://api.example.org/v1/works", "params": {"page": "1"}} == works["http"]
    assert "List works" == works["description"]
    listed = {"type": "array", "maxItems": 100, "items": {"$ref": "#/$defs/Work"}}
    schema = {"$ref": "#/$defs/Works", "$defs": {"Works": listed, "Work": WORK}}
    json_type = {"content-type": {"contains": "json"}}
    assert {"status": 200, "headers": json_type, "json": {"$": {"schema": schema}}} == works["expect"]
    assert "https://api.example.org/v1/works/a2239muq" == work["http"]["url"]
    assert {"$ref": "#/$defs/Work", "$defs": {"Work": WORK}} == work["expect"]["json"]["$"]["schema"]
    assert [
        "POST /works: they may change something",
        "listWorks: limit: optional parameters without an example",
    ] == list(result.imported.lost)


@pytest.mark.parametrize(
    ("parameter", "spec"),
    [
        ({"in": "query", "example": "a b&c"}, {"params": {"p": "a b&c"}}),
        ({"in": "query", "examples": {"one": {"value": 5}}}, {"params": {"p": "5"}}),
        ({"in": "query", "schema": {"examples": ["x"]}}, {"params": {"p": "x"}}),
        ({"in": "query", "schema": {"enum": ["y", "z"]}}, {"params": {"p": "y"}}),
        ({"in": "query", "schema": {"const": True}}, {"params": {"p": "true"}}),
        (
            {"in": "query", "schema": {"$ref": "#/components/schemas/S"}},
            {"params": {"p": "from-a-reference"}},
        ),
        ({"in": "query", "example": ["a", "b"]}, {"params": {"p": ["a", "b"]}}),
        ({"in": "query", "example": ["a", "b"], "explode": False}, {"params": {"p": "a,b"}}),
        ({"in": "query", "example": ["a", "b"], "style": "pipeDelimited"}, {"params": {"p": "a|b"}}),
        ({"in": "query", "example": {"a": 1}, "style": "deepObject"}, {"params": {"p[a]": "1"}}),
        ({"in": "query", "example": {"a": 1}}, {"params": {"a": "1"}}),
        ({"in": "query", "example": {"a": 1}, "explode": False}, {"params": {"p": "a,1"}}),
        (
            {"in": "query", "content": {"application/json": {"example": {"a": 1}}}},
            {"params": {"p": '{"a": 1}'}},
        ),
        ({"in": "header", "example": "x"}, {"headers": {"p": "x"}}),
        ({"in": "cookie", "example": "x"}, {"cookies": {"p": "x"}}),
        ({"in": "query", "required": True}, {"params": {"p": "REPLACE"}}),
        ({"in": "query", "content": {"application/json": {}}}, {}),
        ({"in": "query", "schema": True}, {}),
        ({"in": "nowhere", "example": "x"}, {}),
    ],
)
def test_parameters(parameter: dict[str, Any], spec: dict[str, Any]) -> None:
    operation = {"parameters": [{"name": "p", **parameter}]}
    components = {"schemas": {"S": {"default": "from-a-reference"}}}
    made = http(written(openapi, document(operation, components=components)))
    assert {"url": "https://api.example.org/x", **spec} == made


@pytest.mark.parametrize(
    ("parameter", "url"),
    [
        ({"example": "a/b c"}, "/x/a%2Fb%20c"),
        ({"example": ["a", "b"]}, "/x/a,b"),
        ({"example": {"a": 1}}, "/x/a,1"),
        ({"example": 5, "style": "label"}, "/x/.5"),
        ({"example": 5, "style": "matrix"}, "/x/;p=5"),
        ({}, "/x/REPLACE"),
    ],
)
def test_parameters_of_the_path(parameter: dict[str, Any], url: str) -> None:
    operation = {"parameters": [{"name": "p", "in": "path", "required": True, **parameter}]}
    made = http(written(openapi, document(operation, path="/x/{p}")))
    assert f"https://api.example.org{url}" == made["url"]


def test_parameters_of_an_operation_go_before_those_of_its_path() -> None:
    text = """
        openapi: 3.1.0
        servers: [{url: https://api.example.org/}]
        paths:
          /x/{q}:
            parameters:
              - {name: p, in: query, example: path}
              - {name: Accept, in: header, example: text/html}
              - {$ref: '#/components/parameters/R'}
              - {$ref: '#/components/parameters/None'}
              - {$ref: 'other.yaml#/R'}
            get: {parameters: [{name: p, in: query, example: operation}]}
        components: {parameters: {R: {name: r, in: query, example: referred}}}
    """
    result = written(openapi, text)
    assert {
        "url": "https://api.example.org/x/REPLACE",
        "params": {"p": "operation", "r": "referred"},
    } == http(result)
    assert "a parameter that is not in this document" in result.comments
    assert "q in the path, which no parameter describes" in result.comments


SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "hoba": {"type": "http", "scheme": "hoba"},
    "mutual": {"type": "mutualTLS"},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://auth.example.org/"},
    "machine": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "https://auth.example.org/token"}},
    },
    "user": {"type": "oauth2", "flows": {"password": {"tokenUrl": "https://auth.example.org/token"}}},
    "code": {
        "type": "oauth2",
        "flows": {"authorizationCode": {}, "clientCredentials": {"tokenUrl": "/token"}},
    },
}
HOST = "${secret.api_example_org"
AUTH = "${secret.auth_example_org"
GRANT = {
    "token_url": "https://auth.example.org/token",
    "client_id": f"{AUTH}_client_id}}",
    "client_secret": f"{AUTH}_client_secret}}",
}
USER = {"username": f"{AUTH}_username}}", "password": f"{AUTH}_password}}"}


@pytest.mark.parametrize(
    ("security", "spec"),
    [
        ([{"key": []}], {"auth": {"api_key": {"header": "X-Key", "value": f"{HOST}_x_key}}"}}}),
        ([{"query": []}], {"auth": {"api_key": {"query": "key", "value": f"{HOST}_key}}"}}}),
        ([{"cookie": []}], {"cookies": {"sid": f"{HOST}_sid}}"}}),
        (
            [{"basic": []}],
            {"auth": {"basic": {"username": f"{HOST}_username}}", "password": f"{HOST}_password}}"}}},
        ),
        ([{"bearer": []}], {"auth": {"bearer": f"{HOST}_token}}"}}),
        ([{"oidc": []}], {"auth": {"bearer": f"{HOST}_token}}"}}),
        ([{"code": []}], {"auth": {"bearer": f"{HOST}_token}}"}}),
        ([{"machine": ["a", "b"]}], {"auth": {"oauth2": {**GRANT, "scope": "a b"}}}),
        ([{"user": []}], {"auth": {"oauth2": {**GRANT, **USER}}}),
        (
            [{"bearer": [], "key": [], "query": []}],
            {
                "auth": {"bearer": f"{HOST}_token}}"},
                "headers": {"X-Key": f"{HOST}_x_key}}"},
                "params": {"key": f"{HOST}_key}}"},
            },
        ),
        ([{"bearer": [], "basic": []}], {"auth": {"bearer": f"{HOST}_token}}"}}),
        ([{"hoba": []}], {}),
        ([{"mutual": []}], {}),
        ([{"unknown": []}], {}),
        ([{"key": []}, {}], {}),
        ([], {}),
    ],
)
def test_security(security: list[Any], spec: dict[str, Any]) -> None:
    text = document({}, security=security, components={"securitySchemes": SCHEMES})
    assert {"url": "https://api.example.org/x", **spec} == http(written(openapi, text))


def test_security_of_an_operation_goes_first_and_alternatives_are_said() -> None:
    text = document(
        {"security": [{"key": []}, {"basic": []}]},
        security=[{"bearer": []}],
        components={"securitySchemes": SCHEMES},
    )
    result = written(openapi, text)
    assert ["api_key"] == list(http(result)["auth"])
    assert "# 2 ways to prove who asks; this is the first one" in result.comments


@pytest.mark.parametrize(
    ("servers", "target", "url"),
    [
        (
            [{"url": "https://a.example.org/v1/"}, {"url": "https://b.example.org"}],
            "",
            "https://a.example.org/v1/x",
        ),
        ([{"url": "/v1"}], "", "https://host.invalid/v1/x"),
        ([{"url": "/"}], "", "https://host.invalid/x"),
        (None, "", "https://host.invalid/x"),
        ([{"url": "/v1"}], "https://c.example.org/v2/", "https://c.example.org/v2/x"),
    ],
)
def test_servers(servers: Any, target: str, url: str) -> None:
    assert url == http(written(openapi, document({}, servers=servers), target))["url"]


def answering(schema: object, **components: object) -> Result:
    content = {"application/json": {"schema": schema}}
    operation = {"responses": {"200": {"content": content}}}
    return written(openapi, document(operation, components={"schemas": components}))


TEXT = {"type": "string"}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"properties": {"description": TEXT}}, {"type": "object", "properties": {"description": TEXT}}),
        ({"items": {**TEXT, "format": "uuid"}}, {"type": "array", "items": {**TEXT, "format": "uuid"}}),
        ({"oneOf": [TEXT, NULL]}, {"oneOf": [TEXT, NULL]}),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": False}, {"type": "number", "minimum": 1}),
        (
            {"type": "integer", "maximum": 9, "exclusiveMaximum": True},
            {"type": "integer", "exclusiveMaximum": 9},
        ),
        ({"type": "number", "format": "float"}, {"type": "number"}),
        (
            {"type": "object", "additionalProperties": {**TEXT, "x-a": 1}},
            {"type": "object", "additionalProperties": TEXT},
        ),
        (
            {"type": "object", "properties": {"a": True}, "required": True},
            {"type": "object", "properties": {"a": True}},
        ),
        ({"const": "${secret.x}"}, {"const": "$${secret.x}"}),
    ],
)
def test_schemas(schema: dict[str, Any], made: dict[str, Any]) -> None:
    assert {"$": {"schema": made}} == answering(schema).probe["expect"]["json"]


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"type": "object", "nullable": True}, {"type": ["object", "null"]}),
        ({"enum": ["a"], "nullable": True}, {"anyOf": [{"enum": ["a", None]}, NULL]}),
        ({"type": ["array", "null"]}, {"type": ["array", "null"]}),
    ],
)
def test_schemas_that_admit_null(schema: dict[str, Any], made: dict[str, Any]) -> None:
    assert {"$": {"any_of": [None, {"schema": made}]}} == answering(schema).probe["expect"]["json"]


@pytest.mark.parametrize(
    ("schema", "kind", "why"),
    [
        ({"type": "string", "pattern": "(?=a)"}, "string", "not a JSON Schema"),
        (
            {"type": "object", "allOf": [{"$ref": "other.yaml#/X"}]},
            "object",
            "it refers to something that is not",
        ),
        (
            {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
            "object",
            "it refers to something that is not",
        ),
        ({"type": "array", "items": {"$ref": "#"}}, "array", "it refers to the document as a whole"),
        ({"type": "array", "items": {"allOf": [3]}}, "array", "a part of it is no schema"),
        ({"$ref": "#/components/schemas/Bad"}, "object", "not a JSON Schema"),
        (
            {"$ref": "#/components/schemas/Loop"},
            None,
            "it refers to something that is not in this document, or only",
        ),
        ({"$ref": "#/components/schemas/None"}, None, "it refers to something that is not"),
        ({}, None, "it names no type"),
        (True, None, "it accepts anything, or nothing"),
        ({"type": ["object", "array"], "pattern": "("}, None, "not a JSON Schema"),
    ],
)
def test_a_schema_that_cannot_stand_there_is_said(schema: object, kind: str | None, why: str) -> None:
    bad = {"type": "object", "properties": {"a": {"type": "nonsense"}}}
    result = answering(schema, Bad=bad, Loop={"$ref": "#/components/schemas/Loop"})
    assert (None if kind is None else {"$": {"type": kind}}) == result.probe["expect"].get("json")
    assert f"# not carried over: the schema of the answer: {why}" in result.comments


def test_schemas_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {"type": "object", "properties": {f"p{index}": {"type": "string"} for index in range(20)}}
    monkeypatch.setattr(openapi_schema, "MOST_NODES", 10)
    result = answering(schema)
    assert {"$": {"type": "object"}} == result.probe["expect"]["json"]
    assert "the schema of the answer: it comes to more than 10 values" in result.comments


def test_all_schemas_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXT", 400)
    operations = [
        {"responses": {"200": {"content": {"application/json": {"schema": {"enum": ["x" * 300]}}}}}}
    ] * 2
    paths = {f"/{index}": {"get": operation} for index, operation in enumerate(operations)}
    first, second = written(openapi, document({}, paths=paths)).probes.values()
    assert "json" in first["expect"]
    assert "json" not in second["expect"]


def test_names_in_definitions_differ() -> None:
    one, two = {"type": "string"}, {"type": "integer"}
    components = {"schemas": {"X": one}, "responses": {"X": two}}
    schema = {
        "type": "array",
        "prefixItems": [{"$ref": "#/components/schemas/X"}, {"$ref": "#/components/responses/X"}],
    }
    operation = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
    made = written(openapi, document(operation, components=components)).probe["expect"]["json"]["$"]["schema"]
    assert {"X": one, "X_2": two} == made["$defs"]


@pytest.mark.parametrize(
    ("responses", "expect"),
    [
        ({"200": {}, "204": {}}, {"status": [200, 204]}),
        ({"2XX": {}}, None),
        ({"2XX": {}, "201": {}}, None),
        ({"302": {}, "404": {}}, {"status": [302]}),
        ({"404": {}}, None),
        ({"default": {"content": {"text/html": {}}}}, None),
        (
            {"200": {"content": {"application/hal+json": {}}}},
            {"status": 200, "headers": {"content-type": {"contains": "json"}}},
        ),
        ({"200": {"$ref": "#/components/responses/None"}}, {"status": 200}),
        (None, None),
    ],
)
def test_answers(responses: Any, expect: Any) -> None:
    assert expect == written(openapi, document({"responses": responses})).probe.get("expect")


def test_of_several_content_types_json_is_expected() -> None:
    content = {"text/html": {}, "application/json": {"schema": {"$ref": "#/x-schemas/0"}}}
    text = document({"responses": {"200": {"content": content}}}, **{"x-schemas": [{"type": "object"}]})
    result = written(openapi, text)
    assert "# 2 content types are described; JSON is expected" in result.comments
    assert "$defs" in result.probe["expect"]["json"]["$"]["schema"]


def test_operations() -> None:
    text = """
        openapi: 3.1.0
        servers: [{url: https://api.example.org}]
        webhooks: {new: {}}
        x-own: 1
        paths:
          x-more: 1
          /a: {head: {deprecated: true, x-rate: 5, callbacks: {}}, delete: {}}
          /b: {get: {}, head: {}, servers: [{url: https://b.example.org}], trace: {}}
          /c: {$ref: '#/components/pathItems/C'}
          /d: {$ref: 'elsewhere.yaml'}
        components: {pathItems: {C: {get: {description: "First line\\nsecond", requestBody: {}}}}}
    """
    result = written(openapi, text)
    assert ["a-head", "b", "c"] == list(result.probes)
    assert "HEAD" == result.probes["a-head"]["http"]["method"]
    assert "https://b.example.org/b" == result.probes["b"]["http"]["url"]
    assert "First line" == result.probes["c"]["description"]
    assert [
        "/d, which is not in this document",
        "DELETE /a, TRACE /b: they may change something",
        "webhooks, x-own",
        "a-head: x-rate, callbacks",
        "c: requestBody",
    ] == list(result.imported.lost)
    assert "# this operation is deprecated" in result.comments


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("swagger: '2.0'", "input: the document: this is Swagger 2; convert it to OpenAPI 3 first"),
        ("openapi: 4.0.0", "input: the document: this is not OpenAPI 3"),
        ("info: {}", "input: the document: 'openapi' is missing"),
        ("[]", "input: the document: expected a mapping, not a list"),
        ("openapi: 3.1.0", "input: the document: 'paths' is missing"),
        ("{openapi: 3.1.0, paths: []}", "input:1: paths: expected a mapping, not a list"),
        (
            "openapi: 3.1.0\npaths: {/a: {get: 5}}",
            "input:2: paths./a.get: expected a mapping, not a whole number",
        ),
        (
            "openapi: 3.1.0\npaths: {/a: {get: {parameters: [{}]}}}",
            "input:2: paths./a.get.parameters[0]: 'name' is missing",
        ),
        ("openapi: 3.1.0\npaths: {/a: {$ref: '#/paths/~1a'}}", "nothing can be carried over"),
    ],
)
def test_what_is_no_such_document_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        written(openapi, text)
    assert str(caught.value).startswith(why)


def test_secrets_of_examples_are_nowhere() -> None:
    operation = {
        "parameters": [
            {"name": "api_key", "in": "query", "example": "tok-SECRET-1"},
            {"name": "X-Token", "in": "header", "example": "tok-SECRET-2"},
            {"name": "session", "in": "cookie", "example": "tok-SECRET-3"},
        ]
    }
    result = written(openapi, document(operation))
    assert "SECRET" not in result.text
    assert 3 == len(result.config.secrets)
