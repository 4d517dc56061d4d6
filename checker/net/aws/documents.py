"""What AWS answers, as a document like those that other kinds decode: pages merged, times as texts, secrets withheld.

Descriptions hold secrets here and there: the password of an e-mail server in the settings of a queue, an address with
a signature in it. What AWS's own models mark as sensitive, and what is called like a secret, never gets out of here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape
from botocore.utils import set_value_from_jmespath

WITHHELD = "(withheld)"

_MILLISECONDS = 100_000_000_000
"""CloudWatch Logs counts them since the epoch (from 1973 on here); smaller ones are of something else: of a video's."""

_SECRETS = re.compile(
    r"pass(?:word|phrase)|(?<!pa)secret|token|credential|private_?key|access_?key|api_?key|license_?key"
    r"|(?:pre)?signed|auth_?code|key_?material|user_?data|(?:download|login|embed|upload)_?ur[li]",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:arn|arns|id|ids|name|names|type|types|status|state|source|version|versions|count|enabled|required|location"
    r"|expiration|validity|algorithm|policy|policies|provider|configuration)$",
    re.IGNORECASE,
)


def is_secret(member: str) -> bool:
    """Whether a member of an answer is called like something that has to stay where it is."""
    return bool(_SECRETS.search(member)) and not _HARMLESS.search(member)


def merged(pages: Sequence[Mapping[str, Any]], result_keys: Iterable[Any]) -> dict[str, Any]:
    """Return one answer out of its pages; `result_keys` are the paginator's, for what each page has a part of.

    All else is as the last page has it, which says of itself that no other follows.
    """
    whole = {key: value for key, value in pages[-1].items() if key != "ResponseMetadata"}
    for key in result_keys if len(pages) > 1 else ():
        parts = [part for page in pages if (part := key.search(page)) is not None]
        if parts:
            set_value_from_jmespath(whole, key.expression, _joined(parts))
    return whole


def _joined(parts: list[Any]) -> Any:
    if all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    if all(isinstance(part, Mapping) for part in parts):
        return {key: value for part in parts for key, value in part.items()}
    if all(isinstance(part, int | float) for part in parts):
        return sum(parts)
    return parts[-1]


def document(answer: Any, shape: Shape | None) -> Any:
    """Return an answer as JSON has it; `shape` is botocore's model of it."""
    if shape is None:
        return {}
    if _sensitive(shape):
        return WITHHELD
    if shape.type_name == "structure" and isinstance(answer, Mapping):
        members = shape.members
        return {key: _member(key, value, members.get(key)) for key, value in answer.items()}
    if shape.type_name == "list" and isinstance(answer, list | tuple):
        return [document(item, shape.member) for item in answer]
    if shape.type_name == "map" and isinstance(answer, Mapping):
        return {str(key): document(value, shape.value) for key, value in answer.items()}
    return _scalar(answer, shape.name)


def _member(name: str, value: Any, shape: Shape | None) -> Any:
    if shape is None:  # beside the model: what botocore adds for a member that it does not know
        return _scalar(value)
    return WITHHELD if is_secret(name) and _is_text(shape) else document(value, shape)


def _is_text(shape: Shape) -> bool:
    """Whether texts stand right there, alone or in a list; what has members is looked at member by member."""
    if shape.type_name == "list":
        return _is_text(shape.member)
    if shape.type_name == "map":
        return _is_text(shape.value)
    if shape.type_name == "structure":
        return list(shape.members) == ["Value"]  # as DescribeInstanceAttribute has each
    return shape.type_name in {"string", "blob"}


def _sensitive(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))


def _scalar(value: Any, shape: str = "") -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if shape == "Timestamp" and isinstance(value, int) and value >= _MILLISECONDS:
        return moment(datetime.fromtimestamp(value / 1000, UTC))
    if isinstance(value, str | int | float) or value is None:
        return value
    return WITHHELD  # bytes, streams: contents that people have stored


def moment(value: datetime) -> str:
    """Return a time as RFC 3339 has it, in UTC."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")
