"""Alerts about the state of probes: down, masked, degraded, unknown, certificates, no data."""

from collections.abc import Mapping

from checker.core.reason import Severity
from checker.surfaces.rules.links import REASONS
from checker.surfaces.rules.matter import Matter, Pick, Severities
from checker.surfaces.rules.recorded import CERTIFICATE, DEGRADED, DOWN, INFO, KNOWN, MASKED, OVERDUE, UNKNOWN

PAGE: Severities = (Severity.PAGE,)
TICKET: Severities = (Severity.TICKET,)
INFORM: Severities = (Severity.INFO,)
WORK: Severities = (Severity.PAGE, Severity.TICKET)  # somebody has to see to it, if not at once

SETTLING = "15s"
"""How long a probe must have been down: states are debounced already, but what it depends on may be found down
only a moment later, and then the probe is blocked."""

DAY = 86_400
_OWN = "This is the checker's own trouble and says nothing about the target."


def matters(pick: Pick) -> tuple[Matter, ...]:
    """Return all alerts about the state of probes, the gravest first."""
    return (*_down(pick), *_masked(pick), *_lingering(pick), *_certificates(pick), *_no_data(pick))


def _widespread(pick: Pick, troubled: str) -> str:
    """Worth waking somebody: two copies and a fifth of those that can tell, or the only one."""
    some, known = pick(troubled), pick(KNOWN)
    return f"({some} >= 2 and {some} >= 0.2 * {known})\nor\n({some} == 1 and {known} == 1)"


def _down(pick: Pick) -> tuple[Matter, ...]:
    summary = "{{ $labels.probe }} is down"
    description = f"Copies of the checker that have found it down: {{{{ $value }}}}. {REASONS}"
    widespread = _widespread(pick, DOWN)
    rest = f"{pick(DOWN)}\nunless (\n  {widespread.replace(chr(10), chr(10) + '  ')}\n)"
    return (
        Matter("CheckerProbeDown", "critical", {PAGE: widespread}, summary, description, SETTLING),
        Matter("CheckerProbeDown", "warning", {TICKET: pick(DOWN)}, summary, description, SETTLING),
        Matter("CheckerProbeDown", "info", {INFORM: pick(DOWN)}, summary, description, SETTLING),
        Matter(
            "CheckerProbePartlyDown",
            "warning",
            {PAGE: rest},
            "{{ $labels.probe }} is down for few of its copies: {{ $value }}",
            f"Too few to page: fewer than two, or than a fifth of those that can tell. {REASONS}",
            "2m",
        ),
    )


def _masked(pick: Pick) -> tuple[Matter, ...]:
    cases: Mapping[str, Mapping[Severities, str]] = {
        "critical": {PAGE: _widespread(pick, MASKED)},
        "warning": {TICKET: pick(MASKED)},
        "info": {INFORM: pick(MASKED)},
    }
    return tuple(
        Matter(
            "CheckerProbeMasked",
            label,
            case,
            "{{ $labels.probe }} is down, and the platform calls it healthy",
            f"Nothing else will tell of it, and no restart will come by itself. {REASONS}",
            SETTLING,
            needs="shallow",
        )
        for label, case in cases.items()
    )


def _lingering(pick: Pick) -> tuple[Matter, ...]:
    degraded = "It does what it is for, but misses what it should keep to (warn), or its clean-up fails."
    unknown = f"{_OWN} While it lasts, nobody watches what this probe is for. {REASONS}"
    return tuple(
        matter
        for label, severities in (("warning", WORK), ("info", INFORM))
        for matter in (
            Matter(
                "CheckerProbeDegraded",
                label,
                {severities: pick(DEGRADED)},
                "{{ $labels.probe }} has been degraded for an hour",
                degraded,
                "1h",
            ),
            Matter(
                "CheckerProbeUnknown",
                label,
                {severities: pick(UNKNOWN)},
                "Whether {{ $labels.probe }} works has not been known for 10 minutes",
                unknown,
                "10m",
            ),
        )
    )


def _certificates(pick: Pick) -> tuple[Matter, ...]:
    left = f"{pick(CERTIFICATE)} - time()"
    cases: Mapping[str, Mapping[Severities, str]] = {
        "critical": {PAGE: f"{left} < 2 * {DAY}"},
        "warning": {WORK: f"{left} < 14 * {DAY}"},
        "info": {INFORM: f"{left} < 14 * {DAY}"},
    }
    return tuple(
        Matter(
            "CheckerCertificateExpiring",
            label,
            case,
            "The certificate that {{ $labels.probe }} is shown expires in {{ $value | humanizeDuration }}",
            "Seen in step {{ $labels.step }}. After that every client refuses the connection.",
            more=("step",),
        )
        for label, case in cases.items()
    )


def _no_data(pick: Pick) -> tuple[Matter, ...]:
    return tuple(
        matter
        for label, severities in (("warning", WORK), ("info", INFORM))
        for matter in (
            Matter(
                "CheckerProbeOverdue",
                label,
                {severities: pick(OVERDUE)},
                "{{ $labels.probe }} does not run",
                "Copies that have not run it for three intervals: {{ $value }}. What is shown of it is old.",
                "1m",
            ),
            Matter(
                "CheckerProbeGone",
                label,
                {severities: _gone(pick)},
                "{{ $labels.probe }} is no longer watched",
                _named(pick),
                "5m",
                owners="then",
            ),
        )
    )


def _gone(pick: Pick) -> str:
    """While no checker is there at all, CheckerAbsent tells it, and not each probe as well."""
    if pick.subject:
        gone = f"absent({pick('checker_probe_info')})"
    else:
        ignoring = "(severity, owner, runbook)"
        gone = f"group without {ignoring} ({INFO} offset 1h)\nunless ignoring {ignoring} {INFO}"
    return f"{gone}\nand on () checker_build_info"


def _named(pick: Pick) -> str:
    if pick.subject:
        return "No checker exports it. If it was removed on purpose, remove its alerts as well."
    return "It was an hour ago. If it was removed on purpose, this ends by itself within the hour."
