"""A failed run as an HTTP archive to take away: what is on its page, for the tools that people have for that."""

import json
import re

from checker.board.snapshot import ProbeView
from checker.core.outcome import Outcome
from checker.surfaces.report.finished import Finished, rfc3339
from checker.surfaces.report.har import har
from checker.surfaces.web.views import probe_href

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def archive_href(probe: str, outcome: Outcome) -> str:
    """Return where the archive of a failure is; "" where no evidence of it was kept."""
    kept = any(step.exchanges for step in outcome.steps)
    return f"{probe_href(probe)}/failures/{rfc3339(outcome.started_at)}.har" if kept else ""


def archive(view: ProbeView, started_at: str) -> str | None:
    """Return the archive of the failure that started then, by RFC 3339; None where it is not remembered, or empty."""
    for outcome in view.failures:
        if rfc3339(outcome.started_at) == started_at and archive_href(view.probe.name, outcome):
            return json.dumps(har([Finished(view.probe, outcome, view.state)]), indent=1) + "\n"
    return None


def file_name(probe: str, started_at: str) -> str:
    """Return what a browser may save it as, on any system."""
    return _UNFIT.sub("-", f"{probe}-{started_at}") + ".har"
