"""An alert about probes before it is known about which: about all of a severity, or about one by its name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.core.reason import Severity
from checker.surfaces.rules.links import Links
from checker.surfaces.rules.recorded import INFO, indented
from checker.surfaces.rules.rule import Alert

Severities = tuple[Severity, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """The one probe that a file's rules are about. `shallow` and `objective`: whether it has them."""

    name: str
    severity: Severity = Severity.TICKET
    shallow: bool = False
    objective: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """Writes selectors: of all probes, or with the name of one."""

    subject: Subject | None = None

    def __call__(self, series: str, *matchers: str) -> str:
        """Return a selector of a series for the probes that are picked."""
        own = (f"probe={json.dumps(self.subject.name, ensure_ascii=False)}",) if self.subject else ()
        inside = ",".join((*own, *matchers))
        return f"{series}{{{inside}}}" if inside else series

    def whose(
        self, expression: str, severities: Severities, more: Sequence[str] = (), owners: str = "now"
    ) -> str:
        """Return an expression for probes of these severities alone, with owner and runbook as labels.

        `more` are labels that the expression has beside the probe's. `owners` are those of now, or, for a probe
        that is no more, of then. Of one probe that is no more, none are known.
        """
        if self.subject and owners == "then":
            return expression
        matchers = () if self.subject else (_matcher(severities),)
        ignoring = ", ".join((*more, "severity", "owner", "runbook"))
        info = self(INFO, *matchers) + (" offset 1h" if owners == "then" else "")
        grouped = f"(\n{indented(expression)}\n)" if "\n" in expression else f"({expression})"
        return f"{grouped}\n* ignoring ({ignoring}) group_left (owner, runbook)\n  {info}"


def _matcher(severities: Severities) -> str:
    return f'severity{"=" if len(severities) == 1 else "=~"}"{"|".join(severities)}"'


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be told, and from when on, for each severity of probes that it concerns."""

    name: str
    label: str
    cases: Mapping[Severities, str]
    summary: str
    description: str
    hold: str = ""
    more: tuple[str, ...] = ()  # labels of the expressions, beside the probe's
    owners: str = "now"  # or "then", an hour ago
    needs: str = ""  # what a probe must have for it: "shallow" or "objective"

    def alert(self, pick: Pick, links: Links) -> Alert | None:
        """Return the alert, or None where it does not concern the one probe that is picked."""
        subject = pick.subject
        if subject and self.needs and not getattr(subject, self.needs):
            return None
        told = [
            pick.whose(expression, severities, self.more, self.owners)
            for severities, expression in self.cases.items()
            if subject is None or subject.severity in severities
        ]
        annotations = links.about_probe(self.name, self.summary, self.description)
        if not told:
            return None
        probe = subject.name if subject else ""
        return Alert(self.name, self.label, "\nor\n".join(told), annotations, self.hold, probe=probe)
