"""The OpenAPI document against the API: what it says is so, and all that is so is said."""

import json
import re
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, HookContext

from checker.board.snapshot import Snapshot
from checker.surfaces.own import Own
from checker.surfaces.web import api
from checker.surfaces.web.app import Sources, web_app
from checker.surfaces.web.filters import PARAMETERS, Filter
from checker.surfaces.web.openapi import document
from tests.surfaces.causes.boards import rotated
from tests.surfaces.samples import trouble
from tests.surfaces.web.test_app import ask, sources

OFFERED = schemathesis.openapi.from_asgi("/api/v1/openapi.json", web_app(sources()))
NAMES = tuple(trouble().probes)


@OFFERED.hook
def map_path_parameters(
    context: HookContext, path_parameters: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Half of the names are those of probes, which nobody would find by chance."""
    if path_parameters and len(name := path_parameters["name"]) % 2:
        path_parameters["name"] = NAMES[len(name) % len(NAMES)]
    return path_parameters


@OFFERED.parametrize()
@settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_schemathesis_finds_nothing(case: Case[Any]) -> None:
    case.call_and_validate()


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/v1/probes", {"?mark=masked": 200, "?mark=mask": 400}),
        ("/api/v1/probes/{name}", {"works-search": 200, "reference-lookup/profile": 200, "nobody": 404}),
        ("/api/v1/openapi.json", {"": 200}),
    ],
)
async def test_every_answer_that_is_described_is_given(path: str, asked: dict[str, int]) -> None:
    told = {
        (await ask(web_app(sources()), path.removesuffix("{name}") + more)).status_code: status
        for more, status in asked.items()
    }
    described = {int(status) for status in document()["paths"][path]["get"]["responses"]}
    assert described == set(told) == set(told.values())


def closed(schema: Any) -> Any:
    """The same, but no object may have what it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    more = {"additionalProperties": False} if "properties" in schema else {}
    return {key: closed(value) for key, value in schema.items()} | more


def validate(told: object, name: str) -> None:
    schemas = {"components": {"schemas": closed(document()["components"]["schemas"])}}
    jsonschema.validate(told, {"$ref": f"#/components/schemas/{name}", **schemas})


@pytest.mark.parametrize("board", [trouble(), rotated()])
def test_all_that_the_api_tells_is_described(board: Snapshot) -> None:
    validate(json.loads("".join(api.listing(board, Filter()))), "listing")
    for view in board.probes.values():
        validate(json.loads(json.dumps(api.document(view, board))), "probe")


def test_what_is_not_described_would_be_noticed() -> None:
    with pytest.raises(jsonschema.ValidationError, match="'more' was unexpected"):
        validate({"error": "", "more": 1}, "error")


def test_the_parameters_are_those_of_the_filter() -> None:
    parameters = document()["paths"]["/api/v1/probes"]["get"]["parameters"]
    assert sorted(PARAMETERS) == sorted(each["name"] for each in parameters)


def label(*keys: str) -> Mapping[str, Any]:
    parameters = document(keys)["paths"]["/api/v1/probes"]["get"]["parameters"]
    found: Mapping[str, Any] = next(each["schema"] for each in parameters if each["name"] == "label")
    return found


def test_a_label_is_one_that_probes_have() -> None:
    pattern = label("env", "a.b")["items"]["pattern"]
    assert [True, True, False, False] == [
        bool(re.search(pattern, text)) for text in ("env=", "a.b=c=d", "axb=c", "team=a")
    ]
    assert 0 == label()["maxItems"]


@pytest.mark.parametrize(
    ("path", "method", "status", "error"),
    [
        ("/api/v1/probes/nobody", "GET", 404, "there is no probe of this name"),
        ("/api/v1/probes/", "GET", 404, "there is no probe of this name"),
        ("/api/v2/probes", "GET", 404, "Not Found"),
        ("/api/v1/probes", "POST", 405, "Method Not Allowed"),
        ("/api/v1/probes?state=dwon", "GET", 400, "There is no state 'dwon'. There are "),
    ],
)
async def test_who_asks_the_api_is_refused_in_json(path: str, method: str, status: int, error: str) -> None:
    answer = await ask(web_app(sources()), path, method)
    assert (status, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert answer.json()["error"].startswith(error)
    allowed = {"GET", "HEAD"} if status == 405 else {""}
    assert allowed == set(answer.headers.get("allow", "").split(", "))


async def test_a_fault_is_told_in_json_too() -> None:
    def broken() -> Snapshot:
        raise RuntimeError("secret")

    answer = await ask(web_app(Sources(broken, Own())), "/api/v1/probes")
    assert (500, {"error": "The checker has a fault; its log says more."}) == (
        answer.status_code,
        answer.json(),
    )
    assert "no-store" == answer.headers["cache-control"]
