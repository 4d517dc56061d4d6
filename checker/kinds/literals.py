"""Credentials that stand in a spec in so many words, and not as secrets: whoever reads the file has them."""

import re
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from checker.core.template import Template
from checker.kinds.credentials import ApiKey, Auth, Login, OAuth2, SpecPath
from checker.net.private import is_credential

_FIELDS: tuple[tuple[type[BaseModel], frozenset[str]], ...] = (
    (Login, frozenset({"password"})),
    (ApiKey, frozenset({"value"})),
    (OAuth2, frozenset({"client_secret", "password"})),
    (Auth, frozenset({"bearer"})),
)
_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\s]+@")
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")


def literal_credentials(value: object, path: SpecPath = ()) -> Iterator[SpecPath]:
    """Yield where in a spec they are; in a URL it is only the part before the host."""
    if isinstance(value, BaseModel):
        confidential, written = _confidential(value), value.model_fields_set
        for name, field in type(value).model_fields.items():
            if name not in written:
                continue  # a default holds none
            below, item = (*path, field.alias or name), getattr(value, name)
            yield from (
                [below] if name in confidential and _is_literal(item) else literal_credentials(item, below)
            )
    elif isinstance(value, Mapping):
        for name, item in value.items():
            of_header = path[-1:] == ("headers",) and is_credential(str(name))
            below = (*path, name)
            yield from [below] if of_header and _is_literal(item) else literal_credentials(item, below)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from literal_credentials(item, (*path, index))
    elif _has_login(value) or (isinstance(value, str) and _KEY.match(value)):
        yield path


def _confidential(model: BaseModel) -> frozenset[str]:
    return next((names for kind, names in _FIELDS if isinstance(model, kind)), frozenset())


def _is_literal(value: object) -> bool:
    return value is not None and value != "" and not isinstance(value, Template | Mapping | BaseModel)


def _has_login(value: object) -> bool:
    """Whether a URL has a user or a password before its host, whatever stands for the rest of it."""
    beginning = value.parts[0] if isinstance(value, Template) else value
    return isinstance(beginning, str) and _LOGIN.match(beginning) is not None


def without_login(url: str, mask: str) -> str:
    """Return a URL with `mask` in place of its login; `mask` alone for any other text."""
    found = _LOGIN.match(url)
    return f"{url[: url.index('//') + 2]}{mask}@{url[found.end() :]}" if found else mask
