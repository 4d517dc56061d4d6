"""The JSON Schema (2020-12) of checks.yaml for editors, from the models that validation uses.

It describes the file as it is written: before includes, templates and references. So a load-time reference is
admitted wherever a value may stand, and what a probe takes from its template need not be there.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from checker.assertions.model import expectation_model
from checker.config.admission import admit_references
from checker.config.definitions import REFERABLE
from checker.config.models import (
    NAME,
    SECRET_PLACES,
    AwsConfig,
    PollKeys,
    ProbeKeys,
    RetryKeys,
    SecretConfig,
    ServerConfig,
    SloKeys,
    StepKeys,
)
from checker.config.schema_parts import (
    Json,
    captures_of,
    in_words_of,
    label_names,
    mapping_of,
    matrix,
    named,
    parameters,
    records,
    ref,
    spec_of,
    tidied,
    used_definitions,
    without_null,
)
from checker.kinds import KINDS
from checker.kinds.contract import Kind

_KIND_KEYS = ("expect", "warn", "capture", "poll")
"""What a step says in the words of its kind."""


def json_schema(kinds: Iterable[type[Kind[Any]]] = KINDS) -> Json:
    """Return the schema of a configuration file."""
    return _Schema(tuple(kinds)).document()


class _Schema:
    """Gathers the definitions of one schema."""

    def __init__(self, kinds: tuple[type[Kind[Any]], ...]) -> None:
        self._kinds = kinds
        self._definitions: Json = {}

    def document(self) -> Json:
        """Return the whole schema."""
        for kind in self._kinds:
            self._define_kind(kind)
        self._define("Call", self._call())
        self._define("Probe", self._probe())
        self._define("Template", self._template())
        self._define("Flow", self._flow())
        self._define("Defaults", mapping_of(self._settings()))
        self._define_models(Account=AwsConfig, Secret=SecretConfig, Server=ServerConfig)
        self._definitions["Secret"]["oneOf"] = [{"required": [place]} for place in SECRET_PLACES]
        admit_references(self._definitions)
        used = used_definitions(self._sections(), self._definitions)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "checks.yaml",
            "description": "Deep health checks: what they do, and what must be seen.",
            **mapping_of(self._sections(), required=["version"]),
            "patternProperties": {"^x-": {"description": "Ignored; for anchors."}},
            "$defs": {name: schema for name, schema in self._definitions.items() if name in used},
        }

    def _sections(self) -> Json:
        return {
            "version": {"const": 1, "description": "The version of this format."},
            "include": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Globs of files to read too, relative to this one.",
            },
            "defaults": ref("Defaults"),
            "secrets": named(
                "Secret", REFERABLE, "Values that are read when they are needed and never shown."
            ),
            "aws": named("Account", REFERABLE, "The AWS accounts that probes may ask."),
            "server": ref("Server"),
            "flows": named("Flow", NAME, "Steps that probes share."),
            "templates": named("Template", NAME, "Probes with parameters."),
            "probes": named("Probe", NAME, "What to check."),
        }

    def _define(self, name: str, schema: Json) -> Json:
        self._definitions[name] = schema
        return ref(name)

    def _define_models(self, **models: type[BaseModel]) -> None:
        for name, model in models.items():
            self._define(name, self._model(model))

    def _model(self, model: type[BaseModel], prefix: str = "") -> Json:
        """Return a model's schema, its inner models taken into the definitions."""
        schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
        for name, inner in schema.pop("$defs", {}).items():
            self._definitions[prefix + name] = tidied(inner)
        return tidied(schema)

    def _properties(self, model: type[BaseModel]) -> Json:
        properties: Json = self._model(model)["properties"]
        return {key: without_null(value) for key, value in properties.items()}

    def _define_kind(self, kind: type[Kind[Any]]) -> None:
        name = kind.name
        self._define(f"{name}.Spec", self._model(kind.Spec, f"{name}."))
        self._define(f"{name}.Expectations", self._model(expectation_model(kind.facts), f"{name}."))
        self._define(f"{name}.Captures", captures_of(kind.facts))
        stop_if = {
            **ref(f"{name}.Expectations"),
            "description": "Fails the step at once when all of it holds.",
        }
        self._define(f"{name}.Poll", mapping_of({**self._properties(PollKeys), "stop_if": stop_if}))
        self._define(f"{name}.Shallow", self._shallow(kind))
        self._define(f"{name}.Step", self._step(kind))

    def _step(self, kind: type[Kind[Any]]) -> Json:
        common = {**self._properties(StepKeys), "retry": self._retry()}
        return mapping_of({**common, **in_words_of(kind), kind.name: spec_of(kind)}, required=[kind.name])

    def _retry(self) -> Json:
        described = "Repeat the step where it failed for certain reasons."
        return {**self._define("Retry", mapping_of(self._properties(RetryKeys))), "description": described}

    def _shallow(self, kind: type[Kind[Any]]) -> Json:
        own = {key: in_words_of(kind)[key] for key in ("expect",)}
        timeout = self._properties(StepKeys)["timeout"]
        return mapping_of({**own, "timeout": timeout, kind.name: spec_of(kind)}, required=[kind.name])

    def _settings(self) -> Json:
        slo = mapping_of(self._properties(SloKeys), required=["availability"])
        shallow = {"anyOf": [ref(f"{kind.name}.Shallow") for kind in self._kinds]}
        return {
            **self._properties(ProbeKeys),
            "labels": {
                "type": "object",
                "propertyNames": label_names(),
                "additionalProperties": {"type": ["string", "number", "boolean"]},
                "description": "Labels of the probe's metrics; merged by key.",
            },
            "slo": {**slo, "description": "The objective that burn-rate alerts go by."},
            "shallow": {**shallow, "description": "What the platform believes: its own health check."},
        }

    def _body(self) -> Json:
        """Return what a probe and a template may hold."""
        short = {key: {"anyOf": [in_words_of(kind)[key] for kind in self._kinds]} for key in _KIND_KEYS}
        return {
            **self._settings(),
            **short,
            **self._short_kinds(),
            "retry": self._retry(),
            "steps": self._steps(),
            "matrix": matrix(),
            "for_each": records(),
        }

    def _short_kinds(self) -> Json:
        """Return the kinds as a probe with a single step writes them; a text under `aws` names an account."""
        kinds = {kind.name: spec_of(kind) for kind in self._kinds}
        if "aws" in kinds:
            kinds["aws"] = {"anyOf": [self._properties(ProbeKeys)["aws"], kinds["aws"]]}
        return kinds

    def _steps(self) -> Json:
        steps = [ref(f"{kind.name}.Step") for kind in self._kinds]
        items = {"anyOf": [*steps, ref("Call")]}
        return {"type": "array", "items": items, "minItems": 1, "description": "What to do, in this order."}

    def _rules(self) -> list[Json]:
        """Return what holds between the keys of a body: one kind at most, in its own words, or steps."""
        names = [kind.name for kind in self._kinds]
        short = [_there(key) for key in (*names, *_KIND_KEYS, "retry")]
        rules: list[Json] = [{"if": {"required": ["steps"]}, "then": {"not": {"anyOf": short}}}]
        for kind in self._kinds:
            others = [_there(name) for name in names if name != kind.name]
            then: Json = {"properties": in_words_of(kind)}
            rules.append(
                {
                    "if": _there(kind.name),
                    "then": {**then, "not": {"anyOf": others}} if others else then,
                }
            )
        return [*rules, {"not": {"required": ["matrix", "for_each"]}}]

    def _probe(self) -> Json:
        use: Json = {"type": "string", "description": "The template that it is made from."}
        arguments: Json = {"type": "object", "description": "What the template's parameters are."}
        starts = [_there(key) for key in ("use", "steps", *(kind.name for kind in self._kinds))]
        return {
            **mapping_of({**self._body(), "use": use, "with": arguments}),
            "allOf": self._rules(),
            "anyOf": starts,
            "dependentRequired": {"with": ["use"]},
        }

    def _template(self) -> Json:
        return {**mapping_of({**self._body(), "params": parameters()}), "allOf": self._rules()}

    def _flow(self) -> Json:
        returns: Json = {"type": "array", "items": {"type": "string"}}
        properties = {
            "description": {"type": "string"},
            "params": parameters(),
            "steps": self._steps(),
            "returns": {**returns, "description": "The captures that the caller gets."},
            "effects": {
                "enum": ["none", "writes"],
                "description": "none: what it does counts for no effect.",
            },
        }
        return mapping_of(properties, required=["steps"])

    def _call(self) -> Json:
        keys = self._properties(StepKeys)
        properties = {
            "call": {"type": "string", "description": "The flow whose steps stand here."},
            "with": {"type": "object", "description": "What the flow's parameters are."},
            "step": keys["step"],
            "always": keys["always"],
        }
        return mapping_of(properties, required=["call"])


def _there(key: str) -> Json:
    """Return the schema of a body with a key; under `aws`, a text is no step but the name of an account."""
    there: Json = {"required": [key]}
    return {**there, "properties": {key: {"type": "object"}}} if key == "aws" else there
