"""Which values of a request were given by an earlier answer: tokens, ids of what was made or found, cookies.

A recording has them as they were then; a probe has to take them from the answer that it gets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.importers.notes import Notes, Unusable, reference
from checker.importers.reading import json_document
from checker.importers.secrets import is_sensitive, looks_secret

_IN_TEXT = re.compile(r"[A-Za-z0-9._~+/-]{8,4096}={0,2}")
_IN_URL = re.compile(r"(?<![A-Za-z0-9._~%-])[A-Za-z0-9._~-]{8,4096}(?![A-Za-z0-9._~%-])")
_MOST_LEAVES = 20_000
_LARGEST_PAGE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Origin:
    step: str
    path: str
    key: str


@dataclass(slots=True)
class Seen:
    """What the answers so far have said, and which of it later requests have used."""

    _values: dict[str, _Origin] = field(default_factory=dict)
    _pages: dict[str, str] = field(default_factory=dict)  # a token of a page → the step that it came from
    _names: dict[str, str] = field(default_factory=dict)  # a value → its capture
    cookies: set[str] = field(default_factory=set)

    def answered(self, step: str, body: str) -> None:
        """Remember an answer's body."""
        try:
            leaves = _leaves(json_document(body, ""), "$", "value") if body[:1] in ("{", "[") else None
        except Unusable:
            leaves = None
        if leaves is None:
            for token in _IN_TEXT.findall(body[:_LARGEST_PAGE]):
                self._pages.setdefault(token, step)
            return
        for count, (path, key, value) in enumerate(leaves):
            if count >= _MOST_LEAVES:
                return
            if _is_telling(value):
                self._values.setdefault(value, _Origin(step, path, key))

    def in_url(self, url: str, notes: Notes) -> str:
        """Return a URL with references for segments and values that an answer gave."""
        scheme, separator, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        return (
            scheme + separator + host + slash + _IN_URL.sub(lambda match: self._taken(match[0], notes), path)
        )

    def in_text(self, text: str, notes: Notes) -> str:
        """Return a header or a body with references for values that an answer gave."""
        return _IN_TEXT.sub(lambda match: self._taken(match[0], notes), text)

    def _taken(self, value: str, notes: Notes) -> str:
        if value in self._values:
            return reference(self._names.setdefault(value, self._named(self._values[value].key)))
        if value in self._pages and _is_telling(value):
            notes.lost(
                f"that a value came with the answer to {self._pages[value]}: capture it there (body, with a regex), "
                "and put the capture in the place of what was recorded"
            )
        return value

    def _named(self, key: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()).strip("_")
        base = name = base[:60] if base[:1].isalpha() else f"value_{base}"[:60].rstrip("_")
        number = 1
        while name in self._names.values():
            number += 1
            name = f"{base}_{number}"
        return name

    def captures(self, step: str) -> dict[str, Any]:
        """Return `capture` of a step: what later requests have used of its answer."""
        made: dict[str, Any] = {}
        for value, name in self._names.items():
            origin = self._values[value]
            if origin.step == step:
                secret = is_sensitive(origin.key) or looks_secret(value)
                made[name] = {"json": origin.path, **({"secret": True} if secret else {})}
        return made


def _is_telling(value: str) -> bool:
    """Whether a value can hardly stand in two places by chance."""
    if not _IN_TEXT.fullmatch(value):
        return False
    return len(value) >= 20 or (any(map(str.isdigit, value)) and any(map(str.isalpha, value)))


def _leaves(value: Any, path: str, key: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}{_step(name)}", name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]", key)
    elif isinstance(value, str):
        yield path, key, value


def _step(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f".{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"
