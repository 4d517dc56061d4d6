"""`expect` as pydantic models: what checks.yaml is validated by, and what editors complete from.

The models are made from the facts of a kind and the table of operators, so they cannot fall behind either.
An error has exactly the path of the value that is wrong. A text with `${` in it is admitted for any operand:
the file is validated before references are filled in. Regular expressions, JSONPaths and schemas are compiled
later, by `compile_expectations`, which has the last word.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, ForwardRef, Union

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
    create_model,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from checker.assertions.invalid import described
from checker.assertions.judges import BUILD
from checker.assertions.operators import OPERATORS, Operator, Takes, operators_of
from checker.assertions.scales import Unfit
from checker.assertions.values import KINDS
from checker.core.facts import Fact, Shape, Unit
from checker.core.template import Template

_Json = dict[str, Any]

REFERENCE: _Json = {"type": "string", "pattern": r"\$\{"}
_CONFIG = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
_NOT_EMPTY = ConfigDict(**_CONFIG, json_schema_extra={"minProperties": 1})

_WRITTEN: Mapping[Unit, tuple[_Json, ...]] = {
    Unit.PLAIN: ({},),
    Unit.STATUS: (
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": "^[1-5](xx|XX)$"},
    ),
    Unit.DURATION: ({"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"},),
    Unit.SIZE: (
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)?$"},
    ),
    Unit.TIMESTAMP: ({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"},),
}


def _or_reference(*schemas: _Json) -> _Json:
    if {} in schemas:
        return {}
    return schemas[0] if schemas == (REFERENCE,) else {"anyOf": [*schemas, REFERENCE]}


def _ordered(unit: Unit) -> tuple[_Json, ...]:
    if unit is Unit.PLAIN:
        return ({"type": "number"}, *_WRITTEN[Unit.TIMESTAMP])
    return _WRITTEN[unit][:1] if unit is Unit.STATUS else _WRITTEN[unit]


def _listed(items: _Json, least: int = 1, most: int | None = None) -> _Json:
    return {"type": "array", "items": items, "minItems": least, **({"maxItems": most} if most else {})}


def _operand_schema(takes: Takes, unit: Unit) -> _Json:
    """Return the JSON Schema of an operand that is not a matcher."""
    value, ordered = _or_reference(*_WRITTEN[unit]), _or_reference(*_ordered(unit))
    kinds: _Json = {"enum": list(KINDS)}
    text: _Json = {"type": "string", "minLength": 1}
    schemas: Mapping[Takes, tuple[_Json, ...]] = {
        Takes.VALUE: _WRITTEN[unit],
        Takes.VALUES: (_listed(value),),
        Takes.ORDERED: _ordered(unit),
        Takes.PAIR: (_listed(ordered, 2, 2),),
        Takes.ITEM: ({"not": {"const": ""}},),
        Takes.TEXT: (text,),
        Takes.PATTERN: ({"type": "string"},),
        Takes.FLAG: ({"type": "boolean"},),
        Takes.KINDS: (kinds, _listed(_or_reference(kinds))),
        Takes.DURATION: _WRITTEN[Unit.DURATION],
        Takes.SUBSET: ({"type": "object", "minProperties": 1}, {"type": "array", "minItems": 1}),
        Takes.SCHEMA: ({"type": "object", "minProperties": 1}, text),
    }
    return _or_reference(*schemas[takes])


def _referring(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_referring(key) or _referring(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(map(_referring, value))
    return isinstance(value, Template) or (isinstance(value, str) and "${" in value)


def _operand(operator: Operator, unit: Unit) -> Any:
    """Return the type of an operand that is not a matcher."""

    def check(value: Any) -> Any:
        if operator.takes is Takes.SCHEMA:
            return _schema(value)
        if not _referring(value):
            try:
                BUILD[operator.name](value, unit)
            except ValueError as error:
                hint = error.hint if isinstance(error, Unfit) else None
                raise _wrong(str(error), hint) from None
        return value

    return Annotated[Any, PlainValidator(check), WithJsonSchema(_operand_schema(operator.takes, unit))]


def _schema(value: Any) -> Any:
    if not isinstance(value, str | Mapping | Template) or not value:
        raise _wrong(f"expected a JSON Schema or the name of its file, not {described(value)}")
    return value


def _wrong(message: str, hint: str | None = None) -> PydanticCustomError:
    return PydanticCustomError("written", "{message}", {"message": message, "hint": hint or ""})


def _by_form(form: Callable[[Any], str], forms: Mapping[str, Any]) -> Any:
    """Return a type that is one of several, told apart by `form`, without a trace of that in an error's path."""
    union = Union[tuple(Annotated[member, Tag(name)] for name, member in forms.items())]  # type: ignore[valid-type] # noqa: UP007 - made at run time
    return Annotated[union, Discriminator(form), WrapValidator(_untagged)]


def _untagged(value: Any, validate: Callable[[Any], Any]) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        details = [_detail(found) for found in error.errors()]
    raise ValidationError.from_exception_data("expect", details)


def _detail(error: Any) -> InitErrorDetails:
    context = error.get("ctx", {})
    kind = error["type"] if error["type"] != "written" else _wrong(context["message"], context["hint"])
    return InitErrorDetails(type=kind, loc=error["loc"][1:], input=error["input"], ctx=context)


def _form_of_matcher(value: object) -> str:
    if isinstance(value, Mapping | BaseModel):
        return "operators"
    return "list" if isinstance(value, list | tuple) else "scalar"


def _reference(value: object) -> object:
    if not _referring(value):
        raise _wrong("expected a mapping")
    return value


_Reference = Annotated[Any, PlainValidator(_reference), WithJsonSchema(REFERENCE)]


def _form_of_duration(value: object) -> str:
    return "operators" if isinstance(value, Mapping | BaseModel) else "other"


@cache
def _matcher(unit: Unit) -> Any:
    """Return the type of a matcher: a mapping of operators, a list (one of), or a scalar (equals).

    A duration has operators only: nothing that was measured is exactly so long.
    """
    if unit is Unit.DURATION:
        return _by_form(_form_of_duration, {"operators": ForwardRef(_name(unit)), "other": _Reference})
    listed, scalar = _operand(OPERATORS["in"], unit), _operand(OPERATORS["eq"], unit)
    if unit is Unit.PLAIN:
        scalar = Annotated[scalar, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
    forms = {
        "operators": ForwardRef(_name(unit)),
        "list": Annotated[listed, WithJsonSchema(_listed(_or_reference(*_WRITTEN[unit])))],
        "scalar": scalar,
    }
    return _by_form(_form_of_matcher, forms)


def _name(unit: Unit) -> str:
    return f"{unit.value.capitalize()}Operators"


def _without_default(schema: _Json) -> None:
    schema.pop("default", None)


def _operator_type(operator: Operator, unit: Unit) -> Any:
    if operator.takes is Takes.MATCHER:
        return _matcher(unit)
    if operator.takes is Takes.MATCHERS:
        return Annotated[list[_matcher(unit)], Field(min_length=1)]  # type: ignore[misc]
    return _operand(operator, unit)


@cache
def _operators(unit: Unit) -> type[BaseModel]:
    """Return the model of the operators that a fact of this unit takes."""
    fields: dict[str, Any] = {
        f"{operator.name}_": (
            _operator_type(operator, unit),
            Field(
                default=None,
                alias=operator.name,
                description=operator.description,
                json_schema_extra=_without_default,
            ),
        )
        for operator in operators_of(unit)
    }
    model = create_model(
        _name(unit), __config__=_NOT_EMPTY, __doc__=f"Operators on a {unit.value}; all must hold.", **fields
    )
    model.model_rebuild(_types_namespace={_name(unit): model})
    return model


def _form_of_mapping(value: object) -> str:
    return "reference" if isinstance(value, str | Template) else "mapping"


def _mapping(member: Any) -> Any:
    return _by_form(_form_of_mapping, {"mapping": member, "reference": _Reference})


def _fact_type(fact: Fact) -> Any:
    if fact.shape is Shape.VALUE:
        return _matcher(fact.unit)
    if fact.shape is Shape.KEYS:
        return _mapping(_model(f"{_camel(fact.name)}Expectations", fact.description, fact.keys, _NOT_EMPTY))
    if fact.shape is Shape.OPEN:
        return _mapping(Annotated[dict[str, _matcher(fact.unit)], Field(min_length=1)])  # type: ignore[misc]
    queries: _Json = {"propertyNames": {"pattern": r"^\$"}}
    return _mapping(
        Annotated[dict[str, _matcher(Unit.PLAIN)], Field(min_length=1, json_schema_extra=queries)]  # type: ignore[misc]
    )


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _model(name: str, description: str, facts: tuple[Fact, ...], config: ConfigDict) -> type[BaseModel]:
    fields: dict[str, Any] = {
        f"{fact.name}_": (
            _fact_type(fact),
            Field(
                default=None,
                alias=fact.name,
                description=fact.description,
                json_schema_extra=_without_default,
            ),
        )
        for fact in facts
    }
    model = create_model(name, __config__=config, __doc__=description, **fields)
    model.model_rebuild(_types_namespace={_name(unit): _operators(unit) for unit in Unit})
    return model


def expectation_model(facts: tuple[Fact, ...], name: str = "Expectations") -> type[BaseModel]:
    """Return the model of `expect` for the facts of a kind; `name` is its title in the JSON Schema."""
    return _model(name, "What must be seen; all of it must hold.", facts, _NOT_EMPTY)
