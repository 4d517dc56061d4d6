"""What stands in a node → what it is compiled to, with everything that is wrong noted at its place.

Many probes of a file expect and capture the same, in so many words: that is compiled for the first of them only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from checker.assertions.invalid import Invalid
from checker.assertions.invalid import Problem as Finding
from checker.config.nodes import FAULTY, Mapping, Node, at, unresolved
from checker.config.problems import Problems
from checker.config.validation import read_otherwise

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Compiled:
    """Compiles. One object a configuration: it remembers what it has made of which text."""

    _made: dict[tuple[str, str], Any] = field(default_factory=dict)

    def of(self, what: str, compile_: Callable[[Any], T], node: Node, problems: Problems) -> T | None:
        """Return what `compile_` makes of what a node holds; `what` tells it apart from others."""
        key = (what, repr(node.data))
        try:
            if key not in self._made:
                self._made[key] = compile_(node.data)
        except Invalid as error:
            other = read_otherwise(node, [problem.path for problem in error.problems])
            if other is not node:
                return self.of(what, compile_, other, problems)
            for found in error.problems:
                culprit = _culprit(node, found)
                if not unresolved(culprit):
                    problems.add(culprit.place, found.message, found.hint or "")
            return None
        made: T = self._made[key]
        return made


def _culprit(node: Node, found: Finding) -> Node:
    """Return what a problem is about: a key, such as the name of a fact, else a value."""
    parent = at(node, found.path[:-1])
    entry = parent.entries.get(str(found.path[-1])) if found.path and isinstance(parent, Mapping) else None
    if entry and found.of_key:
        return replace(entry.key, data=FAULTY) if entry.key.dynamic else entry.key
    return at(node, found.path)
