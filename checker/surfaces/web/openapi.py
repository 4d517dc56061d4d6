"""What /api/v1 answers, as an OpenAPI 3.1 document: made from the words that the product is made of, and never copied.

The descriptions are in docs/api.md. Keys may be added to the API, so no object is closed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from checker import __version__
from checker.core.outcome import Truth
from checker.core.reason import Phase, Reason, Result, Severity, State
from checker.surfaces.web.marks import Mark

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
SECONDS: Schema = {"type": "number", "minimum": 0}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
NUMBERS: Schema = {"type": "object", "additionalProperties": {"type": "number"}}
JSON = "application/json"


def document(label_keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return the document; `label_keys` are those that probes are configured with."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "checker", "version": __version__, "summary": "The state of every probe"},
        "servers": [{"url": "../.."}],  # wherever the pages are mounted
        "paths": {
            "/api/v1/probes": {"get": _listing(label_keys)},
            "/api/v1/probes/{name}": {"get": _one()},
            "/api/v1/openapi.json": {"get": _itself()},
        },
        "components": {"schemas": _schemas()},
    }


def _listing(label_keys: Sequence[str]) -> dict[str, Any]:
    return {
        "operationId": "listProbes",
        "summary": "All probes, in the order of the configuration",
        "parameters": [
            _query("mark", _list(_words(Mark)), "Keeps probes by the word that they are shown under."),
            _query("state", _list(_words(State)), "Keeps probes by their debounced state."),
            _query(
                "label",
                _label(label_keys),
                "Keeps probes with that label, as name=value; all have to be there.",
            ),
            _query(
                "q", TEXT, "Keeps probes whose name, description, owner, reason or labels hold all the words."
            ),
        ],
        "responses": {
            "200": _answer("Those that the filter keeps.", "listing"),
            "400": _answer("The filter asks for what no probe can have.", "error"),
        },
    }


def _label(label_keys: Sequence[str]) -> Schema:
    if not label_keys:
        return {"type": "array", "items": TEXT, "maxItems": 0}
    names = "|".join(re.escape(key) for key in label_keys)
    return _list({"type": "string", "pattern": f"^({names})="})


def _one() -> dict[str, Any]:
    return {
        "operationId": "getProbe",
        "summary": "All that is known of one probe",
        "parameters": [
            {
                "name": "name",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
                "description": "Its name; slashes in it may stay as they are.",
            }
        ],
        "responses": {
            "200": _answer("The probe.", "probe"),
            "404": _answer("There is no probe of this name.", "error"),
        },
    }


def _itself() -> dict[str, Any]:
    return {
        "operationId": "getOpenapi",
        "summary": "This document",
        "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": {JSON: {"schema": {"type": "object"}}}}
        },
    }


def _query(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": _ref(schema)}}}


def _schemas() -> dict[str, Schema]:
    summary = {**_settings(), **_state(), **_last()}
    return {
        "error": _object(error=TEXT),
        "listing": _object(taken_at=MOMENT, probes=_list(_ref("summary"))),
        "summary": _object(**summary),
        "probe": _object(taken_at=MOMENT, **summary, **_past()),
        "shallow": _object(healthy=_nullable(FLAG), message=_nullable(TEXT), duration_seconds=SECONDS),
        "cause": _object(text=TEXT, probe=_nullable(TEXT), since=_nullable(MOMENT)),
        "run": _object(
            started_at=MOMENT,
            duration_seconds=SECONDS,
            result=_words(Result),
            reason=_nullable(_words(Reason)),
            masked=_nullable(FLAG),
            values=NUMBERS,
        ),
        "failure": _object(
            started_at=MOMENT,
            **_outcome(),
            masked=_nullable(FLAG),
            values=NUMBERS,
            shallow=_optional("shallow"),
            steps=_list(_ref("failed_step")),
        ),
        "step": _object(**_step()),
        "failed_step": _object(
            **_step(), warnings=_list(_ref("assertion")), exchanges=_list(_ref("exchange"))
        ),
        "assertion": _object(subject=TEXT, operator=TEXT, expected=TEXT, seen=TEXT, verdict=_words(Truth)),
        "exchange": _object(**_exchange()),
    }


def _settings() -> dict[str, Schema]:
    return {
        "probe": TEXT,
        "labels": _map(TEXT),
        "description": TEXT,
        "severity": _words(Severity),
        "owner": TEXT,
        "runbook": TEXT,
        "interval_seconds": SECONDS,
        "timeout_seconds": SECONDS,
        "slo": _nullable({"type": "number", "minimum": 0, "maximum": 1}),
        "depends_on": _list(TEXT),
    }


def _state() -> dict[str, Schema]:
    return {
        "mark": _words(Mark),
        "state": _words(State),
        "since": MOMENT,
        "masked": _nullable(FLAG),
        "masked_since": _nullable(MOMENT),
        "blocked_by": _list(TEXT),
        "last_success": _nullable(MOMENT),
        "runs": _object(**{result.value: COUNT for result in Result}),
        "skipped": COUNT,
    }


def _last() -> dict[str, Schema]:
    """All of it is null before the first run."""
    otherwise = {
        "started_at": MOMENT,
        "duration_seconds": SECONDS,
        "result": _words(Result),
        "values": NUMBERS,
    }
    nullable = {key: _nullable(schema) for key, schema in otherwise.items()}
    return {**_outcome(), **nullable, "shallow": _optional("shallow")}


def _outcome() -> dict[str, Schema]:
    return {
        "duration_seconds": SECONDS,
        "result": _words(Result),
        "step": _nullable(TEXT),
        "reason": _nullable(_words(Reason)),
        "message": _nullable(TEXT),
    }


def _past() -> dict[str, Schema]:
    return {
        "causes": _list(_ref("cause")),
        "steps": _list(_ref("step")),
        "history": _list(_ref("run")),
        "failures": _list(_ref("failure")),
        "failure_counts": {**_map(COUNT), "propertyNames": _words(Reason)},
    }


def _step() -> dict[str, Schema]:
    return {
        "step": TEXT,
        "kind": TEXT,
        "result": _words(Result),
        "reason": _nullable(_words(Reason)),
        "message": _nullable(TEXT),
        "duration_seconds": SECONDS,
        "timings": _timings(),
        "assertions": _list(_ref("assertion")),
    }


def _exchange() -> dict[str, Schema]:
    headers = _list({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2})
    return {
        "method": TEXT,
        "url": TEXT,
        "request_headers": headers,
        "request_body": TEXT,
        "status": _nullable({"type": "integer"}),
        "http_version": TEXT,
        "response_headers": headers,
        "response_body": TEXT,
        "address": TEXT,
        "started_at": MOMENT,
        "timings": _timings(),
        "curl": TEXT,
    }


def _timings() -> Schema:
    return {**_map(SECONDS), "propertyNames": _words(Phase)}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _words(words: Iterable[StrEnum]) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def _nullable(schema: Schema) -> Schema:
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **enum}


def _optional(name: str) -> Schema:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
