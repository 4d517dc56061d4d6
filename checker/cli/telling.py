"""How a re-enactment is told: line by line while it happens, and as JSON afterwards."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checker.core.duration import format_duration
from checker.lab.claim import Claim
from checker.lab.drill import Drill, Moment
from checker.lab.timeline import Incident

_STYLES = {
    "event": "yellow",
    "fault": "bold yellow",
    "healed": "bold yellow",
    "prediction": "cyan",
    "quiet": "dim",
}
_NAMES = {
    "event": "happens",
    "fault": "breaks",
    "healed": "heals",
    "sight": "checker",
    "prediction": "predicts",
    "gate": "gate",
    "witness": "indeed",
    "quiet": "quiet",
}
_TURNS = ("fault", "healed")
_NARROWEST = 30
_FEW = 2
"""So many services are named where all of them are fine."""


def incidents_table(incidents: Iterable[Incident]) -> Table:
    """Return the list of the incidents."""
    table = Table(box=None, pad_edge=False)
    table.add_column("incident", no_wrap=True)
    for heading in ("what happened", "how long it took to be noticed, and by whom"):
        table.add_column(heading, overflow="fold")
    for incident in incidents:
        table.add_row(incident.name, incident.title, _in_reality(incident))
    return table


class Teller:
    """Tells of each moment as it passes: times are from the start, and with a plus from the fault."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._claims: tuple[Claim, ...] | None = None

    def begin(self, incident: Incident) -> None:
        """Tell what is going to be re-enacted."""
        self._claims = None
        self._console.print()
        self._write("", f"{incident.name}: {incident.title}", "bold")

    def moment(self, moment: Moment) -> None:
        """Tell one moment, and what the platform claims where that has changed, and where all changes."""
        since = moment.since_fault
        time = f"{moment.at:7.1f} s" if since is None else f"{f'+{since:.1f}':>7} s"
        style = _STYLES.get(moment.kind, "") if moment.held else "bold red"
        self._line(time, _NAMES[moment.kind], _told(moment), style)
        if moment.platform != self._claims or moment.kind in _TURNS:
            self._claims = moment.platform
            self._line("", "platform", _claimed(moment.platform), "green")

    def end(self, drill: Drill) -> None:
        """Tell what it came to."""
        style = "bold green" if drill.held else "bold red"
        for line in (_predicted(drill), _detected(drill)):
            self._write("  ", line, style)
        self._write("  ", f"in reality: noticed after {_in_reality(drill.incident)}", "")
        alarms = f"{drill.false_alarms} false alarms" if drill.false_alarms else "no false alarms"
        self._write("  ", alarms if drill.held else f"{alarms}; not all was seen that must be", style)

    def _line(self, time: str, who: str, what: str, style: str) -> None:
        self._write(f"{time:9}  {who:10}", what, style)

    def _write(self, margin: str, what: str, style: str) -> None:
        """Write a text beside its margin, wrapped there."""
        width = max(_NARROWEST, self._console.width - len(margin))
        first, *others = textwrap.wrap(what, width, break_on_hyphens=False) or [""]
        self._console.print(Text(margin, "dim").append(first, style or "default"), soft_wrap=True)
        for line in others:
            self._console.print(Text(" " * len(margin)).append(line, style or "default"), soft_wrap=True)


def _told(moment: Moment) -> str:
    reasons = ", ".join(moment.reasons)
    hidden = ", masked" if moment.masked else ""
    told = f"{moment.what} [{reasons}{hidden}]" if reasons and moment.held else moment.what
    return told if moment.held else f"{told} ✗ {moment.detail}"


def _claimed(claims: Sequence[Claim]) -> str:
    """Return what the platform says in few words: who is not well is named, and the others counted."""
    if not claims:
        return "nothing: there is no service"
    ill = [claim for claim in claims if not claim.fine]
    well = [claim for claim in claims if claim.fine]
    told = [str(claim) for claim in ill]
    if len(well) <= _FEW:
        return "; ".join((*told, *map(str, well)))
    which = f"the other {len(well)}" if ill else f"all {len(well)} services"
    return "; ".join((*told, f"{which}: every task healthy"))


def _predicted(drill: Drill) -> str:
    if drill.predicted_at is None:
        return "not predicted"
    if drill.lead is None:
        return "predicted"
    return f"predicted {drill.lead:.1f} s before it struck"


def _detected(drill: Drill) -> str:
    if drill.detection is None:
        return "not detected"
    goal = "" if drill.goal is None else f", within two intervals and the timeout ({drill.goal:.1f} s)"
    if drill.goal is not None and drill.detection > drill.goal:
        goal = f", later than two intervals and the timeout ({drill.goal:.1f} s)"
    masked = "; masked by a green health check" if drill.masked else ""
    return f"detected {drill.detection:.1f} s after it struck{goal}{masked}; {', '.join(drill.reasons)}"


def _in_reality(incident: Incident) -> str:
    return f"{format_duration(incident.noticed)}, by {incident.noticed_by}"


def report(drill: Drill) -> dict[str, Any]:
    """Return a re-enactment as `--format json` has it."""
    return {
        "incident": drill.incident.name,
        "detected": drill.detection is not None,
        "predicted": drill.predicted_at is not None,
        "masked": drill.masked,
        "reasons": list(drill.reasons),
        "detection_seconds": _rounded(drill.detection),
        "prediction_lead_seconds": _rounded(drill.lead),
        "false_alarms": drill.false_alarms,
        "real_detection_seconds": drill.incident.noticed,
        "timeline": [_moment(moment) for moment in drill.moments],
    }


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "at_seconds": _rounded(moment.at),
        "since_fault_seconds": _rounded(moment.since_fault),
        "kind": moment.kind,
        "what": moment.what,
        "held": moment.held,
        "took_seconds": _rounded(moment.took),
        "reasons": list(moment.reasons),
        "masked": moment.masked,
        "detail": moment.detail,
        "platform": [str(claim) for claim in moment.platform],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
