"""What a rules file is made of: recordings, alerts, groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.core.reason import Severity

LABELS: Mapping[Severity, str] = {
    Severity.PAGE: "critical",
    Severity.TICKET: "warning",
    Severity.INFO: "info",
}
"""The label `severity` of an alert, for each severity that a probe may have."""

KEEP_FIRING = "2m"
"""How long an alert outlasts its cause: a task that is replaced, or a scrape that is missed, resolves nothing."""

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that others are written with."""

    record: str
    expr: str

    def document(self) -> Document:
        return {"record": self.record, "expr": self.expr}


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert, ready to be written. `hold` is how long it must be true before it fires."""

    name: str
    severity: str
    expr: str
    annotations: Mapping[str, str]
    hold: str = ""
    keep: bool = True
    probe: str = ""  # the one that it is about, so that no two alerts are alike

    def document(self) -> Document:
        """Return it with the keys that it needs, in the order that people expect."""
        return {
            "alert": self.name,
            "expr": self.expr,
            **({"for": self.hold} if self.hold else {}),
            **({"keep_firing_for": KEEP_FIRING} if self.keep else {}),
            "labels": {"severity": self.severity, **({"probe": self.probe} if self.probe else {})},
            "annotations": dict(self.annotations),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, every `interval`; those below read what those above record."""

    name: str
    interval: str
    rules: tuple[Recording | Alert, ...] = field(default=())

    def document(self) -> Document:
        return {
            "name": self.name,
            "interval": self.interval,
            "rules": [rule.document() for rule in self.rules],
        }
