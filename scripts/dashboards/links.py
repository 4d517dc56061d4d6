"""Where panels lead: from a probe's name to its dashboard, to its place on the status page and to its runbook."""

from checker.surfaces.dashboards.fitting import LABELS, passed_on

OVERVIEW = "checker-overview"
PROBE = "checker-probe"

_CHOSEN = f"${{datasource:queryparam}}&{passed_on(LABELS)}"

TO_OVERVIEW = f"/d/{OVERVIEW}?{_CHOSEN}"
TO_STATUS_PAGE = "${status_page:raw}"
TO_RUNBOOK = "${__value.raw}"


def to_probe(name: str) -> str:
    """Return the link to a probe's dashboard; `name` is where Grafana finds the probe's name."""
    return f"/d/{PROBE}?{_CHOSEN}&var-probe=${{{name}:percentencode}}&${{__url_time_range}}"


def to_status_page(name: str) -> str:
    """Return the link to a probe's place on the status page."""
    return f"{TO_STATUS_PAGE}/probes/${{{name}:raw}}"


CELL = "__data.fields.probe"
SERIES = "__field.labels.probe"
