"""Expectations that come one by one → one `expect`."""

from collections.abc import Mapping
from typing import Any

Fact = tuple[str, ...]


class Expectations:
    """Collects matchers by fact; all of them have to hold."""

    def __init__(self) -> None:
        self._found: dict[Fact, list[Any]] = {}

    def add(self, matcher: Any, *fact: str) -> None:
        """Add a matcher for a fact such as `status`, or `headers` and a name."""
        self._found.setdefault(fact, []).append(matcher)

    def written(self) -> dict[str, Any]:
        """Return the value of `expect`."""
        made: dict[str, Any] = {}
        for fact, matchers in self._found.items():
            if len(fact) == 1:
                made[fact[0]] = _together(matchers)
            else:
                made.setdefault(fact[0], {})[fact[1]] = _together(matchers)
        return made


def _together(matchers: list[Any]) -> Any:
    if len(matchers) == 1:
        return matchers[0]
    merged: dict[str, Any] = {}
    for matcher in matchers:
        if not isinstance(matcher, Mapping) or merged.keys() & matcher.keys():
            return {"all_of": matchers}
        merged |= matcher
    return merged
