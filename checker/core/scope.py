"""The names that a running step may refer to, and what they stand for at that moment."""

from collections.abc import Callable, Mapping
from typing import Any

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.template import Escape, Reference, Template, TemplateError


class Scope:
    """Captures, secrets and facts about the run. One scope a run; captures are added as steps finish.

    `read_secret(name)` returns the value as it is now, or raises Trouble(secret_unavailable).
    `secret_captures` are values that must be redacted everywhere, as secrets are.
    """

    __slots__ = ("_read_secret", "captures", "run", "secret_captures", "used_secrets")

    def __init__(self, read_secret: Callable[[str], str], run: Mapping[str, str]) -> None:
        self._read_secret = read_secret
        self.run = run  # id, started_at, and what `callback.` refers to under "callback.url"
        self.captures: dict[str, object] = {}
        self.secret_captures: set[str] = set()
        self.used_secrets: set[str] = set()

    def copy(self) -> "Scope":
        """Return one that knows as much, and of whose secrets this one only hears by `learn`."""
        other = Scope(self._read_secret, self.run)
        other.captures = dict(self.captures)
        other.secret_captures, other.used_secrets = set(self.secret_captures), set(self.used_secrets)
        return other

    def learn(self, other: "Scope") -> None:
        """Take over the secrets that a copy has come to know."""
        self.secret_captures |= other.secret_captures
        self.used_secrets |= other.used_secrets

    def lookup(self, reference: Reference) -> object:
        """Return what a reference stands for; raises Trouble when it stands for nothing."""
        if reference.namespace == "secret":
            self.used_secrets.add(reference.name)
            return self._read_secret(reference.name)
        try:
            if not reference.namespace:
                return self.captures[reference.name]
            prefix = "" if reference.namespace == "run" else f"{reference.namespace}."
            return self.run[prefix + reference.name]
        except KeyError:
            why = "stands for nothing here" if reference.namespace else "was never captured"
            raise Trouble(Reason.CAPTURE_MISSING, f"{reference} {why}") from None

    def render(self, value: Any, escape: Escape | None = None) -> Any:
        """Return `value` with every Template in it, at any depth of mappings, lists and tuples, filled in."""
        if isinstance(value, Template):
            try:
                return value.resolve(self.lookup, escape)
            except TemplateError as error:
                raise Trouble(Reason.CAPTURE_MISSING, str(error)) from error
        if isinstance(value, dict):
            return {self._key(key, escape): self.render(item, escape) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.render(item, escape) for item in value)
        return value

    def _key(self, key: Any, escape: Escape | None) -> Any:
        rendered = self.render(key, escape)
        if isinstance(key, Template) and not isinstance(rendered, str):
            raise Trouble(Reason.CAPTURE_MISSING, f"{key} is not a text and cannot be a key")
        return rendered
