"""The rules file as a whole.

It reads objectives, intervals and severities from series, so that one file serves every estate, and need not be
written anew when a probe is added. Rules for each probe by its name are for those who want to change some by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from checker.surfaces.rules import burning, checkers, probes
from checker.surfaces.rules.links import Links
from checker.surfaces.rules.matter import Pick, Subject
from checker.surfaces.rules.recorded import COPIES, recordings
from checker.surfaces.rules.rule import Alert, Document, Group


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen. `subjects`: the probes to write rules for, one by one; None: for all at once."""

    links: Links = field(default_factory=Links)
    copies: tuple[str, ...] = COPIES
    subjects: tuple[Subject, ...] | None = None


def document(options: Options) -> Document:
    """Return the rules file, ready to be written as YAML."""
    return {"groups": [group.document() for group in groups(options)]}


def groups(options: Options) -> tuple[Group, ...]:
    """Return all groups. What is recorded is recorded for all probes, also where each has its own alerts."""
    copies, links = options.copies, options.links
    recorded = recordings(copies)
    own = Group("checker", "30s", checkers.alerts(copies, links))
    slow = Group("checker-slo-recorded", "2m", burning.slow_recordings(copies))
    burns = burning.fast_recordings(copies)
    if options.subjects is None:
        everyone = Pick()
        return (
            Group("checker-probes", "15s", (*recorded, *_alerts(everyone, links))),
            slow,
            Group("checker-slo", "30s", (*burns, *_burn_alerts(everyone, links))),
            own,
        )
    return (
        Group("checker-recorded", "15s", recorded),
        slow,
        Group("checker-slo", "30s", burns),
        *(_own_group(subject, links) for subject in options.subjects),
        own,
    )


def _own_group(subject: Subject, links: Links) -> Group:
    pick = Pick(subject)
    return Group(f"checker/{subject.name}", "15s", (*_alerts(pick, links), *_burn_alerts(pick, links)))


def _alerts(pick: Pick, links: Links) -> Sequence[Alert]:
    return [alert for matter in probes.matters(pick) if (alert := matter.alert(pick, links))]


def _burn_alerts(pick: Pick, links: Links) -> Sequence[Alert]:
    return [alert for matter in burning.matters(pick) if (alert := matter.alert(pick, links))]
