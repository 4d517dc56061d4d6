"""Strikes out what turned out to be secret, wherever else in a draft it stands.

A token that a header gave away may stand in a URL, a description or a comment too. In what is sent or compared a
reference takes its place; elsewhere, and where it is spelled in another way, a mask.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from checker.importers.notes import REFERENCE, Names, Note, Noted, Probe, reference
from checker.importers.requests import host_of
from checker.importers.secrets import Secrets
from checker.secrets.redaction import MASK, Redactor

_REFERRING = frozenset({"http", "tcp", "expect"})  # keys of a step in which references may stand
_MASKED = Note(f"a secret stood in another spelling where {MASK} is now")


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Knows all secrets of an input, once all of it was read."""

    secrets: Secrets
    redact: Redactor

    def notes(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """Return notes without secrets."""
        return tuple(replace(note, text=self.redact(note.text)) for note in notes)

    def probes(self, probes: Iterable[Probe]) -> list[Probe]:
        """Return probes without secrets; their names stay different."""
        names = Names()
        return [self._probe(probe, names) for probe in probes]

    def _probe(self, probe: Probe, names: Names) -> Probe:
        body = self._step(probe.body)
        notes = self.notes(probe.notes)
        masked = (_MASKED,) if MASK in str(body) and MASK not in str(probe.body) else ()
        return Probe(names.of(self.redact(probe.name)), body, (*notes, *masked))

    def _step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        host = _host(step)
        return {key: self._keyed(key, value, host) for key, value in step.items()}

    def _keyed(self, key: str, value: Any, host: str) -> Any:
        if key == "steps":
            names = Names()
            return [self._listed(item, names) for item in value]
        return self._value(value, host if key in _REFERRING else None)

    def _listed(self, step: Noted, names: Names) -> Noted:
        made = self._step(step.value)
        name = names.of(self.redact(step.value["step"]), "step")
        return Noted({**made, "step": name}, self.notes(step.notes))

    def _value(self, value: Any, host: str | None) -> Any:
        """Return a value without secrets; `host` is whom it is sent to, None where no reference may stand."""
        if isinstance(value, Noted):
            return Noted(self._value(value.value, host), self.notes(value.notes))
        if isinstance(value, Mapping):
            return {key: self._value(item, host) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(item, host) for item in value]
        return self._text(value, host) if isinstance(value, str) else value

    def _text(self, text: str, host: str | None) -> str:
        pieces = REFERENCE.split(text if host is None else self.secrets.replaced(text, host))
        return "".join(
            reference(piece) if index % 2 else self.redact(piece) for index, piece in enumerate(pieces)
        )


def _host(step: Mapping[str, Any]) -> str:
    spec = step.get("http") or step.get("tcp") or {}
    return host_of(spec["url"]) if "url" in spec else str(spec.get("host", ""))
