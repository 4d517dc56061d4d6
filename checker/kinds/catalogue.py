"""What AWS can be asked, as botocore's own models know it, without a network: services, calls and their parameters.

Loading the model of a service takes some 10 ms, and up to 200 for the largest; only steps that name a call need it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from checker.assertions.invalid import did_you_mean
from checker.core.template import Template
from checker.net.aws.readonly import refused

Path = tuple[str | int, ...]
Found = tuple[Path, str]
"""Where in the parameters something is wrong, and what."""

Check = Callable[[Any, Any, Path], Iterator[Found]]


@lru_cache(maxsize=1)
def _session() -> Any:
    return botocore.session.Session()


@lru_cache(maxsize=1)
def services() -> tuple[str, ...]:
    """Return the names of all services, as botocore has them."""
    return tuple(_session().get_available_services())


@lru_cache(maxsize=32)
def _service(name: str) -> Any:
    return _session().get_service_model(name)


def unknown_service(name: str) -> str | None:
    """Return why there is no such service; None where there is."""
    if name in services():
        return None
    return _sentence(f"there is no service {name[:80]!r}", _like(name, services()))


def unknown_operation(service: str, name: str) -> str | None:
    """Return why a call cannot be made: there is none, or it is not one of those that only look."""
    known = _service(service).operation_names
    if name not in known:
        return _sentence(f"{service} has no call {name[:80]!r}", _like(name, known))
    if why := refused(service, name):
        return why
    model = _model(service, name)
    if model.has_streaming_output or model.has_event_stream_output:
        return f"{service} {name} answers with stored contents, which a probe has no need to see"
    return None


def _model(service: str, operation: str) -> OperationModel:
    model: OperationModel = _service(service).operation_model(operation)
    return model


def unfit_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> list[Found]:
    """Return what is wrong with parameters, as far as they are known before the run."""
    shape = _model(service, operation).input_shape
    if shape is None:
        return [((), f"{service} {operation} takes no parameters")] if parameters else []
    found = list(_unfit(parameters, shape, ()))
    if found or _has_templates(parameters):
        return found
    report = ParamValidator().validate(dict(parameters), shape)
    return [((), " ".join(report.generate_report().split()))] if report.has_errors() else []


def _unfit(value: Any, shape: Shape, path: Path) -> Iterator[Found]:
    if isinstance(value, Template):
        return
    check = _CHECKS.get(shape.type_name)
    if check:
        yield from check(value, shape, path)


def _structure(value: Any, shape: Any, path: Path) -> Iterator[Found]:
    if not isinstance(value, Mapping):
        yield path, "expected a mapping"
        return
    for key, item in value.items():
        member = shape.members.get(key)
        if member is None:
            yield (
                (*path, str(key)),
                _sentence(f"there is no parameter {str(key)[:80]!r}", _like(str(key), shape.members)),
            )
        else:
            yield from _unfit(item, member, (*path, key))
    for name in shape.required_members:
        if name not in value:
            yield path, f"the parameter {name} is missing"


def _list(value: Any, shape: Any, path: Path) -> Iterator[Found]:
    if not isinstance(value, list | tuple):
        yield path, "expected a list"
        return
    for index, item in enumerate(value):
        yield from _unfit(item, shape.member, (*path, index))


def _map(value: Any, shape: Any, path: Path) -> Iterator[Found]:
    if not isinstance(value, Mapping):
        yield path, "expected a mapping"
        return
    for key, item in value.items():
        yield from _unfit(item, shape.value, (*path, str(key)))


def _text(value: Any, shape: Any, path: Path) -> Iterator[Found]:
    if not isinstance(value, str):
        yield path, "expected a text; quote what YAML reads as something else"
    elif shape.enum and value not in shape.enum and (question := _like(value, shape.enum)):
        yield path, _sentence(f"there is no {value[:80]!r} here", question)


def _of(kinds: tuple[type, ...], want: str) -> Check:
    def check(value: Any, _: Any, path: Path) -> Iterator[Found]:
        # bool is an int in Python, but not in YAML
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            yield path, f"expected {want}"

    return check


_CHECKS: Mapping[str, Check] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _text,
    **dict.fromkeys(("integer", "long"), _of((int,), "a whole number")),
    **dict.fromkeys(("float", "double"), _of((int, float), "a number")),
    "boolean": _of((bool,), "true or false"),
    "timestamp": _of((str, int, float), "a time, such as 2025-11-20T12:00:00Z"),
    "blob": _of((str,), "a text"),
}
"""By the type of a parameter. A value that AWS may have come to know since its model was made is left to AWS."""


def _has_templates(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_templates(item) for item in (*value, *value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_templates, value))
    return isinstance(value, Template)


def _like(name: str, known: Any) -> str | None:
    """Return a question for what was meant: the same in another spelling (`describe_table`), else what is near."""
    folded = _folded(name)
    same = next((one for one in known if _folded(one) == folded), None)
    return f"did you mean {same!r}?" if same else did_you_mean(name, known)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _sentence(what: str, question: str | None) -> str:
    return f"{what}; {question}" if question else what
