"""How a re-enactment is told: line by line while it happens, and as JSON afterwards."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checker.core.duration import format_duration
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
    "witness": "indeed",
    "sight": "checker",
    "prediction": "predicts",
    "gate": "gate",
    "quiet": "quiet",
}


def incidents_table(incidents: Iterable[Incident]) -> Table:
    """Return the list of the incidents."""
    table = Table(box=None, pad_edge=False)
    for heading in ("incident", "what happened", "how long it took to be noticed, and by whom"):
        table.add_column(heading, overflow="fold")
    for incident in incidents:
        noticed = f"{format_duration(incident.noticed)}: {incident.noticed_by}"
        table.add_row(incident.name, incident.title, noticed)
    return table


class Teller:
    """Tells of each moment as it passes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._claims: tuple[str, ...] = ()

    def begin(self, incident: Incident) -> None:
        """Tell what is going to be re-enacted."""
        self._claims = ()
        self._console.print()
        self._console.print(Text(f"{incident.name}: {incident.title}", "bold"))

    def moment(self, moment: Moment) -> None:
        """Tell one moment; what the platform claims is told where it has changed."""
        if moment.platform != self._claims:
            self._claims = moment.platform
            self._line(moment.at, "platform", "; ".join(moment.platform), "green")
        mark = "" if moment.held else "  ✗ " + moment.detail
        took = f"  ({moment.took:.1f} s)" if moment.kind in ("sight", "prediction", "gate") else ""
        style = _STYLES.get(moment.kind, "") if moment.held else "bold red"
        self._line(moment.at, _NAMES[moment.kind], moment.what + took + mark, style)

    def end(self, drill: Drill) -> None:
        """Tell what it came to."""
        incident = drill.incident
        parts = []
        if drill.lead is not None:
            parts.append(f"predicted {drill.lead:.1f} s before it struck")
        if drill.detection is not None:
            parts.append(f"detected {drill.detection:.1f} s after it")
        parts.append(f"in reality {format_duration(incident.noticed)}, by {incident.noticed_by}")
        parts.append(f"{drill.false_alarms} false alarms")
        style = "bold green" if drill.held else "bold red"
        self._console.print(Text("  " + "; ".join(parts), style))

    def _line(self, at: float, who: str, what: str, style: str) -> None:
        line = Text(f"{at:7.1f} s  {who:9} ", "dim")
        self._console.print(line.append(what, style or "default"), soft_wrap=True)


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
        "kind": moment.kind,
        "what": moment.what,
        "held": moment.held,
        "took_seconds": _rounded(moment.took),
        "detail": moment.detail,
        "platform": list(moment.platform),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
